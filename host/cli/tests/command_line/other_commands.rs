//! `compile`, `inspect` and `serve`.

use std::net::TcpListener;

use serde_json::Value;

use crate::common::Folder;

const SCRIPT: &str = "export const options = { vus: 3, duration: '5s' };
console.log('top level');
export default function () { console.log('iteration'); }";

#[test]
fn inspect_prints_the_options_and_runs_the_top_level_alone() {
    let folder = Folder::with(&[("script.js", SCRIPT)]);
    let ended = folder.run(&["inspect", "-u", "7", "script.js"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let options: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(options["scenarios"]["default"]["executor"], "constant-vus");
    assert_eq!(options["scenarios"]["default"]["vus"], 7);
    assert!(ended.err.contains("msg=\"top level\""), "{}", ended.err);
    assert!(!ended.err.contains("msg=iteration"), "{}", ended.err);
}

#[test]
fn inspect_tells_what_an_execution_requires() {
    let folder = Folder::with(&[("script.js", SCRIPT)]);
    let plain: Value = serde_json::from_str(&folder.run(&["inspect", "script.js"]).out).unwrap();
    assert_eq!((&plain["maxVUs"], &plain["totalDuration"]), (&Value::Null, &Value::Null));
    let ended = folder.run(&["inspect", "--execution-requirements", "script.js"]);
    let required: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&required["maxVUs"], &required["totalDuration"]), (&3.into(), &"35s".into()));
    assert_eq!(required["scenarios"], plain["scenarios"]);
}

#[test]
fn inspect_tells_what_a_script_imports_exports_and_measures() {
    let folder = Folder::with(&[
        (
            "script.ts",
            "import { Trend } from 'k6/metrics';
import ws from 'k6/ws';
import { name } from './other.js';
const trend: Trend = new Trend(name);
export function setup() {}
export default function () { ws.connect('ws://a.test', () => {}); }",
        ),
        ("other.js", "export const name = 'own_trend';"),
    ]);
    let contents = |script: &str| -> Value {
        let ended = folder.run(&["inspect", "--imports", script]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        serde_json::from_str(&ended.out).unwrap()
    };
    let script = contents("script.ts");
    assert_eq!(script["builtin"], serde_json::json!(["k6/metrics", "k6/ws"]));
    assert_eq!(script["metrics"], serde_json::json!([{"name": "own_trend", "type": "trend"}]));
    assert_eq!(script["functions"], serde_json::json!(["default", "setup"]));
    let modules = script["modules"].as_array().unwrap();
    assert_eq!((modules.len(), &modules[0]["kind"]), (2, &"typescript".into()), "{modules:?}");
    assert!(modules[1]["name"].as_str().unwrap().ends_with("/other.js"), "{modules:?}");
    assert_eq!(folder.run(&["compile", "-q", "script.ts"]).code, Some(0));
    let compiled = contents("script.wasm");
    assert_eq!((&compiled["modules"], &compiled["metrics"]), (&Value::Null, &script["metrics"]));
}

#[test]
fn features_lists_what_there_is() {
    let folder = Folder::with(&[]);
    let json: Value = serde_json::from_str(&folder.run(&["features", "--json"]).out).unwrap();
    let text = folder.run(&["features"]).out;
    let has = |list: &str, name: &str| {
        assert!(json[list].as_array().unwrap().contains(&name.into()), "{list}: {json:#}");
        assert!(text.contains(&format!("\n  {name}\n")), "{name}: {text}");
    };
    has("modules", "k6/ws");
    has("modules", "wasock/round-trips");
    has("libraries", "https://jslib.k6.io/k6-utils/1.4.0/index.js");
    has("executors", "ramping-vus");
    has("outputs", "json");
    assert_eq!(json["features"][1]["name"], "merge-run-tags");
    assert!(!text.contains("wasock:"), "{text}");
    // Each executor is one, and each output can be asked for.
    for executor in json["executors"].as_array().unwrap() {
        let options = format!(
            r#"export const options = {{ scenarios: {{ a: {{ executor: {executor}, x: 1 }} }} }};
            export default () => {{}};"#
        );
        let folder = Folder::with(&[("script.js", &options)]);
        let ended = folder.run(&["inspect", "script.js"]);
        assert!(!ended.err.contains("a.executor"), "{}", ended.err);
    }
}

#[test]
fn a_compiled_script_runs_without_its_source() {
    let folder = Folder::with(&[("script.js", SCRIPT)]);
    let compiled = folder.run(&["compile", "script.js"]);
    assert_eq!(compiled.code, Some(0), "{}", compiled.err);
    assert!(compiled.out.starts_with("script.wasm ("), "{}", compiled.out);
    assert!(compiled.out.ends_with(" MB)\n"), "{}", compiled.out);
    std::fs::remove_file(folder.path("script.js")).unwrap();
    let flags = ["run", "-q", "-i", "1", "-u", "1", "--log-format=raw", "script.wasm"];
    let ended = folder.run(&flags);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.err.ends_with("iteration\n"), "{}", ended.err);
}

#[test]
fn compile_never_replaces_its_input() {
    let folder = Folder::with(&[("script.js", SCRIPT)]);
    let ended = folder.run(&["compile", "script.js", "-o", "script.js"]);
    assert_eq!(ended.code, Some(104));
    assert!(ended.err.contains("\nhint: "), "{}", ended.err);
    assert_eq!(folder.read("script.js"), SCRIPT);
}

#[test]
fn serve_says_which_port_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let folder = Folder::with(&[]);
    let ended = folder.run(&["serve", "--port", &address.port().to_string(), "--tls-port=0"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(255), ""));
    assert!(ended.err.starts_with(&format!("error: cannot listen on {address}")), "{}", ended.err);
    assert!(ended.err.contains("\nhint: another program listens there"), "{}", ended.err);
}
