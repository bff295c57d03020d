//! How far a run is.

use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use crate::executors::progress::{ScenarioProgress, ScenarioStanding, View};

/// What a run is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Virtual users are being made.
    #[default]
    Initializing,
    /// They are, and the run waits to be told to begin.
    Paused,
    /// `setup` runs.
    Setup,
    /// The scenarios run.
    Running,
    /// `teardown` runs.
    Teardown,
    /// All has run, and the run waits to be told to end.
    Lingering,
    /// All has run.
    Done,
}

/// Follows a run.
#[derive(Default)]
pub struct Progress {
    phase: Mutex<Phase>,
    made: AtomicU32,
    scenarios: Mutex<Vec<ScenarioProgress>>,
}

/// A run at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgressView {
    /// What it is doing.
    pub phase: Phase,
    /// Virtual users that have been made.
    pub made: u32,
    /// Each scenario.
    pub scenarios: Vec<View>,
}

impl Progress {
    /// The run at this moment.
    pub fn view(&self) -> ProgressView {
        ProgressView {
            phase: self.phase(),
            made: self.made(),
            scenarios: self.scenarios.lock().iter().map(ScenarioProgress::view).collect(),
        }
    }

    /// What the run is doing.
    pub fn phase(&self) -> Phase {
        *self.phase.lock()
    }

    /// Virtual users that have been made.
    pub(crate) fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }

    /// Counts the virtual users that are made.
    pub(super) fn counter(&self) -> &AtomicU32 {
        &self.made
    }

    pub(super) fn enter(&self, phase: Phase) {
        *self.phase.lock() = phase;
    }

    /// Follows one more scenario.
    pub(crate) fn follow(&self, scenario: ScenarioProgress) {
        self.scenarios.lock().push(scenario);
    }

    /// The numbers of each scenario.
    pub(crate) fn standings(&self) -> Vec<ScenarioStanding> {
        self.scenarios.lock().iter().map(ScenarioProgress::standing).collect()
    }

    /// So many virtual users have been made in other processes.
    pub(crate) fn set_made(&self, made: u32) {
        self.made.store(made, Ordering::Relaxed);
    }

    /// Shows the scenarios as they stand in other processes, each with those of its name.
    pub(crate) fn show<'a>(&self, standings: impl Iterator<Item = &'a ScenarioStanding> + Clone) {
        for scenario in &*self.scenarios.lock() {
            scenario.show(standings.clone());
        }
    }
}
