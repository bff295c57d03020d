//! Where samples go besides the summary (`--out`): what an output is, and how it gets its samples without ever
//! holding up the run. The outputs themselves are elsewhere.

mod feeder;
#[cfg(test)]
mod tests;

pub use feeder::{FINISH_TIME, QUEUE_BYTES, QUEUE_ROOM};
pub(crate) use feeder::{Feeders, complain};

use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::log::SharedLog;
use crate::metrics::{Aggregator, Registry, Sample};
use crate::thresholds::Thresholds;

/// Takes the samples of a run. Each output has a thread of its own, on which all methods but `description` are
/// called, so they may block: while they do, samples wait in a queue of [`QUEUE_ROOM`] and [`QUEUE_BYTES`], and
/// those that do not fit are left out and counted.
pub trait Output: Send {
    /// What it is and where it writes, for the start of a run: `json (results.json)`.
    fn description(&self) -> String;

    /// Learns where lines for the user go, before anything else.
    fn log_to(&mut self, _log: SharedLog) {}

    /// Learns of the thresholds, before the first sample.
    fn start(&mut self, _thresholds: &Thresholds) {}

    /// Takes samples, several times per second. `registry` knows their metrics.
    ///
    /// # Errors
    ///
    /// It can take no more: it is told about once, and gets nothing from then on.
    fn write(&mut self, registry: &Registry, samples: &[Sample]) -> Result<(), OutputError>;

    /// Looks at the sums so far, after each time that samples were fetched, even if there were none. `elapsed` is
    /// the time since the run began. Only those are asked to that watch a run
    /// ([`Execution::watchers`](crate::run::Execution)).
    fn look(&mut self, _results: &Aggregator, _thresholds: &Thresholds, _elapsed: Duration) {}

    /// Does what is due, such as sending what was gathered. It is called several times per second, also when
    /// there are no samples.
    ///
    /// # Errors
    ///
    /// It can take no more, as for [`write`](Self::write).
    fn tick(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    /// Writes out what it holds back. It is called once, at the end of the run. An output that is not done
    /// after [`FINISH_TIME`] is left behind.
    ///
    /// # Errors
    ///
    /// Something could not be written.
    fn finish(&mut self) -> Result<(), OutputError>;

    /// How many samples it has taken that have not arrived and will not, as far as it knows. It is asked at
    /// the end.
    fn lost(&self) -> u64 {
        0
    }
}

/// Why an output cannot be used, or not any more.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The file could not be made.
    #[error("the output {output} could not create \"{path}\"")]
    Create {
        /// Its name.
        output: String,
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Something could not be written.
    #[error("the output {output} could not be written")]
    Write {
        /// Its description.
        output: String,
        /// Why.
        source: io::Error,
    },
    /// Something else went wrong.
    #[error("the output {output} failed: {reason}")]
    Failed {
        /// Its description.
        output: String,
        /// What went wrong.
        reason: String,
    },
}
