//! Users who misbehave: each harms itself alone.

use crate::common::{Outcome, Run};

/// Runs one bad user beside two good ones, and makes sure that these come to no harm.
#[track_caller]
fn beside_good_users(bad: &str, times: &str) -> Outcome {
    let run = Run::file("sandbox.js").served();
    let bad = format!("BAD={bad}");
    let outcome = run.args(["-e", &bad, "-e", &format!("TIMES={times}")]).go().exits(0);
    let good = |metric: &str| {
        let samples = outcome.samples(metric);
        let good = samples.into_iter().filter(|point| point.tags["scenario"] == "good");
        good.map(|point| point.value).collect::<Vec<_>>()
    };
    assert_eq!(good("iterations").len(), 20, "{}", outcome.stderr);
    assert_eq!(good("checks"), [1.0; 60], "{}", outcome.stderr);
    assert_eq!(good("ws_sessions"), [1.0; 20], "{}", outcome.stderr);
    outcome
}

/// How many iterations the bad user finished.
fn finished(outcome: &Outcome) -> usize {
    let iterations = outcome.samples("iterations");
    iterations.iter().filter(|point| point.tags["scenario"] == "bad").count()
}

#[test]
fn a_hoarder_of_memory_gets_an_exception() {
    let outcome = beside_good_users("memory", "2");
    let errors = outcome.logged("error");
    assert_eq!(errors.len(), 2, "{errors:?}");
    // What the first iteration took is free again for the second.
    for error in errors {
        assert!(error.starts_with("InternalError: out of memory\n    at memory ("), "{error}");
    }
    assert_eq!(finished(&outcome), 2);
}

#[test]
fn deep_recursion_is_an_exception_that_can_be_caught() {
    let outcome = beside_good_users("stack", "2");
    assert_eq!(outcome.console(), ["RangeError: Maximum call stack size exceeded"; 2]);
    assert_eq!(outcome.logged("error"), [""; 0]);
}

#[test]
fn work_without_end_is_interrupted() {
    for bad in ["loop", "regularExpression", "microtasks"] {
        let outcome = beside_good_users(bad, "1");
        assert_eq!(finished(&outcome), 0, "{bad}");
        let end = "20 complete and 1 interrupted iterations";
        assert!(outcome.stdout.contains(end), "{bad}: {}", outcome.stdout);
    }
}

#[test]
fn a_value_that_is_nested_too_deeply_to_be_written_is_interrupted() {
    let outcome = beside_good_users("nestedValue", "1");
    assert_eq!(finished(&outcome), 0);
}

#[test]
fn a_user_that_breaks_down_is_replaced_and_goes_on() {
    let outcome = beside_good_users("nestedText", "2");
    let errors = outcome.logged("error");
    assert_eq!(errors.len(), 2, "{errors:?}");
    for error in errors {
        assert!(error.starts_with("the virtual user was stopped and is replaced: "), "{error}");
    }
}

#[test]
fn a_script_that_patches_the_language_still_gets_its_events() {
    let outcome = beside_good_users("patch", "1");
    assert_eq!(outcome.logged("error"), [""; 0]);
    let checks = outcome.samples("checks");
    let bad = checks.iter().filter(|point| point.tags["scenario"] == "bad");
    let seen: Vec<_> = bad.map(|point| point.tags["check"].as_str()).collect();
    assert_eq!(seen, ["message", "timer", "close"]);
    assert_eq!(finished(&outcome), 1);
}
