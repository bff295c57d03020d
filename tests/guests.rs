//! The guests in `guests/`, built by `make guests`: each does what a script does, and finds the same facts.
//! `GUESTS` names the languages.

#[allow(dead_code, unused_imports, reason = "other tests need the rest")]
mod common;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use common::{Outcome, Run};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The guests to test, each with its component.
fn guests() -> Vec<(String, PathBuf)> {
    let languages = env::var("GUESTS").expect("GUESTS names languages; `make guest-tests` sets it");
    let guest = |language: &str| {
        let component = root().join(format!("target/guests/{language}.wasm"));
        assert!(component.exists(), "`make guest-{language}` has not made {}", component.display());
        (language.to_owned(), component)
    };
    let guests: Vec<_> = languages.split_whitespace().map(guest).collect();
    assert!(!guests.is_empty(), "GUESTS names no language");
    guests
}

/// A run of the chat that takes less than a second.
fn chat(component: &Path) -> Run {
    Run::path(component).served().args(["-e", "STAY=400", "-e", "PAUSE=60"])
}

fn succeeded(outcome: &Outcome, language: &str, check: &str) -> f64 {
    let of_check = outcome.samples("checks").into_iter();
    let of_check: Vec<_> = of_check.filter(|point| point.tags["check"] == check).collect();
    assert!(!of_check.is_empty(), "{language}: no check \"{check}\"");
    let good = of_check.iter().map(|point| point.value).sum();
    assert_eq!(good, of_check.len() as f64, "{language}: {check}");
    good
}

#[test]
fn each_guest_chats_and_is_measured_as_a_script_is() {
    for (language, component) in guests() {
        let outcome = chat(&component).args(["-u", "3", "-i", "3"]).go().exits(0);
        assert_eq!(outcome.console(), ["the swamp is empty"], "{language}");
        assert_eq!(outcome.logged("error"), [""; 0], "{language}");
        for check in ["connected", "left the room", "speaks chat.v1", "is what was sent"] {
            assert_eq!(succeeded(&outcome, &language, check), 3.0, "{language}: {check}");
        }
        let received = succeeded(&outcome, &language, "is a chat message");
        // Besides the chat's there is the echo of each.
        assert_eq!(outcome.sum("ws_msgs_received"), received + 3.0, "{language}");
        assert_eq!(outcome.sum("ws_sessions"), 6.0, "{language}");
        assert_eq!(outcome.sum("iterations"), 3.0, "{language}");
        assert_eq!(
            outcome.sum("chat_pongs"),
            outcome.samples("ws_ping").len() as f64,
            "{language}: a pong for each ping"
        );
        let rooms = outcome.tags("ws_sessions", "room");
        assert_eq!(
            rooms.iter().filter(|room| **room == "swamp").count(),
            3,
            "{language}: {rooms:?}"
        );
        assert!(outcome.stdout.contains("✓ 'rate==1' rate=100.00%"), "{language}: thresholds");
    }
}

#[test]
fn each_guest_finds_the_same_facts() {
    finds_the_facts_of("client");
    finds_the_facts_of("vu");
}

/// Runs the transcript of a world in each guest, and compares it to the letter.
fn finds_the_facts_of(world: &str) {
    let expected = root().join(format!("guests/transcripts/{world}.txt"));
    let expected = fs::read_to_string(expected).expect("it is there");
    let expected: Vec<_> = expected.lines().collect();
    for (language, component) in guests() {
        let exec = format!("{world}Transcript");
        let scenario = json!({ "executor": "shared-iterations", "guest": component, "exec": exec });
        let test = json!({
            "scenarios": { "t": scenario },
            "blockHostnames": ["blocked.test"],
            "setupTimeout": "5m",
        });
        let run = Run::path("facts.json").beside("facts.json", &test.to_string());
        let outcome = run.served().args(["-e", "NAME=croc"]).go().exits(0);
        let lines = outcome.console();
        let facts: Vec<_> = lines.iter().filter(|line| !line.ends_with("is empty")).collect();
        for (number, (fact, line)) in facts.iter().zip(&expected).enumerate() {
            assert_eq!(fact, line, "{language}, {world}: line {}", number + 1);
        }
        assert_eq!(facts.len(), expected.len(), "{language}, {world}");
        if world == "vu" {
            assert_eq!(outcome.sum("transcript"), 3.0, "{language}");
        }
    }
}

