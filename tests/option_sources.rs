//! Every option from every source that it has: the configuration file, the script, an environment variable
//! and a flag. Each of them counts more than those before.

use std::process::Command;

use serde_json::{Map, Value, json};

use crate::common::{Run, wasock};

/// One option with a value of its own in each source.
struct Row {
    option: &'static str,
    /// Where `wasock inspect` shows it.
    shown: &'static str,
    config: Source<Value>,
    script: Source<Value>,
    variable: Option<(&'static str, Source<&'static str>)>,
    flag: Option<Source<&'static [&'static str]>>,
}

/// How a source sets an option, and what is shown then.
struct Source<T>(T, Value);

/// A row whose values are shown as they are set in JSON.
fn row(option: &'static str, config: Value, script: Value) -> Row {
    let (shown_config, shown_script) = (config.clone(), script.clone());
    Row {
        option,
        shown: "",
        config: Source(config, shown_config),
        script: Source(script, shown_script),
        variable: None,
        flag: None,
    }
}

impl Row {
    fn variable(mut self, name: &'static str, text: &'static str, shown: Value) -> Self {
        self.variable = Some((name, Source(text, shown)));
        self
    }

    fn flag(mut self, arguments: &'static [&'static str], shown: Value) -> Self {
        self.flag = Some(Source(arguments, shown));
        self
    }

    /// It is shown elsewhere than under its name, or otherwise than it is set.
    fn shown(mut self, pointer: &'static str, config: Value, script: Value) -> Self {
        self.shown = pointer;
        (self.config.1, self.script.1) = (config, script);
        self
    }

    fn pointer(&self) -> String {
        if self.shown.is_empty() { format!("/{}", self.option) } else { self.shown.to_owned() }
    }
}

/// Options that a test can have all at once.
fn options() -> Vec<Row> {
    [stages_of_life(), segments(), connections(), requests(), results()]
        .into_iter()
        .flatten()
        .collect()
}

fn segments() -> Vec<Row> {
    vec![
        row("executionSegment", json!("0:1/3"), json!("1/3:2/3"))
            .flag(&["--execution-segment", "2/3:1"], json!("2/3:1")),
        row("executionSegmentSequence", json!("0,1/3,2/3,1"), json!("0,1/3,2/3,1"))
            .flag(&["--execution-segment-sequence", "0,1/3,2/3,1"], json!("0,1/3,2/3,1")),
    ]
}

fn requests() -> Vec<Row> {
    vec![
        row("batch", json!(5), json!(6))
            .variable("K6_BATCH", "7", json!(7))
            .flag(&["--batch", "8"], json!(8)),
        row("batchPerHost", json!(2), json!(3))
            .variable("K6_BATCH_PER_HOST", "4", json!(4))
            .flag(&["--batch-per-host", "5"], json!(5)),
        row("maxRedirects", json!(1), json!(2))
            .variable("K6_MAX_REDIRECTS", "3", json!(3))
            .flag(&["--max-redirects", "4"], json!(4)),
        row("rps", json!(100), json!(200))
            .variable("K6_RPS", "300", json!(300))
            .flag(&["--rps", "400"], json!(400)),
        row("noConnectionReuse", json!(true), json!(false))
            .variable("K6_NO_CONNECTION_REUSE", "true", json!(true))
            .flag(&["--no-connection-reuse=false"], json!(false)),
        row("noVUConnectionReuse", json!(true), json!(false))
            .variable("K6_NO_VU_CONNECTION_REUSE", "true", json!(true))
            .flag(&["--no-vu-connection-reuse=false"], json!(false)),
        row("discardResponseBodies", json!(true), json!(false))
            .variable("K6_DISCARD_RESPONSE_BODIES", "true", json!(true))
            .flag(&["--discard-response-bodies=false"], json!(false)),
        row("httpDebug", json!("headers"), json!("full"))
            .variable("K6_HTTP_DEBUG", "headers", json!("headers"))
            .flag(&["--http-debug=full"], json!("full")),
    ]
}

