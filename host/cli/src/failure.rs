//! Why the program ends without having done what it was asked for.

use std::error::Error;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use wasock_runner::chain;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::{Level, Line, Source};
use wasock_runner::options::OptionError;
use wasock_runner::processes;
use wasock_runner::run::RunError;
use wasock_runner::secrets::Secrets;
use wasock_script::shown;
use wasock_script::{CompileError, Problem, ScriptError};
use wasock_server::ServerError;

/// Why the program ends: what failed, on which input, and how to put it right.
#[derive(Debug)]
pub struct Failure {
    /// What the process ends with.
    pub code: ExitCode,
    message: String,
    frame: Option<String>,
    hint: Option<String>,
}

impl Failure {
    /// A failure with a sentence that says what failed.
    pub fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), frame: None, hint: None }
    }

    /// A failure that is told by an error and all that lies behind it.
    pub fn of(code: ExitCode, error: &dyn Error) -> Self {
        Self::new(code, chain(error))
    }

    /// Something the user can do about it.
    pub fn with_hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }

    /// What failed, with the place of the fault, and how to put it right.
    pub fn parts(self) -> (String, Option<String>) {
        let frame = self.frame.map(|frame| format!("\n{}", frame.trim_end()));
        (self.message.trim_end().to_owned() + &frame.unwrap_or_default(), self.hint)
    }

    /// The failure with nothing in it that must not be seen.
    pub fn without(mut self, secrets: &Secrets) -> Self {
        let parts = [Some(&mut self.message), self.frame.as_mut(), self.hint.as_mut()];
        for text in parts.into_iter().flatten() {
            *text = secrets.redact(std::mem::take(text)).into_owned();
        }
        self
    }

    /// The whole of it as a line of the log.
    pub fn line(&self) -> Line {
        let frame = self.frame.as_deref().map(|frame| format!("\n{}", frame.trim_end()));
        let message = self.message.trim_end().to_owned() + &frame.unwrap_or_default();
        let fields = self.hint.iter().map(|hint| ("hint".into(), hint.clone())).collect();
        Line { level: Level::Error, source: Source::Runner, message, fields }
    }

    /// The whole of it, with a line break at the end of each line.
    pub fn report(&self, colours: bool) -> String {
        let (bad, good) = match colours {
            true => (AnsiColor::Red.on_default().bold(), AnsiColor::Cyan.on_default().bold()),
            false => (Style::new(), Style::new()),
        };
        let mut report = format!("{bad}error:{bad:#} {}\n", shown::lines(self.message.trim_end()));
        let hint = self.hint.as_deref().map(shown::lines);
        // What a frame shows of a source is written out already.
        let lines = [("", self.frame.as_deref()), ("hint: ", hint.as_deref())];
        for (label, text) in lines {
            if let Some(text) = text {
                writeln!(report, "{good}{label}{good:#}{}", text.trim_end())
                    .expect("a string takes all text");
            }
        }
        report
    }
}

/// For the process that waits for this one.
impl From<Failure> for processes::Failure {
    fn from(failure: Failure) -> Self {
        let code = failure.code;
        let (message, hint) = failure.parts();
        Self { message, hint, code }
    }
}

impl From<ScriptError> for Failure {
    fn from(error: ScriptError) -> Self {
        // Without a place it is the entry itself that cannot be read, and no import.
        let unreadable = error.place().is_none()
            && matches!(
                error.problem(),
                Problem::NotFound { .. }
                    | Problem::Directory { .. }
                    | Problem::Unreadable { .. }
                    | Problem::NotAFile { .. }
                    | Problem::EmptyPipe { .. }
                    | Problem::Stdin(_)
                    | Problem::WorkingDirectory(_)
            );
        let code = if unreadable { ExitCode::Other } else { ExitCode::ScriptException };
        Self {
            code,
            message: chain(&error),
            frame: error.frame(),
            hint: error.hint().map(str::to_owned),
        }
    }
}

impl From<CompileError> for Failure {
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Load(error) => error.into(),
            CompileError::Script(_)
            | CompileError::Component { .. }
            | CompileError::Module { .. }
            | CompileError::Surface { .. }
            | CompileError::TooLarge { .. }
            | CompileError::World(_) => {
                Self::of(ExitCode::ScriptException, &error).with_hint(error.hint())
            }
            CompileError::Read { .. } | CompileError::Engine(_) => {
                Self::of(ExitCode::Other, &error)
            }
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self::of(error.exit_code(), &error).with_hint(error.hint())
    }
}

impl From<OptionError> for Failure {
    fn from(error: OptionError) -> Self {
        RunError::from(error).into()
    }
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        Self::of(ExitCode::Other, &error).with_hint(error.hint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_the_message_and_the_hint_on_lines_of_their_own() {
        let failure = Failure::new(ExitCode::Other, "no file\n").with_hint(Some("make one"));
        assert_eq!(failure.report(false), "error: no file\nhint: make one\n");
        let evil = Failure::new(ExitCode::Other, "a\u{1b}[2J\nerror: b").with_hint(Some("\u{9b}m"));
        assert_eq!(evil.report(false), "error: a\\u{1b}[2J\n  error: b\nhint: \\u{9b}m\n");
        assert!(failure.report(true).starts_with("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m no file\n"));
    }
}
