//! `wasock/round-trips`: how long replies take.

use crate::common::{Outcome, Run};

fn case(name: &str) -> Run {
    Run::file("round_trips.js").served().args(["-e", &format!("CASE={name}")])
}

fn run(name: &str) -> Outcome {
    case(name).go().exits(0)
}

fn values(outcome: &Outcome, metric: &str) -> Vec<f64> {
    outcome.samples(metric).iter().map(|point| point.value).collect()
}

#[test]
fn a_script_that_is_busy_does_not_distort_them() {
    for name in ["busy", "busyInWs"] {
        let outcome = run(name);
        assert_eq!(outcome.console(), ["true true"], "{name}");
        let [rtt] = values(&outcome, "ws_rtt")[..] else { panic!("{name}: one round trip") };
        assert!(rtt > 0.0 && rtt < 150.0, "{name}: {rtt}");
        let reply = outcome.samples("ws_rtt")[0].time;
        assert_eq!(reply, outcome.samples("ws_msgs_received")[0].time, "{name}");
    }
}

#[test]
fn replies_without_a_key_come_in_order() {
    let outcome = run("inOrder");
    assert_eq!(values(&outcome, "ws_rtt").len(), 5);
    assert!(outcome.samples("ws_rtt_lost").is_empty());
    assert!(outcome.stdout.contains("    WEBSOCKET\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("    ws_rtt................: avg="), "{}", outcome.stdout);
}

#[test]
fn replies_are_told_apart_by_their_keys_and_keys_can_be_used_again() {
    let outcome = run("byKey");
    let expected = ["no reply to this one counts none", "1 true", "a true", "1 true"];
    assert_eq!(outcome.console(), expected);
    let rtt = values(&outcome, "ws_rtt");
    assert_eq!(rtt.len(), 3);
    assert!(rtt.iter().all(|rtt| *rtt >= 20.0), "{rtt:?}");
}

#[test]
fn a_reply_can_be_named_by_its_socket() {
    assert_eq!(values(&run("bySocket"), "ws_rtt").len(), 1);
    let outcome = run("binaryInWs");
    assert_eq!(outcome.console(), ["true"]);
    assert_eq!(values(&outcome, "ws_rtt").len(), 1);
}

#[test]
fn a_metric_of_ones_own_has_the_tags_of_the_socket_and_its_own() {
    let outcome = run("own");
    assert_eq!(outcome.console(), ["undefined true"]);
    assert!(outcome.samples("ws_rtt").is_empty());
    let tags = &outcome.samples("order_rtt")[0].tags;
    let names: Vec<_> = tags.keys().map(String::as_str).collect();
    let expected = ["group", "kind", "name", "scenario", "status", "subproto", "url"];
    assert_eq!(names, expected);
    assert_eq!((&*tags["kind"], &*tags["status"]), ("order", "101"));
}

#[test]
fn a_reply_after_the_timeout_is_lost() {
    let outcome = run("late");
    assert_eq!(outcome.console(), ["true", "undefined"]);
    assert!(outcome.samples("hasty_rtt").is_empty());
    assert_eq!(values(&outcome, "hasty_rtt_lost"), [1.0]);
}

#[test]
fn a_reply_that_came_in_time_is_not_late_because_the_script_is() {
    let outcome = run("inTimeButHandledLate");
    assert_eq!(outcome.console(), ["true"]);
    assert_eq!(values(&outcome, "hasty_rtt").len(), 1);
    assert!(outcome.samples("hasty_rtt_lost").is_empty());
}

#[test]
fn replies_that_never_come_are_counted_however_the_session_ends() {
    let outcome = run("repliesThatNeverCome");
    assert_eq!(values(&outcome, "order_rtt_lost"), [3.0]);
    assert_eq!(outcome.tags("order_rtt_lost", "kind"), ["order"]);
    assert_eq!(values(&run("throws"), "ws_rtt_lost"), [1.0]);
    let outcome = case("interrupted").args(["-e", "MAX_DURATION=1s"]).go().exits(0);
    assert_eq!(values(&outcome, "ws_rtt_lost"), [1.0]);
}

#[test]
fn a_user_that_breaks_down_loses_nothing_that_was_measured() {
    let outcome = run("breaksDown");
    assert!(outcome.logged("error")[0].starts_with("the virtual user was stopped"));
    for metric in ["ws_sessions", "ws_session_duration", "ws_rtt_lost"] {
        assert_eq!(outcome.samples(metric).len(), 1, "{metric}");
    }
    assert!(outcome.sum("data_sent") > 0.0 && outcome.sum("data_received") > 0.0);
    assert_eq!(outcome.sum("iterations"), 0.0);
}

#[test]
fn a_reply_that_waits_to_be_handled_when_the_connection_ends_is_not_lost() {
    let outcome = run("repliedAndClosedAtOnce");
    let duration = outcome.samples("ws_session_duration")[0].value;
    assert!(duration < 250.0, "the connection ends while the script sleeps: {duration}");
    assert_eq!(values(&outcome, "ws_rtt").len(), 1);
    assert!(outcome.samples("ws_rtt_lost").is_empty());
}

#[test]
fn a_message_that_was_not_sent_has_no_reply() {
    let outcome = run("notSent");
    assert_eq!(outcome.console(), ["false", "false", "false", "false undefined"]);
    assert!(outcome.samples("ws_rtt_lost").is_empty());
}

#[test]
fn mistakes_are_told() {
    let expected = [
        "GoError: RoundTrips must be made in the init context",
        "GoError: unknown option of RoundTrips 'name'; there are metric, tags, timeout",
        "GoError: invalid option timeout of RoundTrips: 'soon' is neither a number of milliseconds \
         nor a duration such as '10s'",
        "TypeError: RoundTrips.sent: the first argument is not a socket",
        "TypeError: RoundTrips.received: this event is no message of a socket",
        "TypeError: RoundTrips.received: the first argument is neither a message event nor a socket",
        "TypeError: RoundTrips: a key is a string or a number, not object",
        "GoError: a key may have 1024 bytes, this one has 2000",
        "undefined",
    ];
    assert_eq!(case("mistakes").console(), expected);
}

#[test]
fn their_name_can_be_taken_and_their_number_is_bounded() {
    let taken = "
        import { Trend } from 'k6/metrics';
        import { RoundTrips } from 'wasock/round-trips';
        new Trend('ws_rtt');
        new RoundTrips();
        export default () => {};";
    let outcome = Run::script(taken).go().exits(107);
    let text =
        "the script has a metric of its own with the name ws_rtt or ws_rtt_lost; name another one";
    assert!(outcome.stderr.contains(text), "{}", outcome.stderr);
    let many = "
        import { RoundTrips } from 'wasock/round-trips';
        for (let i = 0; i < 65; i++) new RoundTrips();
        export default () => {};";
    let outcome = Run::script(many).go().exits(107);
    let text = "a test may have 64 kinds of round trips";
    assert!(outcome.stderr.contains(text), "{}", outcome.stderr);
}
