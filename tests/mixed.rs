//! One test of several programs: scenarios that name theirs.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::common::{Run, kept_files, wasock};

/// A program that says which it is, and what its own `setup` has returned.
const PROGRAM: &str = "
import { Counter } from 'k6/metrics';
import exec from 'k6/execution';
const count = new Counter('program_iterations');
export const options = { vus: 7, thresholds: { nothing_at_all: ['avg<1'] } };
export function setup() { return { of: 'NAME' }; }
export default function (data) {
  count.add(1);
  console.log('NAME', data.of, exec.vu.idInTest, exec.scenario.name);
}
export function other() { console.log('the other function'); }
export function teardown(data) { console.log('NAME ends', data.of); }
";

/// A test in JSON whose scenarios are those, each with a program of its own.
fn test(options: Value) -> PathBuf {
    let (one, two) = (PROGRAM.replace("NAME", "one"), PROGRAM.replace("NAME", "two"));
    kept_files(&[
        ("mixed.json", &options.to_string()),
        ("one.js", &one),
        ("two.js", &two),
        ("text.txt", "no program"),
    ])
    .join("mixed.json")
}

fn shared(guest: &str, vus: u32, iterations: u32) -> Value {
    json!({ "executor": "shared-iterations", "vus": vus, "iterations": iterations, "guest": guest })
}

fn both() -> PathBuf {
    test(json!({
        "scenarios": { "a": shared("./one.js", 2, 3), "b": shared("two.js", 1, 2) },
        "thresholds": { "program_iterations{scenario:a}": ["count==3"], "iterations": ["count==5"] },
    }))
}

#[test]
fn scenarios_of_one_run_are_of_different_programs() {
    let outcome = Run::path(both()).go().exits(0);
    let console = outcome.console();
    let count = |start: &str| console.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!((count("one one "), count("two two ")), (3, 2), "{console:?}");
    assert_eq!((count("one ends one"), count("two ends two")), (1, 1), "{console:?}");
    assert_eq!(outcome.sum("program_iterations"), 5.0);
    // Users of different programs have different numbers.
    let users: BTreeSet<_> = console
        .iter()
        .filter(|line| !line.contains("ends"))
        .filter_map(|line| Some((line.split(' ').next()?, line.split(' ').nth(2)?)))
        .collect();
    let numbers: BTreeSet<_> = users.iter().map(|(_, number)| number).collect();
    assert_eq!(numbers.len(), users.len(), "{users:?}");
    assert!(outcome.stdout.contains("guest: ./one.js"), "{}", outcome.stdout);
}

#[test]
fn a_script_and_another_program_share_a_test() {
    let (main, other) = (
        "export const options = { scenarios: {
           own: { executor: 'shared-iterations' },
           other: { executor: 'shared-iterations', guest: 'two.js', exec: 'other' },
         } };
         export default () => console.log('the script');",
        PROGRAM.replace("NAME", "two"),
    );
    let mut lines = Run::files(&[("main.js", main), ("two.js", &other)]).console();
    lines.sort();
    assert_eq!(lines, ["the other function", "the script", "two ends two"]);
}

#[test]
fn an_archive_holds_the_programs() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let archive = folder.path().join("mixed.tar");
    let project = folder.path().join("project");
    fs::create_dir(&project).expect("a folder can be made");
    let source = both();
    for name in ["mixed.json", "one.js", "two.js"] {
        fs::copy(source.with_file_name(name), project.join(name)).expect("it can be copied");
    }
    let mut command = wasock();
    command.arg("archive").arg(project.join("mixed.json")).arg("-O").arg(&archive);
    let output = command.output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_dir_all(&project).expect("it can be removed");
    let outcome = Run::path(&archive).go().exits(0);
    assert_eq!(outcome.sum("program_iterations"), 5.0);
}

