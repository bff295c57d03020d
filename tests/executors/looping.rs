//! The executors whose virtual users begin an iteration when they have ended another, and several scenarios at
//! a time.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{numbers, said, scenarios};
use crate::common::wasock;

#[test]
fn progress_goes_by_iterations_or_by_time() {
    let common = json!({"exec": "progress", "gracefulStop": "5s"});
    let with = |more: Value| {
        let mut scenario = common.clone();
        scenario.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        scenario
    };
    let stages = json!([{"duration": "1s", "target": 1}]);
    let mut controlled = with(json!({"executor": "externally-controlled", "duration": "1s"}));
    controlled.as_object_mut().unwrap().remove("gracefulStop");
    let outcome = scenarios(json!({
        "shared": with(json!({"executor": "shared-iterations", "iterations": 4})),
        "each": with(json!({"executor": "per-vu-iterations", "iterations": 2})),
        "constant": with(json!({"executor": "constant-vus", "duration": "1s"})),
        "ramping": with(json!({"executor": "ramping-vus", "stages": stages})),
        "rate": with(json!({
            "executor": "constant-arrival-rate", "rate": 2, "duration": "1s", "preAllocatedVUs": 2
        })),
        "rates": with(json!({
            "executor": "ramping-arrival-rate", "startRate": 4, "stages": stages, "preAllocatedVUs": 2
        })),
        "controlled": controlled,
    }));
    let outcome = outcome.go().exits(0);
    assert_eq!(said(&outcome, "shared"), ["0 0", "0.25 0.25", "0.5 0.5", "0.75 0.75"]);
    assert_eq!(said(&outcome, "each"), ["0 0", "0.5 0.5"]);
    for name in ["constant", "ramping", "rate", "rates", "controlled"] {
        let lines = said(&outcome, name);
        assert!(!lines.is_empty(), "{name}");
        let values: Vec<f64> = lines
            .iter()
            .flat_map(|line| line.split(' '))
            .map(|text| text.parse().unwrap())
            .collect();
        assert!(values.iter().all(|value| (0.0..=1.0).contains(value)), "{name}: {values:?}");
        // It moves while an iteration runs.
        assert!(values[0] < values[1] || values[1] == 1.0, "{name}: {values:?}");
    }
}

#[test]
fn users_that_a_ramp_lets_go_come_back_as_the_same() {
    let stages = json!([
        {"duration": 0, "target": 3}, {"duration": "400ms", "target": 3}, {"duration": 0, "target": 1},
        {"duration": "400ms", "target": 1}, {"duration": 0, "target": 3}, {"duration": "400ms", "target": 3},
    ]);
    let ramp =
        json!({"executor": "ramping-vus", "startVUs": 0, "stages": stages, "exec": "visits"});
    let outcome = scenarios(json!({"s": ramp})).args(["-e", "PAUSE=0.02"]).go().exits(0);
    let visits: Vec<Vec<u64>> = said(&outcome, "s")
        .iter()
        .map(|line| line.split(' ').map(|number| number.parse().unwrap()).collect())
        .collect();
    let users: BTreeSet<_> = visits.iter().map(|visit| visit[0]).collect();
    assert_eq!(users, BTreeSet::from([1, 2, 3]));
    for user in users {
        // Each goes on counting where it left off.
        let counts: Vec<_> =
            visits.iter().filter(|visit| visit[0] == user).map(|visit| visit[3]).collect();
        assert_eq!(counts, (0..counts.len() as u64).collect::<Vec<_>>(), "user {user}");
    }
    assert!(outcome.stdout.contains("1 scenario, 3 max VUs,"), "{}", outcome.stdout);
}

#[test]
fn a_user_that_has_to_go_gets_the_graceful_ramp_down() {
    let stages = json!([{"duration": "300ms", "target": 2}, {"duration": 0, "target": 1}, {"duration": "3s", "target": 1}]);
    let ramp = |patience: &str| {
        let scenario = json!({
            "executor": "ramping-vus", "startVUs": 2, "stages": stages, "gracefulRampDown": patience,
            "gracefulStop": "30s",
        });
        scenarios(json!({ "s": scenario })).args(["-e", "PAUSE=1.5"]).go().exits(0)
    };
    let interrupted = |count| format!("and {count} interrupted iterations\n");
    let outcome = ramp("0s");
    assert!(outcome.stdout.contains(&interrupted(1)), "{}", outcome.stdout);
    let outcome = ramp("30s");
    assert!(outcome.stdout.contains(&interrupted(0)), "{}", outcome.stdout);
}

