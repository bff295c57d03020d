//! What the options of a script may ask for, and that all which is refused is counted.

use serde_json::Value;

use crate::common::{Outcome, Run};

/// Fails before it begins, with this text.
#[track_caller]
fn refused(run: Run, text: &str) {
    let outcome = run.go().exits(104);
    assert!(outcome.stderr.contains(text), "{text}: {}", outcome.stderr);
}

#[test]
fn options_have_only_so_many_entries() {
    let entries = |count: usize, key: &str, value: &str| {
        format!(
            "Object.fromEntries(Array.from({{ length: {count} }}, (_, i) => [`{key}`, {value}]))"
        )
    };
    let script = |options: &str| {
        Run::script(&format!("export const options = {options}; export default () => {{}};"))
    };
    let scenario = |field: &str, map: &str| {
        script(&format!(
            "{{ scenarios: {{ a: {{ executor: 'per-vu-iterations', {field}: {map} }} }} }}"
        ))
    };
    refused(
        scenario("env", &entries(100_000, "E${i}", "'x'")),
        "option \"scenarios.a.env\" cannot be used: it has 100000 entries, and 1024 is the most",
    );
    refused(
        scenario("tags", &entries(40_000, "t${i}", "'x'")),
        "option \"scenarios.a.tags\" cannot be used: it has 40000 entries, and 256 is the most",
    );
    refused(
        script(&format!("{{ hosts: {} }}", entries(200_000, "h${i}.test", "'127.0.0.1'"))),
        "option \"hosts\" cannot be used: it has 200000 entries, and 4096 is the most",
    );
    for (option, entry) in [("blockHostnames", "a.test"), ("blacklistIPs", "10.0.0.0/8")] {
        refused(
            script(&format!("{{ {option}: Array(5_000).fill('{entry}') }}")),
            &format!(
                "option \"{option}\" cannot be used: it has 5000 entries, and 4096 is the most"
            ),
        );
    }
    refused(
        script(&format!(
            "{{ thresholds: {} }}",
            entries(20_000, "iterations{a${i}:b}", "['count<1']")
        )),
        "it names 20000 metrics and sub-metrics, and 1024 is the most",
    );
}

#[test]
fn variables_of_a_scenario_come_with_those_of_the_run() {
    let source = "export const options = { scenarios: { a: {
            executor: 'per-vu-iterations', env: { OWN: 'own', BOTH: 'scenario' } } } };
        export default () => console.log(__ENV.OWN, __ENV.BOTH, __ENV.RUN);";
    let run = Run::script(source).args(["-e", "BOTH=run", "-e", "RUN=run"]);
    assert_eq!(run.console(), ["own scenario run"]);
}

#[test]
fn an_operator_says_how_many_users_there_may_be() {
    let source = "export const options = { scenarios: {
            a: { executor: 'per-vu-iterations', vus: 3 },
            b: { executor: 'constant-arrival-rate', rate: 1, duration: '1s', preAllocatedVUs: 1, maxVUs: 2 } } };
        export default () => {};";
    let text = "error: the test may need 5 virtual users, and 4 is the most here\n\
                hint: its options have to ask for fewer (--vus, maxVUs), or --max-vus 5 lets it have them";
    refused(Run::script(source).args(["--max-vus", "4"]), text);
    refused(Run::script(source).variable("WASOCK_MAX_VUS", "4"), text);
    let config = r#"{ "sandbox": { "maxVus": 4 } }"#;
    refused(Run::script(source).beside("c.json", config).args(["--config", "c.json"]), text);
    let fits = Run::script(source).beside("c.json", config);
    fits.args(["--config", "c.json", "--max-vus", "5"]).go().exits(0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_script_does_not_fill_the_machine_with_processes() {
    let source = "const vus = 1_000_000;
        export const options = { scenarios: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) =>
          [`s${i}`, { executor: 'constant-vus', vus, duration: '1s' }])) };
        export default () => {};";
    refused(Run::script(source), "virtual users");
}

#[test]
fn a_script_cannot_make_a_run_linger() {
    let source = "export const options = { linger: true }; export default () => {};";
    let outcome = Run::script(source).go().exits(0);
    let text = "the option linger has no effect in a script: use --linger or K6_LINGER";
    assert_eq!(outcome.logged("warning"), [text]);
    let paused = Run::script("export const options = { paused: true }; export default () => {};");
    paused.args(["--address", "localhost:0"]).variable("K6_PAUSED", "false").go().exits(0);
}

