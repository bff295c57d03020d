//! What a run leaves: the text at its end, the script's own summary, and files.

use serde_json::{Value, json};

use crate::common::{Outcome, Run};

fn run(arguments: &[&str]) -> Outcome {
    Run::file("summary.js").served().args(arguments.iter().copied()).go()
}

/// The lines of standard output without spaces at their ends, from the first that is no part of the
/// introduction or the progress.
fn summary(outcome: &Outcome) -> Vec<&str> {
    let from = outcome.stdout.find('█').expect("there is a summary");
    outcome.stdout[from..].lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// The line of a metric.
#[track_caller]
fn line<'a>(outcome: &'a Outcome, metric: &str) -> &'a str {
    let lines = summary(outcome);
    let results = lines.iter().skip_while(|line| **line != "█ TOTAL RESULTS");
    let found = { results }.find(|line| line.split(['.', ':']).next() == Some(metric));
    found.unwrap_or_else(|| panic!("no {metric} in {lines:#?}"))
}

#[test]
fn the_text_has_thresholds_checks_and_the_metrics_by_section() {
    let outcome = run(&[]).exits(0);
    let lines = summary(&outcome);
    assert_eq!(
        lines[..6],
        [
            "█ THRESHOLDS",
            "my_counter",
            "✓ 'count==4' count=4",
            "my_trend{kind:slow}",
            "✓ 'max<2000' max=1.5s",
            "█ TOTAL RESULTS",
        ]
    );
    assert!(lines[6].starts_with("checks_total.......: 4 "), "{lines:#?}");
    assert_eq!(
        lines[7..12],
        [
            "checks_succeeded...: 75.00% 3 out of 4",
            "checks_failed......: 25.00% 1 out of 4",
            "✓ always",
            "✗ at first",
            "↳  50% — ✓ 1 / ✗ 1",
        ]
    );
    let names: Vec<_> =
        lines[12..].iter().map(|line| line.split(['.', ' ']).next().unwrap()).collect();
    assert_eq!(
        names[..20],
        [
            "CUSTOM",
            "my_counter",
            "my_gauge",
            "my_rate",
            "my_trend",
            "{",
            "EXECUTION",
            "iteration_duration",
            "iterations",
            "NETWORK",
            "data_received",
            "data_sent",
            "WEBSOCKET",
            "ws_connecting",
            "ws_msgs_received",
            "ws_msgs_sent",
            "ws_ping",
            "ws_session_duration",
            "ws_sessions",
            "running",
        ]
    );
}

#[test]
fn each_kind_of_metric_has_its_columns() {
    let outcome = run(&[]).exits(0);
    assert!(line(&outcome, "my_counter").contains("..: 4 "));
    assert!(line(&outcome, "my_counter").ends_with("/s"));
    let gauge: Vec<_> = line(&outcome, "my_gauge").split_whitespace().skip(1).collect();
    assert_eq!(gauge, ["2", "min=1", "max=2"]);
    assert!(line(&outcome, "my_rate").ends_with(": 50.00% 1 out of 2"));
    let trend: Vec<_> = line(&outcome, "my_trend").split_whitespace().skip(1).collect();
    assert_eq!(
        trend,
        ["avg=750.25ms", "min=500µs", "med=750.25ms", "max=1.5s", "p(90)=1.5s", "p(95)=1.5s"]
    );
    assert!(line(&outcome, "data_sent").contains(" B "));
}

#[test]
fn columns_and_unit_of_trends_can_be_chosen() {
    let outcome =
        run(&["--summary-trend-stats", "count,p(99.9),avg", "--summary-time-unit", "ms"]).exits(0);
    let trend: Vec<_> = line(&outcome, "my_trend").split_whitespace().skip(1).collect();
    assert_eq!(trend, ["count=4", "p(99.9)=1500.00ms", "avg=750.25ms"]);
}

