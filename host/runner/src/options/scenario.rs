//! Scenarios: who runs which function how often, and for how long.

use std::time::Duration;

/// How long iterations may go on after a scenario's regular end, and after a ramp-down, if nothing else is
/// asked for.
pub const DEFAULT_GRACEFUL_STOP: Duration = Duration::from_secs(30);

/// How long a scenario with a number of iterations may last if nothing else is asked for.
pub const DEFAULT_MAX_DURATION: Duration = Duration::from_secs(600);

/// The name of the scenario that stands for `vus`, `duration`, `iterations` and `stages`, and of the function
/// that scenarios run if they name no other.
pub const DEFAULT_NAME: &str = "default";

/// A part of a ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// How long it takes; zero for a jump.
    pub duration: Duration,
    /// How many virtual users there are at its end.
    pub target: u32,
}

/// How a scenario spreads its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExecutorConfig {
    /// A number of iterations, taken by whichever virtual user is free.
    SharedIterations {
        /// How many virtual users there are.
        vus: u32,
        /// How many iterations they run together.
        iterations: u64,
        /// When no new ones are started any more.
        max_duration: Duration,
    },
    /// The same number of iterations for each virtual user.
    PerVuIterations {
        /// How many virtual users there are.
        vus: u32,
        /// How many iterations each of them runs.
        iterations: u64,
        /// When no new ones are started any more.
        max_duration: Duration,
    },
    /// As many iterations as fit into a time.
    ConstantVus {
        /// How many virtual users there are.
        vus: u32,
        /// When no new iterations are started any more.
        duration: Duration,
    },
    /// The same with a number of virtual users that changes.
    RampingVus {
        /// How many virtual users there are at the start.
        start_vus: u32,
        /// What follows.
        stages: Vec<Stage>,
        /// How long a virtual user that has to go may take to end its iteration.
        graceful_ramp_down: Duration,
    },
}

impl ExecutorConfig {
    /// The name, as in `options.scenarios`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SharedIterations { .. } => "shared-iterations",
            Self::PerVuIterations { .. } => "per-vu-iterations",
            Self::ConstantVus { .. } => "constant-vus",
            Self::RampingVus { .. } => "ramping-vus",
        }
    }

    /// The most virtual users at one time.
    pub fn max_vus(&self) -> u32 {
        match self {
            Self::SharedIterations { vus, .. }
            | Self::PerVuIterations { vus, .. }
            | Self::ConstantVus { vus, .. } => *vus,
            Self::RampingVus { start_vus, stages, .. } => {
                let targets = stages.iter().map(|stage| stage.target);
                targets.fold(*start_vus, u32::max)
            }
        }
    }

    /// How long new iterations are started at most.
    pub fn duration(&self) -> Duration {
        match self {
            Self::SharedIterations { max_duration, .. }
            | Self::PerVuIterations { max_duration, .. } => *max_duration,
            Self::ConstantVus { duration, .. } => *duration,
            Self::RampingVus { stages, .. } => {
                stages.iter().fold(Duration::ZERO, |sum, stage| sum.saturating_add(stage.duration))
            }
        }
    }
}

/// One load, with the function that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// The name: ASCII letters, digits, `_` and `-`.
    pub name: String,
    /// The exported function that an iteration calls.
    pub exec: String,
    /// When it begins, counted from the end of `setup`.
    pub start_time: Duration,
    /// How long iterations may go on after its regular end.
    pub graceful_stop: Duration,
    /// What its virtual users find in `__ENV` besides the variables of the run.
    pub env: Vec<(String, String)>,
    /// The tags of its samples.
    pub tags: Vec<(String, String)>,
    /// How it spreads its work.
    pub executor: ExecutorConfig,
}

impl Scenario {
    /// A scenario with the defaults of all fields that executors have in common.
    pub fn new(name: impl Into<String>, executor: ExecutorConfig) -> Self {
        Self {
            name: name.into(),
            exec: DEFAULT_NAME.to_owned(),
            start_time: Duration::ZERO,
            graceful_stop: DEFAULT_GRACEFUL_STOP,
            env: Vec::new(),
            tags: Vec::new(),
            executor,
        }
    }

    /// The most virtual users at one time.
    pub fn max_vus(&self) -> u32 {
        self.executor.max_vus()
    }

    /// When its last iteration has ended at the latest, graceful stop included, counted from the start of the
    /// run.
    pub fn max_duration(&self) -> Duration {
        self.start_time.saturating_add(self.executor.duration()).saturating_add(self.graceful_stop)
    }
}

/// The most virtual users that these scenarios need at one time. Scenarios that cannot overlap share theirs.
pub fn max_vus(scenarios: &[Scenario]) -> u64 {
    let running_at = |time: Duration| {
        let running = scenarios
            .iter()
            .filter(|scenario| scenario.start_time <= time && time < scenario.max_duration());
        running.map(|scenario| u64::from(scenario.max_vus())).sum()
    };
    let starts = scenarios.iter().map(|scenario| running_at(scenario.start_time));
    starts.max().unwrap_or(0)
}

/// When the last of these scenarios has ended at the latest, graceful stops included.
pub fn max_duration(scenarios: &[Scenario]) -> Duration {
    scenarios.iter().map(Scenario::max_duration).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constant(vus: u32, start: u64, seconds: u64) -> Scenario {
        let duration = Duration::from_secs(seconds);
        Scenario {
            start_time: Duration::from_secs(start),
            ..Scenario::new("s", ExecutorConfig::ConstantVus { vus, duration })
        }
    }

    #[test]
    fn a_ramp_needs_the_highest_of_its_targets() {
        let stage = |seconds, target| Stage { duration: Duration::from_secs(seconds), target };
        let ramp = ExecutorConfig::RampingVus {
            start_vus: 3,
            stages: vec![stage(10, 20), stage(0, 5), stage(5, 0)],
            graceful_ramp_down: DEFAULT_GRACEFUL_STOP,
        };
        assert_eq!(ramp.max_vus(), 20);
        assert_eq!(ramp.duration(), Duration::from_secs(15));
    }

    #[test]
    fn scenarios_that_overlap_add_up() {
        let scenarios = [constant(5, 0, 10), constant(7, 39, 10), constant(2, 100, 10)];
        assert_eq!(max_vus(&scenarios), 12);
        assert_eq!(max_vus(&[constant(5, 0, 10), constant(7, 40, 10)]), 7);
        assert_eq!(max_vus(&[]), 0);
        assert_eq!(max_duration(&scenarios), Duration::from_secs(140));
    }
}
