//! A run over time: each metric by interval, in bounded memory.
//!
//! - `cell`: what one interval knows of one series
//! - `series`: what there is a line for
//! - `patch`: the part that a page does not have yet, as JSON

mod cell;
mod patch;
mod series;

pub use patch::Patch;

use std::sync::Arc;
use std::time::Duration;

use wasock_runner::metrics::{Builtin, Kind, Registry, Sample};

use series::Lines;

/// How long an interval is at first. Virtual users and bytes are measured as often.
pub const FIRST_INTERVAL: Duration = Duration::from_secs(1);

/// How many intervals there are at most: ten minutes of seconds. A run that lasts longer has each two merged into
/// one, so there are always at least half as many, which is about what a chart has pixels for.
pub const MAX_INTERVALS: usize = 600;

/// Adds up a run by interval.
#[derive(Debug)]
pub struct Timeline {
    /// When the run began: nanoseconds since 1970.
    start: i64,
    /// Nanoseconds.
    interval: i64,
    elapsed: Duration,
    lines: Lines,
    /// For each interval so far, the revision in which it changed last.
    changed: Vec<u64>,
    /// What changes from now on is part of this revision.
    revision: u64,
    /// The revision in which intervals were merged last.
    merged: u64,
}

impl Timeline {
    /// A timeline that begins at this time, in nanoseconds since 1970.
    pub fn new(start: i64) -> Self {
        Self {
            start,
            interval: i64::try_from(FIRST_INTERVAL.as_nanos()).unwrap_or(i64::MAX),
            elapsed: Duration::ZERO,
            lines: Lines::default(),
            changed: vec![1],
            revision: 1,
            merged: 0,
        }
    }

    /// How long an interval is now.
    #[cfg(test)]
    fn interval(&self) -> Duration {
        Duration::from_nanos(self.interval.unsigned_abs())
    }

    /// Notes how long the run has lasted. Samples are never put behind that.
    pub fn reach(&mut self, elapsed: Duration) {
        self.elapsed = self.elapsed.max(elapsed);
        let nanos = i64::try_from(self.elapsed.as_nanos()).unwrap_or(i64::MAX);
        while nanos / self.interval >= MAX_INTERVALS as i64 {
            self.merge_pairs();
        }
        let count = usize::try_from(nanos / self.interval).unwrap_or(0) + 1;
        if self.changed.len() < count {
            self.changed.resize(count, self.revision);
        }
    }

    /// Adds a sample, to the interval of its time.
    pub fn add(&mut self, registry: &Registry, sample: &Sample) {
        if !sample.value.is_finite() {
            return;
        }
        let since = sample.time.saturating_sub(self.start).max(0);
        let index = usize::try_from(since / self.interval).unwrap_or(usize::MAX);
        let index = index.min(self.changed.len() - 1);
        self.changed[index] = self.revision;
        self.lines.add_metric(registry, sample.metric, index, sample.value);
        if sample.metric == Builtin::Checks.id()
            && let Some(check) = sample.tags.get_shared("check")
        {
            self.lines.add_check(check, index, sample.value);
        }
        if let Some(code) = sample.tags.get_shared("error_code")
            && let Some(metric) = registry.get(sample.metric)
            && metric.kind == Kind::Counter
        {
            self.lines.add_error(&metric, sample.metric, code, index, sample.value);
        }
    }

    /// Notes how many sockets are open now.
    pub fn add_sockets(&mut self, open: u32) {
        let index = self.changed.len() - 1;
        self.changed[index] = self.revision;
        self.lines.add_sockets(index, f64::from(open));
    }

    /// What has changed since `revision`: all for 0. The patch names the revision to ask with next time.
    pub fn since(&mut self, revision: u64) -> Patch {
        let current = self.revision;
        self.revision += 1;
        let all = revision < self.merged || revision == 0;
        let is_newer = |changed: &u64| all || *changed > revision;
        let first = self.changed.iter().position(is_newer).unwrap_or(self.changed.len());
        Patch::new(self, current, first)
    }

    fn merge_pairs(&mut self) {
        self.interval = self.interval.saturating_mul(2);
        self.lines.merge_pairs();
        self.changed = vec![self.revision; self.changed.len().div_ceil(2)];
        self.merged = self.revision;
    }
}

/// The name of a check, or the code of an error.
type Name = Arc<str>;

#[cfg(test)]
mod tests;
