//! The module `k6`: checks, groups, sleep, fail, random numbers.

use crate::common::{Outcome, Run};

fn case(function: &str) -> Run {
    Run::case("modules/k6", function)
}

#[track_caller]
fn console(function: &str) -> Vec<String> {
    case(function).console()
}

/// The samples of checks: name, value, group.
fn checks(outcome: &Outcome) -> Vec<(String, f64, String)> {
    let sample = |point: &&crate::common::Point| {
        (point.tags["check"].clone(), point.value, point.tags["group"].clone())
    };
    outcome.samples("checks").iter().map(sample).collect()
}

fn sample(name: &str, value: f64, group: &str) -> (String, f64, String) {
    (name.to_owned(), value, group.to_owned())
}

#[test]
fn the_module_has_five_functions() {
    assert_eq!(console("shape"), ["check,fail,group,randomSeed,sleep true"]);
}

#[test]
fn checks_and_groups_are_refused_at_the_top_level() {
    assert_eq!(
        console("refusedAtInit"),
        ["GoError: using check() in the init context is not supported\n\
          GoError: using group() in the init context is not supported\n"]
    );
}

#[test]
fn each_check_is_a_sample_and_all_must_pass() {
    let outcome = case("checks").go().exits(0);
    assert_eq!(outcome.console(), ["false true"]);
    assert_eq!(
        checks(&outcome),
        [
            sample("is the value", 1.0, ""),
            sample("is short", 0.0, ""),
            sample("a constant", 1.0, ""),
            sample("nothing", 0.0, ""),
            sample("one", 1.0, ""),
        ]
    );
    assert_eq!(outcome.samples("checks")[4].tags["mine"], "x");
}

#[test]
fn a_checker_that_throws_has_failed_and_the_later_ones_are_skipped() {
    let outcome = case("checkThatThrows").go().exits(0);
    assert_eq!(outcome.console(), ["Error: inside"]);
    assert_eq!(checks(&outcome), [sample("good", 1.0, ""), sample("bad", 0.0, "")]);
}

#[test]
fn checks_without_checkers_with_separators_or_promises_are_refused() {
    let lines = console("refusedChecks");
    assert_eq!(lines[..2], ["GoError: no checks provided to check()"; 2]);
    assert_eq!(lines[2], "GoError: group and check names may not contain '::'");
    for line in &lines[3..] {
        assert!(line.starts_with("GoError: check() does not support async functions"), "{line}");
    }
}

#[test]
fn groups_nest_return_their_value_and_are_measured() {
    let outcome = case("groups").go().exits(0);
    assert_eq!(outcome.console(), ["the value"]);
    assert_eq!(
        checks(&outcome),
        [
            sample("in the outer one", 1.0, "::outer"),
            sample("in the inner one", 1.0, "::outer::inner"),
            sample("outside", 1.0, ""),
        ]
    );
    let groups: Vec<_> =
        outcome.samples("group_duration").iter().map(|point| point.tags["group"].clone()).collect();
    assert_eq!(groups, ["::outer::inner", "::outer"]);
}

#[test]
fn a_group_that_throws_is_left() {
    let outcome = case("groupThatThrows").go().exits(0);
    assert_eq!(outcome.console(), ["Error: inside"]);
    assert_eq!(checks(&outcome), [sample("after", 1.0, "")]);
    assert_eq!(outcome.samples("group_duration").len(), 1);
}

#[test]
fn groups_with_separators_or_without_a_plain_function_are_refused() {
    assert_eq!(
        console("refusedGroups"),
        [
            "GoError: group and check names may not contain '::'",
            "GoError: group() does not support async functions as arguments",
            "TypeError: the second argument of group() is not a function",
        ]
    );
}

#[test]
fn sleep_blocks_for_seconds_and_ignores_what_is_no_time() {
    assert_eq!(console("sleeping"), ["true"]);
}

#[test]
fn fail_throws_its_message() {
    let outcome = case("failing").go().exits(0);
    assert_eq!(outcome.console(), ["GoError: the reason"]);
    assert!(outcome.logged("error")[0].starts_with("GoError"), "{}", outcome.stderr);
}

#[test]
fn a_seed_decides_the_random_numbers() {
    assert_eq!(console("seeds"), ["true false"]);
    assert_eq!(console("randomness"), ["true true"]);
}

#[test]
fn virtual_users_and_runs_have_random_numbers_of_their_own() {
    let script = "
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 3 } } };
export default () => console.log(Math.random());";
    let mut numbers = Run::script(script).console();
    numbers.extend(Run::script(script).console());
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 6);
}
