//! Whole scripts as people write them, against the embedded server.

use std::path::{Path, PathBuf};

use crate::common::{Outcome, Run};

const METRICS: [&str; 6] = [
    "ws_connecting",
    "ws_msgs_received",
    "ws_msgs_sent",
    "ws_ping",
    "ws_session_duration",
    "ws_sessions",
];

/// The names of the metrics in the summary.
fn shown(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.stdout.lines().filter_map(|line| line.split_once("..."));
    lines.map(|(name, _)| name.trim()).collect()
}

#[track_caller]
fn all_checks_pass(outcome: &Outcome) {
    let checks = outcome.samples("checks");
    assert!(!checks.is_empty());
    assert!(checks.iter().all(|check| check.value == 1.0), "{checks:?}");
    assert_eq!(outcome.logged("error"), [""; 0]);
}

fn count(console: &[String], line: &str) -> usize {
    console.iter().filter(|one| *one == line).count()
}

#[test]
fn a_session_with_pings_runs_as_written() {
    let outcome = Run::file("echo.js").args(["--serve"]).go().exits(0);
    let console = outcome.console();
    assert_eq!(console.first().map(String::as_str), Some("open"));
    assert_eq!(console[console.len() - 2..], ["leaving", "close 1001"]);
    assert_eq!(count(&console, "echo of a time: true"), 1);
    let pings = count(&console, "ping sent");
    assert!((2..=4).contains(&pings), "{console:?}");
    assert_eq!(count(&console, "pong, first handler"), pings);
    let place = |line: &str| console.iter().position(|one| one == line).expect("it is there");
    assert_eq!(place("pong, first handler") + 1, place("pong, second handler"));
    all_checks_pass(&outcome);
    assert_eq!(outcome.samples("ws_ping").len(), pings);
    for metric in METRICS {
        assert!(shown(&outcome).contains(&metric), "{metric}: {}", outcome.stdout);
        for point in outcome.samples(metric) {
            assert_eq!(point.tags["kind"], "echo", "{point:?}");
            assert_eq!(point.tags["status"], "101", "{point:?}");
            assert_eq!(point.tags["url"], "ws://echo.example", "{point:?}");
        }
    }
}

#[test]
fn a_chat_of_several_users_runs_as_written() {
    let outcome = Run::file("crocochat.js").args(["--serve"]).go().exits(0);
    let console = outcome.console();
    for user in 1..=3 {
        assert_eq!(count(&console, &format!("user {user} is in")), 1, "{console:?}");
        assert_eq!(count(&console, &format!("user {user} is out")), 1, "{console:?}");
    }
    assert_eq!(console.len(), 6, "{console:?}");
    all_checks_pass(&outcome);
    assert_eq!(outcome.sum("ws_sessions"), 3.0);
    assert_eq!(outcome.sum("iterations"), 3.0);
    // Each hears itself and the others.
    assert!(outcome.sum("ws_msgs_received") > outcome.sum("ws_msgs_sent"));
    let expected =
        ["iteration_duration", "iterations", "vus", "vus_max", "data_received", "data_sent"];
    for metric in expected {
        assert!(shown(&outcome).contains(&metric), "{metric}: {}", outcome.stdout);
    }
    assert!(outcome.sum("data_received") > 1000.0 && outcome.sum("data_sent") > 1000.0);
    assert!(outcome.stdout.contains(" in place of all hosts"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("running (00m01."), "{}", outcome.stdout);
}

#[test]
fn four_sockets_of_one_user_run_at_the_same_time() {
    let outcome = Run::file("many-sockets.js").args(["--serve"]).go().exits(0);
    let mut console = outcome.console();
    console.sort();
    let expected = (0..4).flat_map(|id| [format!("1:{id} is out"), format!("1:{id} leaves")]);
    assert_eq!(console, expected.collect::<Vec<_>>());
    all_checks_pass(&outcome);
    assert_eq!(outcome.sum("ws_sessions"), 4.0);
    // One after the other they would take four times as long.
    assert!(outcome.samples("iteration_duration")[0].value < 800.0);
    let warnings = outcome.logged("warning");
    assert!(warnings[0].starts_with("k6/experimental/websockets is deprecated"), "{warnings:?}");
    assert_eq!(warnings.len(), 1);
}

#[test]
fn the_server_can_stand_in_for_some_hosts_alone() {
    let source = "
        import ws from 'k6/ws';
        export default function () {
          for (const host of ['one.invalid', 'two.invalid', 'three.invalid']) {
            const response = ws.connect(`ws://${host}/`, (socket) => socket.close());
            console.log(host, response.status);
          }
        }";
    let outcome = Run::script(source).args(["--serve=one.invalid,TWO.invalid"]).go().exits(0);
    assert_eq!(outcome.console(), ["one.invalid 101", "two.invalid 101", "three.invalid 0"]);
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

#[test]
fn the_example_of_an_echo_runs() {
    let outcome = Run::path(example("echo.js")).args(["--serve"]).go().exits(0);
    all_checks_pass(&outcome);
    assert_eq!(outcome.sum("ws_msgs_received"), 10.0);
    assert_eq!(outcome.samples("round_trip").len(), 10);
}

#[test]
fn the_example_of_round_trips_runs() {
    let outcome = Run::path(example("round-trips.js")).args(["--serve"]).go().exits(0);
    all_checks_pass(&outcome);
    let trips = outcome.samples("ws_rtt");
    assert_eq!(trips.len(), 150);
    assert!(trips.iter().all(|trip| trip.value >= 20.0 && trip.tags["kind"] == "question"));
}

#[test]
fn the_example_of_a_ramp_runs() {
    let stages = ["-s", "500ms:5,1s:5,500ms:0"];
    let run = Run::path(example("ramp.ts")).args(["--serve"]).args(stages);
    // Its thresholds are made for its own load.
    let outcome = run.args(["--no-thresholds"]).go().exits(0);
    assert_eq!(outcome.console(), ["everyone has left delta"]);
    let checks = outcome.samples("checks");
    assert!(!checks.is_empty() && checks.iter().all(|check| check.value == 1.0));
}

#[cfg(unix)]
#[test]
fn the_example_of_a_chat_runs() {
    let mut process = Run::path(example("crocochat.js")).args(["--serve"]).start();
    process.samples_have(r#""check":"is a chat message""#).signal("INT");
    let outcome = process.ends().exits(105);
    let checks = outcome.samples("checks");
    assert!(checks.iter().all(|check| check.value == 1.0), "{checks:?}");
    assert_eq!(outcome.sum("ws_sessions"), 10.0);
    assert_eq!(outcome.logged("error"), ["the test run was aborted by a signal"]);
}
