//! What k6-operator does with a test, played against real processes: the initializer's pod, the runners'
//! pods, the starter's requests.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;
use wasock_server::Server;

use crate::common::http::{get, send};
use crate::common::{Outcome, Process, WASOCK, found, server, wasock};

/// The file of samples that runs of this page write.
const SAMPLES: &str = "samples.json";

/// A container: a folder with the program under the name of k6, and a script.
struct Pod {
    folder: TempDir,
}

impl Pod {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        symlink(WASOCK, folder.path().join("k6")).expect("a link can be made");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a line of shell in which the program is called `k6`.
    fn shell(&self, line: &str) -> Output {
        let program = wasock();
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(self.folder.path());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        let path = std::env::var("PATH").unwrap_or_default();
        shell.env("PATH", format!("{}:{path}", self.folder.path().display()));
        shell.output().expect("there is a shell")
    }

    /// What the initializer's pod does, with its log in a file: standard output is what the operator
    /// reads, and an error line in the log is what it fails for.
    fn initializes(&self, script: &Path, arguments: &str) -> Output {
        let script = script.display();
        self.shell(&format!(
            "k6 archive {script} -O ./script.archived.tar {arguments} 2> ./logs \
             && k6 inspect --execution-requirements ./script.archived.tar 2> ./logs; \
             ! grep 'level=error' ./logs"
        ))
    }

    /// Starts the program as k6, as a runner's pod does.
    fn starts(self, arguments: &[String]) -> Process {
        let program = wasock();
        let mut command = Command::new(self.path("k6"));
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.args(arguments).current_dir(self.folder.path());
        let samples = self.path(SAMPLES);
        Process::start(command, samples, self.folder, None)
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts/operator.js")
}

/// The arguments of the user.
fn arguments(server: &Server) -> Vec<String> {
    let address = server.address().expect("it has a plain port");
    let out = format!("json={SAMPLES}");
    ["-e", &format!("WS=ws://{address}"), "--out", &out].map(str::to_owned).to_vec()
}

/// The command of runner `index` of `count`, from 1.
fn runner(index: u32, count: u32, user: &[String]) -> Vec<String> {
    let point = |at: u32| match at {
        0 => "0".to_owned(),
        at if at == count => "1".to_owned(),
        at => format!("{at}/{count}"),
    };
    let points: Vec<_> = (0..=count).map(point).collect();
    let (from, to) = (point(index - 1), point(index));
    let mut arguments = vec!["run".to_owned(), "--quiet".to_owned()];
    arguments.push(format!("--execution-segment={from}:{to}"));
    arguments.push(format!("--execution-segment-sequence={}", points.join(",")));
    arguments.extend(user.iter().cloned());
    arguments.push(script().display().to_string());
    arguments.extend(["--address=127.0.0.1:0", "--paused", "--tag"].map(str::to_owned));
    arguments.push(format!("instance_id={index}"));
    arguments.extend(["--tag".to_owned(), "testrun_name=chat".to_owned()]);
    arguments
}

/// Waits until a runner has made its virtual users.
fn ready(api: SocketAddr) -> Value {
    found(|| {
        let status = get(api, "/v1/status").has(200).json()["data"]["attributes"].clone();
        if status["status"] == 4 { Ok(status) } else { Err(format!("it is not ready: {status}")) }
    })
}

/// Sends what the starter's pod (or the stopper's) sends.
fn tell(api: SocketAddr, stopped: bool) {
    let attributes = json!({ "paused": false, "stopped": stopped });
    let body = json!({ "data": { "attributes": attributes, "id": "default", "type": "status" } });
    send(api, "PATCH", "/v1/status", &body.to_string()).has(200);
}

fn distinct<'a>(outcomes: &'a [Outcome], metric: &str, tag: &str) -> BTreeSet<&'a str> {
    outcomes.iter().flat_map(|outcome| outcome.tags(metric, tag)).collect()
}

fn sum(outcomes: &[Outcome], metric: &str) -> f64 {
    outcomes.iter().map(|outcome| outcome.sum(metric)).sum()
}

