//! One run of several processes.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::common::http::{get, patch_status};
use crate::common::{Outcome, Process, Run, signal, until, wasock};

/// What is said at the end of a run that has lost a part.
const ONE_LOST: &str = "1 of 3 processes of the run ended before their time";

fn three(case: &str) -> Run {
    let case = format!("CASE={case}");
    Run::file("processes.js").served().args(["--processes", "3", "-e", &case])
}

/// Waits until so many more users hold their connection.
#[track_caller]
fn hold(process: &mut Process, users: usize) {
    for _ in 0..users {
        process.prints("msg=holding");
    }
}

/// Who ran: the user, its number in its process, the iteration, and what setup returned.
fn lines(outcome: &Outcome) -> Vec<(u64, u64, u64, String)> {
    let lines = outcome.console();
    let told = lines.iter().filter_map(|line| serde_json::from_str(line).ok());
    told.collect()
}

/// A run of three processes that have told all about their six users, each of whom holds a connection.
#[track_caller]
fn six_hold() -> Process {
    let mut process =
        three("hold").args(["-u", "6", "-d", "5m", "--address", "127.0.0.1:0"]).start();
    let api = process.api();
    hold(&mut process, 6);
    let users = || get(api, "/v1/status").has(200).json()["data"]["attributes"]["vus"].clone();
    until("all have told of their users", || users() == json!(6));
    until("all has come that was measured", || measured(&process) == 6);
    process
}

