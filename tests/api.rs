//! The REST API of a run, and the flags that go with it.

use std::net::{SocketAddr, TcpListener};

use serde_json::{Value, json};

use crate::common::http::{Reply, get, patch_status, request, send};
use crate::common::{Process, Run, found};

/// The script, with an API on a free port.
fn controlled() -> Run {
    Run::file("control.js").args(["--address", "127.0.0.1:0"])
}

/// A run that is ready and paused.
fn paused(run: Run) -> (Process, SocketAddr) {
    let mut process = run.args(["--paused"]).start();
    let api = process.api();
    until(api, "status", &json!(4));
    (process, api)
}

/// A run whose first iteration waits.
fn waiting() -> (Process, SocketAddr) {
    let mut process = controlled().args(["-e", "WAIT=iteration"]).start();
    let api = process.api();
    process.prints("msg=waiting");
    (process, api)
}

fn status(api: SocketAddr) -> Value {
    get(api, "/v1/status").has(200).json()["data"]["attributes"].clone()
}

/// Waits until an attribute of the status has a value.
#[track_caller]
fn until(api: SocketAddr, attribute: &str, value: &Value) {
    found(|| {
        let status = status(api);
        let is_so = status[attribute] == *value;
        is_so.then_some(()).ok_or_else(|| format!("{attribute} is not {value}: {status}"))
    });
}

fn error(reply: &Reply) -> (String, String) {
    let error = &reply.json()["errors"][0];
    assert_eq!(error["status"], reply.status.to_string());
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (text("title"), text("detail"))
}

#[test]
fn a_paused_run_waits_until_its_api_lets_it_begin() {
    let (process, api) = paused(controlled().args(["-u", "2", "-i", "2"]));
    let reply = get(api, "/v1/status").has(200);
    assert_eq!(reply.content_type, "application/json");
    assert_eq!(
        reply.body,
        r#"{"data":{"type":"status","id":"default","attributes":{"status":4,"paused":true,"vus":0,"vus-max":2,"stopped":false,"running":false,"tainted":false}}}"#
    );
    assert_eq!(get(api, "/v1/setup").has(200).json()["data"]["attributes"], json!({}));
    assert_eq!(
        patch_status(api, &json!({ "paused": false })).has(200).json()["data"]["id"],
        "default"
    );
    let outcome = process.ends().exits(0);
    let data = r#"{"room":"swamp"}"#;
    let iteration = format!("iteration with {data}");
    let teardown = format!("teardown with {data}");
    assert_eq!(outcome.console(), ["setup", &iteration, &iteration, &teardown]);
    assert_eq!(outcome.sum("iterations"), 2.0);
    let (ready, begun) = ("all is ready; the run is paused until its API lets it begin", "setup");
    let place = |text: &str| outcome.stderr.find(text).expect("it is logged");
    assert!(place(ready) < place(&format!("msg={begun}")), "{}", outcome.stderr);
}

