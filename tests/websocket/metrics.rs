//! The samples of `WebSocket` objects.

use crate::common::{Outcome, Run, server};

const ALL: [&str; 5] =
    ["ws_sessions", "ws_connecting", "ws_session_duration", "ws_msgs_sent", "ws_msgs_received"];

fn case(function: &str) -> Run {
    Run::case("websocket/metrics", function)
}

fn run(function: &str) -> Outcome {
    case(function).go().exits(0)
}

/// Fails unless every sample of a socket has this tag.
#[track_caller]
fn assert_tag(outcome: &Outcome, name: &str, value: &str) {
    for metric in ALL {
        let samples = outcome.samples(metric);
        assert!(!samples.is_empty(), "{metric} has samples");
        for point in samples {
            assert_eq!(point.tags.get(name).map(String::as_str), Some(value), "{name} of {metric}");
        }
    }
}

#[test]
fn a_session_has_its_samples_and_its_name_is_its_url() {
    let outcome = run("plain");
    for metric in ["ws_sessions", "ws_connecting", "ws_session_duration", "ws_msgs_received"] {
        assert_eq!(outcome.samples(metric).len(), 1, "{metric}");
    }
    let url = outcome.samples("ws_sessions")[0].tags["url"].clone();
    assert!(url.ends_with("/protocol"), "{url}");
    for (name, value) in
        [("url", &url[..]), ("name", &url), ("status", "101"), ("subproto", ""), ("group", "")]
    {
        assert_tag(&outcome, name, value);
    }
}

#[test]
fn pings_and_close_frames_count_as_sent() {
    assert_eq!(run("plain").sum("ws_msgs_sent"), 2.0);
    let outcome = run("pinged");
    assert_eq!(outcome.sum("ws_msgs_sent"), 2.0);
    assert_eq!(outcome.samples("ws_ping").len(), 1);
    assert_eq!(outcome.sum("ws_msgs_received"), 0.0);
}

#[test]
fn a_name_replaces_the_url() {
    let outcome = run("named");
    assert_tag(&outcome, "name", "custom");
    assert_tag(&outcome, "url", "custom");
}

#[test]
fn the_tags_of_params_are_on_every_sample() {
    let outcome = run("tagged");
    assert_tag(&outcome, "lorem", "ipsum");
    assert_tag(&outcome, "version", "13");
}

#[test]
fn the_chosen_subprotocol_is_a_tag() {
    assert_tag(&run("withProtocol"), "subproto", "one");
}

#[test]
fn a_socket_keeps_the_tags_with_which_it_was_made() {
    assert_tag(&run("inAGroup"), "group", "::outer");
    let outcome = run("ofTheVu");
    assert_tag(&outcome, "mine", "before");
    assert_eq!(outcome.samples("iterations")[0].tags["mine"], "after");
}

#[test]
fn failed_connections_are_sessions_too() {
    let outcome = run("failed");
    for metric in ["ws_sessions", "ws_connecting", "ws_session_duration"] {
        let mut statuses: Vec<_> = outcome
            .samples(metric)
            .iter()
            .map(|point| point.tags.get("status").cloned().unwrap_or_default())
            .collect();
        statuses.sort();
        assert_eq!(statuses, ["0", "503"], "{metric}");
    }
    assert_eq!(outcome.sum("ws_connect_errors"), 2.0);
    assert_eq!(outcome.sum("ws_msgs_sent"), 0.0);
}

#[test]
fn a_certificate_that_nobody_trusts_is_told_from_other_errors() {
    let server = server();
    let address = server.tls_address().expect("it has a TLS port");
    let source = format!(
        "import {{ WebSocket }} from 'k6/websockets';
        export default () => new WebSocket('wss://{address}/echo');"
    );
    let run = Run::path("script.js").beside("script.js", &source);
    let outcome = run.go().exits(0);
    assert_eq!(outcome.tags("ws_connect_errors", "error_code"), ["1310"]);
    assert_eq!(outcome.tags("ws_connect_errors", "error"), ["unknown certificate authority"]);
}

#[test]
fn an_attempt_that_is_refused_before_it_begins_is_a_session() {
    let outcome = run("refusedHeader");
    for metric in ["ws_sessions", "ws_connecting", "ws_session_duration", "ws_connect_errors"] {
        assert_eq!(outcome.tags(metric, "error_code"), ["1020"], "{metric}");
    }
}

#[test]
fn the_duration_has_the_time_of_the_end() {
    let outcome = run("plain");
    let began = outcome.samples("ws_sessions")[0].time;
    let duration = outcome.samples("ws_session_duration")[0];
    assert!((duration.time - began - duration.value / 1e3).abs() < 1e-4, "{duration:?} {began}");
}

#[test]
fn sockets_that_outlive_their_functions_and_iterations_lose_nothing() {
    let arguments = ["-e", "ITERATIONS=5", "-e", "VUS=4"];
    let outcome = case("several").args(arguments).go().exits(0);
    assert_eq!(outcome.sum("iterations"), 20.0);
    for metric in ["ws_sessions", "ws_connecting", "ws_session_duration", "ws_msgs_received"] {
        assert_eq!(outcome.samples(metric).len(), 60, "{metric}");
    }
    // A message and a close frame each.
    assert_eq!(outcome.sum("ws_msgs_sent"), 120.0);
    let sent = outcome.samples("data_sent");
    assert_eq!(sent.len(), 20);
    assert!(sent.iter().all(|point| point.value == sent[0].value), "{sent:?}");
}

#[test]
fn messages_that_a_handler_closes_the_socket_before_do_not_count() {
    let outcome = run("closeAtTheThirdOfMany");
    assert_eq!(outcome.console(), ["handled 3"]);
    assert_eq!(outcome.sum("ws_msgs_received"), 3.0);
}

#[test]
fn an_iteration_that_fails_or_is_interrupted_does_not_lose_the_duration() {
    assert_eq!(run("refusedClose").samples("ws_session_duration").len(), 1);
    let outcome = case("neverClosed").args(["-e", "MAX_DURATION=1s"]).go().exits(0);
    assert_eq!(outcome.samples("ws_session_duration").len(), 1);
    assert_eq!(outcome.sum("iterations"), 0.0);
    let outcome = run("throwsWithOpenSockets");
    assert_eq!(outcome.samples("ws_session_duration").len(), 2);
    assert_eq!(outcome.sum("iterations"), 1.0);
}

#[test]
fn only_the_system_tags_that_are_asked_for_are_set() {
    for tag in ["status", "subproto", "url", "ip"] {
        let outcome = case("plain").args(["--system-tags", tag]).go().exits(0);
        for metric in ALL {
            for point in outcome.samples(metric) {
                let names: Vec<_> = point.tags.keys().map(String::as_str).collect();
                assert_eq!(names, [tag], "{metric}");
            }
        }
    }
}
