//! `executionSegment` and `executionSegmentSequence`: the parts of a test that several processes run.

use serde_json::{Value, json};

use super::{numbers, said, scenarios};
use crate::common::{Outcome, Run};

const THIRDS: &str = "0,1/3,2/3,1";

/// What each of the processes of a sequence leaves of a test.
fn parts(sequence: &str, run: impl Fn() -> Run) -> Vec<Outcome> {
    let ends: Vec<_> = sequence.split(',').collect();
    let segments = ends.windows(2).map(|ends| ends.join(":"));
    let part = |segment: String| {
        let arguments = ["--execution-segment", &segment, "--execution-segment-sequence", sequence];
        run().args(arguments).go().exits(0)
    };
    segments.map(part).collect()
}

#[test]
fn three_processes_share_users_and_iterations_as_k6_shares_them() {
    let run = || Run::file("executors.js").args(["-u", "7", "-i", "10", "-e", "PAUSE=1"]);
    let outcomes = parts(THIRDS, run);
    let users = |outcome| {
        let mut users = numbers(&said(outcome, "user"));
        users.dedup();
        users
    };
    let expected: [(&[u64], &[u64]); 3] =
        [(&[1, 4, 7], &[0, 3, 5, 7]), (&[2, 5], &[1, 4, 8]), (&[3, 6], &[2, 6, 9])];
    for (outcome, (vus, iterations)) in outcomes.iter().zip(expected) {
        assert_eq!(users(outcome), vus);
        assert_eq!(numbers(&said(outcome, "iteration")), iterations);
        assert_eq!(
            numbers(&said(outcome, "own")),
            (0..iterations.len() as u64).collect::<Vec<_>>()
        );
    }
    let first = &outcomes[0].stdout;
    assert!(first.contains("(33.33%) 1 scenario, 3 max VUs, 10m30s max duration"), "{first}");
    assert!(first.contains("* default: 4 iterations shared among 3 VUs"), "{first}");
}

#[test]
fn arrivals_of_all_processes_add_up() {
    let rate = json!({
        "executor": "constant-arrival-rate", "rate": 25, "duration": "1s", "preAllocatedVUs": 10
    });
    let stages = json!([{"duration": "1s", "target": 40}]);
    let ramp = json!({"executor": "ramping-arrival-rate", "stages": stages, "preAllocatedVUs": 10});
    let outcomes = parts("0,0.2,75%,1", || scenarios(json!({"rate": rate, "ramp": ramp})));
    let due = |scenario: &str| {
        let count = |outcome: &Outcome| {
            let samples =
                ["iterations", "dropped_iterations"].map(|metric| outcome.samples(metric));
            let samples = samples.concat().into_iter();
            samples
                .filter(|point| point.tags["scenario"] == scenario)
                .map(|point| point.value)
                .sum()
        };
        outcomes.iter().map(count).collect::<Vec<f64>>()
    };
    assert_eq!(due("rate").iter().sum::<f64>(), 25.0);
    assert_eq!(due("ramp").iter().sum::<f64>(), 20.0);
    assert!(due("rate").iter().all(|count| *count >= 5.0), "{:?}", due("rate"));
}

#[test]
fn a_process_without_a_part_of_a_scenario_leaves_it_out() {
    let each = |vus: u32| json!({"executor": "per-vu-iterations", "vus": vus, "exec": "visits"});
    let outcomes = parts(THIRDS, || scenarios(json!({"one": each(1), "five": each(5)})));
    let visitors = |outcome: &Outcome, name: &str| {
        let ids =
            said(outcome, name).into_iter().map(|line| line.split(' ').nth(1).unwrap().to_owned());
        numbers(&ids.collect::<Vec<_>>()).len()
    };
    let counts: Vec<_> = outcomes
        .iter()
        .map(|outcome| (visitors(outcome, "one"), visitors(outcome, "five")))
        .collect();
    assert_eq!(counts, [(1, 2), (0, 2), (0, 1)]);
    assert!(
        outcomes[1].stdout.contains("(33.33%) 1 scenario, 2 max VUs"),
        "{}",
        outcomes[1].stdout
    );
    assert!(!outcomes[1].stdout.contains("* one:"));
    // The script still knows of all scenarios; setup and teardown run everywhere.
    let last =
        scenarios(json!({"one": each(1)})).args(["--execution-segment", "2/3:1"]).go().exits(0);
    assert!(last.stdout.contains("(33.33%) 0 scenarios, 0 max VUs"), "{}", last.stdout);
    assert_eq!(last.sum("iterations"), 0.0);
}

#[test]
fn ramps_of_all_processes_add_up() {
    let stages = json!([{"duration": "500ms", "target": 5}, {"duration": "300ms", "target": 5}]);
    let ramp =
        json!({"executor": "ramping-vus", "startVUs": 0, "stages": stages, "exec": "visits"});
    let outcomes = parts("0,1/2,1", || scenarios(json!({ "s": ramp })).args(["-e", "PAUSE=0.05"]));
    let users = outcomes.iter().map(|outcome| {
        let ids =
            said(outcome, "s").into_iter().map(|line| line.split(' ').nth(1).unwrap().to_owned());
        let mut ids = numbers(&ids.collect::<Vec<_>>());
        ids.dedup();
        ids
    });
    assert_eq!(users.collect::<Vec<_>>(), [vec![1, 3, 5], vec![2, 4]]);
}

#[test]
fn segments_can_be_options_of_the_script() {
    let options = json!({"vus": 4, "iterations": 4, "executionSegment": "50%", "executionSegmentSequence": "0,0.5,1"});
    let run = Run::file("executors.js").args(["-e", &format!("OPTIONS={options}")]);
    let outcome = run.go().exits(0);
    assert_eq!(numbers(&said(&outcome, "iteration")), [0, 2]);
    assert_eq!(outcome.logged("warning"), [""; 0]);
}

#[test]
fn wrong_segments_are_told() {
    let refusal = |arguments: &[&str]| {
        let outcome = Run::file("executors.js").args(arguments.iter().copied()).go().exits(104);
        outcome.stderr
    };
    let error = refusal(&["--execution-segment", "3/2"]);
    assert!(error.contains("option \"executionSegment\" is \"3/2\", expected two ends"), "{error}");
    let error = refusal(&["--execution-segment", "0:1/2", "--execution-segment-sequence", THIRDS]);
    assert!(
        error.contains(
            "option \"executionSegment\" is \"0:1/2\", so it is not part of executionSegmentSequence \"0,1/3,2/3,1\""
        ),
        "{error}"
    );
    assert!(error.contains("\nhint: the segments lie between neighbouring ends"), "{error}");
    let value: Value = json!({"executionSegment": [1]});
    let error = refusal(&["-e", &format!("OPTIONS={value}")]);
    assert!(error.contains("option \"executionSegment\" is [1], expected a string"), "{error}");
}