#[test]
fn a_run_is_stopped_in_order_with_its_own_exit_code() {
    let (process, api) = waiting();
    until(api, "status", &json!(7));
    assert_eq!(status(api)["running"], true);
    let attributes = patch_status(api, &json!({ "stopped": true })).has(200).json();
    assert_eq!(attributes["data"]["attributes"]["stopped"], true);
    let outcome = process.ends().exits(103);
    assert_eq!(outcome.console().last().unwrap(), r#"teardown with {"room":"swamp"}"#);
    assert_eq!(outcome.logged("error"), ["the test run was stopped through its API"]);
    assert!(outcome.stdout.contains("0 complete and 1 interrupted iterations"));
}

#[test]
fn a_paused_run_can_be_stopped_before_it_begins() {
    let (process, api) = paused(controlled());
    patch_status(api, &json!({ "stopped": true })).has(200);
    let outcome = process.ends().exits(103);
    assert_eq!(outcome.console(), [""; 0]);
    assert_eq!(outcome.sum("iterations"), 0.0);
}

#[test]
fn what_cannot_be_done_is_told() {
    let (process, api) = waiting();
    let reply = patch_status(api, &json!({ "paused": true })).has(500);
    assert_eq!(
        error(&reply),
        (
            "Pause error".into(),
            "the run has begun, and only a run that has not can be paused".into()
        )
    );
    for wish in [json!({ "vus": 5 }), json!({ "vus-max": 5 })] {
        assert_eq!(error(&patch_status(api, &wish).has(500)).0, "Execution config error");
    }
    let reply = send(api, "PATCH", "/v1/status", "{\"data\": 5}").has(400);
    assert_eq!(
        (error(&reply).0, &*reply.content_type),
        ("Invalid data".into(), "application/json")
    );
    assert_eq!(error(&send(api, "PUT", "/v1/setup", "{room}").has(400)).0, "Invalid data");
    assert_eq!(error(&send(api, "POST", "/v1/status", "").has(405)).0, "Method Not Allowed");
    assert_eq!(error(&get(api, "/v1/nothing").has(404)).0, "Not Found");
    let page = ["Origin: http://elsewhere.test"];
    assert_eq!(error(&request(api, "POST", "/v1/teardown", &page, "").has(403)).0, "Forbidden");
    // What a starter sends twice does no harm.
    patch_status(api, &json!({ "paused": false, "stopped": false, "vus": null })).has(200);
    patch_status(api, &json!({ "stopped": true }));
    process.ends().exits(103);
}

#[test]
fn users_that_are_controlled_from_outside_come_and_go_while_the_run_lasts() {
    let scenario =
        json!({"executor": "externally-controlled", "vus": 1, "maxVUs": 3, "duration": "10m"});
    let options = format!("OPTIONS={}", json!({ "scenarios": { "a": scenario } }));
    let mut process = controlled().args(["-e", "WAIT=iteration", "-e", &options]).start();
    let api = process.api();
    process.prints("msg=waiting");
    assert_eq!((&status(api)["vus"], &status(api)["vus-max"]), (&json!(1), &json!(3)));
    patch_status(api, &json!({ "vus": 3 })).has(200);
    process.prints("msg=waiting").prints("msg=waiting");
    until(api, "vus", &json!(3));
    patch_status(api, &json!({ "vus-max": 5 })).has(200);
    until(api, "vus-max", &json!(5));
    let (title, detail) = error(&patch_status(api, &json!({ "vus": 9 })).has(500));
    assert_eq!(title, "Execution config error");
    assert!(detail.starts_with("cannot run 9 virtual users"), "{detail}");
    patch_status(api, &json!({ "paused": true })).has(200);
    assert_eq!(status(api)["paused"], true);
    patch_status(api, &json!({ "paused": false })).has(200);
    assert_eq!(status(api)["paused"], false);
    patch_status(api, &json!({ "stopped": true }));
    process.ends().exits(103);
}

#[cfg(target_os = "linux")]
#[test]
fn users_that_are_no_longer_allowed_go_with_their_memory() {
    const USERS: u64 = 50;
    const HELD: u64 = 2 << 20;
    let script = format!(
        "import {{ sleep }} from 'k6';
        import exec from 'k6/execution';
        export const options = {{
          scenarios: {{ a: {{ executor: 'externally-controlled', vus: 1, maxVUs: 2, duration: '10m' }} }},
        }};
        const held = new Uint8Array({HELD}).fill(1);
        export default () => {{
          if (__ITER === 0) console.log(`user ${{exec.vu.idInTest}} holds ${{held.length}}`);
          sleep(0.01);
        }}"
    );
    let mut process = Run::script(&script).args(["--address", "127.0.0.1:0"]).start();
    let api = process.api();
    process.prints("user 1 holds");
    until(api, "vus-max", &json!(2));
    let before = process.private_memory();
    for _ in 0..2 {
        patch_status(api, &json!({ "vus": USERS, "vus-max": USERS })).has(200);
        until(api, "vus", &json!(USERS));
        assert!(process.private_memory() > before + (USERS - 2) * HELD);
        patch_status(api, &json!({ "vus": 1, "vus-max": 2 })).has(200);
        until(api, "vus-max", &json!(2));
        until(api, "vus", &json!(1));
        found(|| {
            let memory = process.private_memory();
            let is_back = memory <= before + USERS / 4 * HELD;
            is_back.then_some(()).ok_or_else(|| format!("{memory} of {before}"))
        });
    }
    let (_, detail) = error(&patch_status(api, &json!({ "vus-max": 1 })).has(500));
    assert_eq!(detail, "maxVUs cannot be 1: it may not fall below its initial value 2");
    patch_status(api, &json!({ "stopped": true }));
    let outcome = process.ends().exits(103);
    // Whoever comes back is the same again, and has not begun its iterations anew.
    let mut told = outcome.console();
    told.sort();
    told.dedup();
    assert_eq!((told.len() as u64, outcome.console().len() as u64), (USERS, USERS));
}

#[test]
fn any_other_path_is_fine() {
    let (process, api) = paused(controlled());
    for (method, path) in [("GET", "/"), ("GET", "/ping"), ("POST", "/ping"), ("GET", "/healthz")] {
        assert_eq!(request(api, method, path, &[], "").has(200).body, "ok", "{method} {path}");
    }
    patch_status(api, &json!({ "stopped": true }));
    process.ends().exits(103);
}

#[test]
fn results_can_be_looked_at_while_they_grow() {
    let (process, api) = waiting();
    let reply = get(api, "/v1/metrics").has(200);
    assert_eq!(reply.content_type, "text/plain; charset=utf-8");
    let metrics = reply.json()["data"].clone();
    let names: Vec<_> = metrics.as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert!(names.contains(&&json!("checks")) && names.contains(&&json!("think_time")));
    let metric = |name: &str| get(api, &format!("/v1/metrics/{name}")).json()["data"].clone();
    assert_eq!(
        metric("think_time"),
        json!({ "type": "metrics", "id": "think_time", "attributes": {
            "type": "trend", "contains": "time", "tainted": null,
            "sample": {"avg": 12, "max": 12, "med": 12, "min": 12, "p(90)": 12, "p(95)": 12}
        }})
    );
    assert_eq!(metric("checks")["attributes"]["sample"], json!({ "rate": 0.5 }));
    let reply = get(api, "/v1/metrics/nothing").has(404);
    assert_eq!(error(&reply).1, "No metric with that ID was found");

    let groups = get(api, "/v1/groups").has(200).json()["data"].clone();
    let paths: Vec<_> =
        groups.as_array().unwrap().iter().map(|group| &group["attributes"]["path"]).collect();
    assert_eq!(paths, ["", "::chat", "::chat::room"]);
    let chat = groups[1]["id"].as_str().unwrap();
    assert_eq!(
        groups[0]["relationships"],
        json!({ "groups": { "data": [{ "type": "groups", "id": chat }] }, "parent": { "data": null } })
    );
    let group = get(api, &format!("/v1/groups/{chat}")).has(200).json()["data"].clone();
    assert_eq!(group, groups[1]);
    let check = &group["attributes"]["checks"][0];
    assert_eq!(
        (&check["name"], &check["passes"], &check["fails"]),
        (&json!("is polite"), &json!(0), &json!(1))
    );
    assert_eq!(error(&get(api, "/v1/groups/x").has(404)).1, "No group with that ID was found");
    patch_status(api, &json!({ "stopped": true }));
    process.ends().exits(103);
}

#[test]
fn thresholds_taint_a_run_while_it_lasts() {
    let threshold = r#"{"checks": ["rate>0.9"], "think_time": ["avg<100"]}"#;
    let run = controlled().args(["-e", "WAIT=iteration"]).variable("K6_THRESHOLDS", threshold);
    let mut process = run.start();
    let api = process.api();
    until(api, "tainted", &json!(true));
    let tainted = |name: &str| {
        get(api, &format!("/v1/metrics/{name}")).json()["data"]["attributes"]["tainted"].clone()
    };
    assert_eq!((tainted("checks"), tainted("think_time")), (json!(true), json!(false)));
    patch_status(api, &json!({ "stopped": true }));
    process.ends().exits(103);
}

#[test]
fn a_run_shows_itself_to_prometheus() {
    let (process, api) = waiting();
    let reply = get(api, "/metrics").has(200);
    assert_eq!(reply.content_type, "text/plain; version=0.0.4");
    let has = |line: &str| assert!(reply.body.lines().any(|one| one == line), "{}", reply.body);
    has("# TYPE wasock_think_time_seconds summary");
    has("wasock_think_time_seconds_count 1");
    has("wasock_think_time_seconds{quantile=\"0.95\"} 0.012");
    has("wasock_checks_ratio 0.5");
    has("wasock_run_vus 1");
    has("wasock_run_running 1");
    #[cfg(target_os = "linux")]
    assert!(reply.body.contains("\nprocess_resident_memory_bytes "), "{}", reply.body);
    patch_status(api, &json!({ "stopped": true }));
    process.ends().exits(103);
}

#[test]
fn setup_and_teardown_are_left_to_whoever_asks() {
    let run = controlled().args(["--no-setup", "--no-teardown", "--linger", "-i", "1"]);
    let (mut process, api) = paused(run);
    let attributes = |reply: Reply| reply.has(200).json()["data"].clone();
    let made = attributes(send(api, "POST", "/v1/setup", ""));
    assert_eq!(
        made,
        json!({ "type": "setupData", "id": "default", "attributes": { "data": {"room": "swamp"} } })
    );
    assert_eq!(attributes(get(api, "/v1/setup")), made);
    let other = attributes(send(api, "PUT", "/v1/setup", r#"{"room": "lake"}"#));
    assert_eq!(other["attributes"]["data"], json!({ "room": "lake" }));
    patch_status(api, &json!({ "paused": false })).has(200);
    process.prints("the test is done; the run lingers");
    until(api, "status", &json!(9));
    assert_eq!((&status(api)["running"], &status(api)["stopped"]), (&json!(false), &json!(false)));
    let reply = send(api, "POST", "/v1/teardown", "").has(200);
    assert_eq!(reply.body, "");
    assert_eq!(get(api, "/v1/metrics/iterations").has(200).json()["data"]["id"], "iterations");
    patch_status(api, &json!({ "stopped": true })).has(200);
    let outcome = process.ends().exits(0);
    assert_eq!(
        outcome.console(),
        ["setup", r#"iteration with {"room":"lake"}"#, r#"teardown with {"room":"lake"}"#]
    );
    assert!(outcome.stdout.contains("1 complete and 0 interrupted iterations"));
}

#[test]
fn a_lingering_run_ends_with_ctrl_c_and_keeps_its_outcome() {
    let run =
        controlled().args(["--linger"]).variable("K6_THRESHOLDS", r#"{"checks":["rate>0.9"]}"#);
    let mut process = run.start();
    process.prints("the test is done; the run lingers").signal("INT");
    let outcome = process.ends().exits(99);
    assert_eq!(outcome.logged("error"), ["thresholds on metrics 'checks' have been crossed"]);
}

#[test]
fn a_setup_that_fails_on_request_leaves_the_run_alone() {
    let (process, api) = paused(controlled().args(["-e", "FAIL=setup", "--no-setup"]));
    let reply = send(api, "POST", "/v1/setup", "").has(500);
    let (title, detail) = error(&reply);
    assert_eq!(title, "Error executing setup");
    assert!(detail.starts_with("Error: no room"), "{detail}");
    patch_status(api, &json!({ "paused": false })).has(200);
    assert_eq!(process.ends().exits(0).sum("iterations"), 1.0);
}

#[test]
fn an_address_that_cannot_be_had_ends_the_program() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it has an address").to_string();
    let outcome = Run::file("control.js").args(["--address", &address]).go().exits(106);
    let message = format!("error: the REST API cannot listen on \"{address}\": ");
    assert!(outcome.stderr.starts_with(&message), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("hint: another port, or port 0 for any that is free\n"));
    // This is no address at all.
    let outcome = Run::file("control.js").variable("K6_ADDRESS", "localhost").go().exits(104);
    assert!(outcome.stderr.contains("hint: an address is host:port"), "{}", outcome.stderr);
}

#[test]
fn a_run_that_nobody_could_start_is_refused() {
    for run in [
        Run::file("control.js").args(["--paused"]),
        Run::file("control.js").variable("K6_PAUSED", "true"),
    ] {
        let outcome = run.go().exits(104);
        assert!(outcome.stderr.contains("without its API nothing can start it"));
        assert!(outcome.stderr.contains("hint: add --address localhost:6565"));
    }
}
