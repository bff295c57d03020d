//! The report in HTML (`--report`). How it looks in a browser is tested by `browser.rs`.

use serde_json::{Value, json};

use crate::common::{Outcome, Run};

/// A run that writes a report, and its summary.
fn run(arguments: &[&str]) -> Run {
    let files = ["--report", "report.html", "--summary-export", "summary.json"];
    Run::file("report.js").served().args(files).args(arguments.iter().copied())
}

/// What a program finds in a report.
fn data(html: &str) -> Value {
    let start = "<script type=\"application/json\" id=\"data\">";
    let (_, rest) = html.split_once(start).expect("the report has data");
    let (json, _) = rest.split_once("</script>").expect("the data end");
    serde_json::from_str(json).expect("they are JSON")
}

fn export(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.file("summary.json")).expect("the summary is JSON")
}

/// The sum over time of a statistic of a metric, or of a part of it.
fn sum(data: &Value, metric: &str, part: Option<&str>, statistic: &str) -> f64 {
    let series = data["timeline"]["series"].as_array().expect("there are series");
    let is_it = |one: &&Value| one["metric"] == metric && one["tag"][1].as_str() == part;
    let one = series.iter().find(is_it).unwrap_or_else(|| panic!("there is no {metric} {part:?}"));
    let values = one["values"][statistic].as_array().expect("it has the statistic");
    values.iter().filter_map(Value::as_f64).sum()
}

#[test]
fn a_report_has_the_numbers_of_the_summary() {
    let outcome = run(&[]).go().exits(0);
    let (html, export) = (outcome.file("report.html"), export(&outcome));
    let data = data(&html);
    assert_eq!((&data["format"], &data["version"]), (&json!("wasock-report"), &json!(1)));
    assert_eq!(data["run"]["verdict"], "passed");
    let metrics = export["metrics"].as_object().expect("there are metrics");
    for (name, values) in metrics {
        let told = &data["summary"]["metrics"][name]["values"];
        for (statistic, value) in values.as_object().expect("there are numbers") {
            // --summary-export has another name for the share of a rate.
            let is_share = statistic == "value" && told.get("rate").is_some();
            match (statistic.as_str(), is_share) {
                ("thresholds", _) => {}
                (_, true) => assert_eq!(&told["rate"], value, "{name}"),
                _ => assert_eq!(&told[statistic], value, "{name} {statistic}"),
            }
        }
    }
    let count = |metric: &str| metrics[metric]["count"].as_f64().expect("it counts");
    for counter in ["ws_sessions", "ws_msgs_sent", "ws_msgs_received", "data_sent", "orders"] {
        assert_eq!(sum(&data, counter, None, "sum"), count(counter), "{counter}");
        assert!(count(counter) > 0.0, "{counter}");
    }
    assert_eq!(sum(&data, "checks", None, "passes"), metrics["checks"]["passes"]);
    assert_eq!(sum(&data, "iteration_duration", None, "count"), count("iterations"));
    let errors = count("ws_connect_errors");
    assert_eq!(sum(&data, "ws_connect_errors", Some("1212"), "sum"), errors);
    let refused = json!([{"metric": "ws_connect_errors", "errorCode": "1212",
        "error": "connection refused", "count": 3.0}]);
    assert_eq!((errors, &data["errors"]), (3.0, &refused));
}

#[test]
fn the_tables_of_a_report_need_no_script() {
    let outcome = run(&[]).go().exits(0);
    let (html, export) = (outcome.file("report.html"), export(&outcome));
    let sent = &export["metrics"]["ws_msgs_sent"]["count"];
    assert!(
        html.contains(&format!("<dd data-statistic=\"count\" data-value=\"{sent}\">{sent}</dd>"))
    );
    for part in [
        "✓</span> Passed</p>",
        "<td class=\"outcome\">✓ met</td><th scope=\"row\">ws_rtt</th><td><code>p(95)&#60;10000</code>",
        "<th scope=\"row\">1212</th><td>connection refused</td>",
        "<th scope=\"row\">talk<span class=\"note\">2 looping VUs for 2s",
        "is asked outside of groups",
    ] {
        assert!(html.contains(part), "{part} is not in the report");
    }
}

