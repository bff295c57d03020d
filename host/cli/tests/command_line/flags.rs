//! Flags of k6: those that work, those that are taken and do nothing, and those that are gone.

use crate::common::{Ended, Folder, ended, wasock};

const EMPTY: &str = "export default function () {}";

fn run_script(text: &str, flags: &[&str]) -> Ended {
    Folder::with(&[("script.js", text)]).run(&[&["run", "-q"], flags, &["script.js"]].concat())
}

/// The warnings of a run that goes well.
fn warnings(flags: &[&str]) -> Vec<String> {
    let flags = [&["--log-format=raw"], flags].concat();
    let ended = run_script(EMPTY, &flags);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let lines = ended.err.lines().map(str::to_owned);
    lines.collect()
}

#[test]
fn a_flag_without_effect_is_told_once_with_the_reason() {
    let cases: [(&[&str], &str); 5] = [
        (&["--no-usage-report"], "wasock reports to nobody"),
        (&["--compatibility-mode=base"], "there is one mode"),
        (&["--traces-output=otel"], "WebSocket tests have no traces"),
        (&["--profiling-enabled"], "its profiles are those of k6's own program"),
        (&["--features=native-histograms"], "trends are always kept in bounded memory"),
    ];
    for (flags, reason) in cases {
        let warnings = warnings(flags);
        assert_eq!(warnings.len(), 1, "{flags:?}: {warnings:?}");
        assert!(
            warnings[0].contains("no effect: ") && warnings[0].contains(reason),
            "{warnings:?}"
        );
    }
    assert_eq!(warnings(&["--no-usage-report=false", "--traces-output=none"]), [""; 0]);
}

#[test]
fn a_variable_without_effect_is_told_too() {
    let folder = Folder::with(&[("script.js", EMPTY)]);
    let mut command = folder.command(&["run", "-q", "--log-format=raw", "script.js"]);
    let variables = ["K6_NO_USAGE_REPORT", "K6_PROFILING_ENABLED"];
    let ended = ended(command.envs(variables.map(|name| (name, "true"))));
    assert_eq!((ended.code, ended.err.lines().count()), (Some(0), 2), "{}", ended.err);
    for name in variables {
        assert!(ended.err.contains(name), "{}", ended.err);
    }
}

#[test]
fn an_empty_variable_is_none() {
    let folder = Folder::with(&[("script.js", EMPTY)]);
    let mut command = folder.command(&["run", "-q", "script.js"]);
    let variables = [
        "K6_CONFIG",
        "K6_LOG_FORMAT",
        "K6_LOG_OUTPUT",
        "K6_CONSOLE_OUTPUT",
        "K6_SUMMARY_MODE",
        "K6_SUMMARY_EXPORT",
        "K6_TYPE",
        "K6_COMPATIBILITY_MODE",
        "K6_NO_USAGE_REPORT",
        "K6_TRACES_OUTPUT",
        "K6_PROFILING_ENABLED",
        "K6_OUT",
        "K6_VUS",
    ];
    let ended = ended(command.envs(variables.map(|name| (name, ""))));
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}

#[test]
fn flags_turn_off_what_variables_turn_on() {
    let script =
        format!("export const options = {{thresholds: {{iterations: ['count>5']}}}};{EMPTY}");
    let folder = Folder::with(&[("script.js", &script)]);
    let run = |flags: &[&str], variables: &[(&str, &str)]| {
        let mut command = folder.command(&[&["run", "script.js"], flags].concat());
        ended(command.envs(variables.iter().copied()))
    };
    assert_eq!(run(&["-q"], &[("K6_NO_THRESHOLDS", "true")]).code, Some(0));
    let off = ["-q", "--no-thresholds=false", "--linger=false"];
    let ended = run(&off, &[("K6_NO_THRESHOLDS", "true"), ("K6_LINGER", "1")]);
    assert_eq!(ended.code, Some(99), "{}", ended.err);
    assert!(ended.err.contains("thresholds on metrics 'iterations'"), "{}", ended.err);
    let quiet = ["--quiet=true", "--verbose=false", "--no-color=true", "--summary-mode=disabled"];
    assert_eq!(run(&quiet, &[]).out, "");
    assert_ne!(run(&["--quiet=false", "--summary-mode=disabled"], &[]).out, "");
    let requirements = folder.run(&["inspect", "--execution-requirements=true", "script.js"]);
    assert!(requirements.out.contains("\"maxVUs\": 1"), "{}", requirements.out);
    let none = folder.run(&["inspect", "--execution-requirements=false", "script.js"]);
    assert!(!none.out.contains("maxVUs"), "{}", none.out);
}

