//! Tests that stand alone, on plain hosts of WASI 0.2: `make hosts-wasi`. They need the guests that `make guests`
//! builds, and Node.js with jco. `GUESTS` names the languages.

#[allow(dead_code, unused_imports, reason = "other tests need the rest")]
mod common;
#[path = "standalone/differences.rs"]
mod differences;
#[path = "standalone/documents.rs"]
mod documents;
#[path = "standalone/endings.rs"]
mod endings;
#[path = "standalone/hosts.rs"]
mod hosts;
#[path = "standalone/scripts.rs"]
mod scripts;
#[path = "standalone/transcripts.rs"]
mod transcripts;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Output;

use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The guests to test, each with its component.
fn guests() -> Vec<(String, PathBuf)> {
    let languages = env::var("GUESTS").expect("GUESTS names languages; `make hosts-wasi` sets it");
    let guest = |language: &str| (language.to_owned(), guest(language));
    let guests: Vec<_> = languages.split_whitespace().map(guest).collect();
    assert!(!guests.is_empty(), "GUESTS names no language");
    guests
}

/// The component of a guest.
fn guest(language: &str) -> PathBuf {
    let component = root().join(format!("target/guests/{language}.wasm"));
    assert!(component.exists(), "`make guest-{language}` has not made {}", component.display());
    component
}

/// `wasock compile --standalone` with these arguments, in a folder.
fn compile(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = common::wasock();
    command.args(["compile", "--standalone"]).args(arguments).current_dir(folder);
    command.output().expect("the command starts")
}

/// A test that stands alone, in a folder of its own.
struct Alone {
    folder: TempDir,
}

impl Alone {
    /// Makes one of a component, or of a script.
    fn of(test: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let test = test.to_str().expect("paths of tests are UTF-8");
        let output = compile(folder.path(), &[test, "-o", "alone.wasm"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        Self { folder }
    }

    /// Makes one of a script given as text.
    fn script(text: &str) -> Self {
        Self::of(&common::kept_files(&[("script.js", text)]).join("script.js"))
    }

    /// The component.
    fn component(&self) -> PathBuf {
        self.folder.path().join("alone.wasm")
    }
}
