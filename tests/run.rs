//! `wasock run` as people see it: where scripts come from, what is shown, and where log lines go.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::common::{Run, wasock};

const HELLO: &str =
    "export default () => { console.log('hello'); console.warn('beware', { a: [1] }); };";

/// A script on standard input.
fn piped(source: &str, arguments: &[&str]) -> Output {
    let mut command: Command = wasock();
    command.arg("run").args(arguments).arg("-");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(source.as_bytes()).expect("it is read");
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

fn lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().filter(|line| !line.starts_with("compiling")).map(str::to_owned).collect()
}

#[test]
fn a_script_can_come_from_standard_input() {
    let output = piped(HELLO, &["--log-format", "raw"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(lines(&output.stderr), ["hello", "beware { a: [ 1 ] }"]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("        script: standard input\n"), "{stdout}");
}

#[test]
fn an_error_on_standard_input_is_shown_with_its_line() {
    let output = piped("\nlet x = ;\n", &[]);
    assert_eq!(output.status.code(), Some(107));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("error: Syntax error: ") && stderr.contains(":2:9\n"), "{stderr}");
}

#[test]
fn a_run_introduces_itself_and_tells_how_it_goes() {
    let outcome = Run::script(HELLO).args(["-u", "2", "-i", "3"]).go().exits(0);
    let stdout = &outcome.stdout;
    let place = |text: &str| stdout.find(text).unwrap_or_else(|| panic!("no {text:?}: {stdout}"));
    let places = [
        "wasock",
        "     execution: local\n",
        "        script: /",
        "        output: json (",
        "     scenarios: (100.00%) 1 scenario, 2 max VUs, 10m30s max duration (incl. graceful stop):\n",
        "* default: 3 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n",
        "█ TOTAL RESULTS",
        "0/2 VUs, 3 complete and 0 interrupted iterations\n",
        "default ✓ [ 100% ] 2 VUs ",
        "3/3 shared iters\n",
    ]
    .map(place);
    assert!(places.is_sorted(), "{places:?}: {stdout}");
}

#[test]
fn progress_is_told_each_second() {
    let source = "import { sleep } from 'k6'; export default () => sleep(2.5);";
    let outcome = Run::script(source).go().exits(0);
    let lines = outcome.stdout.lines().filter_map(|line| line.strip_prefix("running ("));
    let (times, states): (Vec<_>, Vec<_>) =
        lines.map(|line| line.split_once("), ").expect("a time comes first")).unzip();
    assert!(times.is_sorted(), "{times:?}");
    let (last, before) = states.split_last().expect("the end is told");
    assert_eq!(*last, "0/1 VUs, 1 complete and 0 interrupted iterations");
    // How many there are depends on how busy the machine is.
    assert!(!before.is_empty(), "{states:?}");
    for state in before {
        assert!(state.ends_with("/1 VUs, 0 complete and 0 interrupted iterations"), "{state}");
    }
}

#[test]
fn log_lines_can_be_json() {
    let outcome = Run::script(HELLO).args(["-q", "--log-format", "json"]).go().exits(0);
    let lines: Vec<Value> = outcome
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).expect("it is JSON"))
        .collect();
    let parts = |line: &Value| ["level", "msg", "source"].map(|key| line[key].clone());
    assert_eq!(parts(&lines[0]), ["info", "hello", "console"]);
    assert_eq!(parts(&lines[1]), ["warning", "beware { a: [ 1 ] }", "console"]);
    assert_eq!(lines.len(), 2);
}

#[test]
fn log_lines_can_go_elsewhere() {
    let outcome = Run::script(HELLO).args(["-q", "--log-output", "stdout"]).go().exits(0);
    assert_eq!(outcome.stderr, "");
    assert!(outcome.stdout.contains(" level=info msg=hello source=console\n"));
    let outcome = Run::script(HELLO).args(["-q", "--log-output", "file=log.txt"]).go().exits(0);
    assert_eq!(outcome.stderr, "");
    assert!(
        outcome
            .file("log.txt")
            .contains(" level=warning msg=\"beware { a: [ 1 ] }\" source=console")
    );
    let outcome = Run::script(HELLO).args(["-q", "--log-output", "none"]).go().exits(0);
    assert_eq!(outcome.stderr, "");
    assert!(!outcome.stdout.contains("hello"));
}

#[test]
fn the_console_can_have_a_file_of_its_own() {
    let arguments = ["-q", "--console-output", "console.txt", "--log-format", "raw"];
    let outcome = Run::script(HELLO).args(arguments).go().exits(0);
    assert_eq!(outcome.file("console.txt"), "hello\nbeware { a: [ 1 ] }\n");
    assert_eq!(outcome.stderr, "");
}

#[test]
fn debug_lines_are_for_the_verbose() {
    let source = "export default () => { console.debug('details'); };";
    assert_eq!(Run::script(source).go().exits(0).console(), [""; 0]);
    assert_eq!(Run::script(source).args(["--verbose"]).go().exits(0).console(), ["details"]);
}

#[test]
fn a_script_is_found_from_any_folder_and_finds_its_imports() {
    let main = "import { text } from './parts/text.js'; export default () => console.log(text);";
    let run = Run::path("project/main.js").beside("other.txt", "");
    let parts = run.folder().join("project/parts");
    fs::create_dir_all(&parts).expect("a folder can be made");
    fs::write(run.folder().join("project/main.js"), main).expect("it can be written");
    fs::write(parts.join("text.js"), "export const text = 'found';").expect("it can be written");
    assert_eq!(run.go().exits(0).console(), ["found"]);
}

#[test]
fn a_run_whose_connections_fail_ends_with_what_to_try() {
    let source = "import ws from 'k6/ws';
        export default () => { ws.connect(`${__ENV.WS}/status/503`, () => {}); };";
    let stdout = |flags: &[&str]| {
        Run::script(source).served().args(flags.iter().copied()).go().exits(0).stdout
    };
    let hint = "\nhint: all 3 connections failed: refused by the server (error_code 1503); the server \
                refuses further load; ";
    let told = stdout(&["-u", "3"]);
    assert!(told.contains(hint), "{told}");
    assert!(told.lines().last().is_some_and(|line| line.starts_with("hint: ")), "{told}");
    assert!(!stdout(&["-u", "3", "--quiet"]).contains("hint: "));
}