#[test]
fn what_k6_has_no_more_comes_with_what_to_do_instead() {
    let cases: [(&[&str], &str); 7] = [
        (&["run", "--no-summary", "x.js"], "--summary-mode=disabled"),
        (&["run", "--upload-only", "x.js"], "there is no cloud"),
        (&["pause"], "--paused"),
        (&["scale", "--vus", "5"], "externally-controlled"),
        (&["status"], "GET /v1/status"),
        (&["login"], "there is no cloud"),
        (&["cloud", "run", "x.js"], "wasock run SCRIPT"),
    ];
    for (arguments, instead) in cases {
        let ended = ended(&mut wasock(arguments));
        assert_eq!((ended.code, ended.out.as_str()), (Some(255), ""), "{arguments:?}");
        let hint = ended.err.lines().last().unwrap_or_default();
        assert!(
            hint.starts_with("hint: ") && hint.contains(instead),
            "{arguments:?}: {}",
            ended.err
        );
    }
}

#[test]
fn a_typing_error_is_answered_with_what_was_meant() {
    let cases: [(&[&str], &str); 3] = [
        (&["rum", "x.js"], "'run'"),
        (&["inspct", "x.js"], "'inspect'"),
        (&["run", "--itterations", "5", "x.js"], "'--iterations'"),
    ];
    for (arguments, meant) in cases {
        let ended = ended(&mut wasock(arguments));
        assert_eq!(ended.code, Some(255), "{arguments:?}");
        assert!(ended.err.contains(meant), "{arguments:?}: {}", ended.err);
    }
}

#[test]
fn a_type_must_be_that_of_the_file() {
    assert_eq!(run_script(EMPTY, &["--type", "js"]).code, Some(0));
    assert_eq!(run_script(EMPTY, &["-t=js"]).code, Some(0));
    let wrong = run_script(EMPTY, &["--type", "archive"]);
    assert_eq!(wrong.code, Some(104));
    assert!(
        wrong.err.starts_with("error: \"script.js\" is a script, and --type requires an archive\n"),
        "{}",
        wrong.err
    );
    let folder = Folder::with(&[("script.js", EMPTY)]);
    assert_eq!(folder.run(&["compile", "-q", "script.js"]).code, Some(0));
    let wrong = folder.run(&["run", "--type=js", "script.wasm"]);
    assert_eq!(wrong.code, Some(104), "{}", wrong.err);
    assert!(wrong.err.contains("is a compiled component"), "{}", wrong.err);
}

#[test]
fn a_log_file_has_its_own_level() {
    let script = "console.log('plain'); console.warn('loud'); console.debug('soft');
export default function () {}";
    let file = |output: &str, flags: &[&str]| {
        let folder = Folder::with(&[("script.js", script)]);
        let output = format!("--log-output={output}");
        let all =
            [&["run", "-q", "--log-format=raw", &output, "-i=1"], flags, &["script.js"]].concat();
        let ended = folder.run(&all);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(!ended.err.contains("loud"), "{}", ended.err);
        let mut lines: Vec<_> = folder.read("run.log").lines().map(str::to_owned).collect();
        lines.dedup();
        lines.sort();
        lines.dedup();
        lines
    };
    assert_eq!(file("file=run.log", &[]), ["loud", "plain"]);
    assert_eq!(file("file=run.log", &["-v"]), ["loud", "plain", "soft"]);
    assert_eq!(file("file=run.log,level=warn", &["-v"]), ["loud"]);
    assert_eq!(file("file=run.log,level=debug", &[]), ["loud", "plain", "soft"]);
}
