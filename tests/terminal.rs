//! The command on a terminal: a real pseudo-terminal, and what a person would see on it.

use std::io::{Read as _, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{WASOCK, found, kept_files, wasock};

/// Says ten lines in each iteration, and takes a tenth of a second for each.
const TALKER: &str = "import { sleep } from 'k6';
export const options = JSON.parse(__ENV.OPTIONS);
export function setup() { sleep(Number(__ENV.SETUP || 0)); }
export default function () {
  for (let i = 0; i < 10; i++) {
    if (!__ENV.SILENT) console.log(`line ${__VU} ${i} end`);
    sleep(0.1);
  }
}";

/// `wasock run` on a terminal of its own.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    screen: Arc<Mutex<vt100::Parser>>,
    reader: Option<JoinHandle<()>>,
    _folder: TempDir,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Terminal {
    /// Runs the talker with these options and arguments.
    fn run(columns: u16, rows: u16, options: &Value, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(WASOCK);
        command.args(["run", "-e", &format!("OPTIONS={options}")]);
        command.args(arguments);
        command.arg(script());
        Self::start(columns, rows, command)
    }

    fn start(columns: u16, rows: u16, command: CommandBuilder) -> Self {
        Self::with_variable(columns, rows, command, None)
    }

    /// With an environment variable that is set to 1.
    fn with_variable(
        columns: u16,
        rows: u16,
        mut command: CommandBuilder,
        variable: Option<&str>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        command.cwd(folder.path());
        command.env("TERM", "xterm-256color");
        // The environment of commands in tests, which this kind of command does not share.
        for (name, value) in wasock().get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            }
        }
        if let Some(name) = variable {
            command.env(name, "1");
        }
        let pair = native_pty_system().openpty(size(columns, rows)).expect("there is a terminal");
        let child = pair.slave.spawn_command(command).expect("the command starts");
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let mut output = pair.master.try_clone_reader().expect("it can be read");
        let shown = screen.clone();
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            // A terminal without a program is an error to read from on some systems.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().process(&bytes[..count]);
            }
        });
        let keyboard = pair.master.take_writer().expect("it can be written to");
        let (master, keyboard) = (Some(pair.master), Some(keyboard));
        Self { child, master, keyboard, screen, reader: Some(reader), _folder: folder }
    }

    /// What the screen shows, without empty rows at its end.
    fn rows(&self) -> Vec<String> {
        let screen = self.screen.lock();
        let (_, columns) = screen.screen().size();
        let mut rows: Vec<_> =
            screen.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }

    /// Waits until the screen shows what is looked for.
    #[track_caller]
    fn shows(&self, what: &str, looked_for: impl Fn(&[String]) -> bool) -> Vec<String> {
        found(|| {
            let rows = self.rows();
            match looked_for(&rows) {
                true => Ok(rows),
                false => Err(format!("no {what} in\n{}", rows.join("\n"))),
            }
        })
    }

    fn resize(&self, columns: u16, rows: u16) {
        self.screen.lock().screen_mut().set_size(rows, columns);
        let master = self.master.as_ref().expect("it is there");
        master.resize(size(columns, rows)).expect("it can be resized");
    }

    fn types(&mut self, text: &str) {
        let keyboard = self.keyboard.as_mut().expect("it is there");
        keyboard.write_all(text.as_bytes()).expect("it is taken");
    }

    /// Takes the terminal away.
    fn hang_up(&mut self) {
        drop(self.keyboard.take());
        drop(self.master.take());
    }

    /// Waits for the end: the exit code, and what is on the screen then.
    fn ends(&mut self) -> (u32, Vec<String>) {
        let status = self.child.wait().expect("the command ends");
        if self.master.is_some() {
            let reader = self.reader.take().expect("it ends once");
            reader.join().expect("all is read");
        }
        (status.exit_code(), self.rows())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
    }
}

fn script() -> PathBuf {
    kept_files(&[("talker.js", TALKER)]).join("talker.js")
}

fn scenario(more: Value) -> Value {
    let mut scenario = json!({"executor": "per-vu-iterations"});
    if let (Some(scenario), Value::Object(more)) = (scenario.as_object_mut(), more) {
        scenario.extend(more);
    }
    scenario
}