#[test]
fn a_guest_writes_the_summary() {
    for (language, component) in guests() {
        let run = chat(&component).args(["-u", "1", "-i", "1", "-e", "SUMMARY=summary.json"]);
        let outcome = run.go().exits(0);
        let summary: Value = serde_json::from_str(&outcome.file("summary.json")).expect("JSON");
        assert_eq!(summary["metrics"]["iterations"]["values"]["count"], 1, "{language}");
        // An empty name asks for none.
        let outcome = chat(&component).args(["-u", "1", "-i", "1", "-e", "SUMMARY="]).go().exits(0);
        assert_eq!(outcome.logged("error"), [""; 0], "{language}");
        assert!(outcome.stdout.contains("checks_succeeded"), "{language}: {}", outcome.stdout);
    }
}

#[test]
fn a_guest_is_interrupted_when_its_time_is_over() {
    for (language, component) in guests() {
        let scenario = json!({
            "executor": "constant-vus", "vus": 2, "duration": "1s", "gracefulStop": "0s",
            "guest": component,
        });
        let test = json!({ "scenarios": { "s": scenario } });
        let run = Run::path("short.json").beside("short.json", &test.to_string());
        let outcome = run.served().args(["-e", "STAY=60000"]).go().exits(0);
        assert_eq!(outcome.sum("iterations"), 0.0, "{language}");
        assert!(outcome.stdout.contains("2 interrupted"), "{language}: {}", outcome.stdout);
    }
}

#[test]
fn each_guest_sends_a_message_again_when_it_has_come_back() {
    for (language, component) in guests() {
        let scenario = json!({
            "executor": "constant-vus", "vus": 2, "duration": "1s", "gracefulStop": "0s",
            "guest": component, "exec": "pingPong",
        });
        let test = json!({ "scenarios": { "s": scenario }, "wsMessageSizes": true });
        let run = Run::path("speed.json").beside("speed.json", &test.to_string());
        let outcome = run.args(["--serve"]).go().exits(0);
        assert_eq!(outcome.logged("error"), [""; 0], "{language}");
        assert_eq!(outcome.sum("ws_sessions"), 2.0, "{language}");
        let (sent, received) = (outcome.sum("ws_msgs_sent"), outcome.sum("ws_msgs_received"));
        assert!(received > 10.0, "{language}: {received} messages");
        // Of each user one may be on its way.
        assert!((sent - received).abs() <= 2.0, "{language}: {sent} sent, {received} received");
        let sizes = outcome.samples("ws_msg_size_received");
        assert!(sizes.iter().all(|size| size.value == 64.0), "{language}: {sizes:?}");
    }
}

#[test]
fn each_guest_takes_all_that_is_pushed() {
    for (language, component) in guests() {
        let scenario =
            json!({ "executor": "shared-iterations", "guest": component, "exec": "flood" });
        let test = json!({ "scenarios": { "s": scenario } });
        let run = Run::path("speed.json").beside("speed.json", &test.to_string());
        // Together more than the memory of a user.
        let url = "URL=ws://push.example/push?n=80000&size=4096";
        let outcome = run.args(["--serve", "-e", url]).go().exits(0);
        assert_eq!(outcome.console(), ["80000 messages", "the swamp is empty"], "{language}");
    }
}

