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
