//! What a run prints and writes.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::common::{Ended, Folder, ended};

const SCRIPT: &str = "export const options = { iterations: 2, vus: 2 };
export default function () {}";

#[test]
fn a_run_introduces_itself_and_ends_with_summary_and_progress() {
    let folder = Folder::with(&[("script.js", SCRIPT)]);
    let ended = folder.run(&["run", "-o", "json=out.json", "script.js"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let parts = [
        concat!("wasock ", env!("CARGO_PKG_VERSION")),
        "\n     execution: local\n        script: script.js\n        output: json (out.json)\n",
        "\n     scenarios: (100.00%) 1 scenario, 2 max VUs, 10m30s max duration (incl. graceful stop):\n",
        "              * default: 2 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)\n",
        "█ TOTAL RESULTS",
        "iterations..",
        "\nrunning (00m00.",
        "s), 0/2 VUs, 2 complete and 0 interrupted iterations\ndefault ✓ [ 100% ] 2 VUs  ",
        "/10m0s  2/2 shared iters\n",
    ];
    let mut rest = ended.out.as_str();
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is not in {rest:?}"));
        rest = &rest[at + part.len()..];
    }
    assert_eq!(rest, "");
    assert!(folder.read("out.json").contains("\"metric\":\"iterations\",\"type\":\"Point\""));
}

#[test]
fn a_quiet_run_prints_the_summary_alone() {
    let folder = Folder::with(&[("script.js", SCRIPT)]);
    let ended = folder.run(&["run", "--quiet", "script.js"]);
    assert!(ended.out.trim_start().starts_with("█ TOTAL RESULTS"), "{}", ended.out);
    for hidden in ["wasock", "execution:", "running ("] {
        assert!(!ended.out.contains(hidden), "{}", ended.out);
    }
    assert_eq!(ended.err, "");
    let nothing = folder.run(&["run", "--quiet", "--summary-mode=disabled", "script.js"]);
    assert_eq!((nothing.out.as_str(), nothing.code), ("", Some(0)));
}

#[test]
fn the_summary_is_exported_in_either_format() {
    let folder = Folder::with(&[("script.js", SCRIPT), ("summary.json", "longer than before")]);
    let export = |flags: &[&str]| -> Value {
        let arguments = [&["run", "-q", "--summary-export", "summary.json"], flags, &["script.js"]];
        assert_eq!(folder.run(&arguments.concat()).code, Some(0));
        serde_json::from_str(&folder.read("summary.json")).unwrap()
    };
    assert_eq!(export(&[])["metrics"]["iterations"]["count"], 2);
    let machine = export(&["--new-machine-readable-summary"]);
    assert_eq!(machine["config"]["script"], SCRIPT);
}

#[test]
fn a_file_that_cannot_be_created_is_told_before_the_run() {
    let folder = Folder::with(&[("script.js", "export default () => console.log('ran')")]);
    for flags in [["--summary-export", "missing/a"], ["-o", "json=missing/a"]] {
        let ended = folder.run(&["run", "-q", flags[0], flags[1], "script.js"]);
        assert_eq!(ended.code, Some(104));
        assert!(ended.err.contains("could not create \"missing/a\""), "{}", ended.err);
        assert!(!ended.err.contains("ran"), "{}", ended.err);
    }
}

#[test]
fn the_script_may_write_the_summary_itself() {
    let script = "export default function () {}
export function handleSummary(data) {
  return {
    stdout: 'out ' + data.metrics.iterations.values.count + '\\n',
    stderr: 'err\\n',
    'own.txt': 'own',
    'missing/own.txt': 'lost',
  };
}";
    let folder = Folder::with(&[("script.js", script)]);
    let ended = folder.run(&["run", "-q", "script.js"]);
    assert_eq!((ended.out.as_str(), ended.code), ("out 1\n", Some(0)));
    assert!(ended.err.starts_with("err\n"), "{}", ended.err);
    assert!(ended.err.contains("could not write \\\"missing/own.txt\\\""), "{}", ended.err);
    assert_eq!(folder.read("own.txt"), "own");
}

#[test]
fn a_script_sees_the_variables_that_it_is_given() {
    let script = "export default () => console.log(`${__ENV.A} ${__ENV.B} ${__ENV.C}`)";
    let folder = Folder::with(&[("script.js", script)]);
    let run = |flags: &[&str]| {
        let start: &[&str] = &["run", "-q", "--log-format=raw", "-e", "B=2=2"];
        let arguments = [start, flags, &["script.js"]].concat();
        ended(folder.command(&arguments).env("A", "1").env("B", "system")).err
    };
    assert_eq!(run(&[]), "1 2=2 undefined\n");
    assert_eq!(run(&["--include-system-env-vars=false"]), "undefined 2=2 undefined\n");
}

#[test]
fn a_configuration_file_counts_less_than_the_script() {
    let script = "import exec from 'k6/execution';
export const options = { userAgent: 'script' };
export default () => console.log(JSON.stringify([exec.test.options.userAgent, exec.test.options.throw]))";
    let config = r#"{"userAgent": "config", "throw": true, "unheardOf": 1}"#;
    let folder = Folder::with(&[("script.js", script), ("config.json", config)]);
    let ended = folder.run(&["run", "-q", "--log-format=raw", "-c", "config.json", "script.js"]);
    let expected = "There were unknown fields in the options in \"config.json\": unheardOf\n\
                    [\"script\",true]\n";
    assert_eq!(ended.err, expected);
}

#[test]
fn a_script_may_come_from_standard_input() {
    let folder = Folder::with(&[]);
    let mut command = folder.command(&["run", "-q", "--log-format=raw", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let script = b"export default () => console.log('from a pipe')";
    child.stdin.take().unwrap().write_all(script).unwrap();
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!((ended.err.as_str(), ended.code), ("from a pipe\n", Some(0)));
}

#[test]
fn flags_that_mean_nothing_here_are_taken() {
    let folder = Folder::with(&[("script.js", SCRIPT)]);
    let flags = ["run", "-q", "--no-usage-report", "--compatibility-mode", "base", "script.js"];
    assert_eq!(folder.run(&flags).code, Some(0));
}

#[test]
fn standard_output_may_be_closed() {
    let folder = Folder::with(&[("script.js", SCRIPT)]);
    let mut command = folder.command(&["run", "script.js"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
}
