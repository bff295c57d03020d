//! The page that tells how: its steps can be followed to the letter.

use std::fs;
use std::process::Command;

use crate::common::{WASOCK, server};
use crate::hosts::{path_with_jco, run_in_wasmtime};
use crate::root;

/// What stands between a line that begins a block of this kind and the end of the block.
fn block<'a>(page: &'a str, kind: &str, number: usize) -> &'a str {
    let start = format!("```{kind}\n");
    let block = page.split(&start).nth(number + 1).expect("the page has the block");
    block.split("```\n").next().expect("a split has a first part")
}

/// The commands of a block.
fn commands(block: &str) -> Vec<&str> {
    block.lines().filter_map(|line| line.strip_prefix("$ ")).collect()
}

/// Runs what a line that begins with `wasmtime run` says, and grants what it grants.
fn run_as_the_line_says(line: &str, folder: &std::path::Path) -> crate::hosts::Ended {
    let mut words = line.strip_prefix("wasmtime run ").expect("it is such a line").split(' ');
    let (mut granted, mut variables) = (Vec::new(), Vec::new());
    let component = loop {
        match words.next().expect("the line names a component") {
            "-S" => granted.push(words.next().expect("a grant")),
            "--env" => variables.push(words.next().and_then(|it| it.split_once('=')).expect("one")),
            word => break word,
        }
    };
    let both = granted == ["inherit-network", "allow-ip-name-lookup"];
    let arguments: Vec<&str> = words.collect();
    run_in_wasmtime(&folder.join(component), &arguments, &variables, both)
}

#[test]
fn the_page_on_hosts_can_be_followed_to_the_letter() {
    let page = fs::read_to_string(root().join("docs/hosts.md")).expect("it is there");
    let page = page.split("## Any WASI 0.2 host").nth(1).expect("the page has the section");
    let server = server();
    let address = server.address().expect("it has a plain port").to_string();
    let page = page.replace("127.0.0.1:8765", &address);
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("echo.js"), block(&page, "js", 0)).expect("it can be written");

    let first = block(&page, "console", 0);
    let [compile, wasmtime] = commands(first)[..] else { panic!("the block has two commands") };
    let wasock = WASOCK.rsplit_once('/').expect("it has a folder").0;
    let path = std::env::join_paths(
        [wasock.into()].into_iter().chain(std::env::split_paths(&path_with_jco())),
    );
    let path = path.expect("paths have no colons");
    let bash = |steps: &str| {
        let mut command = Command::new("bash");
        command.args(["-euc", steps]).current_dir(folder.path()).env("PATH", &path);
        let output = command.output().expect("bash starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{steps}: {text}\n{errors}");
        text
    };
    bash(compile);
    let ended = run_as_the_line_says(wasmtime, folder.path()).well();
    let promised =
        first.lines().filter(|line| !line.starts_with("$ ")).take_while(|line| *line != "    …");
    for line in promised {
        assert!(ended.stdout.lines().any(|other| other == line), "{line:?}: {}", ended.stdout);
    }
    let steps = commands(block(&page, "console", 1)).join("\n");
    let heard = bash(&steps);
    assert!(heard.contains("heard hello\n") && heard.contains("✓ is an echo"), "{heard}");
}
