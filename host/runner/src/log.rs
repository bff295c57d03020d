//! Lines for the people who run a test.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// For finding faults.
    Debug,
    /// Plain information.
    Info,
    /// Something looks wrong.
    Warn,
    /// Something is wrong.
    Error,
}

impl Level {
    /// The name that log lines use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warning",
            Self::Error => "error",
        }
    }
}

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The script called the console.
    Console,
    /// An exception that nobody caught.
    Stacktrace,
    /// The runner.
    Runner,
}

impl Source {
    /// The value of a line's `source` field; the runner's own lines have none.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Console => Some("console"),
            Self::Stacktrace => Some("stacktrace"),
            Self::Runner => None,
        }
    }
}

/// The longest text of a line, in bytes: what is longer is not read by anybody, and would fill memory and disk. Stack
/// traces and JSON that is printed for debugging fit in.
pub const MAX_LINE: usize = 1 << 20;

/// Room for the note of how much is missing, in bytes, so that a text which was cut is not cut again.
const NOTE: usize = 64;

/// The text, or its beginning with a note of how much is missing.
pub(crate) fn clipped(mut text: String) -> String {
    if text.len() > MAX_LINE {
        let kept = text.floor_char_boundary(MAX_LINE - NOTE);
        let missing = text.len() - kept;
        text.truncate(kept);
        text.shrink_to_fit();
        text += &format!("… ({missing} more bytes)");
    }
    text
}

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// Where it comes from.
    pub source: Source,
    /// What it says.
    pub message: String,
    /// Further facts: the scenario and its executor.
    pub fields: Vec<(Cow<'static, str>, String)>,
}

/// Takes lines. Called from many threads; it should not block for long.
pub trait Log: Send + Sync {
    /// Takes one line.
    fn line(&self, line: Line);
}

/// A shared log.
pub type SharedLog = Arc<dyn Log>;

/// Logs a line of the runner itself.
pub fn say(log: &SharedLog, level: Level, message: impl Into<String>) {
    log.line(Line { level, source: Source::Runner, message: message.into(), fields: Vec::new() });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_once() {
        let long = "é".repeat(MAX_LINE);
        let cut = clipped(long);
        assert!(
            cut.ends_with("éé… (1048640 more bytes)") && cut.len() <= MAX_LINE,
            "{}",
            cut.len()
        );
        assert_eq!(clipped(cut.clone()), cut);
        assert_eq!(clipped("short".to_owned()), "short");
    }
}
