//! The samples of the sessions of `k6/ws`.

use crate::common::{Outcome, Run};

const SESSION: [&str; 3] = ["ws_sessions", "ws_connecting", "ws_session_duration"];

fn case(function: &str) -> Run {
    Run::case("k6_ws/metrics", function)
}

fn run(function: &str) -> Outcome {
    case(function).go().exits(0)
}

/// The values of one tag on the samples of a metric.
fn tags(outcome: &Outcome, metric: &str, tag: &str) -> Vec<Option<String>> {
    outcome.samples(metric).iter().map(|point| point.tags.get(tag).cloned()).collect()
}

fn some(text: &str) -> Vec<Option<String>> {
    vec![Some(text.to_owned())]
}

#[test]
fn a_session_is_one_sample_of_each_session_metric() {
    let outcome = run("sessionWithoutMessages");
    for metric in SESSION {
        let samples = outcome.samples(metric);
        assert_eq!(samples.len(), 1, "{metric}");
        let tags = &samples[0].tags;
        let names: Vec<_> = tags.keys().map(String::as_str).collect();
        assert_eq!(names, ["group", "scenario", "status", "subproto", "url"], "{metric}");
        assert_eq!(tags["group"], "");
        assert_eq!(tags["scenario"], "default");
        assert_eq!(tags["status"], "101");
        assert_eq!(tags["subproto"], "");
        assert!(tags["url"].ends_with("/echo"), "{metric}");
    }
    assert_eq!(outcome.sum("ws_sessions"), 1.0);
    assert!(outcome.sum("ws_session_duration") >= outcome.sum("ws_connecting"));
    assert_eq!(outcome.sum("ws_msgs_sent") + outcome.sum("ws_msgs_received"), 0.0);
    assert!(outcome.samples("ws_ping").is_empty());
}

#[test]
fn messages_are_counted_in_both_directions_with_the_subprotocol() {
    let outcome = run("sessionWithAMessage");
    assert_eq!(outcome.sum("ws_msgs_sent"), 1.0);
    assert_eq!(outcome.sum("ws_msgs_received"), 1.0);
    for metric in SESSION.into_iter().chain(["ws_msgs_sent", "ws_msgs_received"]) {
        assert_eq!(tags(&outcome, metric, "subproto"), some("chat"), "{metric}");
        assert_eq!(tags(&outcome, metric, "status"), some("101"), "{metric}");
    }
    assert!(outcome.sum("data_sent") > 0.0 && outcome.sum("data_received") > 0.0);
}

#[test]
fn a_ping_is_measured_and_no_message() {
    let outcome = run("sessionWithAPing");
    let pings = outcome.samples("ws_ping");
    assert_eq!(pings.len(), 1);
    assert!(pings[0].value > 0.0 && pings[0].value < 1000.0, "{}", pings[0].value);
    assert_eq!(pings[0].tags["status"], "101");
    assert_eq!(outcome.sum("ws_msgs_sent"), 0.0);
}

#[test]
fn the_tags_of_params_and_groups_are_on_every_sample() {
    let outcome = run("sessionWithTags");
    for metric in SESSION.into_iter().chain(["ws_msgs_received"]) {
        assert_eq!(tags(&outcome, metric, "name"), some("mine"), "{metric}");
        assert_eq!(tags(&outcome, metric, "version"), some("13"), "{metric}");
        assert_eq!(tags(&outcome, metric, "good"), some("true"), "{metric}");
        assert_eq!(tags(&outcome, metric, "group"), some("::outer"), "{metric}");
        let url = tags(&outcome, metric, "url")[0].clone().expect("it has a URL");
        assert!(url.ends_with("/push?n=1"), "{url}");
    }
    assert_eq!(tags(&outcome, "iterations", "name"), [None]);
}

#[test]
fn failed_dials_are_sessions_too() {
    let outcome = run("sessionsThatFail");
    for metric in SESSION {
        assert_eq!(tags(&outcome, metric, "status"), [None, Some("503".to_owned())], "{metric}");
        assert_eq!(tags(&outcome, metric, "subproto"), [None, Some(String::new())], "{metric}");
    }
    assert_eq!(outcome.sum("ws_sessions"), 2.0);
}

#[test]
fn an_exception_does_not_lose_the_duration_of_the_session() {
    let outcome = run("sessionThatThrows");
    assert_eq!(outcome.samples("ws_session_duration").len(), 1);
    assert_eq!(outcome.sum("iterations"), 1.0);
}

#[test]
fn an_interrupted_session_has_a_duration() {
    let outcome = case("sessionThatNeverEnds").args(["-e", "MAX_DURATION=1s"]).go().exits(0);
    let durations = outcome.samples("ws_session_duration");
    assert_eq!(durations.len(), 1);
    assert!(durations[0].value > 500.0, "{}", durations[0].value);
    assert_eq!(outcome.sum("iterations"), 0.0);
}

#[test]
fn only_the_system_tags_that_are_asked_for_are_set() {
    for tag in ["status", "subproto", "url", "ip"] {
        let outcome = case("sessionWithAMessage").args(["--system-tags", tag]).go().exits(0);
        for metric in SESSION.into_iter().chain(["ws_msgs_sent", "ws_msgs_received"]) {
            let samples = outcome.samples(metric);
            assert_eq!(samples.len(), 1, "{metric}");
            let names: Vec<_> = samples[0].tags.keys().map(String::as_str).collect();
            assert_eq!(names, [tag], "{metric}");
        }
    }
}

#[test]
fn a_failed_dial_with_the_tag_ip_is_survived() {
    let outcome = case("sessionsThatFail").args(["--system-tags", "ip,status"]).go().exits(0);
    assert_eq!(outcome.sum("ws_sessions"), 2.0);
}
