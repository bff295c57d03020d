//! `constant-arrival-rate` and `ramping-arrival-rate`.

use serde_json::{Value, json};

use super::{numbers, said, scenarios};
use crate::common::Outcome;

/// An arrival rate with `more`.
fn constant(rate: Value, more: Value) -> Value {
    let mut scenario = json!({
        "executor": "constant-arrival-rate", "rate": rate, "duration": "1s", "preAllocatedVUs": 20
    });
    for (field, value) in more.as_object().expect("it is an object") {
        scenario[field] = value.clone();
    }
    json!({ "s": scenario })
}

/// How many iterations were due. Those that a busy machine had nobody for are among them.
fn due(outcome: &Outcome) -> f64 {
    outcome.sum("iterations") + outcome.sum("dropped_iterations")
}

#[test]
fn as_many_iterations_are_due_as_the_rate_says() {
    let outcome = scenarios(constant(json!(20), json!({}))).go().exits(0);
    assert_eq!(due(&outcome), 20.0);
    // Numbers are given to iterations that begin.
    let begun = said(&outcome, "iteration");
    assert_eq!(numbers(&begun), (0..begun.len() as u64).collect::<Vec<_>>());
    assert_eq!(begun.len() as f64, outcome.sum("iterations"));
    let description = "* s: 20.00 iterations/s for 1s (maxVUs: 20, gracefulStop: 30s)\n";
    assert!(outcome.stdout.contains(description), "{}", outcome.stdout);
    let last =
        outcome.stdout.lines().rfind(|line| line.starts_with("s ✓")).expect("the end is told");
    assert!(last.starts_with("s ✓ [ 100% ] 00/20 VUs  00m01.0s/1s  20.00 iters/s"), "{last}");
}

#[test]
fn rates_have_decimals_and_units() {
    let outcome = scenarios(constant(json!(0.5), json!({"timeUnit": "100ms"}))).go().exits(0);
    assert_eq!(due(&outcome), 5.0);
    assert!(outcome.stdout.contains("* s: 5.00 iterations/s for 1s"), "{}", outcome.stdout);
    let outcome = scenarios(constant(json!(3_600), json!({"timeUnit": "1h"}))).go().exits(0);
    assert_eq!(due(&outcome), 1.0);
}

#[test]
fn a_ramp_has_as_many_iterations_as_the_area_below_it() {
    let stages = json!([
        {"duration": "1s", "target": 20}, {"duration": "500ms", "target": 20},
        {"duration": 0, "target": 2}, {"duration": "500ms", "target": 2},
    ]);
    let ramp = json!({"executor": "ramping-arrival-rate", "stages": stages, "preAllocatedVUs": 5, "maxVUs": 9});
    let outcome = scenarios(json!({"s": ramp})).go().exits(0);
    assert_eq!(due(&outcome), 10.0 + 10.0 + 1.0);
    let description =
        "* s: Up to 20.00 iterations/s for 2s over 4 stages (maxVUs: 5-9, gracefulStop: 30s)\n";
    assert!(outcome.stdout.contains(description), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("  02.00 iters/s\n"), "{}", outcome.stdout);
}

#[test]
fn more_users_are_made_until_there_are_as_many_as_there_may_be() {
    let more = json!({
        "duration": "5s", "preAllocatedVUs": 1, "maxVUs": 3, "gracefulStop": "0s", "tags": {"kind": "open"}
    });
    let outcome = scenarios(constant(json!(10), more)).args(["-e", "PAUSE=60"]).go().exits(0);
    // Each of the three begins one iteration, which lasts longer than the scenario.
    assert_eq!(numbers(&said(&outcome, "user")), [1, 2, 3]);
    assert_eq!((outcome.sum("iterations"), outcome.sum("dropped_iterations")), (0.0, 47.0));
    assert_eq!(
        outcome.logged("warning"),
        ["Insufficient VUs, reached 3 active VUs and cannot initialize more"]
    );
    let warning = outcome.stderr.lines().find(|line| line.contains("Insufficient VUs"));
    assert!(
        warning.unwrap().ends_with(" executor=constant-arrival-rate scenario=s"),
        "{warning:?}"
    );
    assert!(
        outcome.stdout.contains(", 0 complete and 3 interrupted iterations"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome.stdout.contains("1 scenario, 3 max VUs, 5s max duration"),
        "{}",
        outcome.stdout
    );
    let sample = outcome.samples("dropped_iterations")[0];
    assert_eq!((&*sample.tags["scenario"], &*sample.tags["kind"]), ("s", "open"));
    assert_eq!(outcome.samples("vus_max").last().expect("it is measured").value, 3.0);
}

#[test]
fn iterations_that_run_at_the_end_get_the_graceful_stop() {
    let outcome =
        scenarios(constant(json!(1), json!({"preAllocatedVUs": 1}))).args(["-e", "PAUSE=1.5"]).go();
    assert_eq!(outcome.exits(0).sum("iterations"), 1.0);
}

#[test]
fn a_signal_is_heard_while_nothing_is_due() {
    let rate = constant(json!(1), json!({"timeUnit": "1h", "duration": "1h"}));
    let mut process = scenarios(rate).start();
    process.prints("iteration 0");
    process.signal("INT");
    let outcome = process.ends();
    assert_eq!(outcome.exits(105).sum("dropped_iterations"), 0.0);
}
