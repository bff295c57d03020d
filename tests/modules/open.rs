//! `open()`, and which files it may open.

use std::fs;
use std::path::Path;

use crate::common::{Outcome, Run, wasock};

/// A folder of a project: `tests/load.js` with this source, `tests/lib/helper.js`, and some data.
struct Project {
    folder: tempfile::TempDir,
}

const HELPER: &str = "
    export const text = open('./beside.txt');
    export const read = (path) => open(path);";

impl Project {
    fn new(source: &str) -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a folder can be made") };
        project.write("tests/load.js", &format!("{PRELUDE}{source}\nexport default () => {{}};"));
        project.write("tests/lib/helper.js", HELPER);
        project.write("tests/lib/beside.txt", "beside the helper");
        project.write("tests/users.json", "[\"ä\", 2]");
        project.write("data/up.txt", "up and down");
        project.write("outside/key.pem", "secret");
        fs::write(project.path("tests/bytes.bin"), [0_u8, 255, 10, 200])
            .expect("it can be written");
        project
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, content).expect("it can be written");
    }

    /// Runs the script from a folder that is no part of the project.
    fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        Run::path(self.path("tests/load.js")).args(arguments).go().exits(0)
    }

    /// Runs it from a folder of the project.
    fn run_from(&self, folder: &str, script: &str, arguments: &[&str]) -> (i32, String) {
        let mut command = wasock();
        command.args(["run", "-q"]).args(arguments).arg(script).current_dir(self.path(folder));
        let output = command.output().expect("the command starts");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap_or(-1), stderr)
    }
}

/// Tells what a call has come to while the options are found out, and not once more for each user.
const PRELUDE: &str = "
    function tell(action) {
        if (__VU !== 0) return;
        try { console.log(action()); } catch (error) { console.log(`${error}`); }
    }
    ";

#[test]
fn text_and_bytes_are_read_relative_to_the_module_that_calls() {
    let project = Project::new(
        "import { text, read } from './lib/helper.js';
        tell(() => JSON.parse(open('users.json'))[0]);
        tell(() => open('./users.json', 't').length);
        const bytes = open('bytes.bin', 'b');
        tell(() => [bytes instanceof ArrayBuffer, new Uint8Array(bytes)].join(' '));
        tell(() => open('bytes.bin').length);
        tell(() => [text, read('./beside.txt'), ['./lib/beside.txt'].map((p) => open(p))].join(', '));
        tell(() => open('lib/../users.json') === open('file://' + __ENV.USERS));",
    );
    let users = format!("USERS={}", project.path("tests/users.json").display());
    assert_eq!(
        project.run(["-e", &users]).console(),
        [
            "ä",
            "8",
            "true 0,255,10,200",
            "4",
            "beside the helper, beside the helper, beside the helper",
            "true",
        ]
    );
}

#[test]
fn open_is_for_the_top_level() {
    let source = "
        export const options = { iterations: 1 };
        export default () => open('./x.txt');";
    let outcome = Run::script(source).go().exits(0);
    let errors = outcome.logged("error");
    assert!(
        errors[0]
            .starts_with("GoError: The \"open()\" function is only available in the init stage"),
        "{errors:?}"
    );
}

#[test]
fn what_is_no_file_is_told() {
    let project = Project::new(
        "tell(() => open(''));
        tell(() => open());
        tell(() => open('gone.json'));
        tell(() => open('./lib'));
        tell(() => open('https://a.test/x.json'));",
    );
    let console = project.run([]).console();
    assert_eq!(console[0], "GoError: open() can't be used with an empty filename");
    assert_eq!(console[1], console[0]);
    let gone = format!("there is no file \"{}\"", project.path("tests/gone.json").display());
    assert_eq!(console[2], format!("GoError: cannot open \"gone.json\": {gone}"));
    assert!(console[3].ends_with("/tests/lib\" is not a file"), "{}", console[3]);
    assert!(console[4].contains("only files can be opened"), "{}", console[4]);
}

#[test]
fn a_missing_file_ends_the_test_at_the_line_that_opens_it() {
    let project = Project::new("");
    project
        .write("tests/load.js", "\nconst data = open('./gone.txt');\nexport default () => data;\n");
    let outcome = Run::path(project.path("tests/load.js")).go().exits(107);
    assert!(
        outcome.stderr.contains("error: GoError: cannot open \"./gone.txt\": there is no file")
    );
    assert!(outcome.stderr.contains("load.js:2:"), "{}", outcome.stderr);
}

#[test]
fn files_outside_are_refused_with_the_flag_that_grants_them() {
    let project = Project::new(
        "tell(() => open('../outside/key.pem'));
        tell(() => open('/etc/passwd'));
        tell(() => open('../data/up.txt'));",
    );
    let outside = project.path("outside/key.pem").display().to_string();
    let refused = format!(
        "GoError: cannot open \"../outside/key.pem\": the run does not grant \"{outside}\"; \
         hint: --allow-read \"{outside}\" grants it"
    );
    let console = project.run([]).console();
    assert_eq!(console[0], refused);
    assert!(console[1].contains("the run does not grant \"/etc/passwd\""), "{}", console[1]);
    assert!(console[2].contains("the run does not grant "), "{}", console[2]);
    // A folder grants all below it, a file itself alone.
    let data = project.path("data").display().to_string();
    let granted = project.run(["--allow-read", &data, "--allow-read", &outside]).console();
    assert_eq!(granted[0], "secret");
    assert!(granted[1].contains("the run does not grant \"/etc/passwd\""), "{}", granted[1]);
    assert_eq!(granted[2], "up and down");
}