/// The processes that run parts of this one, by number.
fn parts(process: &Process) -> Vec<u32> {
    let children = fs::read_dir(format!("/proc/{}/task", process.id())).expect("it is alive");
    let children =
        children.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok());
    let numbers = children.collect::<String>();
    let mut parts: Vec<u32> =
        numbers.split_whitespace().map(|number| number.parse().expect("a number")).collect();
    parts.sort_by_key(|part| {
        let line = fs::read(format!("/proc/{part}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).nth(2).map(<[u8]>::to_vec)
    });
    parts
}

/// How many replies the samples tell of that have been written so far.
fn measured(process: &Process) -> usize {
    let samples = fs::read_to_string(process.samples()).unwrap_or_default();
    samples.lines().filter(|line| line.contains(r#""metric":"lengths","type":"Point""#)).count()
}

/// Waits until these processes are no more.
#[track_caller]
fn end(parts: &[u32]) {
    let lives = |part: &&u32| {
        let status = fs::read_to_string(format!("/proc/{part}/stat")).unwrap_or_default();
        // One that nobody has waited for is dead too.
        status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    };
    until("the processes end", || !parts.iter().any(|part| lives(&part)));
}

#[test]
fn the_parts_make_one_run() {
    let outcome = three("").args(["-u", "7", "-i", "20"]).go().exits(0);
    assert_eq!(outcome.logged("error"), [""; 0]);
    let console = outcome.console();
    assert_eq!((&*console[0], &*console[21]), ("setup", "teardown with crocodile"));
    assert_eq!(console.len(), 22, "setup and teardown run once: {console:?}");

    let lines = lines(&outcome);
    let users: BTreeSet<u64> = lines.iter().map(|line| line.0).collect();
    assert_eq!(users, (1..=7).collect());
    let own: BTreeSet<u64> = lines.iter().map(|line| line.1).collect();
    assert_eq!(own, (1..=3).collect(), "one process has three of seven users");
    let mut iterations: Vec<u64> = lines.iter().map(|line| line.2).collect();
    iterations.sort_unstable();
    assert_eq!(iterations, (0..20).collect::<Vec<_>>());
    assert!(lines.iter().all(|line| line.3 == "crocodile"));
}

#[test]
fn the_sums_are_those_of_one_process() {
    let thresholds = json!({
        "words": ["count==60"], "lengths": ["max==6"], "checks": ["rate==1"],
        "ws_sessions{user:7}": ["count>0"], "iterations": ["count==20"]
    });
    let options = format!("OPTIONS={}", json!({ "thresholds": thresholds }));
    let export = ["--summary-export=summary.json", "-e", &options];
    let run = |run: Run| run.args(export).args(["-u", "7", "-i", "20"]).go().exits(0);
    let together = run(three(""));
    let alone = run(Run::file("processes.js").served());
    for metric in ["words", "lengths", "iterations", "checks", "ws_sessions", "ws_msgs_sent"] {
        let of = |outcome: &Outcome| (outcome.samples(metric).len(), outcome.sum(metric));
        assert_eq!(of(&together), of(&alone), "{metric}");
    }
    let tags = |outcome: &Outcome| -> BTreeSet<String> {
        let samples = outcome.samples("words").into_iter();
        samples.flat_map(|sample| sample.tags.keys().cloned()).collect()
    };
    assert_eq!(tags(&together), tags(&alone));
    let summary = |outcome: &Outcome| -> Value {
        serde_json::from_str(&outcome.file("summary.json")).expect("it is JSON")
    };
    for (metric, sums) in
        [("words", &["count"][..]), ("lengths", &["min", "max"]), ("checks", &["passes", "fails"])]
    {
        for sum in sums {
            let of = |outcome: &Outcome| summary(outcome)["metrics"][metric][sum].clone();
            assert_eq!(of(&together), of(&alone), "{metric} {sum}");
        }
    }
    assert!(together.stdout.contains("local, 3 processes"), "{}", together.stdout);
    assert!(together.stdout.contains("20/20 shared iters"), "{}", together.stdout);
}

#[test]
fn users_of_all_parts_are_counted_together() {
    let mut process =
        three("hold").args(["-u", "5", "-d", "2m", "--address", "127.0.0.1:0"]).start();
    let api = process.api();
    process.samples_have(r#""metric":"vus""#);
    let status = get(api, "/v1/status").has(200).json()["data"]["attributes"].clone();
    assert_eq!((&status["vus"], &status["vus-max"]), (&json!(5), &json!(5)));
    patch_status(api, &json!({ "stopped": true })).has(200);
    let outcome = process.ends().exits(103);
    assert!(outcome.samples("vus").iter().all(|sample| sample.value == 5.0));
    assert!(outcome.samples("vus_max").iter().all(|sample| sample.value == 5.0));
    assert!(outcome.stdout.contains("0 complete and 5 interrupted"), "{}", outcome.stdout);
}

#[test]
fn an_external_control_reaches_all_parts() {
    let scenario =
        json!({ "executor": "externally-controlled", "vus": 1, "maxVUs": 2, "duration": "5m" });
    let options = format!("OPTIONS={}", json!({ "scenarios": { "s": scenario } }));
    let mut process = three("hold").args(["-e", &options, "--address", "127.0.0.1:0"]).start();
    let api = process.api();
    process.prints("msg=holding");
    patch_status(api, &json!({ "vus": 6, "vus-max": 6 })).has(200);
    hold(&mut process, 5);
    patch_status(api, &json!({ "stopped": true })).has(200);
    process.ends().exits(103);
}

#[test]
fn ctrl_c_ends_all_parts_with_one_summary() {
    let mut process = three("hold").args(["-u", "4", "-d", "5m"]).start();
    hold(&mut process, 4);
    let parts = parts(&process);
    assert_eq!(parts.len(), 3);
    process.signal("INT").prints("stopping after a signal");
    let outcome = process.ends().exits(105);
    end(&parts);
    assert!(outcome.stdout.contains("0 complete and 4 interrupted iterations"));
    assert_eq!(outcome.sum("ws_sessions"), 4.0);
    assert_eq!(outcome.samples("ws_session_duration").len(), 4);
    assert_eq!(outcome.console().last().map(String::as_str), Some("teardown with crocodile"));
}

#[test]
fn a_part_that_is_killed_costs_its_own_users() {
    let mut process = six_hold();
    let parts = parts(&process);
    signal(parts[1], "KILL");
    process.prints("process 2 of 3 ended before its time (signal: 9 (SIGKILL)); its virtual users are gone, 2 at work");
    process.signal("INT");
    let outcome = process.ends().exits(105);
    end(&parts);
    assert!(outcome.stdout.contains("6 interrupted iterations"), "{}", outcome.stdout);
    assert_eq!(outcome.sum("words"), 18.0, "what it had measured counts");
    assert_eq!(outcome.samples("ws_session_duration").len(), 4, "the others end as always");
    assert_eq!(outcome.logged("error").last().map(String::as_str), Some(ONE_LOST));
}

#[test]
fn a_run_that_lost_a_part_does_not_end_well() {
    let process = three("wait").args(["-u", "3", "-i", "9"]).start();
    until("the others end", || measured(&process) > 0 && parts(&process).len() == 1);
    signal(parts(&process)[0], "KILL");
    let outcome = process.ends().exits(255);
    assert_eq!(outcome.logged("error").last().map(String::as_str), Some(ONE_LOST));
    // The fifth of nine iterations waits, and the eighth would come after it.
    assert_eq!(outcome.sum("iterations"), 7.0);
    assert!(outcome.stdout.contains("TOTAL RESULTS"));
}

#[test]
fn the_parts_end_with_the_one_that_started_them() {
    let mut process = three("hold").args(["-u", "3", "-d", "5m"]).start();
    hold(&mut process, 3);
    let parts = parts(&process);
    assert_eq!(parts.len(), 3);
    process.signal("KILL");
    end(&parts);
}

#[test]
fn a_script_in_one_part_ends_the_whole_run() {
    let outcome = three("abort").args(["-u", "3", "-d", "5m"]).go().exits(108);
    assert_eq!(outcome.logged("error"), ["test aborted: the fifth iteration"]);
    assert_eq!(outcome.console().last().map(String::as_str), Some("teardown with crocodile"));
}

#[test]
fn a_script_in_one_part_marks_the_whole_run() {
    let outcome = three("fail").args(["-u", "3", "-i", "9"]).go().exits(110);
    assert_eq!(outcome.logged("error"), ["test marked as failed: the fifth iteration"]);
    assert_eq!(outcome.sum("iterations"), 9.0);
}

#[test]
fn a_threshold_over_all_parts_ends_them() {
    let threshold = json!([{ "threshold": "count<10", "abortOnFail": true }]);
    let options = format!("OPTIONS={}", json!({ "thresholds": { "words": threshold } }));
    let outcome = three("").args(["-u", "3", "-d", "5m", "-e", &options]).go().exits(99);
    assert!(outcome.sum("words") >= 10.0);
}

#[test]
fn a_threshold_is_about_the_whole_and_no_part_alone() {
    let threshold = json!([{ "threshold": "rate>0.5", "abortOnFail": true }]);
    let options = format!("OPTIONS={}", json!({ "thresholds": { "checks": threshold } }));
    // Long enough that it is evaluated while they run; all checks of the second part fail.
    let pace = ["--min-iteration-duration", "50ms", "-d", "5s"];
    let outcome = three("doubt").args(["-u", "3", "-e", &options]).args(pace).go().exits(0);
    let passed = outcome.sum("checks") / outcome.samples("checks").len() as f64;
    assert!((0.6..0.7).contains(&passed), "{passed}");
}

#[test]
fn what_one_part_cannot_begin_is_told_as_ever() {
    let outcome = three("init").args(["-u", "6", "-i", "6"]).go().exits(107);
    assert!(outcome.stderr.contains("no second user"), "{}", outcome.stderr);
    assert!(!outcome.stdout.contains("TOTAL RESULTS"), "{}", outcome.stdout);
}

#[test]
fn a_script_from_standard_input_reaches_all_parts() {
    let mut command = wasock();
    command.args(["run", "-", "--processes", "2", "-u", "2", "-i", "2"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let script = "import exec from 'k6/execution';
        export default () => console.log(`here is ${exec.vu.idInTest}`)";
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(script.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("here is 1") && stderr.contains("here is 2"), "{stderr}");
}

/// A run that may have so many file descriptors.
fn limited(descriptors: u32, served: Run) -> Process {
    let (command, samples) = served.command();
    let mut limited = Command::new("prlimit");
    limited.arg(format!("--nofile={descriptors}:{descriptors}"));
    limited.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.current_dir(served.folder()).stdin(Stdio::null());
    served.start_as(limited, samples)
}

#[test]
fn as_many_processes_as_the_descriptors_ask_for() {
    for (descriptors, processes) in [(128, 2), (64, 4)] {
        let served =
            Run::file("processes.js").served().args(["-u", "100", "-d", "5m", "-e", "CASE=hold"]);
        let mut process = limited(descriptors, served);
        hold(&mut process, 100);
        assert_eq!(parts(&process).len(), processes, "half of {descriptors} are for connections");
        process.signal("INT");
        let outcome = process.ends().exits(105);
        assert_eq!(outcome.sum("ws_sessions"), 100.0);
        assert!(outcome.samples("ws_connect_errors").is_empty());
    }
}

#[test]
fn what_descriptors_do_not_suffice_for_is_told() {
    let served = Run::file("processes.js").served().args(["-u", "80", "-d", "1s"]);
    let hold = served.args(["-e", "CASE=hold", "--processes", "1"]);
    let outcome = limited(64, hold).ends().exits(0);
    let warnings = outcome.logged("warning");
    let warned =
        |line: &String| line.starts_with("the file descriptors that this system allows (64)");
    assert!(warnings.iter().any(warned), "{warnings:?}");
    let text =
        "connections failed: no file descriptor is left (error_code 1213); let the process have";
    assert!(outcome.stdout.contains(text), "{}", outcome.stdout);
    let errors = outcome.samples("ws_connect_errors");
    assert!(errors.iter().any(|error| error.tags["error_code"] == "1213"));
}

#[test]
fn a_part_that_stands_still_is_lost_though_the_run_is_stopped() {
    let mut process = six_hold();
    let parts = parts(&process);
    signal(parts[1], "STOP");
    process.signal("INT");
    process.prints("process 2 of 3 ended before its time (nothing came from it for 10 s)");
    let outcome = process.ends().exits(105);
    end(&parts);
    assert_eq!(outcome.samples("ws_session_duration").len(), 4, "the others end as always");
    assert!(outcome.stdout.contains("6 interrupted iterations"), "{}", outcome.stdout);
    assert_eq!(outcome.logged("error").last().map(String::as_str), Some(ONE_LOST));
}

#[test]
fn a_part_that_stands_still_before_the_run_ends_it() {
    let script = "if (__VU > 0) while (true) {}\nexport default () => {};\n";
    let process = Run::script(script).args(["--processes", "3", "-u", "3"]).start();
    until("all have begun", || parts(&process).len() == 3);
    let parts = parts(&process);
    signal(parts[0], "STOP");
    let outcome = process.ends().exits(255);
    end(&parts);
    let told = outcome.stderr.matches("ended before its time").count();
    assert_eq!(told, 1, "the others were ended by the first process: {}", outcome.stderr);
    assert!(outcome.stderr.contains(ONE_LOST), "{}", outcome.stderr);
}

#[test]
fn what_cannot_be_spread_is_refused() {
    let error = |arguments: &[&str]| {
        let run = Run::script("export default () => {}").args(arguments.iter().copied());
        run.go().exits(104).stderr
    };
    let stderr = error(&["--processes", "2", "--execution-segment", "0:1/2"]);
    assert!(stderr.contains("--processes gives each process a segment"), "{stderr}");
    for wrong in ["0", "257", "some"] {
        let stderr = error(&["--processes", wrong]);
        assert!(stderr.contains("--processes"), "{stderr}");
    }
    let stderr = error(&["-u", "1000000", "--processes", "2"]);
    assert!(stderr.contains("2 processes have room for"), "{stderr}");
}

#[test]
fn a_part_without_a_whole_says_so() {
    let output = wasock().args(["--part", "1/2", "run", "script.js"]).output();
    let output = output.expect("the command starts");
    assert_eq!(output.status.code(), Some(104));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("no other process speaks on standard input"), "{stderr}");
}
