//! Ctrl-C, SIGTERM, and a reader of standard output who leaves.

use std::process::Stdio;

use crate::common::{Process, Run, wasock};

const ABORTED: &str = "the test run was aborted by a signal";

fn waiting(stage: &str) -> Run {
    Run::file("signals.js").served().args(["-e", &format!("WAIT={stage}")])
}

/// A run that has come to where it waits.
fn arrived(stage: &str, line: &str) -> Process {
    let mut process = waiting(stage).start();
    process.prints(line);
    process
}

#[test]
fn ctrl_c_ends_sessions_and_still_runs_teardown_and_summary() {
    let mut process = arrived("session", "waiting in a session");
    process.signal("INT").prints("stopping after a signal");
    let outcome = process.ends().exits(105);
    assert_eq!(outcome.console(), ["waiting in a session", "teardown"]);
    assert_eq!(outcome.logged("error"), [ABORTED]);
    assert!(outcome.stdout.contains("█ TOTAL RESULTS"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("0 complete and 1 interrupted iterations"));
    assert_eq!(outcome.sum("ws_sessions"), 1.0);
    assert_eq!(outcome.samples("ws_session_duration").len(), 1);
    assert_eq!(outcome.sum("iterations"), 0.0);
    assert!(outcome.sum("data_received") > 0.0);
}

#[test]
fn sigterm_does_the_same_as_ctrl_c() {
    let mut process = arrived("iteration", "waiting in iteration");
    process.signal("TERM");
    let outcome = process.ends().exits(105);
    assert_eq!(outcome.console(), ["waiting in iteration", "teardown"]);
    assert_eq!(outcome.logged("error"), [ABORTED]);
}

#[test]
fn a_second_ctrl_c_ends_the_run_at_once() {
    let mut process = arrived("teardown", "waiting in teardown");
    process.signal("INT").prints("another one ends the run at once");
    process.signal("INT");
    let outcome = process.ends().exits(105);
    assert!(!outcome.stdout.contains("TOTAL RESULTS"), "{}", outcome.stdout);
}

#[test]
fn ctrl_c_in_setup_ends_the_run_without_iterations() {
    let mut process = arrived("setup", "waiting in setup");
    process.signal("INT");
    let outcome = process.ends().exits(105);
    assert_eq!(outcome.sum("iterations"), 0.0);
    assert_eq!(outcome.logged("error"), [ABORTED]);
}

#[test]
fn ctrl_c_ends_an_endless_loop() {
    let mut process = arrived("loop", "waiting in a loop");
    process.signal("INT");
    let outcome = process.ends().exits(105);
    assert_eq!(outcome.console(), ["waiting in a loop", "teardown"]);
    assert!(outcome.stdout.contains("0 complete and 1 interrupted iterations"));
}

#[test]
fn ctrl_c_ends_an_endless_loop_at_the_top_level() {
    let mut process = arrived("top level", "waiting at the top level");
    process.signal("INT");
    let outcome = process.ends().exits(105);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn ctrl_c_ends_the_compilation_of_a_script() {
    let run = Run::path("script.js").beside("script.js", "export default () => {};\n");
    let cache = run.folder().join("cache").display().to_string();
    let mut process = run.variable("WASOCK_CACHE_DIR", &cache).start();
    process.prints("compiling script.js").signal("INT");
    let outcome = process.ends().exits(105);
    assert!(outcome.stderr.contains("error: stopped by a signal before the run began\n"));
}

#[test]
fn a_reader_of_standard_output_who_leaves_changes_nothing() {
    let run = Run::file("signals.js");
    let (mut command, samples) = run.command();
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the command ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(!stderr.contains("panic") && !stderr.contains("pipe"), "{stderr}");
    assert!(samples.exists());
}

#[test]
fn a_reader_of_a_help_text_who_leaves_changes_nothing() {
    let mut command = wasock();
    command.args(["completion", "bash"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the command ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