fn stages_of_life() -> Vec<Row> {
    let seconds = |config: &str, script: &str| (json!(config), json!(script));
    let (setup, teardown) = (seconds("2s", "3s"), seconds("1d", "1500ms"));
    vec![
        row("paused", json!(true), json!(false)).variable("K6_PAUSED", "true", json!(true)),
        // A script has no say in it.
        row("linger", json!(true), json!(false)).shown("/linger", json!(true), json!(true)),
        row("noSetup", json!(true), json!(false))
            .variable("K6_NO_SETUP", "1", json!(true))
            .flag(&["--no-setup=false"], json!(false)),
        row("noTeardown", json!(false), json!(true))
            .variable("K6_NO_TEARDOWN", "false", json!(false))
            .flag(&["--no-teardown"], json!(true)),
        row("initTimeout", json!("20s"), json!("30s")).variable(
            "K6_INIT_TIMEOUT",
            "40s",
            json!("40s"),
        ),
        row("setupTimeout", setup.0, setup.1).variable("K6_SETUP_TIMEOUT", "4s", json!("4s")),
        row("teardownTimeout", teardown.0, teardown.1)
            .shown("", json!("24h0m0s"), json!("1.5s"))
            .variable("K6_TEARDOWN_TIMEOUT", "1m", json!("1m0s")),
        row("handleSummaryTimeout", json!(2000), json!("3s"))
            .shown("", json!("2s"), json!("3s"))
            .variable("K6_HANDLE_SUMMARY_TIMEOUT", "250ms", json!("250ms")),
        row("minIterationDuration", json!("1s"), json!(2500))
            .shown("", json!("1s"), json!("2.5s"))
            .variable("K6_MIN_ITERATION_DURATION", "3s", json!("3s"))
            .flag(&["--min-iteration-duration", "4s"], json!("4s")),
        row("throw", json!(true), json!(false))
            .variable("K6_THROW", "t", json!(true))
            .flag(&["-w=false"], json!(false)),
        row("metricSamplesBufferSize", json!(1), json!(2)).variable(
            "K6_METRIC_SAMPLES_BUFFER_SIZE",
            "3",
            json!(3),
        ),
    ]
}