#[test]
fn inspect_shows_the_programs() {
    let inspect = |arguments: &[&str]| -> Value {
        let output = wasock().arg("inspect").args(arguments).arg(both()).output();
        let output = output.expect("the command starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("it prints JSON")
    };
    let options = inspect(&["--execution-requirements"]);
    assert_eq!(options["scenarios"]["a"]["guest"], "./one.js");
    assert_eq!(options["maxVUs"], 3);
    let guests = &inspect(&["--imports"])["guests"];
    let functions = json!(["default", "other", "setup", "teardown"]);
    let mut found = guests[0]["functions"].as_array().expect("there are functions").clone();
    found.sort_by_key(Value::to_string);
    assert_eq!((&guests[0]["name"], json!(found)), (&json!("./one.js"), functions));
}

#[test]
fn what_is_wrong_with_a_program_names_it() {
    let wrong = |scenario: Value, code: i32| {
        let outcome = Run::path(test(json!({ "scenarios": { "a": scenario } }))).go().exits(code);
        let told = outcome.stderr.lines().filter(|line| !line.starts_with("compiling "));
        told.collect::<Vec<_>>().join("\n")
    };
    let gone = wrong(shared("gone.wasm", 1, 1), 107);
    assert!(
        gone.contains("error: the guest \"gone.wasm\" cannot be run: ")
            && gone.contains("hint: guests are looked for in \""),
        "{gone}"
    );
    let url = wrong(shared("https://a.test/one.wasm", 1, 1), 107);
    assert!(
        url.contains("cannot be run: a guest is a file, and this is a URL\nhint: get it first"),
        "{url}"
    );
    let device = wrong(shared("/dev/zero", 1, 1), 107);
    assert!(device.contains("is a pipe or a device, not a file"), "{device}");
    let text = wrong(shared("text.txt", 1, 1), 107);
    assert!(text.contains("error: the guest \"text.txt\" cannot be run: "), "{text}");
    let mut unknown = shared("one.js", 1, 1);
    unknown["exec"] = "othr".into();
    let unknown = wrong(unknown, 104);
    assert!(
        unknown.contains("is \"othr\", which the guest \"one.js\" does not export; it exports ")
            && unknown.contains("did you mean \"other\"?"),
        "{unknown}"
    );
    let number = wrong(json!({ "executor": "shared-iterations", "guest": 5 }), 104);
    assert!(number.contains("option \"scenarios.a.guest\" is 5, expected a string"), "{number}");
    let empty = wrong(shared("", 1, 1), 104);
    assert!(empty.contains("expected the path of a component or a script"), "{empty}");
    let none = wrong(json!({ "executor": "shared-iterations" }), 255);
    assert!(none.contains("name a program with the scenario's `guest`"), "{none}");
}

#[test]
fn options_that_take_the_place_of_the_scenarios_are_told() {
    let outcome = Run::path(both()).args(["-u", "2", "-d", "1s"]).go().exits(104);
    let told = "error: the test has no function of its own, and other options take the place of its scenarios";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("hint: leave out --vus"), "{}", outcome.stderr);
}

#[test]
fn a_test_of_several_programs_does_not_stand_alone() {
    let main = "export const options = { scenarios: { a: { executor: 'shared-iterations', guest: './one.js' } } };
        export default () => {};";
    let scripts = kept_files(&[("main.js", main), ("one.js", PROGRAM)]);
    for (test, names) in
        [(both(), "\"./one.js\", \"two.js\""), (scripts.join("main.js"), "\"./one.js\"")]
    {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut command = wasock();
        command
            .args(["compile", "--standalone", "-o", "alone.wasm"])
            .arg(test)
            .current_dir(&folder);
        let output = command.output().expect("the command starts");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(104), "{told}");
        let text = format!("cannot stand alone: its scenarios name other programs: {names}\n");
        assert!(told.contains(&text), "{told}");
        assert!(!folder.path().join("alone.wasm").exists());
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status();
    assert!(made.expect("there is mkfifo").success());
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).expect("it can be written")
    };
    write("import.js", "import './pipe'; export default () => {};");
    write("guest.json", &json!({ "scenarios": { "a": shared("pipe", 1, 1) } }).to_string());
    for (script, code, text) in [
        ("import.js", 107, "is a pipe or a device, not a file"),
        ("guest.json", 107, "is a pipe or a device, not a file"),
        ("pipe", 255, "\"pipe\" is a pipe, and nobody has written to it"),
    ] {
        let output = wasock().args(["run", script]).current_dir(&folder).output();
        let output = output.expect("the command starts");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{script}: {told}");
        assert!(told.contains(text), "{script}: {told}");
    }
}

#[cfg(unix)]
#[test]
fn a_script_may_come_by_a_shells_pipe() {
    let long =
        format!("// {}\nexport default () => console.log('from the pipe');", "x".repeat(4096));
    let mut command = std::process::Command::new("bash");
    command.args(["-c", "\"$0\" run <(printf '%s' \"$1\")", crate::common::WASOCK, &long]);
    let usual = wasock();
    for (name, value) in usual.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output().expect("there is bash");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("from the pipe"), "{told}");
}