#[test]
fn scenarios_that_follow_each_other_share_their_users() {
    let each = |start: &str, vus: u32| {
        json!({
            "executor": "per-vu-iterations", "vus": vus, "startTime": start, "maxDuration": "1s",
            "gracefulStop": "1s", "exec": "visits",
        })
    };
    let outcome =
        scenarios(json!({"first": each("0s", 3), "second": each("2s", 4), "third": each("2s", 1)}));
    // Users of the first are free long before; those of the others are at work at the same time.
    let outcome = outcome.args(["-e", "PAUSE=0.5"]).go().exits(0);
    assert!(
        outcome.stdout.contains("3 scenarios, 5 max VUs, 4s max duration"),
        "{}",
        outcome.stdout
    );
    let users = |name| {
        let lines = said(&outcome, name);
        let users = lines.iter().map(|line| line.split(' ').next().unwrap().to_owned());
        numbers(&users.collect::<Vec<_>>())
    };
    assert_eq!(users("first"), [1, 2, 3]);
    let mut later = [users("second"), users("third")].concat();
    later.sort_unstable();
    assert_eq!(later, [1, 2, 3, 4, 5]);
    // Whoever was there before has begun an iteration before, but none of this scenario.
    for line in said(&outcome, "second").iter().chain(&said(&outcome, "third")) {
        let numbers: Vec<u64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
        assert_eq!(numbers[2..], [u64::from(numbers[0] <= 3), 0], "{line}");
    }
}

#[test]
fn a_scenario_that_is_controlled_from_outside_runs_by_itself_as_it_begins() {
    let controlled =
        json!({"executor": "externally-controlled", "vus": 2, "maxVUs": 5, "duration": "1s"});
    let outcome = scenarios(json!({"s": controlled})).args(["-e", "PAUSE=0.1"]).go().exits(0);
    let users: BTreeSet<_> = said(&outcome, "user").into_iter().collect();
    assert_eq!(users, BTreeSet::from(["1".to_owned(), "2".to_owned()]));
    let line = "* s: Externally controlled execution with 2 VUs, 5 max VUs, 1s duration\n";
    assert!(outcome.stdout.contains(line), "{}", outcome.stdout);
    assert!(
        outcome.stdout.contains("1 scenario, 5 max VUs, 1s max duration"),
        "{}",
        outcome.stdout
    );
    assert!(outcome.stdout.contains("s ✓ [ 100% ] 0/5 VUs  00m01.0s/1s"), "{}", outcome.stdout);
    assert!(outcome.samples("vus").iter().all(|point| point.value <= 2.0));
}

#[test]
fn what_lasts_until_it_is_stopped_is_stopped_by_a_signal() {
    let controlled = json!({"executor": "externally-controlled", "duration": 0});
    let mut process = scenarios(json!({"s": controlled})).args(["-e", "PAUSE=0.05"]).start();
    process.prints("iteration 3");
    process.signal("INT");
    let outcome = process.ends().exits(105);
    let line = "* s: Externally controlled execution with 1 VUs, 1 max VUs, infinite duration\n";
    assert!(outcome.stdout.contains(line), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("1 max VUs, infinite max duration"), "{}", outcome.stdout);
}

#[test]
fn inspect_prints_what_a_run_requires() {
    let script = env!("CARGO_MANIFEST_DIR").to_owned() + "/../../tests/scripts/executors.js";
    let inspect = |scenarios: Value, more: &[&str]| {
        let options = format!("OPTIONS={}", json!({ "scenarios": scenarios }));
        let arguments = ["inspect", "--execution-requirements", "-e", &options];
        let output = wasock().args(arguments).args(more).arg(&script).output().unwrap();
        let printed: Value = serde_json::from_slice(&output.stdout).expect("stdout is JSON alone");
        (
            printed["maxVUs"].as_u64().unwrap(),
            printed["totalDuration"].as_str().unwrap().to_owned(),
            printed,
        )
    };
    let constant = |start: &str| json!({"executor": "constant-vus", "vus": 4, "duration": "10s", "startTime": start});
    let rate = json!({
        "executor": "constant-arrival-rate", "rate": 1, "duration": "30s", "preAllocatedVUs": 1, "maxVUs": 7,
        "gracefulStop": "0s",
    });
    let all = json!({"a": constant("0s"), "b": constant("40s"), "c": rate});
    let (vus, duration, printed) = inspect(all.clone(), &[]);
    assert_eq!((vus, duration.as_str()), (11, "1m20s"));
    assert_eq!(printed["scenarios"]["c"]["maxVUs"], 7);
    let (vus, _, printed) = inspect(all, &["--execution-segment", "1/2:1"]);
    assert_eq!(vus, 5);
    assert_eq!(printed["executionSegment"], "1/2:1");
    assert_eq!(printed["scenarios"]["c"]["maxVUs"], 7);
    let endless = json!({"a": {"executor": "externally-controlled", "duration": 0}});
    let (vus, duration, _) = inspect(endless, &[]);
    assert_eq!((vus, duration.as_str()), (1, "0s"));
}

#[test]
fn the_path_to_a_wrong_field_is_told() {
    let stages = json!([{"duration": "1s", "target": 1}, {"duration": "1s", "target": 2}, {"duration": "1s", "target": -3}]);
    let chat = json!({"executor": "ramping-arrival-rate", "stages": stages, "preAllocatedVUs": 1});
    let outcome = scenarios(json!({ "chat": chat })).go().exits(104);
    let error =
        "option \"scenarios.chat.stages[2].target\" is -3, expected a number from 0 to 10000000000";
    assert!(outcome.stderr.contains(error), "{}", outcome.stderr);
}
