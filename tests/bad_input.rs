//! Wrong options, thresholds, scenarios, tags and files: what is told, in a snapshot of all cases.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::common::Run;

/// How a case is put to the command.
enum Input {
    /// The options that the script exports.
    Script(Value),
    /// The text of the configuration file.
    Config(&'static str),
    /// An environment variable.
    Variable(&'static str, &'static str),
    /// Flags.
    Flags(&'static [&'static str]),
}

use Input::{Config, Flags, Script, Variable};

/// A scenario with these fields besides its executor.
fn scenario(executor: &str, more: Value) -> Input {
    let mut scenario = json!({ "executor": executor });
    if let (Some(scenario), Value::Object(more)) = (scenario.as_object_mut(), more) {
        scenario.extend(more);
    }
    Script(json!({"scenarios": {"chat": scenario}}))
}

fn threshold(metric: &str, threshold: Value) -> Input {
    Script(json!({"thresholds": {metric: [threshold]}}))
}

fn loads() -> Vec<Input> {
    let stages = |stages: Value| Script(json!({ "stages": stages }));
    vec![
        Script(json!({"vus": "many"})),
        Script(json!({"vus": -1})),
        Script(json!({"vus": 1.5})),
        Script(json!({"vus": 0})),
        Script(json!({"vus": 2_000_000})),
        Script(json!({"vus": 10, "iterations": 5})),
        Script(json!({"iterations": 0})),
        Script(json!({"duration": "soon"})),
        Script(json!({"duration": "1 week"})),
        Script(json!({"duration": -5})),
        Script(json!({"duration": "100ms"})),
        Script(json!({"duration": true})),
        Script(json!({"iterations": 5, "stages": [{"duration": "1s", "target": 1}]})),
        Script(json!({"duration": "5s", "scenarios": {"a": {"executor": "shared-iterations"}}})),
        stages(json!("10s:5")),
        stages(json!([{"duration": "10s"}])),
        stages(json!([{"duration": "10s", "target": 5}, {"duration": "x", "target": -1}])),
        stages(json!([{"duration": "10s", "target": 5}, {"duration": "1s", "targets": 1}])),
        Script(json!({"vus": 0, "stages": [{"duration": "10s", "target": 0}]})),
        Script(json!([1])),
        Script(json!("options")),
    ]
}

fn scenarios() -> Vec<Input> {
    let second = json!({"duration": "1s"});
    vec![
        Script(json!({"scenarios": []})),
        Script(json!({"scenarios": {"a b": {"executor": "shared-iterations"}}})),
        Script(json!({"scenarios": {"chat": 5}})),
        Script(json!({"scenarios": {"chat": {}}})),
        scenario("constant-vu", second.clone()),
        scenario("nonsense", json!({})),
        scenario("constant-vus", json!({})),
        scenario("constant-vus", json!({"duration": "1s", "vux": 5})),
        scenario("constant-vus", json!({"duration": "1s", "exec": 5})),
        scenario("constant-vus", json!({"duration": "1s", "exec": "defualt"})),
        scenario("constant-vus", json!({"duration": "1s", "startTime": "later"})),
        scenario("constant-vus", json!({"duration": "1s", "gracefulStop": "-1s"})),
        scenario("constant-vus", json!({"duration": "1s", "env": {"A": 1}})),
        scenario("constant-vus", json!({"duration": "1s", "tags": ["a"]})),
        scenario("per-vu-iterations", json!({"iterations": "all"})),
        scenario("shared-iterations", json!({"vus": 10, "iterations": 9})),
        scenario("shared-iterations", json!({"maxDuration": "1ms"})),
        scenario("ramping-vus", json!({"stages": []})),
        scenario(
            "ramping-vus",
            json!({"stages": [{"duration": "1s", "target": 1}, {"duration": "1s", "target": 2},
                {"duration": "1s", "target": "x"}]}),
        ),
    ]
}

fn thresholds() -> Vec<Input> {
    vec![
        Script(json!({"thresholds": ["rate>0.9"]})),
        Script(json!({"thresholds": {"checks": "rate>0.9"}})),
        threshold("checks", json!(0.9)),
        threshold("checks", json!({"abortOnFail": true})),
        threshold("checks", json!({"threshold": "rate>0.9", "abortOnFail": "yes"})),
        threshold("checks", json!({"threshold": "rate>0.9", "delayAbortEval": "x"})),
        threshold("checks", json!({"threshold": "rate>0.9", "abortOnFai": true})),
        threshold("checks", json!("rate")),
        threshold("checks", json!("rate~0.9")),
        threshold("checks", json!("rate>high")),
        threshold("checks", json!("avg>1")),
        threshold("ws_connecting", json!("p(101)<5")),
        threshold("ws_connecting", json!("mean<5")),
        threshold("ws_conecting", json!("avg<5")),
        threshold("ws_connecting{url", json!("avg<5")),
        threshold("ws_connecting{}", json!("avg<5")),
        Script(json!({"thresholds": {"checks": ["rate>0.9", "rat>1"], "nope": ["avg<1"]}})),
    ]
}

