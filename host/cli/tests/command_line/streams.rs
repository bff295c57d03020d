//! Streams and files that nobody reads, or that cannot take what is written.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use crate::common::{Folder, ended};

/// Says more than what waits for a reader has room for.
const FLOOD: &str = "export const options = { iterations: 1 };
export default function () { for (let i = 0; i < 20000; i++) console.log(`${i} ${'x'.repeat(1000)}`); }";

const WORD: &str = "export default function () { console.log('a word'); }";

/// `wasock` by a shell, which leads the streams and sets limits.
fn by_shell(folder: &Folder, shell: &str) -> Command {
    let wasock = folder.command(&[]);
    let mut command = Command::new("bash");
    command.args(["-c", shell, "bash"]).arg(wasock.get_program());
    command.env_clear();
    command.envs(wasock.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = wasock.get_current_dir() {
        command.current_dir(folder);
    }
    command
}

#[test]
fn a_run_ends_though_nobody_reads_its_log() {
    let folder = Folder::with(&[("script.js", FLOOD)]);
    let mut command = folder.command(&["run", "-q", "script.js"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let unread = child.stderr.take();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("TOTAL RESULTS"), "{text}");
    assert!(text.contains("lines for standard error are left behind, as nobody reads"), "{text}");
    drop(unread);
}

#[test]
fn who_reads_the_log_gets_all_of_it_in_order() {
    let folder = Folder::with(&[("script.js", FLOOD)]);
    let ended = folder.run(&["run", "-q", "--log-format=raw", "script.js"]);
    let numbers = ended.err.lines().map(|line| line.split(' ').next().unwrap().parse::<u32>());
    assert!(numbers.eq((0..20000).map(Ok)), "{} bytes", ended.err.len());
}

#[test]
fn signals_end_a_run_whose_log_nobody_reads() {
    let script = "export default function () { while (true) console.log('x'.repeat(1000)); }
export function teardown() { while (true) console.log('y'.repeat(1000)); }";
    let folder = Folder::with(&[("script.js", script)]);
    let mut command = folder.command(&["run", "-u", "8", "-d", "5m", "script.js"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let unread = child.stderr.take();
    let mut shown = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut until = |words: &str| {
        shown.find(|line| line.as_ref().is_ok_and(|line| line.contains(words))).is_some()
    };
    // It is shown a second after the beginning, and the pipe is full long before that.
    assert!(until("8 VUs") || until("8/8"));
    for signal in ["-INT", "-TERM"] {
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }
    assert_eq!(child.wait().unwrap().code(), Some(105));
    assert!(!until("TOTAL RESULTS"));
    drop(unread);
}

#[test]
fn samples_on_a_standard_output_that_nobody_reads_end_with_the_run() {
    let script = "import { Counter } from 'k6/metrics';
const words = new Counter('words');
export default function () { for (let i = 0; i < 5000; i++) words.add(1); }";
    let folder = Folder::with(&[("script.js", script)]);
    let mut command = folder.command(&["run", "-q", "-o", "json=-", "script.js"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let unread = child.stdout.take();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("was not done 12 s after the run"), "{text}");
    assert!(text.contains("lines for standard output are left behind"), "{text}");
    drop(unread);
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_full_disk_does_not_take_is_told_elsewhere() {
    let folder = Folder::with(&[("script.js", WORD)]);
    let text = |shell: &str| {
        let ended = ended(&mut by_shell(&folder, shell));
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        ended.out + &ended.err
    };
    let lost = |what: &str| format!("{what} could not be written: No space left on device");
    let out = text("\"$1\" run script.js >/dev/full");
    assert_eq!(out.matches(&lost("standard output")).count(), 1, "{out}");
    let out = text("\"$1\" run -q script.js 2>/dev/full");
    assert_eq!(out.matches(&lost("standard error")).count(), 1, "{out}");
    for flag in ["--log-output=file=/dev/full", "--console-output=/dev/full"] {
        let out = text(&format!("\"$1\" run -q {flag} script.js"));
        let name = flag.split('=').next().unwrap();
        assert_eq!(out.matches(&format!("the file of {name} ")).count(), 1, "{out}");
        assert!(out.contains("No space left on device"), "{out}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_with_results_that_is_not_written_is_no_success() {
    let folder = Folder::with(&[("script.js", WORD)]);
    for flag in ["--summary-export=/dev/full", "--report=/dev/full"] {
        let ended = folder.run(&["run", "-q", flag, "script.js"]);
        let name = flag.split('=').next().unwrap();
        assert!(ended.err.contains(&format!("{name} could not write")), "{}", ended.err);
        assert_eq!(ended.code, Some(255), "{flag}");
    }
}

#[test]
fn results_go_to_streams_pipes_and_devices_too() {
    let folder = Folder::with(&[("script.js", WORD)]);
    let run = |shell: &str| {
        let ended = ended(&mut by_shell(&folder, shell));
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(!ended.err.contains("level=error"), "{}", ended.err);
        ended.out
    };
    let piped = run("\"$1\" run -q --summary-export /dev/stdout script.js");
    let (summary, json) = piped.split_once("\n{").expect("both are there, one after the other");
    assert!(summary.contains("TOTAL RESULTS") && json.contains("\"root_group\""), "{piped}");
    run("\"$1\" run -q --summary-export /dev/stdout script.js >out.txt");
    let written = folder.read("out.txt");
    assert!(written.contains("TOTAL RESULTS") && written.contains("\"root_group\""), "{written}");
    run("\"$1\" run -q --summary-export /dev/null --report /dev/null script.js");
    let report = run("{ \"$1\" run -q --report >(cat >&3) script.js; } 3>&1 >/dev/null");
    assert!(report.contains("<html") && report.trim_end().ends_with("</html>"), "{report}");
    run("mkfifo pipe; cat pipe >piped.json & \"$1\" run -q --summary-export pipe script.js; wait");
    assert!(folder.read("piped.json").contains("\"root_group\""));
    let kind = fs::symlink_metadata(folder.path("pipe")).unwrap().file_type();
    assert!(!kind.is_file(), "it stays");
}

#[test]
fn a_terminal_that_is_closed_ends_the_run_unless_it_is_to_outlive_it() {
    let script = "import { sleep } from 'k6';
export default function () { console.log('begun'); sleep(60); }
export function teardown() { console.log('torn down'); }";
    let folder = Folder::with(&[("script.js", script)]);
    for (shell, signals) in [
        ("exec \"$1\" run -q --log-format=raw script.js", &["-HUP"][..]),
        ("trap '' HUP; exec \"$1\" run -q --log-format=raw script.js", &["-HUP", "-INT"]),
    ] {
        let mut command = by_shell(&folder, shell);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("begun") {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0);
        }
        for &signal in signals {
            let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
            assert!(sent.unwrap().success());
        }
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(105), "{rest}");
        assert!(rest.contains("torn down"), "{rest}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("TOTAL RESULTS"));
    }
}

#[test]
fn a_folder_of_configuration_that_cannot_be_has_no_options() {
    let folder = Folder::with(&[("script.js", WORD)]);
    let ended = ended(folder.command(&["run", "-q", "script.js"]).env("HOME", "/dev/null"));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let named = ["run", "-q", "--config=/dev/null/config.json", "script.js"];
    assert_eq!(folder.run(&named).code, Some(104));
}

#[cfg(target_os = "linux")]
#[test]
fn a_system_without_room_for_users_is_told_with_a_hint() {
    let folder = Folder::with(&[("script.js", WORD)]);
    let shell = "ulimit -v 20000000; exec \"$1\" run -q -u 200 -i 200 script.js";
    let ended = ended(&mut by_shell(&folder, shell));
    assert_eq!(ended.code, Some(255), "{}", ended.err);
    assert!(ended.err.contains("no room for another virtual user"), "{}", ended.err);
    assert!(ended.err.contains("ulimit -v"), "{}", ended.err);
}
