//! `wasock:websocket/console`.

use wasmtime::Result;

use crate::log::{Level, Line, Source};
use crate::vu::bindings::console::{self, Host};
use crate::vu::state::VuState;

impl Host for VuState {
    fn log(&mut self, level: console::Level, source: console::Source, line: String) -> Result<()> {
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
        self.run.log.line(Line { level, source, message: line, fields: Vec::new() });
        Ok(())
    }
}
