//! What goes wrong: where it is shown, what it ends, and with which exit code.

use crate::common::{Outcome, Run};

fn fault(name: &str) -> Outcome {
    Run::file("faults.js").served().args(["-e", &format!("FAULT={name}")]).go()
}

/// What the command says about a script that it cannot begin with.
#[track_caller]
fn refusal(run: Run, code: i32) -> String {
    let outcome = run.go().exits(code);
    assert_eq!(outcome.stdout, "", "stdout");
    assert_eq!(outcome.points.len(), 0, "samples");
    outcome.stderr
}

#[test]
fn a_script_that_is_not_there_is_named() {
    let run = Run::path("none.js");
    let path = run.folder().join("none.js");
    assert_eq!(
        refusal(run, 255),
        format!("error: The file \"{}\" does not exist\n", path.display())
    );
}

#[test]
fn a_folder_is_no_script() {
    let run = Run::path(".");
    let told = refusal(run, 255);
    let end = "\" is a directory, not a file\nhint: name the script or the component in it\n";
    assert!(told.ends_with(end), "{told}");
}

#[test]
fn a_syntax_error_is_shown_with_file_line_and_column() {
    let run = Run::path("wrong.js").beside("wrong.js", "export default () => {\n  let x = ;\n};\n");
    assert_eq!(
        refusal(run, 107),
        "error: Syntax error: Unexpected token\n --> wrong.js:2:11\n  |\n2 |   let x = ;\n  |           ^\n"
    );
}

#[test]
fn an_import_that_cannot_be_resolved_is_shown_where_it_stands() {
    let cases = [
        ("left-pad", "couldn't be recognised as something k6 supports", "hint: paths start with"),
        (
            "k6/browser",
            "The module \"k6/browser\" of k6 is not in this version",
            "hint: wasock drives no browser",
        ),
        ("k6/https", "There is no built-in module \"k6/https\"", "k6/ws"),
        ("k6/x/sql", "k6 extensions are not supported", ""),
        ("./gone.js", "gone.js\" does not exist", ""),
        ("http://a.test/b.js", "remote modules need https", ""),
    ];
    for (specifier, message, hint) in cases {
        let source = format!("\nimport '{specifier}';\nexport default () => {{}};\n");
        let stderr = refusal(Run::path("wrong.js").beside("wrong.js", &source), 107);
        assert!(stderr.starts_with("error: "), "{stderr}");
        assert!(stderr.contains(message), "{specifier}: {stderr}");
        assert!(stderr.contains(" --> wrong.js:2:8\n"), "{specifier}: {stderr}");
        assert!(stderr.contains(hint), "{specifier}: {stderr}");
    }
}

#[test]
fn a_name_that_a_module_does_not_export_is_an_error() {
    let run = Run::script("import { nothing } from 'k6';\nexport default () => nothing();\n");
    let stderr = refusal(run, 107);
    assert!(stderr.contains("SyntaxError"), "{stderr}");
    assert!(stderr.contains("'nothing' in module 'k6'"), "{stderr}");
}

#[test]
fn a_script_without_functions_is_told_what_to_add() {
    let stderr = refusal(Run::script("export const options = {};\n"), 255);
    assert!(stderr.contains("error: the script exports no function\nhint: add `export default"));
}

#[test]
fn an_exception_at_the_top_level_ends_the_run_before_it_begins() {
    let run = Run::file("faults.js").args(["-e", "FAULT=top level"]);
    let stderr = refusal(run, 107);
    assert!(stderr.contains("error: Error: the top level is wrong\n    at "), "{stderr}");
    assert!(stderr.contains("tests/scripts/faults.js:11:"), "{stderr}");
}

#[test]
fn an_abort_at_the_top_level_ends_the_run_with_its_own_code() {
    let run = Run::file("faults.js").args(["-e", "FAULT=abort at the top level"]);
    let stderr = refusal(run, 108);
    assert!(stderr.ends_with("error: test aborted: not today\n"), "{stderr}");
}

#[test]
fn an_exception_in_setup_ends_the_run_without_iterations_and_teardown() {
    let outcome = fault("setup").exits(107);
    let errors = outcome.logged("error");
    assert!(errors[0].starts_with("TypeError: setup is wrong\n    at setup ("), "{errors:?}");
    assert_eq!(errors.len(), 1);
    assert_eq!(outcome.sum("iterations"), 0.0);
    assert_eq!(outcome.console(), [""; 0]);
}

#[test]
fn setup_that_takes_too_long_has_a_code_of_its_own() {
    for name in ["slow setup", "endless setup"] {
        let outcome = fault(name).exits(100);
        assert_eq!(
            outcome.logged("error"),
            ["setup() took longer than 200ms; hint: raise the option setupTimeout"],
            "{name}"
        );
        assert_eq!(outcome.sum("iterations"), 0.0, "{name}");
    }
}

