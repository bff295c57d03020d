//! What the tests of the command line share.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use assert_cmd::cargo::CommandCargoExt as _;
use tempfile::TempDir;

/// A folder with scripts, in which commands run.
pub struct Folder(TempDir);

impl Folder {
    /// A folder with these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file in a new folder");
        }
        Self(folder)
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The text of a file in it.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file was written")
    }

    /// `wasock` with these arguments, in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = wasock(arguments);
        command.current_dir(self.0.path());
        command
    }

    /// Runs `wasock` to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        ended(&mut self.command(arguments))
    }
}

/// `wasock` with these arguments, and nothing of the user's settings. What it compiles is kept for
/// the other tests.
pub fn wasock(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("wasock").expect("the program is built for its tests");
    command.args(arguments);
    command.env_clear();
    // Without PATH and the system's folders, programs do not start on every system.
    for name in ["PATH", "SYSTEMROOT"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.env("WASOCK_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command
}

/// A command that has ended.
pub struct Ended {
    /// Its exit code.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// Runs a command to its end.
pub fn ended(command: &mut Command) -> Ended {
    command.output().expect("the program starts").into()
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}
