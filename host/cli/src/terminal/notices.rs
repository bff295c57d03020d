//! What the libraries have to say, as lines of the log.

use std::fmt::Write as _;
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level as Severity, Metadata, Subscriber};
use wasock_runner::log::Level;

use super::log::Logger;

/// The crates whose notices are worth a line; others are silent.
const OWN_CRATES: &str = "wasock";

/// Turns the notices of wasock's own crates into lines of the log.
pub struct Notices {
    log: Arc<Logger>,
}

impl Notices {
    /// Listens for the whole process; only the first call counts.
    pub fn listen(log: Arc<Logger>) {
        let _ = tracing::subscriber::set_global_default(Self { log });
    }
}

impl Subscriber for Notices {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && *metadata.level() <= Severity::DEBUG
            && metadata.target().starts_with(OWN_CRATES)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let level = match *event.metadata().level() {
            Severity::ERROR => Level::Error,
            Severity::WARN => Level::Warn,
            Severity::INFO => Level::Info,
            _ => Level::Debug,
        };
        let mut sentence = Sentence::default();
        event.record(&mut sentence);
        self.log.say(level, sentence.message + &sentence.facts);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The message of a notice, and its fields behind it.
#[derive(Default)]
struct Sentence {
    message: String,
    facts: String,
}

impl Visit for Sentence {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.facts, ", {name}: {value:?}"),
        }
        .expect("a string takes all text");
    }
}