#[test]
fn an_error_of_a_guest_ends_the_iteration_and_no_more() {
    for (language, component) in guests() {
        // Nothing listens there.
        let run = Run::path(&component).args(["-u", "1", "-i", "2", "-e", "WSS=ws://127.0.0.1:1"]);
        let outcome = run.args(["--no-thresholds"]).go().exits(0);
        assert_eq!(outcome.logged("error").len(), 2, "{language}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("ws://127.0.0.1:1/protocol"), "{language}");
        assert_eq!(outcome.sum("iterations"), 2.0, "{language}");
    }
}

#[test]
fn a_connection_that_is_refused_is_told_and_ends_the_iteration_at_once() {
    for (language, component) in guests() {
        let run = Run::path(&component).args(["-u", "1", "-i", "2", "-e", "WSS=foo://x"]);
        let outcome = run.args(["--no-thresholds"]).go().exits(0);
        let errors = outcome.logged("error");
        assert_eq!(errors.len(), 2, "{language}: {}", outcome.stderr);
        for part in ["foo://x/protocol", "invalid-argument: "] {
            assert!(errors.iter().all(|error| error.contains(part)), "{language}: {errors:?}");
        }
        assert_eq!(outcome.sum("iterations"), 2.0, "{language}");
        // Milliseconds, on a machine that does much else; who waits does so for as long as the test goes on.
        let durations = outcome.samples("iteration_duration");
        assert!(durations.iter().all(|point| point.value < 10_000.0), "{language}: {durations:?}");
    }
}

#[test]
fn a_function_that_a_guest_does_not_have_is_told_with_those_that_it_has() {
    for (language, component) in guests() {
        let scenario =
            json!({ "executor": "shared-iterations", "guest": component, "exec": "setup" });
        let test = json!({ "scenarios": { "s": scenario } });
        let run = Run::path("unknown.json").beside("unknown.json", &test.to_string());
        let outcome = run.go().exits(0);
        let errors = outcome.logged("error");
        assert_eq!(errors.len(), 1, "{language}: {}", outcome.stderr);
        for part in ["there is no function \"setup\"; there are: ", "default", "flood"] {
            assert!(errors[0].contains(part), "{language}: {errors:?}");
        }
    }
}

#[test]
fn a_guest_that_breaks_down_is_replaced_and_the_run_goes_on() {
    let (_, component) =
        guests().into_iter().find(|(language, _)| language == "c").expect("GUESTS has c");
    let faults = [
        ("error", "it went wrong"),
        ("trap", "the virtual user was stopped and is replaced: "),
        ("abort", "the virtual user was stopped and is replaced: "),
        ("stack", "the virtual user was stopped and is replaced: "),
        ("memory", "the virtual user was stopped and is replaced: "),
    ];
    for (fault, told) in faults {
        let scenario = |exec: &str| json!({ "executor": "shared-iterations", "iterations": 2, "guest": component, "exec": exec });
        let test =
            json!({ "scenarios": { "bad": scenario("fault"), "good": scenario("default") } });
        let run = Run::path("faults.json").beside("faults.json", &test.to_string());
        let run = run.served().args(["-e", "STAY=200", "-e", "PAUSE=50"]);
        let outcome = run.args(["-e", &format!("FAULT={fault}")]).go().exits(0);
        let errors = outcome.logged("error");
        assert_eq!(errors.len(), 2, "{fault}: {}", outcome.stderr);
        assert!(errors.iter().all(|error| error.starts_with(told)), "{fault}: {errors:?}");
        let good = outcome.tags("iterations", "scenario");
        assert_eq!(good.iter().filter(|name| **name == "good").count(), 2, "{fault}: {good:?}");
    }
}

#[test]
fn no_error_of_a_guest_gets_lost() {
    let wrong = "RangeError: it went wrong";
    let of_js = [
        ("alarm", wrong),
        ("async alarm", wrong),
        ("timeout", wrong),
        ("interval", wrong),
        ("background", wrong),
        ("option", "TypeError: there is no option \"protocol\"; there are: headers, "),
        ("duration", "TypeError: 5s is no number of milliseconds"),
    ];
    let of_python = [
        ("task", "ValueError: it went wrong"),
        ("callback", "ZeroDivisionError: division by zero"),
        ("exit", "SystemExit: 3"),
        ("header", "TypeError: a name and its value are two strings, and not ('X-A', 1)"),
        ("duration", "TypeError: a duration is a number of seconds or a timedelta, and not '5s'"),
    ];
    for (language, component) in guests() {
        let faults = match language.as_str() {
            "js" => &of_js[..],
            "python" => &of_python[..],
            _ => continue,
        };
        for (fault, told) in faults {
            let scenario = json!({
                "executor": "shared-iterations", "iterations": 2, "guest": component, "exec": "fault",
            });
            let test = json!({ "scenarios": { "s": scenario } });
            let run = Run::path("faults.json").beside("faults.json", &test.to_string());
            let outcome = run.args(["-e", &format!("FAULT={fault}")]).go().exits(0);
            let errors = outcome.logged("error");
            assert_eq!(errors.len(), 2, "{language}, {fault}: {}", outcome.stderr);
            assert!(errors.iter().all(|error| error.contains(told)), "{fault}: {errors:?}");
            assert_eq!(outcome.sum("iterations"), 2.0, "{language}, {fault}");
        }
    }
}

/// What stands between a line that begins a block of this kind and the end of the block.
fn block<'a>(page: &'a str, kind: &str, number: usize) -> &'a str {
    let start = format!("```{kind}\n");
    let block = page.split(&start).nth(number + 1).expect("the page has the block");
    block.split("```\n").next().expect("a split has a first part")
}

