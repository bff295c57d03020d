//! `wasock new`: its scripts are run.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::common::{Folder, ended, wasock};

const TEMPLATES: [&str; 4] = ["minimal", "ws", "websocket", "protocol"];

/// `wasock serve`, and where it serves. It is killed when it is dropped.
struct Serving(Child, String);

impl Serving {
    fn start() -> Self {
        let mut command = wasock(&["serve", "--port=0", "--tls-port=0", "--json"]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("standard output is a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("it is text");
        let start: serde_json::Value = serde_json::from_str(&line).expect("it is JSON");
        let address = start["address"].as_str().expect("it has a plain port").to_owned();
        Self(child, address)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn every_template_passes_against_wasock_serve() {
    let server = Serving::start();
    let paths = ["/echo", "/echo", "/echo", "/protocol"];
    for (template, path) in TEMPLATES.into_iter().zip(paths) {
        let folder = Folder::with(&[]);
        let made = folder.run(&["new", "chat.js", "--template", template]);
        assert_eq!((made.code, made.err.as_str()), (Some(0), ""), "{template}");
        assert!(made.out.starts_with("chat.js\n"), "{}", made.out);
        let text = folder.read("chat.js");
        assert!(text.contains("//   wasock run chat.js\n"), "{text}");
        let default = format!("'ws://localhost:8765{path}'");
        assert!(text.contains(&default), "the default of wasock serve: {text}");
        let url = format!("URL=ws://{}{path}", server.1);
        let run = folder.run(&["run", "chat.js", "-e", &url]);
        assert_eq!(run.code, Some(0), "{template}:\n{}{}", run.out, run.err);
        assert!(run.out.contains("checks_succeeded...: 100.00%"), "{template}:\n{}", run.out);
        let problems = ["level=warning", "level=error"];
        assert!(!problems.iter().any(|level| run.err.contains(level)), "{template}:\n{}", run.err);
        // A file of TypeScript may have the same text.
        std::fs::rename(folder.path("chat.js"), folder.path("chat.ts")).expect("it can be moved");
        let inspected = folder.run(&["inspect", "chat.ts"]);
        assert_eq!(inspected.code, Some(0), "{template}: {}", inspected.err);
    }
}

#[test]
fn a_file_that_is_there_is_kept_unless_it_may_be_replaced() {
    let folder = Folder::with(&[("script.js", "mine")]);
    let refused = folder.run(&["new"]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(255), ""));
    let expected = "error: \"script.js\" already exists\n\
                    hint: name another file, or replace it with --force\n";
    assert_eq!(refused.err, expected);
    assert_eq!(folder.read("script.js"), "mine");
    assert_eq!(folder.run(&["new", "--force"]).code, Some(0));
    assert!(folder.read("script.js").contains("wasock run script.js"));
}

#[test]
fn a_script_goes_to_standard_output_on_request() {
    let printed = ended(&mut wasock(&["new", "-"]));
    assert_eq!(printed.code, Some(0));
    assert!(printed.out.starts_with("// The smallest test"), "{}", printed.out);
}

#[test]
fn a_template_that_does_not_exist_is_told_with_those_that_do() {
    let wrong = ended(&mut wasock(&["new", "-", "--template", "websockets"]));
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(104), ""));
    for words in ["[possible values: minimal, ws, websocket, protocol]", "'websocket'"] {
        assert!(wrong.err.contains(words), "{}", wrong.err);
    }
}