#[test]
fn the_working_directory_is_granted_and_defaults_can_be_left_out() {
    let project = Project::new(
        "tell(() => open('../data/up.txt'));
        tell(() => open('./users.json').length);",
    );
    let (code, stderr) = project.run_from(".", "tests/load.js", &[]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("msg=\"up and down\""), "{stderr}");
    let (_, stderr) = project.run_from(".", "tests/load.js", &["--no-default-read"]);
    assert_eq!(stderr.matches("the run does not grant").count(), 2, "{stderr}");
    let flags = ["--no-default-read", "--allow-read", "data"];
    let (_, stderr) = project.run_from(".", "tests/load.js", &flags);
    assert_eq!(stderr.matches("the run does not grant").count(), 1, "{stderr}");
    assert!(stderr.contains("msg=\"up and down\""), "{stderr}");
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_are_refused() {
    use std::os::unix::fs::symlink;
    let project = Project::new(
        "tell(() => open('./out.pem'));
        tell(() => open('./up/outside/key.pem'));
        tell(() => open('./in.txt'));",
    );
    symlink(project.path("outside/key.pem"), project.path("tests/out.pem"))
        .expect("it can be made");
    symlink(project.path("."), project.path("tests/up")).expect("it can be made");
    symlink("lib/beside.txt", project.path("tests/in.txt")).expect("it can be made");
    let console = project.run([]).console();
    for line in &console[..2] {
        assert!(line.contains("leads out of the folders that the run grants; hint: --allow-read"));
    }
    assert_eq!(console[2], "beside the helper");
}

#[cfg(unix)]
#[test]
fn a_pipe_does_not_hang_the_test() {
    let project = Project::new("tell(() => open('./pipe'));");
    let pipe = project.path("tests/pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    assert!(project.run([]).console()[0].ends_with("pipe\" is not a file"));
}

#[test]
fn what_is_granted_must_exist() {
    let run = Run::script("export default () => {};").args(["--allow-read", "no/such/folder"]);
    let stderr = run.go().exits(104).stderr;
    assert!(stderr.contains("error: --allow-read is \"no/such/folder\": "), "{stderr}");
}

/// Where scripts are at the root of the file system, as in containers, their folder is everything.
#[test]
fn the_root_is_not_granted_by_itself() {
    let project = Project::new("");
    let script = project.path("tests/load.js").display().to_string();
    project.write("tests/load.js", "open('/etc/passwd'); export default () => {};");
    let mut command = wasock();
    let output = command.args(["run", "-q", &script]).current_dir(Path::new("/")).output();
    let stderr = String::from_utf8_lossy(&output.expect("it starts").stderr).into_owned();
    assert!(stderr.contains("the run does not grant \"/etc/passwd\""), "{stderr}");
}

#[test]
fn each_file_is_read_once_for_all_users() {
    let source = "
        const text = open('./data.txt');
        export const options = { vus: 4, iterations: 8 };
        export function setup() { return text; }
        export default (first) => console.log(text === first && text);";
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("data.txt"), "the same").expect("it can be written");
    fs::write(folder.path().join("script.js"), source).expect("it can be written");
    let outcome = Run::path(folder.path().join("script.js")).go().exits(0);
    assert_eq!(outcome.console(), ["the same"; 8]);
}

#[test]
fn a_script_from_standard_input_opens_from_the_working_directory() {
    use std::io::Write as _;
    use std::process::Stdio;
    let project = Project::new("");
    let mut command = wasock();
    command.args(["run", "-q", "-"]).current_dir(project.path("data"));
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let source = b"const text = open('up.txt'); export default () => console.log(text);";
    child.stdin.take().expect("it is piped").write_all(source).expect("it can be written");
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("msg=\"up and down\""), "{stderr}");
}

/// Files are no part of a component: they lie beside it as they lay beside the script.
#[test]
fn a_compiled_script_opens_files_beside_the_component() {
    let project = Project::new(
        "import { text } from './lib/helper.js';
        tell(() => open('./users.json').length);
        tell(() => text);",
    );
    let script = project.path("tests/load.js").display().to_string();
    project.write("moved/users.json", "moved");
    project.write("moved/lib/beside.txt", "moved too");
    let component = project.path("moved/load.wasm").display().to_string();
    let compiled = wasock().args(["compile", "-q", &script, "-o", &component]).output();
    assert_eq!(compiled.expect("the command starts").status.code(), Some(0));
    let outcome = Run::path(component).go().exits(0);
    assert_eq!(outcome.console(), ["5", "moved too"]);
}
