//! Log lines and the script's console.

use serde_json::Value;

use crate::common::Folder;

const SCRIPT: &str = "export default function () {
  console.log('two words');
  console.warn('careful');
  console.debug('hidden');
}";

fn folder() -> Folder {
    Folder::with(&[("script.js", SCRIPT)])
}

#[test]
fn lines_are_keys_and_values_on_standard_error() {
    let ended = folder().run(&["run", "-q", "script.js"]);
    let lines: Vec<_> = ended.err.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ended.err);
    assert!(lines[0].starts_with("time=\"20"), "{}", lines[0]);
    assert!(lines[0].ends_with("Z\" level=info msg=\"two words\" source=console"), "{}", lines[0]);
    assert!(lines[1].ends_with("level=warning msg=careful source=console"), "{}", lines[1]);
}

#[test]
fn the_level_debug_shows_when_it_is_asked_for() {
    let ended = folder().run(&["run", "-q", "-v", "script.js"]);
    assert!(ended.err.contains("level=debug msg=hidden source=console"), "{}", ended.err);
}

#[test]
fn raw_lines_are_messages_alone() {
    let ended = folder().run(&["run", "-q", "--log-format", "raw", "script.js"]);
    assert_eq!(ended.err, "two words\ncareful\n");
}

#[test]
fn json_lines_are_objects_and_may_go_to_a_file() {
    let folder = folder();
    let flags = ["run", "-q", "--log-format=json", "--log-output=file=run.log", "script.js"];
    let ended = folder.run(&flags);
    assert_eq!(ended.err, "");
    let log = folder.read("run.log");
    let first: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(first["level"], "info");
    assert_eq!(first["msg"], "two words");
    assert_eq!(first["source"], "console");
}

#[test]
fn lines_may_go_to_standard_output_or_nowhere() {
    let folder = folder();
    let stdout = folder.run(&["run", "-q", "--log-output=stdout", "script.js"]);
    assert!(stdout.out.contains("msg=careful"), "{}", stdout.out);
    assert_eq!(stdout.err, "");
    let nowhere = folder.run(&["run", "-q", "--log-output=none", "script.js"]);
    assert_eq!(nowhere.err, "");
    assert!(!nowhere.out.contains("careful"), "{}", nowhere.out);
}

#[test]
fn the_console_may_have_a_file_of_its_own() {
    let folder = folder();
    let ended = folder.run(&["run", "-q", "--console-output", "console.log", "script.js"]);
    assert_eq!(ended.err, "");
    assert!(folder.read("console.log").contains("msg=\"two words\" source=console\n"));
}

#[test]
fn a_log_file_that_cannot_be_created_is_told_at_once() {
    let ended = folder().run(&["run", "--log-output=file=missing/run.log", "script.js"]);
    assert_eq!(ended.code, Some(104));
    let message = "error: --log-output could not create \"missing/run.log\": ";
    assert!(ended.err.starts_with(message), "{}", ended.err);
}

#[test]
fn errors_before_a_run_are_lines_of_a_log_that_was_asked_for() {
    let folder = folder();
    let wrong: [&[&str]; 3] = [&["-u", "many"], &["--summary-mode=nonsense"], &["--nonsense"]];
    for flags in wrong {
        let ended = folder.run(&[&["run", "--log-format", "json", "script.js"], flags].concat());
        let line: Value = serde_json::from_str(&ended.err).expect("one line of JSON");
        assert_eq!(line["level"], "error", "{flags:?}");
        assert!(ended.code.is_some_and(|code| code > 100), "{flags:?}");
        let ended =
            folder.run(&[&["run", "--log-output=file=run.log", "script.js"], flags].concat());
        assert_eq!(ended.err, "", "{flags:?}");
        assert!(folder.read("run.log").contains(" level=error msg="), "{flags:?}");
        // Nowhere is no place for what ends the program.
        let ended = folder.run(&[&["run", "--log-output=none", "script.js"], flags].concat());
        assert!(ended.err.starts_with("error: "), "{flags:?}: {}", ended.err);
    }
    let mut command = folder.command(&["run", "-u", "many", "script.js"]);
    let ended = crate::common::ended(command.env("K6_LOG_FORMAT", "json"));
    assert!(ended.err.starts_with("{\"level\":\"error\""), "{}", ended.err);
}
