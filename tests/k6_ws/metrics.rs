//! The samples of the sessions of `k6/ws`.

use std::collections::BTreeMap;
use std::net::TcpListener;

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
        assert_eq!(tags(&outcome, metric, "subproto"), [None, Some(String::new())], "{metric}");
    }
    assert_eq!(outcome.sum("ws_sessions"), 2.0);
}

#[test]
fn failed_dials_say_why() {
    let outcome = run("sessionsThatFail");
    for metric in SESSION.into_iter().chain(["ws_connect_errors"]) {
        assert_eq!(outcome.tags(metric, "status"), ["0", "503"], "{metric}");
        assert_eq!(outcome.tags(metric, "error_code"), ["1212", "1503"], "{metric}");
        let errors = ["connection refused", "refused by the server"];
        assert_eq!(outcome.tags(metric, "error"), errors, "{metric}");
    }
    assert_eq!(outcome.sum("ws_connect_errors"), 2.0);
    assert!(run("sessionWithAMessage").samples("ws_connect_errors").is_empty());
}

#[test]
fn attempts_that_are_refused_before_they_begin_are_sessions_too() {
    let outcome = run("sessionsThatAreRefused");
    for metric in SESSION.into_iter().chain(["ws_connect_errors"]) {
        let samples = outcome.samples(metric);
        assert_eq!(samples.len(), 2, "{metric}");
        for point in samples {
            assert_eq!((&*point.tags["status"], &*point.tags["error_code"]), ("0", "1020"));
        }
    }
}

#[test]
fn a_message_that_is_too_late_counts_as_sent() {
    let outcome = run("sendThatFails");
    assert_eq!(outcome.console(), ["websocket: close sent"; 3]);
    assert_eq!(outcome.sum("ws_msgs_sent"), 3.0);
    let outcome = run("sendAfterTheServerClosed");
    assert_eq!(outcome.console(), ["websocket: close sent"]);
    assert_eq!(outcome.sum("ws_msgs_sent"), 2.0);
}

#[test]
fn the_samples_of_a_session_have_the_time_of_its_beginning() {
    let outcome = run("sessionWithAMessage");
    let times = SESSION.map(|metric| outcome.samples(metric)[0].time);
    assert_eq!(times[0], times[1]);
    assert_eq!(times[0], times[2]);
    let [sent, received] =
        ["ws_msgs_sent", "ws_msgs_received"].map(|metric| outcome.samples(metric)[0].time);
    assert!(times[0] < sent && sent < received, "{times:?} {sent} {received}");
}

#[test]
fn the_numbers_of_user_and_iteration_are_metadata() {
    let outcome = case("sessionWithAMessage").args(["--system-tags", "vu,iter"]).go().exits(0);
    for metric in SESSION.into_iter().chain(["ws_msgs_sent", "ws_msgs_received", "data_sent"]) {
        for point in outcome.samples(metric) {
            assert!(point.tags.is_empty(), "{point:?}");
            assert_eq!((&*point.metadata["vu"], &*point.metadata["iter"]), ("1", "0"), "{metric}");
        }
    }
}

#[test]
fn messages_count_when_they_are_handled_and_not_when_a_handler_closes_the_socket_before() {
    let outcome = run("closeAtTheFirstOfMany");
    assert_eq!(outcome.console(), ["handled"]);
    assert_eq!(outcome.sum("ws_msgs_received"), 1.0);
}

#[test]
fn each_iteration_has_the_bytes_of_its_own_close_frame() {
    let outcome = case("sessionWithAMessage").args(["-e", "ITERATIONS=50"]).go().exits(0);
    let sent = outcome.samples("data_sent");
    assert_eq!(sent.len(), 50);
    assert!(sent.iter().all(|point| point.value == sent[0].value), "{sent:?}");
}

#[test]
fn a_session_that_lasts_shows_its_bytes_meanwhile() {
    let arguments = ["-e", "ITERATIONS=2", "--system-tags", "iter"];
    let outcome = case("sessionOfTheSameLengthInBytes").args(arguments).go().exits(0);
    let of = |iteration: &str| -> Vec<f64> {
        let samples = outcome.samples("data_sent").into_iter();
        let own = samples.filter(|point| point.metadata["iter"] == iteration);
        own.map(|point| point.value).collect()
    };
    let (short, long) = (of("0"), of("1"));
    assert_eq!(short.len(), 1, "{short:?}");
    assert!(long.len() >= 3, "2.5 seconds have two reports and an end: {long:?}");
    assert_eq!(long.iter().sum::<f64>(), short[0]);
}