#[test]
fn names_in_a_report_cannot_become_markup() {
    let html = run(&[]).go().exits(0).file("report.html");
    for markup in ["<script>window", "<img", "<b>group", "<u>echo", "<i>&"] {
        assert!(!html.contains(markup), "{markup}");
    }
    let data = data(&html);
    let check = "</script><script>window.stolen = 1</script>";
    assert_eq!(data["summary"]["root_group"]["groups"][0]["checks"][0]["name"], check);
    assert!(sum(&data, "checks", Some(check), "total") > 0.0);
    assert!(
        html.contains("&#60;/script&#62;&#60;script&#62;window.stolen = 1"),
        "it is shown as it is"
    );
}

#[test]
fn a_report_may_run_its_own_script_alone() {
    let html = run(&[]).go().exits(0).file("report.html");
    let policy = "http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; \
                  script-src &#39;sha256-";
    assert!(html.contains(policy));
    let elements = html.to_lowercase();
    for loads in ["<script src", "<img", "<iframe", "@import", "rel=\"stylesheet\""] {
        assert!(!elements.contains(loads), "{loads}");
    }
}

#[test]
fn a_failed_run_is_reported_as_one() {
    let outcome = run(&["-e", "STRICT=1"]).go().exits(99);
    let data = data(&outcome.file("report.html"));
    assert_eq!((&data["run"]["verdict"], &data["run"]["exitCode"]), (&json!("failed"), &json!(99)));
    let message = "thresholds on metrics 'accepted' have been crossed";
    assert_eq!(data["run"]["errors"], json!([message]));
    let crossed = &data["thresholds"][0];
    assert_eq!((&crossed["metric"], &crossed["ok"]), (&json!("accepted"), &json!(false)));
    assert_eq!(crossed["value"], data["summary"]["metrics"]["accepted"]["values"]["rate"]);
}

#[test]
#[cfg(unix)]
fn a_report_is_written_after_a_signal() {
    let mut process = run(&["-e", "DURATION=60s"]).start();
    process.samples_have("\"metric\":\"ws_rtt\"");
    process.signal("INT");
    let outcome = process.ends().exits(105);
    let data = data(&outcome.file("report.html"));
    assert_eq!(data["run"]["verdict"], "stopped");
    assert!(sum(&data, "ws_rtt", None, "count") > 0.0);
}

#[test]
fn a_report_is_written_when_the_script_ends_the_run() {
    let script = "import exec from 'k6/execution';
        export default () => { exec.test.abort('enough <b>'); }";
    let outcome = Run::script(script).args(["--report", "report.html"]).go().exits(108);
    let html = outcome.file("report.html");
    assert_eq!(data(&html)["run"]["verdict"], "aborted");
    assert!(html.contains("<p class=\"problem\">test aborted: enough &#60;b&#62;</p>"), "{html}");
}

#[test]
fn a_report_that_cannot_be_created_ends_the_run_before_it_begins() {
    let run = Run::file("report.js").served().args(["--report", "gone/report.html"]);
    let outcome = run.go().exits(104);
    let expected = "error: --report could not create \"gone/report.html\": ";
    assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("hint: make the folder first\n"), "{}", outcome.stderr);
    assert_eq!(outcome.points.len(), 0);
}

#[test]
fn values_of_variables_are_not_in_a_report() {
    let script = "export const options = { scenarios: { a: {
        executor: 'shared-iterations', iterations: 1, env: { TOKEN: 'topsecret' } } } };
        export default () => {};";
    let html = Run::script(script).args(["--report", "r.html"]).go().exits(0).file("r.html");
    assert!(html.contains("TOKEN") && !html.contains("topsecret"));
}
