//! jslib's `k6-utils`, imported from its address without a network.

use crate::common::Run;

fn case(function: &str) -> Run {
    Run::case("modules/k6_utils", function)
}

#[track_caller]
fn console(function: &str) -> Vec<String> {
    case(function).console()
}

#[test]
fn each_version_exports_what_it_had() {
    let first = "randomIntBetween,randomItem,randomString,uuidv4";
    let stages = "getCurrentStageIndex,normalDistributionStages,parseDuration,randomIntBetween,\
                  randomItem,randomString,tagWithCurrentStageIndex,tagWithCurrentStageProfile,\
                  uuidv4";
    assert_eq!(
        console("versions"),
        [
            first.to_owned(),
            format!("findBetween,{first}"),
            format!("findBetween,normalDistributionStages,{first}"),
            format!("findBetween,{stages}"),
            format!("check,findBetween,{stages}"),
        ]
    );
}

#[test]
fn random_numbers_items_and_strings_stay_in_their_bounds() {
    assert_eq!(console("randomness"), ["1,2,3", "a,b", "true true", "false"]);
}

#[test]
fn uuids_are_of_version_4_and_differ() {
    assert_eq!(console("uuids"), ["true true false"]);
}

#[test]
fn find_between_finds_the_first_or_all() {
    assert_eq!(console("finding"), [r#"one ["one","two"]"#, r#"null """#]);
}

#[test]
fn stages_follow_a_bell_curve() {
    assert_eq!(console("stages"), ["6 10 0", "60"]);
}

#[test]
fn durations_become_milliseconds() {
    assert_eq!(
        console("durations"),
        ["93784005 90000 3600000", "Error: 'soon' is not a valid duration"]
    );
}

#[test]
fn check_may_be_asynchronous() {
    let outcome = case("checks").go().exits(0);
    assert_eq!(outcome.console(), ["true", "true false", "true"]);
    let mut checks: Vec<_> = outcome
        .samples("checks")
        .iter()
        .map(|point| (point.tags["check"].clone(), point.value))
        .collect();
    checks.sort_by(|a, b| a.0.cmp(&b.0));
    let names = ["later", "now", "plain", "settled"].map(str::to_owned);
    assert_eq!(checks, names.into_iter().zip([0.0, 1.0, 1.0, 1.0]).collect::<Vec<_>>());
}
