//! `wasock:websocket/console`: information goes to standard output, what is wrong to standard error.

use std::io::Write;

use wasip2::cli::{stderr, stdout};

use crate::Provider;
use crate::bindings::console::{Guest, Level, Source};

impl Guest for Provider {
    fn log(level: Level, _source: Source, line: String) {
        say(level, &line);
    }

    fn log_failure(level: Level, _source: Source, line: String, error: String) {
        say(level, &format!("{line}: {error}"));
    }
}

/// Writes a line. What the host does not take is lost: there is nobody to tell.
pub(super) fn say(level: Level, line: &str) {
    let _ = match level {
        Level::Debug => return,
        Level::Info => stdout::get_stdout().write_all(format!("{line}\n").as_bytes()),
        Level::Warn => stderr::get_stderr().write_all(format!("warning: {line}\n").as_bytes()),
        Level::Error => stderr::get_stderr().write_all(format!("error: {line}\n").as_bytes()),
    };
}
