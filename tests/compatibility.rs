//! Components that were built for this version of the WIT when it was younger go on running.
//!
//! `tests/compatibility/0.1.0` has the guest in C as `make guest-c` once made it, and what it found out then. They are
//! not made anew: who changes `wit/` so that this test fails has to change its version.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::common::Run;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compatibility/0.1.0")
}

/// Runs a transcript of the guest, and compares it to the letter.
fn finds_the_facts_of(world: &str) {
    let expected = folder().join(format!("{world}.txt"));
    let expected = fs::read_to_string(expected).expect("it is there");
    let lines =
        (0..TRIES).map(|_| run(world)).find(|lines| !lines.iter().any(|line| line == TOO_LATE));
    let lines = lines.expect("the connection is under way when the guest sends");
    let facts: Vec<_> = lines.iter().filter(|line| !line.ends_with("is empty")).collect();
    let expected: Vec<_> = expected.lines().collect();
    assert_eq!(facts, expected.iter().collect::<Vec<_>>(), "{world}");
}

/// What a guest writes down who had to wait for a processor until its connection was open.
const TOO_LATE: &str = "send-text while connecting: ok";

/// How often the guest is run again for that reason.
const TRIES: usize = 10;

/// What a transcript of the guest writes down.
fn run(world: &str) -> Vec<String> {
    let scenario = json!({
        "executor": "shared-iterations",
        "guest": folder().join("guest.wasm"),
        "exec": format!("{world}Transcript"),
    });
    let test = json!({ "scenarios": { "t": scenario }, "blockHostnames": ["blocked.test"] });
    let run = Run::path("facts.json").beside("facts.json", &test.to_string());
    run.served().args(["-e", "NAME=croc"]).go().exits(0).console()
}

#[test]
fn a_component_of_the_first_version_finds_what_it_found_then() {
    finds_the_facts_of("client");
    finds_the_facts_of("vu");
}

#[test]
fn a_component_of_the_first_version_chats() {
    let run = Run::path(folder().join("guest.wasm")).served();
    let outcome =
        run.args(["-e", "STAY=400", "-e", "PAUSE=60", "-u", "2", "-i", "2"]).go().exits(0);
    assert_eq!(outcome.console(), ["the swamp is empty"]);
    assert!(outcome.samples("checks").iter().all(|check| check.value == 1.0));
    assert_eq!(outcome.sum("iterations"), 2.0);
}