/// Writes the test of a section of the page on guests into a file of an empty folder, and types its commands there.
fn follow(page: &str, title: &str, kind: &str, file: &str) {
    let section =
        page.split(&format!("### In {title}\n")).nth(1).expect("the page has the section");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join(file);
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
    fs::write(path, block(section, kind, 0)).expect("it can be written");
    let here = root().canonicalize().expect("it is there");
    let steps: String = block(section, "console", 0)
        .lines()
        .map(|line| line.strip_prefix("$ ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let steps = steps.replace("guests=~/wasock", &format!("guests={}", here.display()));
    let mut command = Command::new("bash");
    command.args(["-euc", &steps]).current_dir(folder.path());
    let output = command.output().expect("bash starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{title}: {text}\n{errors}");
    assert!(text.contains("checks_succeeded...: 100.00% 4 out of 4"), "{title}: {text}");
    assert!(text.contains("✓ is an echo"), "{title}: {text}");
}

#[test]
fn the_page_on_guests_can_be_followed_to_the_letter() {
    let page = fs::read_to_string(root().join("docs/guests.md")).expect("it is there");
    for (language, _) in guests() {
        let (title, kind, file) = match language.as_str() {
            "c" => ("C", "c", "echo.c"),
            "rust" => ("Rust", "rust", "src/lib.rs"),
            "js" => ("JavaScript", "js", "echo.js"),
            "python" => ("Python", "python", "echo.py"),
            "go" => ("Go", "go", "echo.go"),
            other => panic!("the page has no section for {other}"),
        };
        follow(&page, title, kind, file);
    }
}

#[test]
fn the_mixed_test_of_the_page_is_one() {
    let page = fs::read_to_string(root().join("docs/guests.md")).expect("it is there");
    let (_, component) = guests().swap_remove(0);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("mixed.json");
    fs::write(&path, block(&page, "json", 0)).expect("it can be written");
    for name in ["c.wasm", "python.wasm"] {
        fs::copy(&component, folder.path().join(name)).expect("it can be copied");
    }
    let output = common::wasock().args(["inspect", "--imports"]).arg(&path).output();
    let output = output.expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let contents: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    assert_eq!(contents["guests"][1]["name"], "./python.wasm");
}

#[test]
fn guests_of_all_languages_meet_in_one_room() {
    let guests = guests();
    let scenario =
        |component: &Path| json!({ "executor": "per-vu-iterations", "vus": 2, "guest": component });
    let scenarios = guests.iter().map(|(language, path)| (language.clone(), scenario(path)));
    let test = json!({
        "scenarios": scenarios.collect::<serde_json::Map<_, _>>(),
        "thresholds": { "checks": ["rate==1"] },
    });
    let run = Run::path("all.json").beside("all.json", &test.to_string());
    let outcome = run.served().args(["-e", "STAY=2000", "-e", "PAUSE=100"]).go().exits(0);
    for (language, _) in &guests {
        let scenarios = outcome.tags("iterations", "scenario");
        let own = scenarios.iter().filter(|scenario| *scenario == language);
        assert_eq!(own.count(), 2, "{language}: {scenarios:?}");
    }
    assert_eq!(outcome.console(), vec!["the swamp is empty"; guests.len()]);
}
