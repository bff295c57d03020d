//! Completions in the shells themselves: keys go to a real zsh on a terminal, and fish is asked what it offers.
//!
//! `make completions` runs this; it needs Debian's packages `zsh` and `fish`. PowerShell and elvish are not packaged
//! there.

#![cfg(unix)]

#[allow(dead_code, unused_imports, reason = "other tests need the rest")]
mod common;

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;

use common::waiting::Deadline;
use common::{PATIENCE, wasock};

/// What the prompt of the shell is.
const PROMPT: &str = "ready>";

/// A folder with a script, and what `wasock completion` prints for a shell.
fn folder(shell: &str, file: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let output = wasock().args(["completion", shell]).output().expect("the command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(folder.path().join(file), output.stdout).expect("it can be written");
    fs::write(folder.path().join("chat-script.js"), "").expect("it can be written");
    folder
}

/// What a zsh shows after the key of completions was pressed at the end of this line, once that has all the texts.
#[track_caller]
fn zsh(line: &str, texts: &[&str]) {
    let folder = folder("zsh", "_wasock");
    let rc = format!(
        "fpath=(\"$ZDOTDIR\" $fpath)
        autoload -Uz compinit && compinit -u -d \"$ZDOTDIR/dump\"
        PROMPT='{PROMPT} '"
    );
    fs::write(folder.path().join(".zshrc"), rc).expect("it can be written");
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("there is a terminal");
    let mut command = CommandBuilder::new("zsh");
    command.args(["-o", "NO_GLOBAL_RCS", "-i"]);
    command.cwd(folder.path());
    command.env("ZDOTDIR", folder.path());
    command.env("TERM", "xterm-256color");
    let mut child = pair.slave.spawn_command(command).expect("zsh can be run");
    drop(pair.slave);
    let mut output = pair.master.try_clone_reader().expect("it can be read");
    let mut keyboard = pair.master.take_writer().expect("it can be written to");
    let (sender, shown) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        // A terminal without a program is an error to read from.
        while let Ok(count @ 1..) = output.read(&mut bytes) {
            if sender.send(bytes[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    let mut screen = vt100::Parser::new(size.rows, size.cols, 0);
    let mut until = |texts: &[&str]| {
        let deadline = Deadline::after(PATIENCE);
        loop {
            let contents = screen.screen().contents();
            if texts.iter().all(|text| contents.contains(text)) {
                return;
            }
            match deadline.next(&shown) {
                Some(bytes) => screen.process(&bytes),
                None => panic!("zsh does not show {texts:?} for {line:?}, but\n{contents}"),
            }
        }
    };
    until(&[PROMPT]);
    write!(keyboard, "{line}\t").expect("zsh reads");
    until(texts);
    // It may have gone by itself.
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn zsh_completes_commands_flags_values_and_files() {
    zsh("wasock ins", &["wasock inspect"]);
    zsh("wasock run --summary-m", &["wasock run --summary-mode"]);
    zsh("wasock run --summary-mode ", &["compact", "full", "disabled"]);
    zsh("wasock run --summary-mode dis", &["--summary-mode disabled"]);
    zsh("wasock new --template web", &["--template websocket"]);
    zsh("wasock completion ", &["bash", "elvish", "fish", "powershell", "zsh"]);
    zsh("wasock run chat", &["wasock run chat-script.js"]);
}

/// What fish offers for this line, at its end, without descriptions.
fn fish(folder: &Path, line: &str) -> Vec<String> {
    let ask = "source wasock.fish; complete --do-complete $argv[1]";
    let output = Command::new("fish")
        .args(["--no-config", "-c", ask, line])
        .env("HOME", folder)
        .current_dir(folder)
        .output()
        .expect("fish can be run");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!((output.status.code(), &*err), (Some(0), ""), "{out}");
    let offer = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    out.lines().map(offer).collect()
}

#[test]
fn fish_completes_commands_flags_values_and_files() {
    let folder = folder("fish", "wasock.fish");
    let offered = |line: &str| fish(folder.path(), line);
    assert_eq!(offered("wasock ins"), ["inspect"]);
    assert_eq!(offered("wasock run --summary-m"), ["--summary-mode"]);
    assert_eq!(offered("wasock run --summary-mode "), ["compact", "disabled", "full"]);
    assert_eq!(offered("wasock new --template web"), ["websocket"]);
    let shells = ["bash", "elvish", "fish", "powershell", "zsh"];
    assert_eq!(offered("wasock completion "), shells);
    assert_eq!(offered("wasock run chat"), ["chat-script.js"]);
    let commands = offered("wasock ");
    for command in ["run", "new", "features", "version", "help"] {
        assert!(commands.iter().any(|one| one == command), "{command}: {commands:?}");
    }
}