fn others() -> Vec<Input> {
    vec![
        Script(json!({"throw": "yes"})),
        Script(json!({"tags": {"a": 1}})),
        Script(json!({"tags": {"": "a"}})),
        Script(json!({"systemTags": "url"})),
        Script(json!({"summaryTrendStats": ["avg", "rate", "p(200)"]})),
        Script(json!({"summaryTimeUnit": "h"})),
        Script(json!({"setupTimeout": "1x"})),
        Script(json!({"hosts": {"a.test": "localhost"}})),
        Script(json!({"dns": {"select": "randon"}})),
        Script(json!({"blockHostnames": ["a.*.test"]})),
        Script(json!({"blacklistIPs": ["10.0.0.0/33"]})),
        Script(json!({"localIPs": "10.0.0.9-10.0.0.1"})),
        Script(json!({"tlsVersion": "tls1.4"})),
        Script(json!({"tlsCipherSuites": ["TLS_AES_128_GCM_SHA265"]})),
        Script(json!({"tlsAuth": [{"cert": "x"}]})),
        Script(json!({"features": ["merge-tags"]})),
        Script(json!({"metricSamplesBufferSize": "big"})),
    ]
}

fn other_sources() -> Vec<Input> {
    vec![
        Config("{"),
        Config("[]"),
        Config(r#"{"vus": "many", "stages": [{"duration": "1s"}]}"#),
        Variable("K6_VUS", "many"),
        Variable("K6_DURATION", "soon"),
        Variable("K6_STAGES", "10s"),
        Variable("K6_STAGES", "10s:5,1s:x"),
        Variable("K6_TAGS", "a"),
        Variable("K6_THRESHOLDS", "{"),
        Variable("K6_THRESHOLDS", r#"{"checks": ["rat>1"]}"#),
        Variable("K6_THROW", "maybe"),
        Variable("K6_NO_THRESHOLDS", "flase"),
        Variable("K6_LINGER", "foo"),
        Variable("K6_NEW_MACHINE_READABLE_SUMMARY", "x"),
        Variable("K6_NO_COLOR", "foo"),
        Variable("K6_INCLUDE_SYSTEM_ENV_VARS", "foo"),
        Variable("K6_WEB_DASHBOARD", "yes"),
        Variable("K6_FEATURES", "freeze"),
        Variable("K6_LOG_FORMAT", "xml"),
        Variable("K6_SUMMARY_MODE", "ful"),
        Variable("K6_TYPE", "wasm"),
        Flags(&["-u", "many"]),
        Flags(&["-u", "5", "-i", "3"]),
        Flags(&["-d", "soon", "--tag", "a", "--throw=x"]),
        Flags(&["-s", "10s:5,x:1"]),
        Flags(&["-i", "1", "-s", "1s:1"]),
        Flags(&["--tag", "=a"]),
        Flags(&["-e", "1A=2"]),
        Flags(&["--dns", "policy=ipv4"]),
        Flags(&["--summary-trend-stats", "avg,p95"]),
        Flags(&["--summary-mode", "legacy"]),
        Flags(&["--log-output", "loki=http://127.0.0.1:3100"]),
        Flags(&["--log-output", "stdrr"]),
        Flags(&["--log-output", "file="]),
        Flags(&["--quiet=maybe"]),
        Flags(&["-u", ""]),
        Flags(&["--out", "json=gone/x.json"]),
        Flags(&["--summary-export", "gone/x.json"]),
        Flags(&["--report", "gone/x.html"]),
        Flags(&["--console-output", "gone/x.log"]),
        Flags(&["--log-output", "file=gone/x.log"]),
        Flags(&["--address", "localhost"]),
        Flags(&["--dashboard=here:there"]),
        Flags(&["--out", "xml"]),
        Flags(&["--log-output", "file=x.log,level=loud"]),
        Flags(&["--compatibility-mode", "old"]),
        Flags(&["-c", "gone.json"]),
        Flags(&["--ca-cert", "gone.pem"]),
        Flags(&["--type", "archive"]),
        Flags(&["--no-summary"]),
        Flags(&["--itterations", "5"]),
    ]
}

/// What the command says, and how it ends.
fn told(input: &Input) -> String {
    let run = Run::file("options.js");
    let (title, run) = match input {
        Script(options) => {
            (format!("script {options}"), run.args(["-e", &format!("OPTIONS={options}")]))
        }
        Config(text) => (
            format!("config {text}"),
            run.beside("config.json", text).args(["--config", "config.json"]),
        ),
        Variable(name, text) => (format!("{name}={text}"), run.variable(name, text)),
        Flags(flags) => (flags.join(" "), run.args(flags.iter().copied())),
    };
    // The flags of the harness would be told as well.
    let outcome = run.go();
    assert_eq!(outcome.console(), [""; 0], "{title}");
    let lines = outcome.stderr.lines().filter(|line| !line.starts_with("compiling "));
    let script = format!("{}/../../tests/scripts/", env!("CARGO_MANIFEST_DIR"));
    let text: String = lines
        .map(|line| format!("    {}\n", line.replace(&script, "")).replace("    \n", "\n"))
        .collect();
    format!("{title}\n  exit code {}\n{text}", outcome.code)
}

#[test]
fn what_is_wrong_is_told_with_its_path_its_source_and_what_was_expected() {
    let cases = [loads(), scenarios(), thresholds(), others(), other_sources()];
    let cases: Vec<_> = cases.into_iter().flatten().collect();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let mut all = String::new();
    for case in &cases {
        writeln!(all, "{}", told(case)).expect("a string takes all text");
    }
    insta::assert_snapshot!(all);
}
