//! Outputs: what they get, and that none of them, whatever befalls it, hurts the run or another.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::common::{Outcome, Run, closed_address, kept_files, wasock};

/// A run with messages, checks, groups and metrics of its own, and its totals in a file.
fn run() -> Run {
    Run::file("summary.js").served().args(["-q", "--summary-export", "totals.json"])
}

fn totals(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.file("totals.json")).expect("it is JSON")
}

/// What the totals say of a counter.
#[track_caller]
fn total(outcome: &Outcome, metric: &str) -> f64 {
    let totals = totals(outcome);
    totals["metrics"][metric]["count"].as_f64().unwrap_or_else(|| panic!("no {metric}: {totals}"))
}

/// The rows of a CSV file: the name and the value of each sample.
fn rows(csv: &str) -> Vec<(&str, f64)> {
    fn row(line: &str) -> Option<(&str, f64)> {
        let (name, rest) = line.split_once(',')?;
        Some((name, rest.split(',').nth(1)?.parse().ok()?))
    }
    let rows = csv.lines().skip(1);
    rows.map(|line| row(line).unwrap_or_else(|| panic!("{line:?} is no row"))).collect()
}

fn sum(rows: &[(&str, f64)], metric: &str) -> f64 {
    rows.iter().filter(|(name, _)| *name == metric).map(|(_, value)| value).sum()
}

/// Fails the test unless JSON and CSV have every sample that the totals have.
#[track_caller]
fn assert_complete(outcome: &Outcome) {
    let csv = outcome.file("out.csv");
    let rows = rows(&csv);
    assert_eq!(rows.len(), outcome.points.len());
    for metric in ["iterations", "ws_sessions", "ws_msgs_sent", "my_counter", "data_sent"] {
        let total = total(outcome, metric);
        assert!(total > 0.0, "{metric}");
        assert_eq!((sum(&rows, metric), outcome.sum(metric)), (total, total), "{metric}");
    }
    let totals = totals(outcome);
    let checks = totals["metrics"]["checks"]["passes"].as_f64();
    assert_eq!(Some(sum(&rows, "checks")), checks);
}

#[test]
fn csv_and_json_have_every_sample() {
    let outcome = run().args(["--out", "csv=out.csv"]).go().exits(0);
    assert_complete(&outcome);
    assert_eq!(outcome.logged("warning"), [""; 0]);
    let csv = outcome.file("out.csv");
    let header = csv.lines().next().unwrap();
    assert!(header.starts_with("metric_name,timestamp,metric_value,check,error,error_code,"));
    assert!(header.ends_with(",tls_version,url,extra_tags,metadata"));
    assert!(csv.contains(",kind=slow,\n"), "{csv}");
}

