//! What the shell is told.

use crate::common::{Ended, Folder};

/// Runs a script with this text.
fn run_script(text: &str, flags: &[&str]) -> Ended {
    Folder::with(&[("script.js", text)]).run(&[&["run", "-q"], flags, &["script.js"]].concat())
}

const EMPTY: &str = "export default function () {}";

#[test]
fn a_script_that_is_missing_is_another_error() {
    let folder = Folder::with(&[]);
    for command in ["run", "inspect", "compile"] {
        let ended = folder.run(&[command, "missing.js"]);
        assert_eq!(ended.code, Some(255));
        assert!(ended.err.starts_with("error: The file \""), "{}", ended.err);
        assert!(ended.err.ends_with("missing.js\" does not exist\n"), "{}", ended.err);
        assert_eq!(ended.out, "");
    }
}

#[test]
fn a_flag_that_does_not_exist_is_another_error() {
    let ended = run_script(EMPTY, &["--no-set"]);
    assert_eq!(ended.code, Some(255));
    assert!(ended.err.contains("--no-setup"), "{}", ended.err);
}

#[test]
fn a_flag_with_a_wrong_value_is_an_invalid_configuration() {
    let cases: [(&[&str], &str); 9] = [
        (&["-u", "x"], "error: option \"vus\" is \"x\", expected a whole number"),
        (&["-u", "-5"], "error: option \"vus\" is -5, expected a whole number"),
        (&["-d", "-5s"], "error: option \"duration\" is \"-5s\""),
        (&["-s", "5"], "error: option \"stages\" is \"5\", expected duration:target"),
        (&["-e", "1=2"], "error: --env is \"1=2\", expected NAME=value"),
        (&["--tag", "a"], "error: option \"tags\" is \"a\", expected name=value"),
        (&["-c", "none.json"], "error: the configuration file \"none.json\" cannot be read"),
        (&["--summary-mode", "legacy"], "error: invalid value 'legacy' for '--summary-mode"),
        (&["--log-output", "loki=x"], "error: invalid value 'loki=x' for '--log-output"),
    ];
    for (flags, message) in cases {
        let ended = run_script(EMPTY, flags);
        assert_eq!(ended.code, Some(104), "{flags:?}");
        assert!(ended.err.starts_with(message), "{flags:?}: {}", ended.err);
    }
}

#[test]
fn options_that_contradict_each_other_come_with_a_hint() {
    let script = format!("export const options = {{ iterations: 1, duration: '1x' }};{EMPTY}");
    assert_eq!(run_script(&script, &[]).code, Some(104));
    let ended = run_script(EMPTY, &["-i", "5", "-s", "1s:1"]);
    assert_eq!(ended.code, Some(104));
    assert!(ended.err.contains("\nhint: keep one of them"), "{}", ended.err);
}

#[test]
fn variables_of_the_environment_set_options_and_are_checked() {
    let folder = Folder::with(&[("script.js", EMPTY)]);
    let mut command = folder.command(&["run", "script.js"]);
    let ended = crate::common::ended(command.env("K6_VUS", "many").env("K6_OTHER", "x"));
    assert_eq!(ended.code, Some(104));
    assert!(ended.err.starts_with("error: option \"vus\" is \"many\""), "{}", ended.err);
}

#[test]
fn a_syntax_error_is_shown_where_it_is() {
    let ended = run_script("export default function () {\n  let 1;\n}", &[]);
    assert_eq!(ended.code, Some(107));
    assert!(ended.err.starts_with("error: Syntax error: "), "{}", ended.err);
    assert!(ended.err.contains("--> script.js:2:"), "{}", ended.err);
    assert!(ended.err.contains("2 |   let 1;"), "{}", ended.err);
}

#[test]
fn an_import_that_leads_nowhere_is_shown_where_it_is() {
    for (import, message) in [
        ("k6/nope", "error: There is no built-in module \"k6/nope\"\n --> script.js:1:8"),
        ("./nope.js", "nope.js\" does not exist\n --> script.js:1:8"),
    ] {
        let ended = run_script(&format!("import '{import}';\n{EMPTY}"), &[]);
        assert_eq!(ended.code, Some(107));
        assert!(ended.err.contains(message), "{}", ended.err);
    }
}

#[test]
fn an_exception_at_the_top_level_is_shown_with_its_stack() {
    let ended = run_script(&format!("{EMPTY}\nthrow new Error('boom');"), &[]);
    assert_eq!(ended.code, Some(107));
    assert!(ended.err.contains("error: Error: boom\n"), "{}", ended.err);
    assert!(ended.err.contains("script.js:2:"), "{}", ended.err);
}

#[test]
fn a_script_without_functions_is_another_error_with_a_hint() {
    let ended = run_script("let a = 1;", &[]);
    assert_eq!(ended.code, Some(255));
    assert!(ended.err.contains("\nhint: add `export default"), "{}", ended.err);
}

#[test]
fn a_threshold_that_is_crossed_is_told_and_can_be_left_out() {
    let script =
        format!("export const options = {{thresholds: {{iterations: ['count>5']}}}};{EMPTY}");
    let ended = run_script(&script, &["-i", "1"]);
    assert_eq!(ended.code, Some(99));
    let message = "level=error msg=\"thresholds on metrics 'iterations' have been crossed\"\n";
    assert!(ended.err.ends_with(message), "{}", ended.err);
    assert_eq!(run_script(&script, &["-i", "1", "--no-thresholds"]).code, Some(0));
}

#[test]
fn a_script_that_ends_or_fails_the_test_says_so() {
    let script = |call: &str| {
        format!("import exec from 'k6/execution'; export default () => exec.test.{call}('enough')")
    };
    let aborted = run_script(&script("abort"), &[]);
    assert_eq!(aborted.code, Some(108));
    assert!(aborted.err.contains("enough"), "{}", aborted.err);
    let failed = run_script(&script("fail"), &[]);
    assert_eq!(failed.code, Some(110));
    assert!(failed.err.contains("test marked as failed: enough"), "{}", failed.err);
}