#[test]
fn teardown_that_takes_too_long_has_a_code_of_its_own_and_keeps_the_results() {
    for name in ["slow teardown", "endless teardown"] {
        let outcome = fault(name).exits(101);
        assert_eq!(
            outcome.logged("error"),
            ["teardown() took longer than 200ms; hint: raise the option teardownTimeout"],
            "{name}"
        );
        assert_eq!(outcome.sum("iterations"), 1.0, "{name}");
        assert!(outcome.stdout.contains("iterations...........: 1 "), "{}", outcome.stdout);
    }
}

#[test]
fn an_exception_in_teardown_keeps_the_results() {
    let outcome = fault("teardown").exits(107);
    let errors = outcome.logged("error");
    assert!(errors[0].starts_with("Error: teardown is wrong\n    at teardown ("), "{errors:?}");
    assert_eq!(outcome.sum("iterations"), 1.0);
    assert!(outcome.stdout.contains("iterations...........: 1 "), "{}", outcome.stdout);
}

#[test]
fn exceptions_in_iterations_are_logged_and_change_no_exit_code() {
    let cases = [
        ("error", "RangeError: the iteration is wrong\n    at ", "faults.js:22:"),
        ("text", "just text", ""),
        ("rejection", "Uncaught (in promise) Error: nobody catches this\n    at ", "faults.js:28:"),
        ("async function", "Uncaught (in promise) Error: nobody awaits this\n    at ", ":32:"),
        ("timer", "Error: the timer is wrong\n    at ", "faults.js:36:"),
        ("k6/ws handler", "Error: the handler is wrong\n    at ", "faults.js:43:"),
        ("WebSocket handler", "Error: the handler is wrong\n    at ", "faults.js:53:"),
    ];
    for (name, message, place) in cases {
        let outcome = fault(name).exits(0);
        let errors = outcome.logged("error");
        assert_eq!(errors.len(), 1, "{name}: {errors:?}");
        assert!(errors[0].starts_with(message), "{name}: {errors:?}");
        assert!(errors[0].contains(place), "{name}: {errors:?}");
        let line = outcome.stderr.lines().find(|line| line.contains("level=error")).unwrap();
        let fields = " executor=per-vu-iterations scenario=default source=stacktrace";
        assert!(line.ends_with(fields), "{line}");
        assert_eq!(outcome.sum("iterations"), 1.0, "{name}");
        assert_eq!(outcome.console().last().unwrap(), "teardown", "{name}");
    }
}

#[test]
fn an_exception_in_a_handler_of_k6_ws_closes_the_socket_and_leaves_connect() {
    let outcome = fault("k6/ws handler").exits(0);
    assert_eq!(outcome.console(), ["closed 1001", "teardown"]);
    assert_eq!(outcome.samples("ws_session_duration").len(), 1);
}

#[test]
fn an_exception_in_a_handler_of_a_web_socket_keeps_the_other_listeners() {
    let outcome = fault("WebSocket handler").exits(0);
    assert_eq!(outcome.console(), ["the other listener", "closed", "teardown"]);
    assert_eq!(outcome.samples("ws_session_duration").len(), 1);
}

#[test]
fn an_abort_interrupts_the_iteration_and_still_runs_teardown() {
    for (name, message) in
        [("abort", "test aborted: enough"), ("abort without a word", "test aborted")]
    {
        let outcome = fault(name).exits(108);
        assert_eq!(outcome.logged("error"), [message], "{name}");
        assert_eq!(outcome.console(), ["teardown"], "{name}");
        assert_eq!(outcome.sum("iterations"), 0.0, "{name}");
    }
}

#[test]
fn a_test_that_is_marked_as_failed_goes_on() {
    let outcome = fault("fail").exits(110);
    assert_eq!(outcome.logged("error"), ["test marked as failed: not good"]);
    assert_eq!(outcome.sum("iterations"), 1.0);
}

#[test]
fn an_exception_in_typescript_is_shown_at_the_line_of_the_source() {
    let main = "import { explode, Mode } from './lib.ts';\n\ninterface Plan {\n  mode: Mode;\n}\n\n\
                export default function (): void {\n  const plan: Plan = { mode: Mode.Loud };\n  \
                explode(plan.mode);\n}\n";
    let lib = "export enum Mode {\n  Quiet,\n  Loud,\n}\n\ntype Text = string;\n\n\
               export function explode(mode: Mode): never {\n  \
               throw new Error(`mode ${mode as Text | Mode}`);\n}\n";
    let outcome = Run::files(&[("main.ts", main), ("lib.ts", lib)]).go().exits(0);
    let errors = outcome.logged("error");
    let lines: Vec<_> = errors[0].lines().collect();
    assert_eq!(lines[0], "Error: mode 1");
    assert!(lines[1].contains("at explode (") && lines[1].contains("/lib.ts:9:"), "{lines:?}");
    assert!(lines[2].contains("at default (") && lines[2].contains("/main.ts:9:"), "{lines:?}");
}