#[test]
fn sizes_are_measured_when_they_are_asked_for() {
    let sizes = ["ws_msg_size_sent", "ws_msg_size_received"];
    let outcome = run("sessionWithAMessage");
    assert_eq!(sizes.map(|size| outcome.samples(size).len()), [0, 0]);
    let config = r#"{"wsMessageSizes": true}"#;
    let outcome = case("sessionWithSizes").beside("config.json", config);
    let outcome = outcome.args(["--config", "config.json"]).go().exits(0);
    for size in sizes {
        let values: Vec<_> = outcome.samples(size).iter().map(|point| point.value).collect();
        assert_eq!(values, [5.0, 3.0], "{size}");
        assert_eq!(outcome.tags(size, "status"), ["101"; 2]);
    }
    assert!(outcome.stdout.contains("ws_msg_size_sent.......: avg=4 B"), "{}", outcome.stdout);
}

#[test]
fn a_metric_of_the_scripts_own_takes_the_place_of_one_that_k6_does_not_have() {
    let source = "
        import ws from 'k6/ws';
        import { Rate } from 'k6/metrics';
        const errors = new Rate('ws_connect_errors');
        export const options = { thresholds: { ws_connect_errors: ['rate==0'] } };
        export default function () {
          ws.connect('ws://127.0.0.1:1/', () => {});
          errors.add(false);
        }";
    let outcome = Run::script(source).go().exits(0);
    assert_eq!(outcome.samples("ws_connect_errors").len(), 1);
    assert_eq!(outcome.sum("ws_sessions"), 1.0);
}

#[test]
fn a_threshold_can_tell_failed_dials() {
    let source = "
        import ws from 'k6/ws';
        export const options = { thresholds: {
          ws_connect_errors: ['count==0'], 'ws_sessions{error_code:1212}': ['count==0'],
        } };
        export default () => ws.connect('ws://127.0.0.1:1/', () => {});";
    let outcome = Run::script(source).go().exits(99);
    assert_eq!(outcome.stdout.matches("✗ 'count==0' count=1").count(), 2, "{}", outcome.stdout);
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
fn an_attempt_that_is_cut_short_is_a_session() {
    // Nobody accepts, so the handshake is never answered.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    for connect in ["ws.connect(url, () => {})", "new WebSocket(url)"] {
        let source = format!(
            "import ws from 'k6/ws';
            import {{ WebSocket }} from 'k6/websockets';
            export const options = {{ scenarios: {{ default: {{
              executor: 'per-vu-iterations', maxDuration: '1s', gracefulStop: '0s',
            }} }} }};
            const url = 'ws://{address}/';
            export default () => {{ {connect}; }};"
        );
        let outcome = Run::path("script.js").beside("script.js", &source).go().exits(0);
        for metric in SESSION {
            assert_eq!(outcome.tags(metric, "error"), ["given up"], "{connect}: {metric}");
            assert_eq!(outcome.tags(metric, "status"), ["0"], "{connect}: {metric}");
        }
        assert!(outcome.sum("ws_connecting") > 500.0, "{connect}");
        assert!(outcome.samples("ws_connect_errors").is_empty(), "{connect}");
    }
}

#[test]
fn users_that_ramp_down_hard_lose_nothing() {
    let source = "
        import ws from 'k6/ws';
        export const options = { scenarios: { default: {
          executor: 'ramping-vus', startVUs: 3, gracefulRampDown: '0s', gracefulStop: '0s',
          stages: [{ duration: '500ms', target: 3 }, { duration: '500ms', target: 0 }],
        } } };
        export default function () {
          ws.connect(`${__ENV.WS}/echo`, (socket) => socket.on('open', () => socket.send('x')));
        }";
    let outcome = Run::script(source).served().args(["--system-tags", "vu"]).go().exits(0);
    for metric in SESSION.into_iter().chain(["ws_msgs_sent", "ws_msgs_received"]) {
        assert_eq!(outcome.samples(metric).len(), 3, "{metric}");
    }
    let mut sent: BTreeMap<&str, f64> = BTreeMap::new();
    for point in outcome.samples("data_sent") {
        *sent.entry(&point.metadata["vu"]).or_default() += point.value;
    }
    assert_eq!(sent.len(), 3);
    assert!(sent.values().all(|bytes| *bytes == sent["1"]), "{sent:?}");
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
