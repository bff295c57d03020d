//! Archives: a test in one file, run without anything else.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tar::{Builder, Header};

use crate::common::{Outcome, Run, wasock};

/// A script of several modules that says where it is and what it has.
const SCRIPT: &str = r#"
import exec from 'k6/execution';
import { greet } from './lib/greet.ts';
import data from './data.json';

export const options = { userAgent: 'of the script', tags: { from: 'script' } };

export default function () {
  const { userAgent, tags } = exec.test.options;
  console.log(greet(__ENV.ROOM || data.room), userAgent, tags.from);
}
"#;

/// A folder with the script and what it imports.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a folder can be made") };
        project.write("project/script.js", SCRIPT);
        project.write(
            "project/lib/greet.ts",
            "export const greet = (room: string): string => `hello ${room}`;\n",
        );
        project.write("project/data.json", r#"{"room": "swamp"}"#);
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, content).expect("the file can be written");
    }

    /// Archives what `script` names, and takes the project away.
    #[track_caller]
    fn archive(&self, script: &str, arguments: &[&str]) -> PathBuf {
        let archive = self.path("test.tar");
        let mut command = wasock();
        command.arg("archive").arg(self.path(script)).arg("-O").arg(&archive).args(arguments);
        let output = command.output().expect("the command starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "nothing but the file is written");
        let _ = fs::remove_dir_all(self.path("project"));
        archive
    }
}

fn run(archive: &Path, arguments: &[&str]) -> Outcome {
    Run::path(archive).args(arguments.iter().copied()).go()
}

fn inspect(archive: &Path, arguments: &[&str]) -> Value {
    let output = wasock().arg("inspect").args(arguments).arg(archive).output().expect("it starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    serde_json::from_slice(&output.stdout).expect("standard output is JSON and nothing else")
}

/// The command with this on standard input.
fn piped(content: &[u8], arguments: &[&str]) -> Output {
    let mut command = wasock();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    child.stdin.take().expect("it is piped").write_all(content).expect("it is read");
    child.wait_with_output().expect("the command ends")
}

/// A tar of these entries.
fn tar(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, content) in entries {
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, content.as_bytes()).expect("it can be appended");
    }
    builder.into_inner().expect("it can be written")
}

#[test]
fn an_archive_runs_without_the_files_it_was_made_from() {
    let project = Project::new();
    let archive = project.archive("project/script.js", &[]);
    let outcome = run(&archive, &[]).exits(0);
    assert_eq!(outcome.console(), ["hello swamp of the script script"]);
    assert_eq!(outcome.logged("warning"), [""; 0]);
}

#[test]
fn what_is_recorded_counts_as_if_the_script_had_exported_it() {
    let project = Project::new();
    let recorded = ["-u", "3", "-i", "6", "-e", "ROOM=lake", "--tag", "from=archive"];
    let archive = project.archive("project/script.js", &recorded);
    let outcome = run(&archive, &[]).exits(0);
    assert_eq!(outcome.console(), vec!["hello lake of the script archive"; 6]);
    let later = ["-i", "4", "-e", "ROOM=sea", "--user-agent", "of the flag"];
    let outcome = run(&archive, &later).exits(0);
    assert_eq!(outcome.console(), vec!["hello sea of the flag archive"; 4]);
    assert!(outcome.stdout.contains("4 iterations shared among 3 VUs"), "{}", outcome.stdout);
}

