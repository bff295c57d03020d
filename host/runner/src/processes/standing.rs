//! How far a part is, and how all parts are together.

use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use crate::attempts::Failed;
use crate::context::RunContext;
use crate::executors::progress::ScenarioStanding;
use crate::run::Progress;

/// How far a part is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Standing {
    /// Virtual users that have been made.
    made: u32,
    /// Virtual users at work.
    active: u32,
    /// Virtual users that are ready or at work.
    initialized: u32,
    /// Sockets that are open.
    sockets: u32,
    /// Iterations that ran to their end, and those that were cut short.
    completed: u64,
    interrupted: u64,
    /// How attempts to connect went.
    attempts: u64,
    failed: Vec<Failed>,
    /// How often each was stopped that can be.
    stops: Vec<u64>,
    /// Those that the part has work for.
    scenarios: Vec<ScenarioStanding>,
}

impl Standing {
    /// How far this process is.
    pub(super) fn of(run: &RunContext, progress: &Progress) -> Self {
        let counters = &run.counters;
        Self {
            made: progress.made(),
            active: counters.active(),
            initialized: counters.initialized(),
            sockets: counters.sockets(),
            completed: counters.completed(),
            interrupted: counters.interrupted(),
            attempts: run.attempts.all(),
            failed: run.attempts.failures(),
            stops: run.stops.each(),
            scenarios: progress.standings(),
        }
    }

    /// The part has broken down: its users are gone, what they did is not. The iterations of those who were at work
    /// count as interrupted. Returns how many these were, and how many sockets were open, when it was last heard.
    pub(super) fn lose(&mut self) -> (u32, u32) {
        let gone = (self.active, self.sockets);
        self.interrupted += u64::from(self.active);
        (self.active, self.initialized, self.sockets) = (0, 0, 0);
        self.scenarios.iter_mut().for_each(ScenarioStanding::break_off);
        gone
    }

    /// Shows these parts as if all ran in this process.
    pub(super) fn show(parts: &[Self], run: &RunContext, progress: &Progress) {
        let few = |of: fn(&Self) -> u32| parts.iter().map(of).sum::<u32>();
        let many = |of: fn(&Self) -> u64| parts.iter().map(of).sum::<u64>();
        let counters = &run.counters;
        counters.active.store(few(|part| part.active), Ordering::Relaxed);
        counters.initialized.store(few(|part| part.initialized), Ordering::Relaxed);
        counters.sockets.store(few(|part| part.sockets), Ordering::Relaxed);
        counters.completed.store(many(|part| part.completed), Ordering::Relaxed);
        counters.interrupted.store(many(|part| part.interrupted), Ordering::Relaxed);
        let failed = parts.iter().flat_map(|part| part.failed.iter().cloned());
        run.attempts.set(many(|part| part.attempts), failed);
        progress.set_made(few(|part| part.made));
        progress.show(parts.iter().flat_map(|part| &part.scenarios));
    }

    /// Counts what was stopped in these parts to what was stopped here. They have ended.
    pub(super) fn count_stops(parts: &[Self], run: &RunContext) {
        parts.iter().for_each(|part| run.stops.add(&part.stops));
    }
}