#[test]
fn log_lines_do_not_tear_what_is_redrawn() {
    let options = json!({"scenarios": {
        "first": scenario(json!({"vus": 3})),
        "second": scenario(json!({"vus": 2, "startTime": "500ms"})),
    }});
    let mut terminal = Terminal::run(100, 200, &options, &[]);
    terminal.shows("bar", |rows| rows.iter().any(|row| row.contains(">---")));
    let (code, rows) = terminal.ends();
    assert_eq!(code, 0, "{}", rows.join("\n"));
    let logged: Vec<_> = rows.iter().filter(|row| row.contains("line ")).collect();
    assert_eq!(logged.len(), 50, "{}", rows.join("\n"));
    for row in logged {
        let (head, message) = row.split_once("] ").expect("it begins with the level and the time");
        let (said, rest) = message.split_at("line 0 0 end".len());
        assert!(head.starts_with("INFO[00") && said.starts_with("line "), "{row}");
        assert!(said.ends_with(" end") && rest.trim_start() == "source=console", "{row}");
    }
    // What is redrawn is there once, in its last state, behind the summary.
    let count = |text: &str| rows.iter().filter(|row| row.contains(text)).count();
    assert_eq!(
        (count("running ("), count("[===="), count(">---")),
        (1, 2, 0),
        "{}",
        rows.join("\n")
    );
    let bar = "=".repeat(40);
    let last = [format!("first  ✓ [{bar}] 3 VUs  00m01"), format!("second ✓ [{bar}] 2 VUs  00m01")];
    for (row, expected) in rows[rows.len() - 2..].iter().zip(last) {
        assert!(row.starts_with(&expected), "{row}");
    }
}

#[test]
fn forty_columns_are_enough() {
    let name = "a-scenario-with-a-name-that-is-longer-than-the-terminal";
    let options = json!({"scenarios": {
        name: {"executor": "constant-vus", "vus": 2, "duration": "2s", "gracefulStop": "0s"},
        "b": scenario(json!({"startTime": "30m"})),
    }});
    let mut terminal = Terminal::run(40, 24, &options, &["-e", "SILENT=1"]);
    let rows = terminal.shows("two scenarios", |rows| {
        rows.iter().any(|row| row.starts_with("a-scen…rminal"))
            && rows.iter().any(|row| row.contains('•'))
    });
    let head = rows.iter().position(|row| row.ends_with(" iters")).expect("the line above");
    assert!(rows[head].starts_with("00m0") && rows[head].contains("/2 VUs, "), "{rows:#?}");
    assert!(rows[head + 1].starts_with("a-scen…rminal   [ "), "{rows:#?}");
    assert!(rows[head + 1].ends_with("% ] 2 VUs"), "{rows:#?}");
    let waiting = rows[head + 2].strip_prefix("b             • [   0% ] starts in ");
    assert!(
        waiting.is_some_and(|rest| ["30m0s", "29m5"].iter().any(|start| rest.starts_with(start))),
        "{rows:#?}"
    );
    assert_eq!(rows.len(), head + 3, "{rows:#?}");
    terminal.types("\u{3}");
    assert_eq!(terminal.ends().0, 105);
}

#[test]
fn thirty_scenarios_fit_into_a_small_terminal() {
    let scenarios: serde_json::Map<_, _> = (0..30)
        .map(|number| {
            let start = if number < 20 { "0s" } else { "10m" };
            let options = json!({"executor": "constant-vus", "duration": "5m", "startTime": start});
            (format!("number-{number}"), options)
        })
        .collect();
    let options = json!({ "scenarios": scenarios });
    let mut terminal = Terminal::run(80, 12, &options, &["-e", "SILENT=1"]);
    let rows = terminal.shows("line about the others", |rows| {
        rows.last().is_some_and(|row| row == "… and 21 more: 11 at work, 10 waiting")
    });
    assert!(rows[rows.len() - 11].starts_with("running ("), "{rows:#?}");
    assert!(rows[rows.len() - 10].starts_with("number-0 "), "{rows:#?}");
    terminal.types("\u{3}");
    let (code, _) = terminal.ends();
    assert_eq!(code, 105);
}

