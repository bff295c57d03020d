//! Compiled scripts: as files for elsewhere, and in the cache.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Outcome, Run, wasock};

/// A run with a cache in its own folder, of a script and a module that it imports.
struct Cached {
    folder: tempfile::TempDir,
}

impl Cached {
    fn new() -> Self {
        let cached = Self { folder: tempfile::tempdir().expect("a folder can be made") };
        cached.write(
            "script.js",
            "import { text } from './text.js';\nexport default () => console.log(text);\n",
        );
        cached.write("text.js", "export const text = 'first';\n");
        cached
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).expect("the file can be written");
    }

    fn go(&self) -> Outcome {
        let cache = self.path("cache").display().to_string();
        Run::path(self.path("script.js")).variable("WASOCK_CACHE_DIR", &cache).go().exits(0)
    }

    /// The compiled components in the cache.
    fn components(&self) -> Vec<PathBuf> {
        self.kept("components")
    }

    /// The files of the compiled functions of the engine in the cache.
    fn functions(&self) -> Vec<PathBuf> {
        self.kept("functions")
    }

    fn kept(&self, folder: &str) -> Vec<PathBuf> {
        let folder = self.path("cache").join(folder);
        let entries = fs::read_dir(folder).expect("there is a cache");
        entries.map(|entry| entry.expect("it can be read").path()).collect()
    }
}

#[cfg(unix)]
#[test]
fn a_cache_that_others_can_write_to_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let cached = Cached::new();
    assert!(compiles(&cached.go()));
    let cache = cached.path("cache");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&cache), 0o700);
    let set = |mode| fs::set_permissions(&cache, fs::Permissions::from_mode(mode));
    set(0o777).expect("it is ours");
    let open = cached.go();
    assert!(compiles(&open), "{}", open.stderr);
    let warning = "is kept in \"";
    let warned = open.logged("warning");
    assert!(warned.len() == 1 && warned[0].contains(warning), "{warned:?}");
    set(0o700).expect("it is ours");
    assert!(!compiles(&cached.go()));
}

fn compiles(outcome: &Outcome) -> bool {
    outcome.stderr.lines().any(|line| line.starts_with("compiling ") && line.ends_with('…'))
}

#[test]
fn a_script_is_compiled_once_until_it_or_its_imports_change() {
    let cached = Cached::new();
    let first = cached.go();
    assert!(compiles(&first), "{}", first.stderr);
    let second = cached.go();
    assert!(!compiles(&second), "{}", second.stderr);
    assert_eq!(first.console(), second.console());
    cached.write("text.js", "export const text = 'other';\n");
    let third = cached.go();
    assert!(compiles(&third), "{}", third.stderr);
    assert_eq!((second.console(), third.console()), (vec!["first".into()], vec!["other".into()]));
}

#[test]
fn the_functions_of_the_engine_are_kept_for_other_scripts() {
    let cached = Cached::new();
    cached.go();
    let size = || {
        let [path] = &cached.functions()[..] else { panic!("{:?}", cached.functions()) };
        fs::metadata(path).expect("it is there").len()
    };
    let first = size();
    assert!(first > 1 << 20, "{first} bytes are not all functions");
    cached.write("text.js", "export const text = ((a, b) => a + b)('oth', 'er');\n");
    assert_eq!(cached.go().console(), ["other"]);
    assert!(size().abs_diff(first) < first / 10, "{first} bytes, then {}", size());
}

#[test]
fn a_damaged_cache_is_made_anew() {
    let cached = Cached::new();
    cached.go();
    for path in cached.components().iter().chain(&cached.functions()) {
        fs::write(path, "nonsense").expect("it can be written");
    }
    let outcome = cached.go();
    assert_eq!(outcome.console(), ["first"]);
    assert!(compiles(&outcome), "{}", outcome.stderr);
    for warning in outcome.logged("warning") {
        assert!(warning.contains("cannot be used and is rebuilt"), "{warning}");
    }
    let again = cached.go();
    assert!(!compiles(&again) && again.logged("warning").is_empty(), "{}", again.stderr);
}

#[test]
fn a_cache_that_cannot_be_written_costs_a_warning() {
    let cached = Cached::new();
    // A file where the folder should be stops even those whom no permission stops.
    cached.write("cache", "");
    let outcome = cached.go();
    assert_eq!(outcome.console(), ["first"]);
    let warnings = outcome.logged("warning");
    assert!(!warnings.is_empty());
    assert!(warnings.iter().all(|warning| warning.starts_with("cannot keep ")), "{warnings:?}");
}

/// Compiles a script of `tests/scripts` into this folder.
fn compile(script: &str, folder: &Path) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts").join(script);
    let output = wasock().arg("compile").arg(script).current_dir(folder).output();
    let output = output.expect("the command starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let (name, size) = stdout.trim().split_once(' ').expect("name and size are printed");
    assert!(size.starts_with('(') && size.ends_with(" MB)"), "{stdout}");
    folder.join(name)
}

#[test]
fn a_compiled_script_runs_elsewhere_like_its_source() {
    let here = tempfile::tempdir().expect("a folder can be made");
    let component = compile("summary.js", here.path());
    assert_eq!(component.file_name().and_then(|name| name.to_str()), Some("summary.wasm"));
    let elsewhere = tempfile::tempdir().expect("a folder can be made");
    let moved = elsewhere.path().join("moved.wasm");
    fs::rename(component, &moved).expect("it can be moved");
    let outcome = Run::path(&moved).served().args(["-e", "SUMMARY=own", "-q"]).go().exits(0);
    assert_eq!(outcome.stdout, "to standard output\n");
    assert_eq!(outcome.sum("my_counter"), 4.0);
    assert_eq!(outcome.sum("ws_sessions"), 2.0);
}

#[test]
fn a_compiled_script_still_knows_the_lines_of_its_source() {
    let here = tempfile::tempdir().expect("a folder can be made");
    let component = compile("faults.js", here.path());
    let outcome = Run::path(component).args(["-e", "FAULT=error"]).go().exits(0);
    assert!(outcome.logged("error")[0].contains("faults.js:22:"), "{}", outcome.stderr);
}

#[test]
fn the_output_of_a_compilation_can_be_chosen() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("a.ts"), "export default (): void => {};\n")
        .expect("it can be written");
    let compile = |output: &str| {
        let mut command = wasock();
        command.args(["compile", "a.ts", "-o", output]).current_dir(folder.path());
        command.output().expect("the command starts")
    };
    assert_eq!(compile("chosen.wasm").status.code(), Some(0));
    let bytes = fs::read(folder.path().join("chosen.wasm")).expect("it is there");
    assert!(bytes.starts_with(b"\0asm\x0d\0\x01\0"), "it is a component");
    let output = compile("gone/a.wasm");
    assert_eq!(output.status.code(), Some(255));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("error: cannot write \"gone/a.wasm\": "), "{stderr}");
}

#[test]
fn a_file_that_only_begins_like_a_component_is_refused() {
    let outcome = Run::path("broken.wasm").beside("broken.wasm", "\0asm and more").go().exits(107);
    assert!(outcome.stderr.contains("broken.wasm is no WebAssembly component that can be run"));
    assert!(!outcome.stderr.contains("panic"), "{}", outcome.stderr);
}