/// What the results for programs say was stopped by this: how often, and the flag.
fn stopped(outcome: &Outcome, by: &str) -> (u64, Option<String>) {
    let summary: Value = serde_json::from_str(&outcome.file("summary.json")).expect("it is JSON");
    let all = summary["stopped"].as_array().cloned().unwrap_or_default();
    let one = all.iter().find(|stop| stop["by"] == by);
    let one = one.unwrap_or_else(|| panic!("nothing by {by}: {all:?}"));
    (one["count"].as_u64().unwrap_or_default(), one["flag"].as_str().map(str::to_owned))
}

#[test]
fn whatever_is_refused_is_counted() {
    let source = "import http, { CookieJar } from 'k6/http';
        import { check, group } from 'k6';
        import { Counter } from 'k6/metrics';
        const attempt = (what) => { try { what(); } catch {} };
        for (let i = 0; i < 5_000; i++) attempt(() => new Counter(`metric_${i}`));
        attempt(() => open('/etc/passwd'));
        export const options = { iterations: 1, setupTimeout: '2m', scenarios: undefined };
        export default () => {
          const jar = http.cookieJar();
          for (let i = 0; i < 3_002; i++) attempt(() => jar.set('http://a.test/', `c${i}`, '1'));
          for (let i = 0; i < 10_003; i++) check(1, { [`check ${i}`]: () => true });
          for (let i = 0; i < 1_004; i++) group(`group ${i}`, () => {});
        };
        export const handleSummary = () => ({ '/etc/summary.txt': 'x', stdout: '' });";
    let run = Run::script(source).args(["--no-default-read", "--allow-write", "here"]);
    let outcome = run.args(["--summary-export", "summary.json"]).go().exits(0);
    assert_eq!(stopped(&outcome, "writes"), (1, Some("--allow-write".to_owned())));
    assert_eq!(stopped(&outcome, "cookies"), (2, None));
    assert_eq!(stopped(&outcome, "checks"), (3, None));
    assert_eq!(stopped(&outcome, "groups").0, 4);
    assert!(stopped(&outcome, "metrics").0 > 900);
    let (files, flag) = stopped(&outcome, "files");
    assert!(files > 0 && flag.as_deref() == Some("--allow-read"), "{files}");
    let lines = outcome.logged("warning");
    let text = "files not written, since they are not granted: 1 (--allow-write)";
    assert!(lines.iter().any(|line| line == text), "{lines:?}");
}

#[test]
fn a_body_that_is_too_long_says_what_to_do() {
    let source = "import http from 'k6/http';
        const base = __ENV.WS.replace('ws:', 'http:');
        export default () => {
          for (const responseType of ['text', 'none']) {
            const { status, error, error_code } = http.get(`${base}/http/bytes?size=${65 << 20}`, { responseType });
            console.log(status, error, error_code);
          }
        };";
    let outcome =
        Run::script(source).served().args(["--summary-export", "summary.json"]).go().exits(0);
    let lines = outcome.console();
    let text = "the body is longer than 67108864 bytes, which is the most; where it is not looked at, \
                discardResponseBodies or responseType \"none\" leaves it out 1000";
    assert!(lines[0].starts_with("0 Get ") && lines[0].ends_with(text), "{lines:?}");
    assert_eq!(lines[1..], ["200  0"]);
    assert_eq!(stopped(&outcome, "body_size"), (1, None));
}

#[test]
fn a_denied_target_is_told_with_its_rule() {
    let source = "import http from 'k6/http';
        export const options = { blacklistIPs: ['127.0.0.9/32'], throw: false };
        export default () => {
          for (const host of ['127.0.0.8:1', 'deny.test:1', '127.0.0.9:1']) {
            const { error, error_code } = http.get(`http://${host}/`);
            console.log(error_code, error);
          }
        };";
    let outcome = Run::script(source).args(["--deny-net", "127.0.0.8,deny.test"]).go().exits(0);
    let expected = [
        "1110 127.0.0.8:1 is denied by the rule 127.0.0.8 (--deny-net)",
        "1111 deny.test:1 is denied by the rule deny.test (--deny-net)",
        "1110 ip is blacklisted",
    ];
    assert_eq!(outcome.console(), expected);
    let tags = outcome.tags("http_reqs", "error");
    assert_eq!(tags, ["ip is blacklisted", "hostname is blocked", "ip is blacklisted"]);
}