#[test]
fn the_environment_can_ask_for_outputs_and_say_where_they_write() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let script = kept_files(&[("script.js", "export default function () {}")]).join("script.js");
    let mut command = wasock();
    command.arg("run").arg(script).current_dir(folder.path()).env("K6_OUT", "csv,json=env.json");
    command.env("K6_CSV_FILENAME", "env.csv").env("K6_CSV_TIME_FORMAT", "rfc3339");
    let output = command.output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("output: csv (env.csv), json (env.json)\n"), "{stdout}");
    let csv = std::fs::read_to_string(folder.path().join("env.csv")).unwrap();
    assert!(csv.lines().nth(1).unwrap().split(',').nth(1).unwrap().ends_with('Z'), "{csv}");
    assert!(folder.path().join("env.json").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_costs_the_output_on_it_and_nothing_else() {
    for full in ["csv=/dev/full", "json=/dev/full", "json=full.json.gz"] {
        let run = run().args(["--out", full, "--out", "csv=out.csv"]);
        std::os::unix::fs::symlink("/dev/full", run.folder().join("full.json.gz")).unwrap();
        let outcome = run.go().exits(0);
        assert_complete(&outcome);
        let described = full.replacen('=', " (", 1) + ")";
        let errors = outcome.logged("error");
        assert_eq!(errors.len(), 1, "{errors:?}");
        let start = format!("the output {described} could not be written: No space left on device");
        assert!(errors[0].starts_with(&start), "{errors:?}");
        // What was compressed before the disk was full cannot be told from what is on it.
        if !full.ends_with(".gz") {
            let lost =
                format!("the output {described} lacks up to {} samples", outcome.points.len());
            assert_eq!(outcome.logged("warning"), [&*lost]);
            let told = format!("  █ LOST \n\n    {lost}\n");
            assert!(outcome.stdout.contains(&told), "{}", outcome.stdout);
        }
    }
}

#[test]
fn a_reader_of_samples_who_leaves_costs_the_output_and_nothing_else() {
    let script = "import { check } from 'k6';
export const options = { vus: 2, iterations: 2000 };
export default () => check(1, { one: (value) => value === 1 });";
    let run = Run::script(script).args(["-q", "--summary-mode", "disabled"]);
    let run = run.args(["--out", "json=-", "--out", "csv=out.csv"]);
    let (mut command, samples) = run.command();
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    let mut reader = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line comes");
    drop(reader);
    assert!(line.starts_with("{\"type\":\"Metric\""), "{line}");
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let csv = std::fs::read_to_string(run.folder().join("out.csv")).unwrap();
    let rows = rows(&csv);
    assert_eq!((sum(&rows, "iterations"), sum(&rows, "checks")), (2_000.0, 2_000.0));
    let points = BufReader::new(File::open(samples).unwrap()).lines().map_while(Result::ok);
    let points =
        points.filter(|line| line.contains("\"metric\":\"iterations\",\"type\":\"Point\""));
    assert_eq!(points.count(), 2_000);
}

#[test]
fn a_server_that_is_not_there_costs_its_samples_and_a_bounded_time() {
    let address = closed_address();
    let influxdb = format!("influxdb=http://{address}/k6");
    let outputs = ["--out", &influxdb, "--out", "csv=out.csv", "--report", "report.html"];
    let outcome = run().args(outputs).go().exits(0);
    assert_complete(&outcome);
    let samples = outcome.points.len();
    let described = format!("the output InfluxDBv1 (http://{address})");
    let warnings = outcome.logged("warning");
    let start = format!("{described} cannot deliver at present: Connection refused");
    assert!(warnings[0].starts_with(&start), "{warnings:?}");
    let lost = format!("{described} lacks up to {samples} samples");
    assert_eq!(warnings[1..], [&*lost]);
    assert_eq!(totals(&outcome)["lost"], json!([lost]));
    assert!(outcome.file("report.html").contains(&lost));
}

#[test]
fn a_server_that_never_answers_does_not_hold_up_the_run() {
    // It accepts connections, as the system does that for a listener, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("experimental-prometheus-rw=http://{}/", listener.local_addr().unwrap());
    let outcome = run().args(["--out", &url, "--out", "csv=out.csv"]).go().exits(0);
    assert_complete(&outcome);
    let warnings = outcome.logged("warning");
    let last = warnings.last().expect("it is told");
    let samples = outcome.points.len();
    assert!(last.ends_with(&format!("lacks up to {samples} samples")), "{warnings:?}");
}

#[cfg(unix)]
#[test]
fn after_ctrl_c_every_output_has_what_was_counted() {
    let run = Run::file("signals.js").served().args(["-e", "WAIT=session", "-q"]);
    let run = run.args(["--summary-export", "totals.json", "--out", "csv=out.csv"]);
    let mut process = run.start();
    process.prints("waiting in a session").signal("INT");
    let outcome = process.ends().exits(105);
    let csv = outcome.file("out.csv");
    let rows = rows(&csv);
    assert_eq!(rows.len(), outcome.points.len());
    for metric in ["ws_sessions", "data_sent", "data_received"] {
        let total = total(&outcome, metric);
        assert!(total > 0.0, "{metric}");
        assert_eq!((sum(&rows, metric), outcome.sum(metric)), (total, total), "{metric}");
    }
}

#[test]
fn settings_that_are_wrong_end_the_run_before_it_begins() {
    let cases = [
        ("csv=fileName=a.csv,saveInterval=soon", "saveInterval of the output csv is \"soon\""),
        ("influxdb=nowhere", "the argument of the output influxdb is \"nowhere\""),
        ("experimental-prometheus-rw=ftp://a", "expected a URL such as http://localhost:9090"),
        ("opentelemetry=a", "K6_OTEL_GRPC_EXPORTER_ENDPOINT names the collector"),
        ("cloud", "hint: experimental-prometheus-rw and opentelemetry reach Grafana's stack"),
        (
            "statsd",
            "the outputs are json, csv, influxdb, experimental-prometheus-rw, opentelemetry, \
             web-dashboard",
        ),
    ];
    for (argument, message) in cases {
        let outcome = Run::file("summary.js").args(["--out", argument]).go().exits(104);
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
        assert_eq!(outcome.points.len(), 0);
    }
}

#[test]
fn names_made_of_data_do_not_fill_the_memory() {
    let script = "import { check, group } from 'k6';
export const options = { iterations: 1 };
export default function () {
  for (let number = 0; number < 10005; number += 1) {
    check(number, { [`message ${number}`]: (value) => value % 2 === 0 });
  }
  for (let number = 0; number < 1005; number += 1) {
    group(`order ${number}`, () => {});
  }
}";
    let outcome = Run::script(script).args(["-q", "--summary-export", "totals.json"]).go().exits(0);
    let totals = totals(&outcome);
    let checks = totals["root_group"]["checks"].as_object().unwrap();
    assert_eq!(checks.len(), 10_001);
    assert_eq!(checks["(further checks)"]["passes"], 3);
    assert_eq!(checks["(further checks)"]["fails"], 2);
    assert_eq!(totals["root_group"]["groups"].as_object().unwrap().len(), 1_000);
    assert_eq!(totals["metrics"]["checks"]["passes"], 5_003);
    let warnings = outcome.logged("warning");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("keep 10000 checks and 1000 groups apart"), "{warnings:?}");
}
