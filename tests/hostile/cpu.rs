//! Guests that never come to an end.

use super::harness::{Guest, interrupted};

#[test]
fn scripts_without_end_are_interrupted() {
    for guest in ["loop", "loop-past-catch", "microtasks", "endless-thenable", "zero-timers"] {
        interrupted(&format!("cpu/{guest}"));
    }
}

#[test]
fn scripts_without_end_in_what_others_call_are_interrupted() {
    for guest in ["handler", "nested-handler", "getter", "to-string"] {
        interrupted(&format!("cpu/loop-in-{guest}"));
    }
}

#[test]
fn waiting_without_end_is_interrupted() {
    interrupted("cpu/sleep");
    interrupted("cpu/blocked-by-peer");
    interrupted("resources/never-reading");
    // It is told to finish, and does.
    let harm = Guest::new("boundary/longest-times").attacks();
    assert_eq!((harm.errors().len(), harm.finished()), (0, 1));
}

#[test]
fn the_engine_at_work_without_end_is_interrupted() {
    for guest in ["cpu/regular-expression", "cpu/native-loop"] {
        interrupted(guest);
    }
    // Whether their time or their memory is over first depends on the machine.
    for guest in ["memory/longest-array", "memory/nested-value", "memory/prototype-chain"] {
        Guest::new(guest).attacks();
    }
    let harm = Guest::new("cpu/sort").patient().attacks();
    assert_eq!(harm.console(), ["true"]);
}

#[test]
fn who_does_not_hear_of_an_interruption_is_dropped() {
    for guest in ["loop", "realloc-loops", "deaf-to-interruption", "shortest-times"] {
        interrupted(&format!("boundary/{guest}"));
    }
}

#[test]
fn a_user_that_cannot_be_replaced_in_time_is_given_up() {
    let harm = Guest::new("boundary/loop-in-second-life").attacks();
    let trap = "wasm trap: wasm `unreachable` instruction executed";
    assert_eq!(harm.errors(), [format!("the virtual user was stopped and is replaced: {trap}")]);
    assert!(harm.stdout.contains("20 complete and 2 interrupted iterations"), "{}", harm.stdout);
}

#[test]
fn a_top_level_without_end_is_given_up() {
    for guest in ["cpu/loop-at-top-level", "boundary/loop-at-init", "boundary/loop-at-start"] {
        let guest = Guest::new(guest).variable("K6_INIT_TIMEOUT", "1s");
        let error =
            "the script's top level took longer than 1s\nhint: raise the option initTimeout";
        assert_eq!(guest.refusal(102), error);
    }
}

#[test]
fn stages_without_end_are_given_up() {
    let stage = |stage: &str, variable: &str, code| {
        let guest = format!("cpu/loop-in-{stage}");
        let harm = Guest::new(&guest).variable(variable, "1s").run().exits(code);
        harm.errors()
    };
    let hint = "took longer than 1s; hint: raise the option";
    let errors = stage("setup", "K6_SETUP_TIMEOUT", 100);
    assert_eq!(errors, [format!("setup() {hint} setupTimeout")]);
    let errors = stage("teardown", "K6_TEARDOWN_TIMEOUT", 101);
    assert_eq!(errors, [format!("teardown() {hint} teardownTimeout")]);
    let guest = Guest::new("cpu/loop-in-handle-summary");
    let harm = guest.variable("K6_HANDLE_SUMMARY_TIMEOUT", "1s").attacks();
    assert_eq!(harm.errors(), ["handleSummary() took longer than 1s"]);
}
