use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::fixture::{run, run_of, sample};
use super::*;
use crate::metrics::{Builtin, Contents, Kind, Registry};

/// What every summary of the fixture begins with.
const THRESHOLDS: &str = "

  █ THRESHOLDS\x20

    checks
    ✗ 'rate>0.9' rate=62.50%

    dropped_iterations
    ✓ 'count==0' count=0

    echo_time
    ✓ 'p(95)<100' p(95)=40.42ms
    ✗ 'avg<20' avg=26.25ms

    ws_connecting{url:ws://a/}
    ✓ 'max<1' max=420µs


  █ TOTAL RESULTS\x20

    checks_total.......: 8      2/s
    checks_succeeded...: 62.50% 5 out of 8
    checks_failed......: 37.50% 3 out of 8

    ✓ opened
    ✗ echoed
      ↳  25% — ✓ 1 / ✗ 3

    CUSTOM
    echo_time............: avg=26.25ms min=10.5ms med=26.25ms max=42ms  p(90)=38.85ms p(95)=40.42ms\x20
    late.................: 33.33% 1 out of 3
    rooms................: 2      min=2      max=5\x20

    EXECUTION
    dropped_iterations...: 0      0/s
    iteration_duration...: avg=26.25s  min=10.5s  med=26.25s  max=42s   p(90)=38.85s  p(95)=40.42s\x20\x20
    iterations...........: 4      1/s
    vus..................: 2      min=2      max=2\x20
    vus_max..............: 10     min=10     max=10

    NETWORK
    data_received........: 14 kB  3.6 kB/s
    data_sent............: 544 B  136 B/s

    WEBSOCKET
    ws_connecting........: avg=262.5µs min=105µs  med=262.5µs max=420µs p(90)=388.5µs p(95)=404.25µs
      { url:ws://a/ }....: avg=315µs   min=210µs  med=315µs   max=420µs p(90)=399µs   p(95)=409.5µs\x20
    ws_sessions..........: 4      1/s

";

#[test]
fn the_compact_text_has_thresholds_checks_and_metrics() {
    let text = run().summary().text(SummaryMode::Compact, false);
    assert_eq!(text, format!("{THRESHOLDS}\n\n"));
}

#[test]
fn the_full_text_has_groups_and_scenarios_too() {
    let mut run = run();
    run.results.add(&[
        sample(Builtin::Iterations, 1.0, &[("scenario", "spike")]),
        sample(Builtin::WsSessions, 1.0, &[("scenario", "spike"), ("group", "::a::b")]),
    ]);
    let text = run.summary().text(SummaryMode::Full, false);
    let details = text.split_once("█ GROUP: chat").expect("the group of the default scenario").1;
    let expected = " 

    checks_total.......: 4      1/s
    checks_succeeded...: 25.00% 1 out of 4
    checks_failed......: 75.00% 3 out of 4

    ✗ echoed
      ↳  25% — ✓ 1 / ✗ 3


  █ SCENARIO: spike\x20

    EXECUTION
    iterations....: 1 0.25/s

    WEBSOCKET
    ws_sessions...: 1 0.25/s

    ↳ GROUP: a

      ↳ GROUP: b

        WEBSOCKET
        ws_sessions...: 1 0.25/s



";
    assert_eq!(details, expected);
}

#[test]
fn a_disabled_summary_is_empty() {
    assert_eq!(run().summary().text(SummaryMode::Disabled, true), "");
}

#[test]
fn sub_metrics_stand_below_a_metric_with_thresholds() {
    let thresholds =
        json!({"ws_sessions{url:a}": ["count>1"], "ws_sessions": ["rate>0", "count>1"]});
    let samples = [sample(Builtin::WsSessions, 2.0, &[("url", "a")])];
    let run = run_of(Arc::new(Registry::new()), thresholds, &samples);
    let text = run.summary().text(SummaryMode::Compact, false);
    let expected = "

  █ THRESHOLDS\x20

    ws_sessions
    ✓ 'rate>0' rate=0.5/s
    ✓ 'count>1' count=2

      {url:a}
      ✓ 'count>1' count=2


  █ TOTAL RESULTS\x20

    WEBSOCKET
    ws_sessions...: 2 0.5/s
      { url:a }...: 2 0.5/s



";
    assert_eq!(text, expected);
}

#[test]
fn colours_change_nothing_but_the_colours() {
    let run = run();
    let coloured = run.summary().text(SummaryMode::Full, true);
    assert!(coloured.contains("\u{1b}[32m✓\u{1b}[0m"));
    assert!(coloured.contains("\u{1b}[31m✗\u{1b}[0m"));
    let mut plain = String::new();
    let mut escape = false;
    for character in coloured.chars() {
        match character {
            '\u{1b}' => escape = true,
            'm' if escape => escape = false,
            _ if escape => {}
            other => plain.push(other),
        }
    }
    assert_eq!(plain, run.summary().text(SummaryMode::Full, false));
}

#[test]
fn columns_and_unit_of_times_can_be_chosen() {
    let run = run();
    let columns = ["count", "p(99.90)"].map(|name| TrendColumn::of_name(name).unwrap());
    let summary =
        Summary { trend_stats: &columns, time_unit: Some(TimeUnit::Seconds), ..run.summary() };
    let text = summary.text(SummaryMode::Compact, false);
    assert!(text.contains("    echo_time............: count=4 p(99.90)=0.04s \n"), "{text}");
    let data = summary.handle_summary_data(Surroundings::default());
    assert_eq!(data["options"]["summaryTrendStats"], json!(["count", "p(99.90)"]));
    assert_eq!(data["metrics"]["echo_time"]["values"]["count"], 4);
    assert!(data["metrics"]["echo_time"]["values"]["p(99.90)"].is_number());
}

#[test]
fn handle_summary_gets_all_results() {
    let mut run = run();
    run.setup_data = Some(json!({"token": 1}));
    let data = run
        .summary()
        .handle_summary_data(Surroundings { stdout_is_terminal: true, ..Surroundings::default() });
    assert_eq!(
        data["root_group"],
        json!({
            "name": "", "path": "", "id": "d41d8cd98f00b204e9800998ecf8427e",
            "groups": [{
                "name": "chat", "path": "::chat", "id": "f7351fb60db1abaf2143352b6cfb2be5",
                "groups": [],
                "checks": [{
                    "name": "echoed", "path": "::chat::echoed", "id": "6c45662fb5a7ebe17105c874b7c1779d", "passes": 1, "fails": 3
                }]
            }],
            "checks": [{
                "name": "opened", "path": "::opened", "id": "e8aa310f45ac068d05254d3f738bfb98", "passes": 4, "fails": 0
            }]
        })
    );
    assert_eq!(
        data["options"],
        json!({
            "summaryTrendStats": ["avg", "min", "med", "max", "p(90)", "p(95)"],
            "summaryTimeUnit": "",
            "noColor": false
        })
    );
    assert_eq!(
        data["state"],
        json!({"isStdOutTTY": true, "isStdErrTTY": false, "testRunDurationMs": 4000})
    );
    let metrics = &data["metrics"];
    assert_eq!(
        metrics["checks"],
        json!({
            "type": "rate", "contains": "default",
            "values": {"fails": 3, "passes": 5, "rate": 0.625},
            "thresholds": {"rate>0.9": {"ok": false}}
        })
    );
    assert_eq!(
        metrics["data_sent"],
        json!({"type": "counter", "contains": "data", "values": {"count": 544, "rate": 136}})
    );
    assert_eq!(metrics["rooms"]["values"], json!({"max": 5, "min": 2, "value": 2}));
    assert_eq!(metrics["ws_connecting{url:ws://a/}"]["values"]["max"], 0.42);
    assert_eq!(metrics["echo_time"]["values"]["avg"], 26.25);
    assert_eq!(data["setup_data"], json!({"token": 1}));
}

#[test]
fn the_export_is_flat_and_says_what_was_crossed() {
    let run = run();
    let export = run.summary().export();
    assert_eq!(
        export["metrics"]["checks"],
        json!({"fails": 3, "passes": 5, "value": 0.625, "thresholds": {"rate>0.9": true}})
    );
    assert_eq!(export["metrics"]["iterations"], json!({"count": 4, "rate": 1}));
    assert_eq!(export["root_group"]["groups"]["chat"]["checks"]["echoed"]["fails"], 3);
    assert!(export.get("setup_data").is_none());
    assert!(
        run.summary().export_text().starts_with("{\n    \"metrics\": {\n        \"checks\": {\n")
    );
}

#[test]
fn the_machine_readable_format_names_its_run() {
    let run = run();
    let json = run.summary().machine_readable(RunInfo {
        script: "export default () => {}",
        generated_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        version: "0.1.0",
    });
    assert_eq!(json["config"]["duration"], 4);
    assert_eq!(json["metadata"]["generated_at"], "2026-01-02T03:04:05Z");
    let checks = &json["results"]["checks"];
    assert_eq!(checks["metrics"][1]["values"], json!({"matches": 5, "total": 8, "rate": 0.625}));
    assert_eq!(checks["results"][1], json!({"name": "echoed", "passes": 1, "fails": 3}));
    let metrics = json["results"]["metrics"].as_array().unwrap();
    let echo = metrics.iter().find(|metric| metric["name"] == "echo_time").unwrap();
    assert_eq!(echo["values"]["med"], 26.25);
    assert!(metrics.iter().all(|metric| metric["name"] != "checks"));
}

#[test]
fn a_run_without_samples_has_an_empty_text() {
    let run = run_of(Arc::new(Registry::new()), json!({}), &[]);
    let summary = Summary { elapsed: Duration::ZERO, ..run.summary() };
    assert_eq!(summary.text(SummaryMode::Full, false), "\n\n  █ TOTAL RESULTS \n\n\n\n");
}

#[test]
fn the_compact_text_leaves_out_the_parts_of_http_requests() {
    let registry = Arc::new(Registry::new());
    let samples: Vec<_> = ["http_req_duration", "http_req_waiting", "http_req_tls_handshaking"]
        .map(|name| registry.declare(name, Kind::Trend, Contents::Time).unwrap())
        .map(|id| sample(id, 1.0, &[]))
        .into();
    let run = run_of(registry, json!({}), &samples);
    let names = |mode| {
        let text = run.summary().text(mode, false);
        let lines = text.lines().filter_map(|line| line.trim().split_once('.'));
        lines.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(SummaryMode::Compact), ["http_req_duration"]);
    assert_eq!(
        names(SummaryMode::Full),
        ["http_req_duration", "http_req_tls_handshaking", "http_req_waiting"]
    );
}