#[test]
fn the_initializer_prints_what_the_test_needs_and_nothing_else() {
    let pod = Pod::new();
    let output = pod.initializes(&script(), "-e WS=ws://localhost:1 --tag team=chat --quiet \
         --report r.html --dashboard --processes 2 --serve --linger --out json=out.json --summary-mode=full");
    assert!(output.status.success(), "{output:?}");
    let needs: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!((&needs["maxVUs"], &needs["totalDuration"]), (&json!(7), &json!("10m30s")));
    assert_eq!(needs["tags"], json!({ "team": "chat" }));
}

#[test]
fn the_initializer_fails_for_a_script_or_a_flag_that_is_wrong() {
    let pod = Pod::new();
    fs::write(pod.path("bad.js"), "export default function () {").expect("it can be written");
    let output = pod.initializes(&pod.path("bad.js"), "");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "{output:?}");
    assert!(stdout.contains(" level=error msg=\"Syntax error: "), "{stdout}");
    for flags in ["--vuss 5", "-u many"] {
        let output = pod.initializes(&script(), flags);
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success() && stdout.contains("level=error"), "{output:?}");
    }
}

#[test]
fn three_runners_add_up_to_one_run() {
    let server = server();
    let user = arguments(&server);
    let mut runners: Vec<_> =
        (1..=3).map(|index| Pod::new().starts(&runner(index, 3, &user))).collect();
    let apis: Vec<_> = runners.iter_mut().map(Process::api).collect();
    let made: Vec<_> = apis.iter().map(|api| ready(*api)["vus-max"].clone()).collect();
    assert_eq!(made, [3, 2, 2]);
    apis.iter().for_each(|api| tell(*api, false));
    let parts: Vec<_> = runners.into_iter().map(|runner| runner.ends().exits(0)).collect();

    let mut alone = vec!["run".to_owned(), "--quiet".to_owned()];
    alone.extend(user);
    alone.push(script().display().to_string());
    let whole = [Pod::new().starts(&alone).ends().exits(0)];

    for metric in ["iterations", "ws_sessions", "ws_msgs_sent", "ws_msgs_received", "done"] {
        assert_eq!(sum(&parts, metric), sum(&whole, metric), "{metric}");
    }
    assert_eq!(sum(&parts, "done"), 10.0);
    let numbers = distinct(&parts, "done", "number");
    assert_eq!(numbers, distinct(&whole, "done", "number"));
    assert_eq!(numbers.len(), 10, "each iteration has a number of its own");
    let numbers = |part: &Outcome| -> BTreeSet<String> {
        part.tags("done", "number").into_iter().map(str::to_owned).collect()
    };
    let expected = [&["0", "3", "5", "7"][..], &["1", "4", "8"], &["2", "6", "9"]];
    for (index, (part, expected)) in parts.iter().zip(expected).enumerate() {
        let expected: BTreeSet<_> = expected.iter().map(|number| (*number).to_owned()).collect();
        assert_eq!(numbers(part), expected);
        let instance = (index + 1).to_string();
        assert_eq!(
            distinct(std::slice::from_ref(part), "done", "instance_id"),
            [&*instance].into()
        );
    }
    let users: [&[&str]; 3] = [&["1", "4", "7"], &["2", "5"], &["3", "6"]];
    for (part, own) in parts.iter().zip(users) {
        let used = distinct(std::slice::from_ref(part), "done", "user");
        assert!(used.iter().all(|user| own.contains(user)), "{used:?} of {own:?}");
    }
}

#[test]
fn a_test_that_is_aborted_stops_all_its_runners() {
    let server = server();
    let mut user = arguments(&server);
    user.extend(["-d", "10m"].map(str::to_owned));
    let mut runners: Vec<_> =
        (1..=2).map(|index| Pod::new().starts(&runner(index, 2, &user))).collect();
    let apis: Vec<_> = runners.iter_mut().map(Process::api).collect();
    for api in &apis {
        ready(*api);
        tell(*api, false);
    }
    for (runner, api) in runners.iter_mut().zip(&apis) {
        runner.samples_have("\"metric\":\"done\"");
        tell(*api, true);
    }
    for runner in runners {
        let outcome = runner.ends().exits(103);
        assert_eq!(outcome.logged("error"), ["the test run was stopped through its API"]);
        assert!(outcome.stdout.contains("█ TOTAL RESULTS"), "{}", outcome.stdout);
    }
}