fn connections() -> Vec<Row> {
    let tls = |name: &str| json!({ "min": name, "max": name });
    let suites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]
        .map(|name| json!([name]));
    let dns = |select: &str| json!({ "ttl": "5m0s", "select": select, "policy": "preferIPv4" });
    vec![
        row("userAgent", json!("config"), json!("script"))
            .variable("K6_USER_AGENT", "variable", json!("variable"))
            .flag(&["--user-agent", "flag"], json!("flag")),
        row("insecureSkipTLSVerify", json!(true), json!(false))
            .variable("K6_INSECURE_SKIP_TLS_VERIFY", "true", json!(true))
            .flag(&["--insecure-skip-tls-verify=false"], json!(false)),
        row("tlsVersion", json!("tls1.2"), json!({"min": "tls1.2", "max": "tls1.3"}))
            .shown("", tls("tls1.2"), json!({"min": "tls1.2", "max": "tls1.3"}))
            .variable("K6_TLS_VERSION", "tls1.3", tls("tls1.3")),
        row("tlsCipherSuites", suites[0].clone(), suites[1].clone()).variable(
            "K6_TLS_CIPHER_SUITES",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            json!(["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]),
        ),
        row("tlsAuth", json!([]), json!([])).variable("K6_TLSAUTH", "[]", json!([])),
        row("hosts", json!({"a.test": "10.0.0.1"}), json!({"b.test": "10.0.0.2"})).variable(
            "K6_HOSTS",
            "c.test=10.0.0.3:80",
            json!({"c.test": "10.0.0.3:80"}),
        ),
        row("dns", json!({"select": "first"}), json!({"select": "roundRobin"}))
            .shown("", dns("first"), dns("roundRobin"))
            .variable("K6_DNS", "select=random", dns("random"))
            .flag(&["--dns", "ttl=1m,select=first,policy=any"], {
                json!({"ttl": "1m0s", "select": "first", "policy": "any"})
            }),
        row("blockHostnames", json!(["a.test"]), json!(["*.b.test"]))
            .variable("K6_BLOCK_HOSTNAMES", "c.test,d.test", json!(["c.test", "d.test"]))
            .flag(&["--block-hostnames", "e.test,f.test", "--block-hostnames", "g.test"], {
                json!(["e.test", "f.test", "g.test"])
            }),
        row("blacklistIPs", json!(["10.0.0.0/8"]), json!(["10.1.0.0/16"]))
            .variable("K6_BLACKLIST_IPS", "10.2.0.0/16", json!(["10.2.0.0/16"]))
            .flag(&["--blacklist-ip", "10.3.0.0/16"], json!(["10.3.0.0/16"])),
        row("localIPs", json!("127.0.0.2"), json!("127.0.0.3"))
            .shown("", json!(["127.0.0.2"]), json!(["127.0.0.3"]))
            .variable("K6_LOCAL_IPS", "127.0.0.4", json!(["127.0.0.4"]))
            .flag(&["--local-ips", "127.0.0.5"], json!(["127.0.0.5"])),
        row("noCookiesReset", json!(false), json!(true)).variable(
            "K6_NO_COOKIES_RESET",
            "0",
            json!(false),
        ),
    ]
}

fn results() -> Vec<Row> {
    let threshold = |expression: &str| json!({ "checks": [expression] });
    vec![
        row("thresholds", threshold("rate>0.1"), threshold("rate>0.2")).variable(
            "K6_THRESHOLDS",
            r#"{"checks": ["rate>0.3"]}"#,
            threshold("rate>0.3"),
        ),
        row("tags", json!({"from": "config"}), json!({"from": "script"}))
            .variable("K6_TAGS", "from=variable,x=1", json!({"from": "variable", "x": "1"}))
            .flag(&["--tag", "from=flag", "--tag", "y=2"], json!({"from": "flag", "y": "2"})),
        row("systemTags", json!(["url"]), json!(["group"]))
            .variable("K6_SYSTEM_TAGS", "scenario,vu", json!(["scenario", "vu"]))
            .flag(&["--system-tags", "ip"], json!(["ip"])),
        row("summaryTrendStats", json!(["avg"]), json!(["p(99.9)", "count"]))
            .variable("K6_SUMMARY_TREND_STATS", "min,max", json!(["min", "max"]))
            .flag(&["--summary-trend-stats", "med,p(50)"], json!(["med", "p(50)"])),
        row("summaryTimeUnit", json!("s"), json!("ms"))
            .variable("K6_SUMMARY_TIME_UNIT", "us", json!("us"))
            .flag(&["--summary-time-unit", "s"], json!("s")),
        row("wsMessageSizes", json!(true), json!(false)),
    ]
}

/// Options that each describe the load, so that a test has one of them.
fn loads() -> Vec<Row> {
    let stages = |target: u64| json!([{ "duration": "1s", "target": target }]);
    let scenarios =
        |vus: u64| json!({ "default": { "executor": "per-vu-iterations", "vus": vus } });
    vec![
        row("vus", json!(2), json!(3))
            .shown("/scenarios/default/vus", json!(2), json!(3))
            .variable("K6_VUS", "4", json!(4))
            .flag(&["-u", "5"], json!(5)),
        row("duration", json!("2s"), json!(3000))
            .shown("/scenarios/default/duration", json!("2s"), json!("3s"))
            .variable("K6_DURATION", "1d", json!("24h0m0s"))
            .flag(&["-d", "1m30s"], json!("1m30s")),
        row("iterations", json!(2), json!(3))
            .shown("/scenarios/default/iterations", json!(2), json!(3))
            .variable("K6_ITERATIONS", "4", json!(4))
            .flag(&["-i", "5"], json!(5)),
        row("stages", stages(2), stages(3))
            .shown("/scenarios/default/stages/0/target", json!(2), json!(3))
            .variable("K6_STAGES", "1s:4,2s:1", json!(4))
            .flag(&["-s", "1s:5", "--stage", "1s:6"], json!(5)),
        row("scenarios", scenarios(2), scenarios(3)).shown(
            "/scenarios/default/vus",
            json!(2),
            json!(3),
        ),
    ]
}

/// What is shown when the sources up to this one set all of these options.
fn inspected(rows: &[Row], sources: usize) -> Value {
    let object = |value: fn(&Row) -> Value| {
        rows.iter().map(|row| (row.option.to_owned(), value(row))).collect::<Map<_, _>>()
    };
    let config = Value::from(object(|row| row.config.0.clone()));
    let script = Value::from(object(|row| row.script.0.clone()));
    let run = Run::file("options.js").beside("config.json", &config.to_string());
    let mut command = inspect(&run);
    command.args(["--config", "config.json"]);
    if sources > 1 {
        command.args(["-e", &format!("OPTIONS={script}")]);
    }
    if sources > 2 {
        command.envs(
            rows.iter()
                .filter_map(|row| row.variable.as_ref())
                .map(|(name, Source(text, _))| (*name, *text)),
        );
    }
    if sources > 3 {
        command.args(rows.iter().filter_map(|row| Some(row.flag.as_ref()?.0)).flatten());
    }
    let output = command.output().expect("the command starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

fn inspect(run: &Run) -> Command {
    let mut command = wasock();
    command.arg("inspect").arg(run.script_path()).current_dir(run.folder());
    command
}

fn check(rows: &[Row]) {
    for sources in 1..=4 {
        let shown = inspected(rows, sources);
        for row in rows {
            let mut expected = &row.config.1;
            if sources > 1 {
                expected = &row.script.1;
            }
            if let Some((_, Source(_, value))) = row.variable.as_ref().filter(|_| sources > 2) {
                expected = value;
            }
            if let Some(Source(_, value)) = row.flag.as_ref().filter(|_| sources > 3) {
                expected = value;
            }
            let found = shown.pointer(&row.pointer());
            assert_eq!(found, Some(expected), "{} from {sources} sources: {shown:#}", row.option);
        }
    }
}

#[test]
fn every_option_can_be_set_by_each_of_its_sources() {
    check(&options());
}

#[test]
fn every_load_can_be_set_by_each_of_its_sources() {
    for row in loads() {
        check(&[row]);
    }
}

#[test]
fn all_options_that_are_shown_are_tested() {
    let output = inspect(&Run::file("options.js")).output().expect("the command starts");
    let shown: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let tested: Vec<_> = options().into_iter().chain(loads()).map(|row| row.option).collect();
    let missing: Vec<_> = shown.as_object().expect("it is an object").keys().collect();
    // Roots are read from files; `a_root_is_trusted_on_request` is their test.
    let missing =
        missing.into_iter().filter(|name| !tested.contains(&name.as_str()) && *name != "caCerts");
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn an_empty_variable_sets_nothing() {
    let run = Run::file("options.js");
    let mut command = inspect(&run);
    for (name, _) in options().iter().filter_map(|row| row.variable.as_ref()) {
        command.env(name, "");
    }
    let output = command.output().expect("the command starts");
    let shown: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(shown["userAgent"], Value::Null);
    assert_eq!(shown["setupTimeout"], "1m0s");
}

#[test]
fn the_configuration_file_is_found_in_its_folder_or_named() {
    let options = |run: &Run, name: &str, value: &std::path::Path| {
        let output = inspect(run).env(name, value).output().expect("the command starts");
        let shown: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        shown["userAgent"].clone()
    };
    let run = Run::file("options.js").beside("named.json", r#"{"userAgent": "named"}"#);
    let folder = run.folder().join("wasock");
    std::fs::create_dir(&folder).expect("a folder can be made");
    let found = folder.join("config.json");
    std::fs::write(found, r#"{"userAgent": "found"}"#).expect("a file can be written");
    assert_eq!(options(&run, "XDG_CONFIG_HOME", run.folder()), "found");
    assert_eq!(options(&run, "K6_CONFIG", &run.folder().join("named.json")), "named");
}

#[test]
fn outputs_come_from_flags_else_the_environment_else_the_configuration_file() {
    let files = |arguments: &[&str], variable: &str| {
        let run = Run::file("options.js")
            .beside("config.json", r#"{"out": ["json=config.json.out", "json=second.out"]}"#);
        let mut command = wasock();
        command.args(["run", "-q", "-c", "config.json"]).args(arguments).arg(run.script_path());
        command.env("K6_OUT", variable).current_dir(run.folder());
        let output = command.output().expect("the command starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let names = ["config.json.out", "second.out", "variable.out", "flag.out"];
        names.map(|name| run.folder().join(name).exists())
    };
    assert_eq!(files(&[], ""), [true, true, false, false]);
    assert_eq!(files(&[], "json=variable.out"), [false, false, true, false]);
    assert_eq!(files(&["-o", "json=flag.out"], "json=variable.out"), [false, false, false, true]);
}

#[test]
fn a_variable_that_is_nearly_right_is_told() {
    let outcome = Run::file("options.js").variable("K6_VUSS", "3").variable("K6_X", "").go();
    assert_eq!(
        outcome.exits(0).logged("warning"),
        ["the environment variable K6_VUSS sets no option; did you mean K6_VUS?"]
    );
}

#[test]
fn env_is_frozen_on_request() {
    let script = "
        export const options = JSON.parse(__ENV.OPTIONS || '{}');
        const change = () => {
          try { __ENV.A = 'changed'; __ENV.B = 'new'; } catch (error) { return `${error}`; }
          return `${__ENV.A} ${__ENV.B}`;
        };
        const atTop = change();
        export default () => console.log(atTop, '|', change());";
    let run = || Run::script(script).args(["-e", "A=given"]);
    assert_eq!(run().console(), ["changed new | changed new"]);
    let frozen = "TypeError: 'A' is read-only";
    for run in [
        run().args(["--features", "freeze-env"]),
        run().variable("K6_FEATURES", "freeze-env"),
        run().args(["-e", r#"OPTIONS={"features": ["freeze-env"]}"#]),
        run().args(["-e", r#"OPTIONS={"scenarios": {"s": {"executor": "shared-iterations", "env": {"A": "own"}}}}"#])
            .args(["--features", "freeze-env"]),
    ] {
        assert_eq!(run.console(), [format!("{frozen} | {frozen}")]);
    }
}

#[test]
fn tags_are_merged_on_request() {
    let options = r#"OPTIONS={"tags": {"a": "script", "b": "script"}}"#;
    let arguments = ["-e", options, "--tag", "b=flag", "--features", "merge-run-tags"];
    let outcome = Run::file("options.js").args(arguments).go().exits(0);
    assert_eq!(outcome.logged("warning"), [""; 0]);
    let point = &outcome.samples("iterations")[0];
    assert_eq!((&*point.tags["a"], &*point.tags["b"]), ("script", "flag"));
}