#[test]
fn files_that_a_script_opens_are_in_its_archive() {
    let project = Project::new();
    project.write("project/users.json", r#"[{"name": "Croc"}, {"name": "Gator"}]"#);
    project.write(
        "project/opens.js",
        "import { SharedArray } from 'k6/data';
         const users = new SharedArray('users', () => JSON.parse(open('./users.json')));
         export default function () { console.log(users[1].name); }",
    );
    project.write("other.txt", "not in the archive");
    let archive = project.archive("project/opens.js", &[]);
    assert_eq!(run(&archive, &[]).exits(0).console(), ["Gator"]);
}

#[test]
fn a_script_from_an_archive_opens_nothing_from_the_disk() {
    let project = Project::new();
    project
        .write("project/opens.js", "open(__ENV.FILE || './data.json'); export default () => {};");
    project.write("other.txt", "not in the archive");
    let archive = project.archive("project/opens.js", &[]);
    run(&archive, &[]).exits(0);
    let other = format!("FILE={}", project.path("other.txt").display());
    let outcome = run(&archive, &["-e", &other]).exits(107);
    assert!(outcome.stderr.contains("--allow-read"), "{}", outcome.stderr);
    let granted = project.path("other.txt").display().to_string();
    run(&archive, &["-e", &other, "--allow-read", &granted]).exits(0);
}

#[test]
fn variables_can_be_left_out() {
    let project = Project::new();
    let arguments = ["-e", "ROOM=secret", "--exclude-env-vars"];
    let archive = project.archive("project/script.js", &arguments);
    let bytes = fs::read(&archive).expect("it can be read");
    assert!(!bytes.windows(6).any(|window| window == b"secret"));
    assert_eq!(run(&archive, &[]).exits(0).console(), ["hello swamp of the script script"]);
}

#[test]
fn an_archive_can_be_inspected_and_says_what_it_needs() {
    let project = Project::new();
    let archive =
        project.archive("project/script.js", &["-u", "4", "-d", "90s", "--no-thresholds"]);
    let options = inspect(&archive, &["--execution-requirements"]);
    assert_eq!((&options["maxVUs"], &options["totalDuration"]), (&json!(4), &json!("2m0s")));
    assert_eq!(options["scenarios"]["default"]["executor"], "constant-vus");
    assert_eq!(inspect(&archive, &[]).get("maxVUs"), None);
}

#[test]
fn an_archive_can_come_from_standard_input_and_be_archived_again() {
    let project = Project::new();
    let archive = project.archive("project/script.js", &["-e", "ROOM=lake"]);
    let bytes = fs::read(&archive).expect("it can be read");
    let output = piped(&bytes, &["run", "--log-format", "raw", "-"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.ends_with("hello lake of the script script\n"), "{stderr}");

    let again = project.archive("test.tar", &["-i", "2"]);
    let outcome = run(&again, &[]).exits(0);
    assert_eq!(outcome.console(), vec!["hello lake of the script script"; 2]);
}

#[test]
fn a_script_from_standard_input_can_be_archived_with_what_it_imports() {
    let project = Project::new();
    let archive = project.path("stdin.tar");
    let mut command = wasock();
    command.args(["archive", "-", "-O"]).arg(&archive).current_dir(project.path("project"));
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(SCRIPT.as_bytes()).expect("it is read");
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
    fs::remove_dir_all(project.path("project")).expect("it can be removed");
    assert_eq!(run(&archive, &[]).exits(0).console(), ["hello swamp of the script script"]);
}

#[test]
fn a_compiled_component_can_be_archived() {
    let project = Project::new();
    let (script, component) = (project.path("project/script.js"), project.path("project/s.wasm"));
    let compiled = wasock().arg("compile").arg(script).arg("-o").arg(&component).output();
    assert!(compiled.expect("the command starts").status.success());
    let archive = project.archive("project/s.wasm", &["-i", "2"]);
    let outcome = run(&archive, &[]).exits(0);
    assert_eq!(outcome.console(), vec!["hello swamp of the script script"; 2]);
}

#[test]
fn the_same_test_gives_the_same_archive_which_only_its_owner_reads() {
    let archive = |project: &Project| {
        project.write("project/same.js", "export default () => {};\n");
        fs::read(project.archive("project/same.js", &[])).expect("it can be read")
    };
    let project = Project::new();
    assert_eq!(archive(&project), archive(&project));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = fs::metadata(project.path("test.tar")).expect("it is there");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn an_archive_in_the_outline_of_k6_runs() {
    let metadata = json!({
        "type": "js",
        "options": {
            "paused": null, "vus": 2, "duration": null, "iterations": 4, "stages": null,
            "scenarios": null, "executionSegment": null, "executionSegmentSequence": null,
            "noSetup": null, "setupTimeout": null, "thresholds": null, "blacklistIPs": null,
            "dns": { "ttl": null, "select": null, "policy": null }, "hosts": null,
            "systemTags": ["url", "scenario"], "tags": null, "userAgent": "recorded",
            "summaryTrendStats": ["avg", "p(95)"], "summaryTimeUnit": null, "cloud": null
        },
        "filename": "file:///home/nobody/test/script.js",
        "pwd": "file:///home/nobody/test/",
        "env": { "ROOM": "lake" },
        "compatibilityMode": "extended",
        "k6version": "2.2.0",
        "goos": "linux"
    });
    let archive = tar(&[
        ("metadata.json", &metadata.to_string()),
        ("data", &SCRIPT.replace("tags.from", "'k6'")),
        ("file/home/nobody/test/lib/greet.ts", "export const greet = (room) => `hi ${room}`;"),
        ("file/home/nobody/test/data.json", r#"{"room": "swamp"}"#),
    ]);
    let project = Project::new();
    let path = project.path("k6.tar");
    fs::write(&path, archive).expect("it can be written");
    let outcome = run(&path, &[]).exits(0);
    assert_eq!(outcome.console(), vec!["hi lake recorded k6"; 4]);
    assert_eq!(outcome.logged("warning"), [""; 0]);
}

#[test]
fn an_archive_that_is_none_or_not_whole_is_told() {
    let project = Project::new();
    let path = project.path("bad.tar");
    let error = |entries: &[(&str, &str)], code: i32| {
        fs::write(&path, tar(entries)).expect("it can be written");
        run(&path, &[]).exits(code).stderr
    };
    let stderr = error(&[("../../etc/cron.d/x", "x")], 255);
    assert!(
        stderr.contains("has an entry \"../../etc/cron.d/x\", which leads out of it"),
        "{stderr}"
    );
    let stderr = error(&[("data", "x")], 255);
    assert!(stderr.contains("the archive has no \"metadata.json\""), "{stderr}");
    let metadata =
        r#"{"type":"js","options":{"vus":"x"},"filename":"file:///s.js","pwd":"file:///"}"#;
    let script = "import './lib.js'; export default () => {};";
    let stderr = error(&[("metadata.json", metadata), ("data", script)], 104);
    assert!(stderr.contains("option \"vus\" is \"x\""), "{stderr}");
    let metadata = metadata.replace(r#""x""#, "1");
    let stderr = error(&[("metadata.json", &metadata), ("data", script)], 107);
    assert!(stderr.contains("The archive has no \"file:///lib.js\""), "{stderr}");
    assert!(!project.path("etc").exists());
}

#[test]
fn a_script_from_an_archive_sees_no_file_beside_it() {
    let project = Project::new();
    let module = project.path("project/data.json");
    let metadata = json!({
        "type": "js", "options": {}, "filename": "file:///s.js", "pwd": "file:///", "env": {}
    });
    let script = format!("import data from '{}'; export default () => {{}};", module.display());
    let path = project.path("sly.tar");
    let archive = tar(&[("metadata.json", &metadata.to_string()), ("data", &script)]);
    fs::write(&path, archive).expect("it can be written");
    assert!(module.exists());
    let outcome = run(&path, &[]).exits(107);
    assert!(outcome.stderr.contains("The archive has no \"file://"), "{}", outcome.stderr);
}
