//! The samples of `WebSocket` objects.

use crate::common::{Outcome, Run};

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
        assert_eq!(statuses, ["", "503"], "{metric}");
    }
    assert_eq!(outcome.sum("ws_msgs_sent"), 0.0);
}

#[test]
fn an_iteration_that_fails_or_is_interrupted_does_not_lose_the_duration() {
    assert_eq!(run("refusedClose").samples("ws_session_duration").len(), 1);
    let outcome = case("neverClosed").args(["-e", "MAX_DURATION=1s"]).go().exits(0);
    assert_eq!(outcome.samples("ws_session_duration").len(), 1);
    assert_eq!(outcome.sum("iterations"), 0.0);
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
