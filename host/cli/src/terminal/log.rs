//! Log lines: of the runner, and of the script's console.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Map, Value};
use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::{Level, Line, Log, Source};
use wasock_runner::options::suggest::guess;
use wasock_script::shown;

use super::screen::Stream;
use super::writer::{Job, Writer};
use super::{Screen, logfmt};
use crate::cli::GlobalArgs;
use crate::failure::Failure;

/// How far the fields of a line on a terminal are from its message's start, in characters: most messages are shorter,
/// and a wide terminal has room for the fields beside them.
const MESSAGE_WIDTH: usize = 44;

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Keys and values; shorter on a terminal.
    #[default]
    Text,
    /// Messages alone, with whatever control characters the script has put into them.
    Raw,
    /// An object of JSON per line.
    Json,
}

/// Where log lines go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LogOutput {
    /// Standard error.
    #[default]
    Stderr,
    /// Standard output.
    Stdout,
    /// Nowhere.
    None,
    /// A file, which is emptied before, with the lowest level that it takes if that is its own.
    File(PathBuf, Option<Level>),
}

/// The levels by the names that flags have for them.
const LEVELS: [(&str, Level); 5] = [
    ("debug", Level::Debug),
    ("info", Level::Info),
    ("warning", Level::Warn),
    ("warn", Level::Warn),
    ("error", Level::Error),
];

fn level(name: &str) -> Result<Level, String> {
    let found = LEVELS.iter().find(|(known, _)| *known == name);
    found.map(|(_, level)| *level).ok_or_else(|| {
        let names = LEVELS.map(|(name, _)| name);
        let guess = guess(name, names);
        format!("the level \"{name}\" is none of {}{guess}", names.join(", "))
    })
}

impl FromStr for LogOutput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=').unwrap_or((text, "")) {
            ("stderr" | "", "") => Ok(Self::Stderr),
            ("stdout", "") => Ok(Self::Stdout),
            ("none", "") => Ok(Self::None),
            ("file", file) if !file.is_empty() => {
                let (path, least) = match file.rsplit_once(",level=") {
                    Some((path, name)) => (path, Some(level(name)?)),
                    None => (file, None),
                };
                Ok(Self::File(path.into(), least))
            }
            ("file", _) => Err("expected the path of a file behind file=".to_owned()),
            ("loki", _) => {
                Err("wasock sends nothing to Loki; write a file with file=PATH, or JSON to \
                                standard error with --log-format=json, and let an agent ship it"
                    .to_owned())
            }
            (name, _) => {
                let guess = guess(name, ["stderr", "stdout", "none", "file"]);
                Err(format!("expected stderr, stdout, none or file=PATH[,level=LEVEL]{guess}"))
            }
        }
    }
}

/// The log of the program.
pub struct Logger {
    form: Form,
    target: Target,
    least: Level,
    screen: Arc<Screen>,
    /// Takes what the script's console says.
    console: Option<Arc<Writer>>,
}

/// How lines look.
#[derive(Clone, Copy)]
struct Form {
    format: LogFormat,
    started: Instant,
}

enum Target {
    Stderr,
    Stdout,
    None,
    File(Arc<Writer>),
}

impl Logger {
    /// A log as the flags ask for it; files are created at once.
    ///
    /// # Errors
    ///
    /// A file cannot be created.
    pub fn new(args: &GlobalArgs, screen: Arc<Screen>) -> Result<Self, Failure> {
        let mut least = if args.verbose { Level::Debug } else { Level::Info };
        let target = match &args.log_output {
            LogOutput::Stderr => Target::Stderr,
            LogOutput::Stdout => Target::Stdout,
            LogOutput::None => Target::None,
            LogOutput::File(path, own) => {
                least = own.unwrap_or(least);
                Target::File(create("--log-output", path, &screen)?)
            }
        };
        let console = args.console_output.as_deref();
        let console = console.map(|path| create("--console-output", path, &screen)).transpose()?;
        let form = Form { format: args.log_format, started: Instant::now() };
        screen.speak(move |level, message| form.render(&own(level, message), false, false));
        Ok(Self { form, target, least, console, screen })
    }

    /// A line of the program itself.
    pub fn say(&self, level: Level, message: impl Into<String>) {
        self.line(own(level, message.into()));
    }
}

/// A line of the program itself.
fn own(level: Level, message: String) -> Line {
    Line { level, source: Source::Runner, message, fields: Vec::new() }
}

impl Form {
    /// The line for a target that is a terminal or not, with a line break.
    fn render(self, line: &Line, is_terminal: bool, colours: bool) -> String {
        let mut text = match self.format {
            LogFormat::Raw => line.message.clone(),
            LogFormat::Json => json(line, &now()),
            LogFormat::Text if is_terminal => {
                short(line, self.started.elapsed().as_secs(), colours)
            }
            LogFormat::Text => long(line, &now()),
        };
        text.push('\n');
        text
    }
}

impl Log for Logger {
    fn line(&self, line: Line) {
        if line.level < self.least {
            return;
        }
        let plain = || Job::Text(Stream::Err, self.form.render(&line, false, false).into_bytes());
        if let (Source::Console, Some(file)) = (line.source, &self.console) {
            file.put(plain());
            return;
        }
        let (screen, form) = (&self.screen, self.form);
        match &self.target {
            Target::Stderr => {
                screen.err(form.render(&line, screen.stderr_is_terminal, screen.stderr_colours));
            }
            Target::Stdout => {
                screen.out(form.render(&line, screen.stdout_is_terminal, screen.stdout_colours));
            }
            Target::None => {}
            Target::File(file) => file.put(plain()),
        }
    }
}

