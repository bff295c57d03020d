//! How a plan is spread over processes. What several do together is in the end-to-end tests.

use std::num::NonZero;

use wasock_runner::processes::Spread;
use wasock_runner::run::{Execution, RunError};

mod common;

fn script(vus: u32) -> String {
    format!("export const options = {{ vus: {vus} }}; export default () => {{}};")
}

#[tokio::test]
async fn a_plan_says_how_many_processes_it_needs() {
    let processes = async |processes, room| {
        let processes = NonZero::new(processes);
        common::plan(script(5), Spread::Over { processes, room, most: 256 }).await.processes
    };
    assert_eq!(processes(0, 5).await, 1);
    assert_eq!(processes(0, 2).await, 3);
    assert_eq!(processes(4, 5).await, 4);
    assert_eq!(common::plan(script(5), Spread::Here).await.processes, 1);
}

#[tokio::test]
async fn a_plan_for_several_processes_is_not_carried_out_by_one() {
    let plan = common::plan(script(5), Spread::Over { processes: None, room: 2, most: 256 }).await;
    let error = plan.execute(Execution::default()).await.err().expect("nobody makes the load");
    assert!(matches!(error, RunError::TooManyVus { vus: 5, processes: 1 }), "{error:?}");
}
