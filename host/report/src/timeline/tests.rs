//! Timelines in made-up time.

use serde_json::{Value, json};
use wasock_runner::metrics::{Contents, MetricId, Tags};

use super::*;

/// When the runs of these tests begin: nanoseconds since 1970.
const START: i64 = 1_767_323_045_500_000_000;

fn sample(metric: impl Into<MetricId>, value: f64, seconds: f64, tags: &[(&str, &str)]) -> Sample {
    Sample {
        metric: metric.into(),
        value,
        time: START + (seconds * 1e9) as i64,
        tags: tags.iter().copied().collect::<Tags>(),
        metadata: None,
    }
}

fn timeline(registry: &Registry, seconds: f64, samples: &[Sample]) -> Timeline {
    let mut timeline = Timeline::new(START);
    timeline.reach(Duration::from_secs_f64(seconds));
    samples.iter().for_each(|sample| timeline.add(registry, sample));
    timeline
}

fn all(timeline: &mut Timeline) -> Value {
    serde_json::to_value(timeline.since(0)).unwrap()
}

/// The values of the series of this metric and tag.
fn values(patch: &Value, metric: &str, tag: Option<&str>) -> Value {
    let series = patch["series"].as_array().unwrap();
    let is_it = |one: &&Value| one["metric"] == metric && one["tag"][1].as_str() == tag;
    series.iter().find(is_it).map_or(Value::Null, |one| one["values"].clone())
}

#[test]
fn samples_go_to_the_second_of_their_time() {
    let registry = Registry::new();
    let sent = |value, seconds| sample(Builtin::WsMsgsSent, value, seconds, &[]);
    let samples = [sent(1.0, 0.2), sent(2.0, 2.999), sent(4.0, 0.9), sent(8.0, -5.0)];
    let patch = all(&mut timeline(&registry, 3.2, &samples));
    assert_eq!(values(&patch, "ws_msgs_sent", None), json!({"sum": [13, 0, 2, 0]}));
    assert_eq!(
        (&patch["interval"], &patch["count"], &patch["elapsed"]),
        (&json!(1.0), &json!(4), &json!(3.2))
    );
    assert_eq!(patch["start"], START / 1_000_000);
}

#[test]
fn samples_of_a_clock_that_is_ahead_stay_within_the_run() {
    let registry = Registry::new();
    let samples = [sample(Builtin::Iterations, 1.0, 1e9, &[])];
    let patch = all(&mut timeline(&registry, 1.5, &samples));
    assert_eq!(values(&patch, "iterations", None), json!({"sum": [0, 1]}));
}

#[test]
fn each_kind_has_its_own_values() {
    let registry = Registry::new();
    let level = registry.declare("level", Kind::Gauge, Contents::Default).unwrap();
    let samples = [
        sample(Builtin::WsRtt, 10.0, 0.1, &[]),
        sample(Builtin::WsRtt, 30.0, 0.2, &[]),
        sample(level, 3.0, 1.1, &[]),
        sample(level, 1.0, 1.2, &[]),
        sample(Builtin::Checks, 1.0, 0.1, &[("check", "a")]),
        sample(Builtin::Checks, 0.0, 1.1, &[("check", "b")]),
    ];
    let patch = all(&mut timeline(&registry, 2.5, &samples));
    let rtt = values(&patch, "ws_rtt", None);
    assert_eq!((&rtt["count"], &rtt["min"]), (&json!([2, 0, 0]), &json!([10, null, null])));
    assert_eq!(rtt["max"], json!([30, null, null]));
    assert_eq!(
        values(&patch, "level", None),
        json!({"last": [null, 1, 1], "min": [null, 1, 1], "max": [null, 3, 1]}),
        "a gauge stays where it is"
    );
    assert_eq!(values(&patch, "checks", None), json!({"passes": [1, 0, 0], "total": [1, 1, 0]}));
    assert_eq!(
        values(&patch, "checks", Some("b")),
        json!({"passes": [0, 0, 0], "total": [0, 1, 0]})
    );
}

