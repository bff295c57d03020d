//! Plans of real scripts.

use std::sync::Arc;

use wasock_runner::files::FileAccess;
use wasock_runner::limits::VuLimits;
use wasock_runner::log::{Line, Log};
use wasock_runner::network::NetworkSetup;
use wasock_runner::processes::Spread;
use wasock_runner::run::{Plan, PlanInputs};
use wasock_runner::vu;
use wasock_script::{Compiler, Entry, LoadOptions};

/// A log in which every line is a fault.
struct NoLines;

impl Log for NoLines {
    fn line(&self, line: Line) {
        panic!("{line:?}");
    }
}

/// The plan of a script that has all options itself.
pub async fn plan(source: String, spread: Spread) -> Plan {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let load = LoadOptions { cache_dir: Some(folder.into()), ..LoadOptions::default() };
    let engine = vu::engine().expect("an engine");
    let script = Compiler::new(&engine, load).script(&Entry::Text(source), &mut |_| {}).await;
    let plan = Plan::new(PlanInputs {
        engine: &engine,
        script: script.expect("it compiles"),
        guests: None,
        log: Arc::new(NoLines),
        env: Vec::new(),
        layers: Vec::new(),
        user_agent: String::new(),
        no_thresholds: false,
        network: NetworkSetup::default(),
        recorded: None,
        files: FileAccess::default(),
        secrets: Arc::default(),
        limits: VuLimits::default(),
        spread,
    });
    plan.await.expect("the options are right")
}
