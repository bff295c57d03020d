//! Ctrl-C and SIGTERM.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::common::Folder;

/// Sends a signal to a child that runs.
fn send(signal: &str, child: &Child) {
    let status = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .expect("the system has kill");
    assert!(status.success());
}

/// A child whose standard error has said these words.
fn running(folder: &Folder, words: &str) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut command = folder.command(&["run", "-q", "--log-format=raw", "script.js"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stderr.take().expect("standard error is a pipe"));
    wait_for(&mut lines, words);
    (child, lines)
}

fn wait_for(lines: &mut impl std::io::BufRead, words: &str) {
    let mut line = String::new();
    while lines.read_line(&mut line).expect("output is UTF-8") > 0 {
        if line.contains(words) {
            return;
        }
        line.clear();
    }
    panic!("the program ended before it said {words:?}");
}

#[test]
fn the_first_signal_lets_teardown_and_summary_happen() {
    let script = "import { sleep } from 'k6';
export default function () { console.log('begun'); sleep(60); }
export function teardown() { console.log('torn down'); }";
    for signal in ["-INT", "-TERM"] {
        let folder = Folder::with(&[("script.js", script)]);
        let (child, mut lines) = running(&folder, "begun");
        send(signal, &child);
        wait_for(&mut lines, "torn down");
        let output = child.wait_with_output().unwrap();
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        assert_eq!(output.status.code(), Some(105), "{signal}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("TOTAL RESULTS"));
        assert!(rest.contains("the test run was aborted by a signal"), "{rest}");
    }
}

#[test]
fn the_second_signal_ends_the_run_at_once() {
    let script = "export default function () { console.log('begun'); while (true) {} }
export function teardown() { console.log('tearing down'); while (true) {} }";
    let folder = Folder::with(&[("script.js", script)]);
    let (child, mut lines) = running(&folder, "begun");
    send("-INT", &child);
    wait_for(&mut lines, "tearing down");
    send("-INT", &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(105));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn a_signal_ends_a_top_level_that_never_ends() {
    let script = "export default function () {}
console.log('begun');
while (true) {}";
    let folder = Folder::with(&[("script.js", script)]);
    let (child, mut lines) = running(&folder, "begun");
    send("-INT", &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(105));
    wait_for(&mut lines, "stopped by a signal before the run began");
}

#[test]
fn the_server_ends_with_its_statistics() {
    let folder = Folder::with(&[]);
    let mut command = folder.command(&["serve", "--port=0", "--tls-port=0", "--json"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let start = next();
    assert!(start["address"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert!(start["tls_address"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert!(start["certificate"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    send("-INT", &child);
    assert_eq!(next()["connections"], 0);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
