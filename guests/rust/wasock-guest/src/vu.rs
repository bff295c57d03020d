//! What a test measures, and what it is told.

use crate::bindings::wasock::websocket::tags::Tag;
use crate::bindings::wasock::websocket::{console, environment, metrics};
use crate::{Contents, Error, Kind, Level, Result};

fn owned(tags: &[(&str, &str)]) -> Vec<Tag> {
    let tag =
        |&(name, value): &(&str, &str)| Tag { name: name.to_owned(), value: value.to_owned() };
    tags.iter().map(tag).collect()
}

/// Records a check, and returns whether it passed.
pub fn check(name: &str, passed: bool) -> bool {
    metrics::check(name, passed, &[]);
    passed
}

/// Records a check with tags of its own, names and values, and returns whether it passed.
pub fn check_tagged(name: &str, passed: bool, tags: &[(&str, &str)]) -> bool {
    metrics::check(name, passed, &owned(tags));
    passed
}

/// A metric of the test.
#[derive(Debug, Clone, Copy)]
pub struct Metric(u32);

impl Metric {
    /// Declares a metric; declared again, it is the same.
    ///
    /// # Errors
    ///
    /// The name is malformed, or taken by a metric of another kind.
    pub fn new(name: &str, kind: Kind, contents: Contents) -> Result<Self> {
        metrics::declare(name, kind, contents).map(Self).map_err(Error::new)
    }

    /// Adds a value.
    pub fn add(self, value: f64) {
        metrics::add(self.0, value, &[]);
    }

    /// Adds a value with tags of its own, names and values.
    pub fn add_tagged(self, value: f64, tags: &[(&str, &str)]) {
        metrics::add(self.0, value, &owned(tags));
    }
}

/// Writes a line of the level `info` to the log.
pub fn log(line: impl AsRef<str>) {
    log_at(Level::Info, line);
}

/// Writes a line to the log.
pub fn log_at(level: Level, line: impl AsRef<str>) {
    console::log(level, console::Source::Console, line.as_ref());
}

/// A variable of the run (`-e NAME=VALUE`).
pub fn env(name: &str) -> Option<String> {
    environment::variables().into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

/// A random number from `least` to `most`.
pub fn random(least: u64, most: u64) -> u64 {
    let bytes = environment::random_bytes(8);
    let number = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    least + number % (most - least).saturating_add(1).max(1)
}
