//! A scenario that is controlled from outside, with a real script: users come, go, pause, and more are made.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use wasock_runner::context::{RunContext, StopReason};
use wasock_runner::executors::control::{ExternalError, ExternalView};
use wasock_runner::exit_code::ExitCode;
use wasock_runner::processes::Spread;
use wasock_runner::run::{Execution, Report};

mod common;

/// How long a test waits for what has to happen: far more than a slow machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it looks.
const GLANCE: Duration = Duration::from_millis(5);

/// Each run reserves address space for all users that there can be, and a process has room for one such.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// A run with `options`, whose iterations take 20 ms.
async fn start(options: &str) -> (Arc<RunContext>, JoinHandle<Report>) {
    let source = format!(
        "import {{ sleep }} from 'k6';
        export const options = {{ scenarios: {{ s: {{ executor: 'externally-controlled', {options} }} }} }};
        export default () => sleep(0.02);"
    );
    let plan = common::plan(source, Spread::Here).await;
    let run = plan.context().clone();
    let running =
        tokio::spawn(async move { plan.execute(Execution::default()).await.expect("it begins") });
    (run, running)
}

/// Waits until the run is as it has to be.
async fn until(run: &RunContext, what: &str, holds: impl Fn(&RunContext) -> bool) {
    let waiting = async {
        while !holds(run) {
            tokio::time::sleep(GLANCE).await;
        }
    };
    if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
        panic!("never: {what}; {:?}", run.counters);
    }
}

/// Waits until so many users are at work and all of them have ended iterations since.
async fn until_active(run: &RunContext, vus: u32) {
    until(run, &format!("{vus} at work"), |run| run.counters.active() == vus).await;
    let before = run.counters.completed();
    let more = u64::from(vus) * 2;
    until(run, "more iterations", |run| run.counters.completed() >= before + more).await;
    assert_eq!(run.counters.active(), vus);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_come_and_go_as_they_are_told() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let (run, running) = start("vus: 1, maxVUs: 3, duration: 0").await;
    until_active(&run, 1).await;
    assert_eq!(run.counters.initialized(), 3);

    run.external.set(Some(3), None).expect("it can be");
    until_active(&run, 3).await;
    run.external.set(Some(0), None).expect("it can be");
    until_active(&run, 0).await;

    let view = run.external.set(Some(90), Some(90)).expect("it can be");
    assert_eq!(view, ExternalView { vus: 90, max_vus: 90, paused: false });
    until_active(&run, 90).await;
    assert_eq!(run.counters.initialized(), 90);

    run.external.set(Some(2), Some(3)).expect("it can be");
    until_active(&run, 2).await;
    let refused = run.external.set(Some(4), None);
    assert_eq!(refused, Err(ExternalError::AboveMax { vus: 4, max_vus: 3 }));
    until(&run, "three ready", |run| run.counters.initialized() == 3).await;

    run.external.set(Some(7), Some(8)).expect("it can be");
    until_active(&run, 7).await;
    until(&run, "eight ready", |run| run.counters.initialized() == 8).await;

    run.stop.stop(StopReason::Signal);
    let report = running.await.expect("it ends");
    assert_eq!(report.exit_code, ExitCode::Aborted);
    assert_eq!(run.counters.active(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_ends_iterations_until_it_is_over() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let (run, running) = start("vus: 2, duration: '1s'").await;
    until_active(&run, 2).await;
    run.external.pause(true).expect("it can be");
    until(&run, "none at work", |run| run.counters.active() == 0).await;
    let completed = run.counters.completed();
    assert_eq!(run.counters.interrupted(), 0);
    run.external.pause(false).expect("it can be");
    let report = running.await.expect("it ends");
    assert_eq!(report.exit_code, ExitCode::Success);
    assert!(run.counters.completed() > completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_can_be_told_what_to_do_before_it_begins() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let (run, running) = start("vus: 1, maxVUs: 4, duration: '1s', startTime: '1ms'").await;
    run.external.set(Some(4), None).expect("it can be");
    until(&run, "four at work", |run| run.counters.active() == 4).await;
    assert_eq!(running.await.expect("it ends").exit_code, ExitCode::Success);
}