#[test]
fn the_full_mode_has_sections_for_groups_and_scenarios() {
    let outcome = run(&["--summary-mode", "full"]).exits(0);
    let titles: Vec<_> =
        summary(&outcome).into_iter().filter(|line| line.starts_with(['█', '↳'])).collect();
    let check = "↳  50% — ✓ 1 / ✗ 1";
    assert_eq!(titles[..3], ["█ THRESHOLDS", "█ TOTAL RESULTS", check]);
    // The bytes that setup sends and receives are in a group of their own.
    assert_eq!(titles[3..], ["█ GROUP: setup", "█ SCENARIO: chat", check, "↳ GROUP: talk", check]);
}

#[test]
fn the_summary_can_be_left_out() {
    let outcome = run(&["--summary-mode", "disabled", "-q"]).exits(0);
    assert_eq!(outcome.stdout.trim(), "");
    let outcome = run(&["--summary-mode", "disabled", "-e", "SUMMARY=own", "-q"]).exits(0);
    assert_eq!(outcome.stdout.trim(), "");
}

#[test]
fn quiet_leaves_the_summary_alone() {
    let outcome = run(&["--quiet"]).exits(0);
    assert!(outcome.stdout.trim_start().starts_with("█ THRESHOLDS"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("running ("), "{}", outcome.stdout);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn colours_are_for_those_who_ask_for_them() {
    assert!(!run(&[]).exits(0).stdout.contains('\u{1b}'));
    let coloured = || Run::file("summary.js").served().variable("CLICOLOR_FORCE", "1");
    assert!(coloured().go().exits(0).stdout.contains("\u{1b}["));
    assert!(!coloured().variable("NO_COLOR", "1").go().exits(0).stdout.contains('\u{1b}'));
    assert!(!coloured().args(["--no-color"]).go().exits(0).stdout.contains('\u{1b}'));
}

#[test]
fn handle_summary_writes_to_streams_and_files() {
    let outcome = run(&["-e", "SUMMARY=own", "-q"]).exits(0);
    assert_eq!(outcome.stdout, "to standard output\n");
    assert!(outcome.stderr.contains("to standard error\n"), "{}", outcome.stderr);
    assert_eq!(outcome.file("bytes"), "ww");
    let errors = outcome.logged("error");
    assert!(errors[0].starts_with("handleSummary() could not write \"missing/folder.txt\": "));
    assert_eq!(errors.len(), 1);
}

#[test]
fn a_summary_of_the_script_can_fail_the_test_and_not_end_it() {
    let script = |call: &str| {
        let script = format!(
            "import exec from 'k6/execution'; import {{ fail }} from 'k6';
            export default () => {{}};
            export const handleSummary = () => {{ {call}; return {{ stdout: 'own' }}; }};"
        );
        Run::script(&script).go()
    };
    let aborted = script("exec.test.abort('enough')").exits(0);
    assert_eq!(
        aborted.logged("error"),
        ["handleSummary() called exec.test.abort(), and the test had ended: enough"]
    );
    assert!(aborted.stdout.contains("█ TOTAL RESULTS"), "{}", aborted.stdout);
    let thrown = script("fail('too slow')").exits(0);
    assert!(thrown.logged("error")[0].contains("too slow"), "{}", thrown.stderr);
    assert!(thrown.stdout.contains("█ TOTAL RESULTS"), "{}", thrown.stdout);
    let failed = script("exec.test.fail('too slow')").exits(110);
    assert_eq!(failed.logged("error"), ["test marked as failed: too slow"]);
    assert!(failed.stdout.contains("own") && !failed.stdout.contains('█'), "{}", failed.stdout);
}

#[test]
fn columns_are_called_as_the_options_call_them() {
    let outcome = run(&["--summary-trend-stats", "avg,p(99.90)", "--summary-export", "all.json"]);
    let outcome = outcome.exits(0);
    assert!(line(&outcome, "my_trend").contains(" p(99.90)=1.5s"), "{}", outcome.stdout);
    let export: Value = serde_json::from_str(&outcome.file("all.json")).expect("it is JSON");
    let columns = export["metrics"]["my_trend"].as_object().expect("it is there").keys();
    assert!(columns.eq(["avg", "p(99.90)"]), "{export}");
}

#[test]
fn the_full_summary_has_scenarios_in_the_order_of_the_options() {
    let script = "const scenario = (startTime) => ({ executor: 'shared-iterations', startTime });
        export const options = { scenarios: { late: scenario('1s'), early: scenario('0s') } };
        export default () => {};";
    let outcome = Run::script(script).args(["--summary-mode", "full"]).go().exits(0);
    let titles = summary(&outcome).into_iter().filter(|line| line.contains("SCENARIO"));
    assert!(titles.eq(["█ SCENARIO: late", "█ SCENARIO: early"]), "{}", outcome.stdout);
}

#[test]
fn handle_summary_is_told_everything() {
    let outcome = run(&["-e", "SUMMARY=own"]).exits(0);
    let data: Value = serde_json::from_str(&outcome.file("data.json")).expect("it is JSON");
    let keys: Vec<_> = data.as_object().expect("it is an object").keys().collect();
    assert_eq!(keys, ["root_group", "options", "state", "metrics", "setup_data"]);
    assert_eq!(data["setup_data"], json!({"room": "swamp"}));
    assert_eq!(data["options"]["summaryTrendStats"].as_array().map(Vec::len), Some(6));
    assert_eq!(data["state"]["isStdOutTTY"], false);
    assert!(data["state"]["testRunDurationMs"].as_f64().is_some_and(|millis| millis > 0.0));
    let group = &data["root_group"]["groups"][0];
    assert_eq!((&group["name"], &group["path"]), (&json!("talk"), &json!("::talk")));
    assert_eq!(group["checks"][1]["path"], "::talk::at first");
    assert_eq!(group["checks"][1]["passes"], 1);
    assert_eq!(group["checks"][1]["fails"], 1);
    let metrics = &data["metrics"];
    assert_eq!(metrics["my_counter"]["type"], "counter");
    assert_eq!(metrics["my_counter"]["values"]["count"], 4);
    assert_eq!(metrics["my_counter"]["thresholds"], json!({"count==4": {"ok": true}}));
    assert_eq!(metrics["my_gauge"]["values"], json!({"max": 2, "min": 1, "value": 2}));
    assert_eq!(metrics["my_rate"]["values"], json!({"rate": 0.5, "passes": 1, "fails": 1}));
    assert_eq!(metrics["my_trend"]["contains"], "time");
    assert_eq!(metrics["my_trend{kind:slow}"]["values"]["max"], 1500);
    assert_eq!(metrics["ws_sessions"]["values"]["count"], 2);
}

#[test]
fn without_a_summary_of_its_own_a_script_gets_the_built_in_one() {
    let outcome = run(&["-e", "SUMMARY=throws"]).exits(0);
    let errors = outcome.logged("error");
    assert!(errors[0].starts_with("Error: no summary today\n    at "), "{errors:?}");
    assert!(outcome.stdout.contains("█ TOTAL RESULTS"));
}

#[test]
fn the_summary_can_be_exported_as_json() {
    let outcome = run(&["--summary-export", "summary.json", "-e", "SUMMARY=own"]).exits(0);
    let text = outcome.file("summary.json");
    assert!(text.starts_with("{\n    \""), "{text}");
    let export: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(export["metrics"]["my_rate"], json!({"value": 0.5, "passes": 1, "fails": 1}));
    let counter = &export["metrics"]["my_counter"];
    // Here, true means that a threshold was crossed.
    assert_eq!(
        (&counter["count"], &counter["thresholds"]),
        (&json!(4), &json!({"count==4": false}))
    );
    assert_eq!(export["root_group"]["groups"]["talk"]["checks"]["always"]["passes"], 2);
    assert_eq!(export["setup_data"], json!({"room": "swamp"}));
    assert_eq!(export.get("state"), None);
}

#[test]
fn the_summary_can_be_exported_in_the_machine_readable_format() {
    let outcome = run(&["--summary-export", "s.json", "--new-machine-readable-summary"]).exits(0);
    let export: Value = serde_json::from_str(&outcome.file("s.json")).expect("it is JSON");
    assert_eq!(export["version"], "1.0.0");
    assert_eq!(export["config"]["execution"], "local");
    assert!(export["config"]["script"].as_str().is_some_and(|text| text.contains("my_counter")));
    let metrics = export["results"]["metrics"].as_array().expect("it is a list");
    let rate = metrics.iter().find(|metric| metric["name"] == "my_rate").expect("it is there");
    assert_eq!(rate["values"], json!({"matches": 1, "total": 2, "rate": 0.5}));
    let checks = &export["results"]["checks"]["results"];
    assert_eq!(checks[1], json!({"name": "at first", "passes": 1, "fails": 1}));
}

/// Fails the test unless this is what the schema says of the machine-readable format.
#[track_caller]
pub fn assert_valid(summary: &Value) {
    let schema = include_str!("../docs/schemas/summary.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let errors: Vec<_> = validator.iter_errors(summary).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{summary:#}");
    let mut broken = summary.clone();
    broken["results"]["metrics"][0]["values"]["surprise"] = json!(1);
    assert!(!validator.is_valid(&broken), "the schema takes anything");
}

#[test]
fn the_machine_readable_format_is_what_its_schema_says() {
    let arguments = ["--summary-export", "s.json", "--new-machine-readable-summary"];
    let outcome = run(&[&arguments[..], &["-e", "SUMMARY=own"]].concat()).exits(0);
    let export: Value = serde_json::from_str(&outcome.file("s.json")).expect("it is JSON");
    assert_valid(&export);
    // The script's own summary is made from the same.
    let mut data: Value = serde_json::from_str(&outcome.file("data.json")).expect("it is JSON");
    assert_valid(&data);
    data["metadata"]["generated_at"] = export["metadata"]["generated_at"].clone();
    assert_eq!(data, export);
    // Without any sample of its own.
    let outcome = Run::script("export default function () {}").args(arguments).go().exits(0);
    let export: Value = serde_json::from_str(&outcome.file("s.json")).expect("it is JSON");
    assert_valid(&export);
}

#[test]
fn samples_are_lines_of_json_with_keys_in_order() {
    let outcome = run(&[]).exits(0);
    let text = outcome.file("samples.json");
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.contains(
        &r#"{"type":"Metric","data":{"name":"my_counter","type":"counter","contains":"default","thresholds":["count==4"],"submetrics":null},"metric":"my_counter"}"#
    ));
    assert!(lines.contains(
        &r#"{"type":"Metric","data":{"name":"my_trend","type":"trend","contains":"time","thresholds":[],"submetrics":[{"name":"my_trend{kind:slow}","suffix":"kind:slow","tags":{"kind":"slow"}}]},"metric":"my_trend"}"#
    ));
    let first = lines.iter().position(|line| line.contains(r#""name":"my_trend""#)).unwrap();
    let point = lines.iter().find(|line| line.starts_with(r#"{"metric":"my_trend","#)).unwrap();
    let place = lines.iter().position(|line| line == point).unwrap();
    assert!(first < place, "a metric is described before its first sample");
    let start = r#"{"metric":"my_trend","type":"Point","data":{"time":""#;
    let end = r#"","value":1500,"tags":{"group":"","kind":"slow","scenario":"chat"}}}"#;
    assert!(point.starts_with(start) && point.ends_with(end), "{point}");
    let time = &point[start.len()..point.len() - end.len()];
    assert!(time.len() >= "2026-01-01T00:00:00Z".len() && time.ends_with('Z'), "{time}");
}

#[test]
fn samples_can_go_to_standard_output() {
    let outcome = run(&["-q", "--summary-mode", "disabled", "--out", "json=-"]).exits(0);
    let points =
        outcome.stdout.lines().filter(|line| line.starts_with(r#"{"metric":"iterations""#));
    assert_eq!(points.count(), 2, "{}", outcome.stdout);
}

#[test]
fn an_output_that_cannot_be_written_ends_the_run_before_it_begins() {
    for argument in ["--out=json=gone/out.json", "--summary-export=gone/out.json"] {
        let outcome = run(&[argument]).exits(104);
        assert!(outcome.stderr.contains("could not create \"gone/out.json\""), "{argument}");
        assert_eq!(outcome.points.len(), 0, "{argument}");
    }
    let outcome = run(&["--out=smoke"]).exits(104);
    assert!(outcome.stderr.contains("error: there is no output \"smoke\""), "{}", outcome.stderr);
}
