//! The global timers, and when an iteration ends.

use crate::common::{Outcome, Run};

#[track_caller]
fn console(function: &str) -> Vec<String> {
    Run::case("timers", function).console()
}

fn run(function: &str) -> Outcome {
    Run::case("timers", function).go().exits(0)
}

/// The only error in the log.
#[track_caller]
fn error(outcome: &Outcome) -> String {
    let errors = outcome.logged("error");
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].clone()
}

#[test]
fn the_modules_give_the_global_functions() {
    assert_eq!(console("imports"), ["true,true,true,true", "true"]);
}

#[test]
fn timers_at_the_top_level_run_before_the_first_iteration() {
    assert_eq!(console("atInit"), ["true"]);
}

#[test]
fn timers_run_by_due_time_and_then_by_the_order_in_which_they_were_set() {
    assert_eq!(
        console("order"),
        ["synchronous", "microtask", "0 first", "none", "negative", "1", "10", "10 again", "20"]
    );
}

#[test]
fn a_timeout_waits_for_its_delay() {
    assert_eq!(console("delays"), ["true true"]);
}

#[test]
fn further_arguments_are_passed_and_the_receiver_is_the_global_object() {
    assert_eq!(console("argumentsAndReceiver"), ["a,2 true"]);
}

#[test]
fn timeouts_and_intervals_share_their_numbers_and_refused_ones_take_one_too() {
    assert_eq!(console("identifiers"), ["0,1,3 number true"]);
}

#[test]
fn a_callback_must_be_a_function() {
    let lines = console("refusedCallbacks");
    for (line, what) in lines.iter().zip(["GoError"; 4].into_iter().chain(["TypeError"; 6])) {
        assert!(line.starts_with(what), "{line}");
    }
    assert_eq!(lines.len(), 10);
    assert_eq!(lines[0], "GoError: setTimeout's callback isn't a callable function");
    assert_eq!(lines[1], "GoError: setInterval's callback isn't a callable function");
}

#[test]
fn a_cleared_timer_does_not_run_and_unknown_numbers_are_no_error() {
    assert_eq!(console("clearing"), ["end"]);
}

#[test]
fn an_interval_repeats_with_its_arguments_until_it_is_cleared() {
    assert_eq!(console("interval"), ["tick 1", "tick 2", "tick 3"]);
}

#[test]
fn an_interval_does_not_drift_by_the_time_of_its_callback() {
    assert_eq!(console("intervalKeepsItsGrid"), ["true"]);
}

#[test]
fn promise_jobs_run_after_each_timer() {
    assert_eq!(
        console("microtasksRunBetweenTimers"),
        ["first", "microtask of the first", "second"]
    );
}

#[test]
fn an_iteration_lasts_until_its_timers_have_run() {
    assert_eq!(console("pendingTimerKeepsTheIteration"), ["returned", "nested"]);
    assert_eq!(console("endOfTheIterationDropsNothing"), ["all ran"]);
    assert_eq!(console("awaited"), ["0", "1", "2"]);
}

#[test]
fn a_promise_that_never_settles_does_not_keep_an_iteration() {
    let outcome = run("promiseThatNeverSettles");
    assert_eq!(outcome.console(), [""; 0]);
    assert_eq!(outcome.sum("iterations"), 1.0);
}

#[test]
fn an_exception_fails_the_iteration_and_stops_the_other_timers() {
    let outcome = run("exception");
    assert!(error(&outcome).starts_with("TypeError: in a timer\n"), "{}", error(&outcome));
    let warnings = outcome.logged("warning");
    let [warning] = &warnings[..] else { panic!("one warning: {warnings:?}") };
    assert!(warning.starts_with("setTimeout "), "{warning}");
    let end = " was stopped because the VU iteration was interrupted";
    assert!(warning.ends_with(end), "{warning}");
    assert_eq!(outcome.console(), [""; 0]);
}

#[test]
fn a_rejection_that_nobody_handles_fails_the_iteration() {
    let text = error(&run("rejection"));
    assert!(text.starts_with("Uncaught (in promise) Error: unheard"), "{text}");
    assert_eq!(error(&run("rejectionOfTheFunction")), "Uncaught (in promise) only a text");
}

#[test]
fn a_rejection_that_is_handled_in_the_same_turn_is_none() {
    assert_eq!(console("rejectionThatIsHeardLater"), ["heard"]);
}

#[test]
fn sleep_holds_timers_up() {
    assert_eq!(console("sleepBlocksTimers"), ["slept true", "timer true"]);
}
