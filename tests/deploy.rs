//! What lies in `deploy/`: that it is well-formed, names what exists, and has flags that the command takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_yaml_ng::Value;

use crate::common::{Process, WASOCK, server, sources, wasock};

/// The instructions of a Containerfile.
const INSTRUCTIONS: [&str; 7] = ["FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "ENTRYPOINT"];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn file(name: &str) -> String {
    let path = repository().join("deploy").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest(name: &str) -> Value {
    let manifest: Value = serde_yaml_ng::from_str(&file(name)).expect("it is YAML");
    for field in ["apiVersion", "kind"] {
        assert!(manifest[field].is_string(), "{name} has no {field}");
    }
    assert!(manifest["metadata"]["name"].is_string(), "{name} has no name");
    manifest
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value:?} is no text"))
}

/// The instructions, with their continued lines joined.
fn instructions(containerfile: &str) -> Vec<(String, Vec<String>)> {
    let joined = containerfile.replace("\\\n", " ");
    let lines =
        joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    lines.map(words).map(|mut words| (words.remove(0), words)).collect()
}

#[test]
fn the_image_is_made_of_what_is_there() {
    let instructions = instructions(&file("Containerfile"));
    let mut stages = Vec::new();
    for (instruction, words) in &instructions {
        assert!(INSTRUCTIONS.contains(&instruction.as_str()), "{instruction} is no instruction");
        match (instruction.as_str(), words.as_slice()) {
            ("FROM", [_, word, stage]) if word.eq_ignore_ascii_case("as") => {
                stages.push(stage.clone());
            }
            ("COPY", [from, _, _]) if from.starts_with("--from=") => {
                assert!(stages.iter().any(|stage| from == &format!("--from={stage}")), "{from}");
            }
            ("COPY", [sources @ .., _]) => {
                for source in sources {
                    assert!(repository().join(source).exists(), "there is no {source}");
                }
            }
            _ => {}
        }
    }
    let last = |name: &str| {
        let found = instructions.iter().rfind(|(instruction, _)| instruction == name);
        found.map(|(_, words)| words.join(" ")).unwrap_or_default()
    };
    assert_eq!(last("USER"), "12345:12345", "the image runs as a user without rights");
    assert_eq!(last("ENTRYPOINT"), "[\"wasock\"]");
    let toolchain = fs::read_to_string(repository().join("Cargo.toml")).expect("it is there");
    let version = toolchain.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let version = version.expect("the workspace says which Rust it needs").trim_matches('"');
    let base = format!("docker.io/library/rust:{version}-slim-");
    assert!(instructions[0].1[0].starts_with(&base), "{:?} is not Rust {version}", instructions[0]);
}

#[test]
fn everything_that_is_copied_into_the_build_is_all_it_needs() {
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("it is there");
    let copied: Vec<_> = instructions(&file("Containerfile"))
        .into_iter()
        .filter(|(instruction, words)| instruction == "COPY" && !words[0].starts_with("--"))
        .flat_map(|(_, words)| words)
        .collect();
    let members = manifest.lines().find_map(|line| line.strip_prefix("members = ["));
    let members = members.expect("there are members").trim_end_matches(']').split(", ");
    let is_copied = |path: &str| {
        let folder = path.split('/').next().expect("it has a folder");
        copied.iter().any(|name| name == folder)
    };
    for member in members.map(|member| member.trim_matches('"')) {
        assert!(is_copied(member), "{member} is not copied");
    }
    let sources = sources(&repository().join("host")).into_iter();
    let included: Vec<_> = sources.flat_map(included).collect();
    assert!(included.len() > 5, "{included:?}");
    for path in included {
        assert!(is_copied(&path), "{path} is not copied");
    }
}

/// What a source, but its tests, has in it of files elsewhere, as paths from the root of the repository.
fn included((path, text): (PathBuf, String)) -> Vec<String> {
    let root = repository().canonicalize().expect("it is there");
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let names = text.split("include_").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once("!(\"").filter(|(kind, _)| kind.len() <= 5)?;
        rest.split_once("\")").map(|(name, _)| name)
    });
    let from_root = |name: &str| {
        let included = path.with_file_name(name).canonicalize();
        let included =
            included.unwrap_or_else(|error| panic!("{}: {name}: {error}", path.display()));
        let inside = included.strip_prefix(&root).expect("it is in the repository");
        inside.to_string_lossy().into_owned()
    };
    names.map(from_root).collect()
}

