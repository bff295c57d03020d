//! `k6/execution`.

use crate::common::{Outcome, Run};

fn case(function: &str) -> Run {
    Run::file("modules/execution.js").args(["-e", &format!("CASE={function}")])
}

/// Two virtual users with two iterations each.
fn four(function: &str) -> Outcome {
    case(function).args(["-e", "VUS=2", "-e", "ITERATIONS=2"]).go().exits(0)
}

/// The console without what `teardown` says.
fn console(outcome: &Outcome) -> Vec<String> {
    outcome.console().into_iter().filter(|line| line != "teardown").collect()
}

#[test]
fn the_objects_have_the_properties_of_k6() {
    assert_eq!(
        console(&case("shape").go().exits(0)),
        [
            "true true true true",
            "name,executor,startTime,progress,iterationInInstance,iterationInTest \
             currentTestRunDuration,iterationsCompleted,iterationsInterrupted,vusActive,\
             vusInitialized \
             idInInstance,idInTest,iterationInInstance,iterationInScenario,tags,metrics",
        ]
    );
}

#[test]
fn nothing_is_known_at_the_top_level() {
    let lines = console(&case("atInit").go().exits(0));
    let context =
        |what: &str| format!("GoError: getting {what} in the init context is not supported");
    assert_eq!(
        lines,
        [
            "GoError: getting scenario information outside of the VU context is not supported"
                .to_owned(),
            context("instance information"),
            context("VU information"),
            context("test options"),
            context("VU information"),
        ]
    );
}

#[test]
fn scenario_and_instance_are_described() {
    assert_eq!(
        console(&case("information").go().exits(0)),
        ["here per-vu-iterations true true", "1 1 0 0", "true of the scenario 1 0"]
    );
}

#[test]
fn virtual_users_and_their_iterations_are_counted() {
    let mut lines = console(&four("counting"));
    lines.sort();
    assert_eq!(lines, ["1,1,1,0,0,0", "1,1,1,1,1,1", "2,2,2,0,0,0", "2,2,2,1,1,1"]);
}

#[test]
fn each_iteration_of_a_test_has_a_number_of_its_own() {
    let outcome = four("numbersInTest");
    let mut numbers: Vec<_> =
        outcome.samples("hits").iter().map(|point| point.tags["number"].clone()).collect();
    numbers.sort();
    assert_eq!(numbers, ["0", "1", "2", "3"]);
}

#[test]
fn tags_can_be_set_and_deleted_and_are_on_samples() {
    let outcome = case("tags").go().exits(0);
    assert_eq!(
        console(&outcome),
        [
            r#"{"group":"","kind":"tagged","run":"tag","scenario":"here"} true"#,
            "x 2 true a,b,c,group,kind,run,scenario",
            "undefined undefined",
            "5 trace",
        ]
    );
    let [before, after] = &outcome.samples("hits")[..] else { panic!("two samples") };
    assert_eq!([&before.tags["a"], &before.tags["b"], &before.tags["c"]], ["x", "2", "true"]);
    assert!(!after.tags.contains_key("a") && !after.tags.contains_key("trace"));
    assert_eq!([&after.tags["b"], &after.tags["kind"], &after.tags["run"]], ["2", "tagged", "tag"]);
    assert_eq!(
        outcome.logged("warning"),
        ["invalid value for metric tag 'bad': only String, Boolean and Number types are accepted \
          as a metric tag values"]
    );
}

#[test]
fn the_options_that_were_chosen_are_frozen() {
    assert_eq!(
        console(&case("chosenOptions").go().exits(0)),
        ["per-vu-iterations 1 1 chosenOptions tag", "true"]
    );
}

#[test]
fn abort_ends_the_iteration_and_the_test_with_108_after_teardown() {
    let outcome = case("aborts").go().exits(108);
    assert_eq!(outcome.console(), ["before", "teardown"]);
    assert_eq!(outcome.logged("error"), ["test aborted: that is enough"]);
}

#[test]
fn fail_lets_the_test_go_on_and_exit_with_110() {
    let outcome = case("fails").go().exits(110);
    assert_eq!(outcome.console(), ["goes on", "teardown"]);
    assert_eq!(outcome.logged("error"), ["test marked as failed: one thing was wrong"]);
}
