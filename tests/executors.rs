//! Executors: how scenarios spread their work over virtual users and time.

mod arrivals;
mod looping;
mod segments;

use serde_json::{Value, json};

use crate::common::{Outcome, Run};

/// The script that has these scenarios, see `tests/scripts/executors.js`.
fn scenarios(scenarios: Value) -> Run {
    let options = json!({ "scenarios": scenarios });
    Run::file("executors.js").args(["-e", &format!("OPTIONS={options}")])
}

/// The lines of the console that begin with `what`, without it.
fn said(outcome: &Outcome, what: &str) -> Vec<String> {
    let lines = outcome.console();
    lines
        .iter()
        .filter_map(|line| line.strip_prefix(&format!("{what} ")))
        .map(str::to_owned)
        .collect()
}

/// The numbers in lines that `said` returns.
fn numbers(lines: &[String]) -> Vec<u64> {
    let mut numbers: Vec<_> = lines.iter().map(|line| line.parse().expect("a number")).collect();
    numbers.sort_unstable();
    numbers
}
