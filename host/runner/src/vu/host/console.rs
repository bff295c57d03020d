//! `wasock:websocket/console`.

use std::borrow::Cow;

use wasmtime::Result;

use crate::log::{Level, Line, Source};
use crate::vu::bindings::console::{self, Host};
use crate::vu::state::VuState;

impl Host for VuState {
    fn log(&mut self, level: console::Level, source: console::Source, line: String) -> Result<()> {
        self.log_line(level, source, line, Vec::new());
        Ok(())
    }

    fn log_failure(
        &mut self,
        level: console::Level,
        source: console::Source,
        line: String,
        error: String,
    ) -> Result<()> {
        self.log_line(level, source, line, vec![("error".into(), error)]);
        Ok(())
    }
}

impl VuState {
    /// Logs a line, unless there were too many.
    fn log_line(
        &mut self,
        level: console::Level,
        source: console::Source,
        message: String,
        fields: Vec<(Cow<'static, str>, String)>,
    ) {
        let length = message.len() + fields.iter().map(|(_, text)| text.len()).sum::<usize>();
        if !self.lines.may_log(length) {
            return;
        }
        let level = match level {
            console::Level::Debug => Level::Debug,
            console::Level::Info => Level::Info,
            console::Level::Warn => Level::Warn,
            console::Level::Error => Level::Error,
        };
        let source = match source {
            console::Source::Console => Source::Console,
            console::Source::Runtime => Source::Runner,
        };
        self.run.log.line(Line { level, source, message, fields });
    }
}