#[test]
fn a_terminal_that_changes_its_width_is_heeded() {
    let options = json!({"duration": "5m"});
    let mut terminal = Terminal::run(100, 30, &options, &["-e", "SILENT=1"]);
    let bar = |rows: &[String], width: usize| {
        let row = rows.last().filter(|row| row.starts_with("default   [")).cloned();
        row.is_some_and(|row| row.find(']') == Some("default   [".len() + width))
    };
    terminal.shows("wide bar", |rows| bar(rows, 40));
    terminal.resize(60, 30);
    terminal.shows("narrow bar", |rows| bar(rows, 27));
    terminal.resize(42, 30);
    terminal.shows("percentage", |rows| rows.last().is_some_and(|row| row.contains("% ] 1 VUs")));
    terminal.resize(100, 30);
    terminal.shows("wide bar", |rows| bar(rows, 40));
    terminal.types("\u{3}");
    assert_eq!(terminal.ends().0, 105);
}

#[test]
fn the_stages_of_a_test_are_named() {
    let mut terminal = Terminal::run(80, 24, &json!({}), &["-e", "SILENT=1", "-e", "SETUP=300"]);
    terminal.shows("setup", |rows| rows.last().is_some_and(|row| row == "setup() is running"));
    terminal.types("\u{3}");
    assert_eq!(terminal.ends().0, 105);
}

#[test]
fn ctrl_c_on_the_keyboard_once_ends_in_order_and_twice_at_once() {
    let options = json!({"duration": "5m", "gracefulStop": "5m"});
    let running = |rows: &[String]| rows.iter().any(|row| row.contains("1/1 VUs"));
    let mut terminal = Terminal::run(100, 60, &options, &["-e", "SILENT=1"]);
    terminal.shows("running user", running);
    terminal.types("\u{3}");
    let (code, rows) = terminal.ends();
    assert_eq!(code, 105);
    assert!(rows.iter().any(|row| row.contains("█ TOTAL RESULTS")), "{rows:#?}");
    assert!(rows.iter().any(|row| row.contains("aborted by a signal")), "{rows:#?}");
    // setup() cannot be left early by its own script, so that there is time for a second one.
    let endless = kept_files(&[(
        "endless.js",
        "export default function () {} export function teardown() { while (true) {} }",
    )]);
    let mut command = CommandBuilder::new(WASOCK);
    command.args(["run".into(), endless.join("endless.js")] as [PathBuf; 2]);
    let mut terminal = Terminal::start(100, 60, command);
    terminal.shows("teardown", |rows| rows.iter().any(|row| row == "teardown() is running"));
    terminal.types("\u{3}");
    terminal.shows("warning", |rows| {
        rows.iter().any(|row| row.contains("another one ends the run at once"))
    });
    terminal.types("\u{3}");
    let (code, rows) = terminal.ends();
    assert_eq!(code, 105);
    assert!(!rows.iter().any(|row| row.contains("TOTAL RESULTS")), "{rows:#?}");
}

#[test]
fn a_terminal_that_is_closed_changes_nothing_for_a_run_that_ignores_it() {
    let samples = tempfile::NamedTempFile::new().expect("a file can be made");
    let mut command = CommandBuilder::new("sh");
    // As `nohup` does, which leads the output elsewhere too.
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh", WASOCK, "run"]);
    command.args(["-e", "OPTIONS={\"iterations\": 2}", "--out"]);
    command.arg(format!("json={}", samples.path().display()));
    command.arg(script());
    let mut terminal = Terminal::start(100, 24, command);
    terminal.shows("bar", |rows| rows.iter().any(|row| row.contains(">---")));
    terminal.hang_up();
    assert_eq!(terminal.ends().0, 0);
    let samples = std::fs::read_to_string(samples.path()).expect("it was written");
    let iterations = samples.lines().filter(|line| line.starts_with(r#"{"metric":"iterations""#));
    assert_eq!(iterations.count(), 2);
}

#[test]
fn colours_follow_no_color() {
    let run = |name: Option<&str>| {
        let mut command = CommandBuilder::new(WASOCK);
        command.args(["run", "-e", "SILENT=1", "-e", "OPTIONS={}"]);
        command.arg(script());
        let mut terminal = Terminal::with_variable(100, 60, command, name);
        let (code, _) = terminal.ends();
        assert_eq!(code, 0);
        let screen = terminal.screen.lock();
        let colour = |cell: &vt100::Cell| cell.fgcolor() != vt100::Color::Default;
        let (rows, columns) = screen.screen().size();
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        cells.filter_map(|(row, column)| screen.screen().cell(row, column)).any(colour)
    };
    assert!(run(None));
    assert!(!run(Some("NO_COLOR")));
    assert!(!run(Some("K6_NO_COLOR")));
}