fn create(flag: &str, path: &Path, screen: &Screen) -> Result<Arc<Writer>, Failure> {
    let name = path.display();
    match File::create(path) {
        Ok(file) => Ok(screen.file(format!("the file of {flag} \"{name}\""), file)),
        Err(error) => {
            let message = format!("{flag} could not create \"{name}\": {error}");
            Err(Failure::new(ExitCode::InvalidConfig, message))
        }
    }
}

fn now() -> String {
    let seconds = Timestamp::now().as_second();
    Timestamp::from_second(seconds).expect("the clock shows a time of this era").to_string()
}

/// The fields of a line besides time, level and message, by name.
fn fields(line: &Line) -> Vec<(&str, &str)> {
    let mut fields: Vec<_> = line.fields.iter().map(|(key, value)| (&**key, &**value)).collect();
    fields.extend(line.source.name().map(|source| ("source", source)));
    fields.sort_unstable();
    fields
}

/// `time="…" level=info msg="…" source=console`
fn long(line: &Line, time: &str) -> String {
    let mut text = format!("time=\"{time}\"");
    logfmt::push(&mut text, "level", line.level.name());
    logfmt::push(&mut text, "msg", &line.message);
    for (key, value) in fields(line) {
        logfmt::push(&mut text, key, value);
    }
    text
}

/// `INFO[0003] message   source=console`
fn short(line: &Line, seconds: u64, colours: bool) -> String {
    let (name, colour) = match line.level {
        Level::Debug => ("DEBU", AnsiColor::White),
        Level::Info => ("INFO", AnsiColor::Cyan),
        Level::Warn => ("WARN", AnsiColor::Yellow),
        Level::Error => ("ERRO", AnsiColor::Red),
    };
    let style = if colours { colour.on_default() } else { Style::new() };
    let message = shown::lines(line.message.trim_end());
    let fields = fields(line);
    if fields.is_empty() {
        return format!("{style}{name}{style:#}[{seconds:04}] {message}");
    }
    let mut text = format!("{style}{name}{style:#}[{seconds:04}] {message:<MESSAGE_WIDTH$}");
    for (key, value) in fields {
        let mut pair = String::new();
        logfmt::push(&mut pair, "", value);
        text.push_str(&format!(" {style}{key}{style:#}{pair}"));
    }
    text
}

fn json(line: &Line, time: &str) -> String {
    let own = [("level", line.level.name()), ("msg", &*line.message), ("time", time)];
    let mut entries: Vec<_> = own.into_iter().chain(fields(line)).collect();
    entries.sort_unstable();
    let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value)));
    shown::json(Value::Object(entries.collect::<Map<_, _>>()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line {
            level: Level::Warn,
            source: Source::Console,
            message: "two words".to_owned(),
            fields: vec![("scenario".into(), "a b".to_owned())],
        }
    }

    const TIME: &str = "2026-01-02T03:04:05Z";

    #[test]
    fn text_has_time_level_message_and_fields_by_name() {
        let expected = r#"time="2026-01-02T03:04:05Z" level=warning msg="two words" scenario="a b" source=console"#;
        assert_eq!(long(&line(), TIME), expected);
    }

    #[test]
    fn a_terminal_gets_the_level_in_four_letters_and_seconds() {
        let expected = format!("WARN[0003] {:<44} scenario=\"a b\" source=console", "two words");
        assert_eq!(short(&line(), 3, false), expected);
        assert!(short(&line(), 3, true).starts_with("\u{1b}[33mWARN\u{1b}[0m[0003] "));
        let plain = Line { source: Source::Runner, fields: Vec::new(), ..line() };
        assert_eq!(short(&plain, 12_345, false), "WARN[12345] two words");
    }

    #[test]
    fn a_terminal_gets_nothing_that_it_would_obey() {
        let message = "a\u{1b}[2J\u{9b}m\r\nERRO[0003] forged\n".to_owned();
        let fields = vec![("error".into(), "\u{202e}\u{1b}c".to_owned())];
        let line = Line { message, fields, ..line() };
        let expected = "WARN[0003] a\\u{1b}[2J\\u{9b}m\\r\n  ERRO[0003] forged        \
                        error=\"\\u202e\\u001bc\" source=console";
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&short(&line, 3, false)), words(expected));
        assert!(short(&line, 3, false).contains("\n  ERRO"));
        assert!(!json(&line, TIME).contains(shown::acts));
    }

    #[test]
    fn json_has_its_keys_by_name() {
        let expected = r#"{"level":"warning","msg":"two words","scenario":"a b","source":"console","time":"2026-01-02T03:04:05Z"}"#;
        assert_eq!(json(&line(), TIME), expected);
    }

    #[test]
    fn outputs_are_names_or_a_file_with_a_path() {
        assert_eq!("stdout".parse(), Ok(LogOutput::Stdout));
        assert_eq!("file=a=b.log".parse(), Ok(LogOutput::File("a=b.log".into(), None)));
        let errors = LogOutput::File("a,b".into(), Some(Level::Error));
        assert_eq!("file=a,b,level=error".parse(), Ok(errors));
        for wrong in ["file", "file=", "loki=http://a", "stderr=x", "file=a,level=loud"] {
            assert!(wrong.parse::<LogOutput>().is_err(), "{wrong}");
        }
    }
}