#[test]
fn the_arguments_of_the_testrun_are_those_of_the_command() {
    let manifest = manifest("testrun.yaml");
    let spec = &manifest["spec"];
    let (parallelism, script) = (spec["parallelism"].as_u64(), &spec["script"]["configMap"]);
    assert_eq!(parallelism, Some(3));
    let map = self::manifest("configmap.yaml");
    assert_eq!(text(&script["name"]), text(&map["metadata"]["name"]));
    let source = text(&map["data"][text(&script["file"])]);
    assert!(source.contains("export default function"));

    let arguments: Vec<_> = text(&spec["arguments"]).split_whitespace().collect();
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("chat.js");
    fs::write(&path, source).expect("it can be written");
    // As the operator's initializer has them: this reads all flags and all options.
    let archive = folder.path().join("chat.tar");
    let output =
        wasock().args(["archive", "-O"]).arg(&archive).arg(&path).args(&arguments).output();
    let output = output.expect("the command starts");
    assert!(output.status.success(), "{output:?}");
    // As its runners have them: with a help flag behind them the flags are read, and nothing runs.
    let output = wasock().arg("run").args(&arguments).arg(&path).arg("--help").output();
    let output = output.expect("the command starts");
    assert!(output.status.success(), "{output:?}");
    let image = text(&spec["runner"]["image"]);
    assert_eq!(text(&spec["initializer"]["image"]), image);
    assert!(image.ends_with(concat!(":", env!("CARGO_PKG_VERSION"))), "{image}");
}

/// The container of the Job.
fn container(job: &Value) -> &Value {
    &job["spec"]["template"]["spec"]["containers"][0]
}

#[test]
fn the_pods_of_the_job_add_up_to_the_whole_test() {
    let job = manifest("job.yaml");
    let spec = &job["spec"];
    let container = container(&job);
    let instances = spec["completions"].as_u64().expect("it is a number");
    let variable = &container["env"][0];
    assert_eq!((text(&variable["name"]), text(&variable["value"])), ("INSTANCES", "3"));
    assert_eq!((instances, spec["parallelism"].as_u64()), (3, Some(3)));
    assert_eq!(text(&spec["completionMode"]), "Indexed");

    let server = server();
    let url = format!("URL=ws://{}/echo", server.address().expect("it has a plain port"));
    let map = manifest("configmap.yaml");
    let source = text(&map["data"]["chat.js"]);
    let pods: Vec<_> = (0..instances).map(|index| pod(container, source, index, &url)).collect();
    let outcomes: Vec<_> = pods.into_iter().map(|pod| pod.ends().exits(0)).collect();
    let iterations: Vec<_> = outcomes.iter().map(|outcome| outcome.sum("iterations")).collect();
    assert_eq!(iterations, [11.0, 10.0, 10.0]);
    for (index, outcome) in outcomes.iter().enumerate() {
        let tags = outcome.tags("iterations", "instance_id");
        assert!(tags.iter().all(|tag| *tag == index.to_string()), "{tags:?}");
        assert!(outcome.tags("iterations", "team").iter().all(|tag| *tag == "chat"));
    }
}

/// One pod: the shell of the manifest, with flags behind its own.
fn pod(container: &Value, source: &str, index: u64, url: &str) -> Process {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("chat.js");
    fs::write(&path, source).expect("it can be written");
    let words = |value: &Value| -> Vec<String> {
        let items = value.as_sequence().expect("it is a list").iter();
        items.map(|item| text(item).to_owned()).collect()
    };
    let (command, mut arguments) = (words(&container["command"]), words(&container["args"]));
    arguments[0] = arguments[0].replace("/test/chat.js", &path.display().to_string());
    let samples = folder.path().join("samples.json");
    let out = format!("json={}", samples.display());
    arguments.extend(["-i", "31", "-e", url, "--out", &out].map(str::to_owned));

    let program = Path::new(WASOCK).parent().expect("it is in a folder").display();
    let system = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new(&command[0]);
    shell.args(&command[1..]).args(&arguments).current_dir(folder.path());
    for (name, value) in wasock().get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.env("PATH", format!("{program}:{system}"));
    shell.env("INSTANCES", "3").env("JOB_COMPLETION_INDEX", index.to_string());
    Process::start(shell, samples, folder, None)
}

#[test]
fn the_pods_have_no_rights_that_a_test_does_not_need() {
    let job = manifest("job.yaml");
    let pod = &job["spec"]["template"]["spec"];
    assert_eq!(pod["automountServiceAccountToken"].as_bool(), Some(false));
    assert_eq!(pod["restartPolicy"].as_str(), Some("Never"));
    let testrun = manifest("testrun.yaml");
    for context in [&pod["securityContext"], &testrun["spec"]["runner"]["securityContext"]] {
        assert_eq!(context["runAsNonRoot"].as_bool(), Some(true));
        assert_eq!(context["runAsUser"].as_u64(), Some(12_345));
    }
    let path = text(&container(&job)["volumeMounts"][0]["mountPath"]).to_owned();
    assert!(text(&container(&job)["args"][0]).contains(&format!("{path}/chat.js")));
}