#[test]
fn errors_are_counted_by_code_and_only_where_something_is_counted() {
    let registry = Registry::new();
    let refused = [("error_code", "1212"), ("error", "connection refused")];
    let samples = [
        sample(Builtin::WsConnectErrors, 1.0, 0.1, &refused),
        sample(Builtin::WsConnectErrors, 1.0, 1.1, &[("error_code", "1050")]),
        sample(Builtin::WsConnecting, 7.0, 1.1, &refused),
    ];
    let patch = all(&mut timeline(&registry, 1.5, &samples));
    assert_eq!(values(&patch, "ws_connect_errors", Some("1212")), json!({"sum": [1, 0]}));
    assert_eq!(values(&patch, "ws_connect_errors", Some("1050")), json!({"sum": [0, 1]}));
    assert_eq!(values(&patch, "ws_connecting", Some("1212")), Value::Null);
}

#[test]
fn a_long_run_has_coarser_intervals_and_the_same_sums() {
    let registry = Registry::new();
    let mut timeline = Timeline::new(START);
    let hour = 3_600;
    for second in 0..hour {
        timeline.reach(Duration::from_secs(second));
        timeline.add(&registry, &sample(Builtin::WsMsgsSent, 1.0, second as f64 + 0.5, &[]));
        timeline.add(&registry, &sample(Builtin::WsRtt, second as f64, second as f64 + 0.5, &[]));
        assert!(timeline.changed.len() <= MAX_INTERVALS);
    }
    assert_eq!(timeline.interval(), Duration::from_secs(8));
    let patch = all(&mut timeline);
    assert_eq!(values(&patch, "ws_msgs_sent", None)["sum"], json!(vec![8; 450]));
    let rtt = values(&patch, "ws_rtt", None);
    assert_eq!((&rtt["min"][449], &rtt["max"][449]), (&json!(3592), &json!(3599)));
}

#[test]
fn a_patch_begins_with_what_has_changed() {
    let registry = Registry::new();
    let mut timeline = timeline(&registry, 5.5, &[sample(Builtin::Iterations, 1.0, 0.5, &[])]);
    let first = timeline.since(0);
    assert_eq!((first.first(), first.revision), (0, 1));
    assert_eq!(timeline.since(first.revision).first(), 6, "nothing has changed");
    timeline.add(&registry, &sample(Builtin::Iterations, 1.0, 3.5, &[]));
    timeline.reach(Duration::from_secs(7));
    let second = timeline.since(first.revision);
    assert_eq!(second.first(), 3);
    let again = timeline.since(first.revision);
    assert_eq!(again.first(), 3, "another page that has missed it gets it too");
    assert_eq!(timeline.since(again.revision).first(), 8);
}

#[test]
fn after_intervals_were_merged_a_patch_has_all() {
    let registry = Registry::new();
    let mut timeline = timeline(&registry, 1.0, &[]);
    let revision = timeline.since(0).revision;
    timeline.reach(Duration::from_secs(600));
    timeline.add(&registry, &sample(Builtin::Iterations, 1.0, 599.5, &[]));
    assert_eq!(timeline.since(revision).first(), 0);
}

#[test]
fn series_beyond_the_limit_are_counted_and_left_out() {
    let registry = Registry::new();
    let names: Vec<_> = (0..1_000).map(|number| format!("check {number}")).collect();
    let samples = names.iter().map(|name| sample(Builtin::Checks, 1.0, 0.1, &[("check", name)]));
    let patch = all(&mut timeline(&registry, 0.5, &samples.collect::<Vec<_>>()));
    assert_eq!(patch["series"].as_array().unwrap().len(), 256);
    assert_eq!(patch["leftOut"], 745, "1,000 checks and the metric make 1,001");
    assert_eq!(values(&patch, "checks", None), json!({"passes": [1000], "total": [1000]}));
}

#[test]
fn open_sockets_are_a_gauge() {
    let registry = Registry::new();
    let mut timeline = timeline(&registry, 0.5, &[]);
    timeline.add_sockets(3);
    timeline.reach(Duration::from_secs(2));
    timeline.add_sockets(1);
    let patch = all(&mut timeline);
    assert_eq!(values(&patch, "open sockets", None)["last"], json!([3, 3, 1]));
}
