//! Scenarios: who runs which function how often, and for how long.

use std::time::Duration;

use super::ramp::{self, Step};
use super::{Rate, Share};

/// How long iterations may go on after a scenario's regular end, and after a ramp-down, if nothing else is asked for,
/// as in k6.
pub const DEFAULT_GRACEFUL_STOP: Duration = Duration::from_secs(30);

/// How long a scenario with a number of iterations may last if nothing else is asked for, as in k6.
pub const DEFAULT_MAX_DURATION: Duration = Duration::from_secs(600);

/// The unit of time of rates if nothing else is asked for, as in k6.
pub const DEFAULT_TIME_UNIT: Duration = Duration::from_secs(1);

/// The duration of scenarios that last until they are stopped.
pub const ENDLESS: Duration = Duration::MAX;

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

/// A part of a ramp of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateStage {
    /// How long it takes; zero for a jump.
    pub duration: Duration,
    /// The rate at its end.
    pub target: Rate,
}

/// How a scenario spreads its work. All numbers are those of the whole test, of which a process may run a part.
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
    /// Iterations that begin at a rate, however long they take.
    ConstantArrivalRate {
        /// How many begin in a unit of time.
        rate: Rate,
        /// The unit.
        time_unit: Duration,
        /// When no new ones are started any more.
        duration: Duration,
        /// How many virtual users there are, and may be.
        users: ArrivalUsers,
    },
    /// The same with a rate that changes.
    RampingArrivalRate {
        /// How many iterations begin in a unit of time at the start.
        start_rate: Rate,
        /// The unit.
        time_unit: Duration,
        /// What follows.
        stages: Vec<RateStage>,
        /// How many virtual users there are, and may be.
        users: ArrivalUsers,
    },
    /// As many iterations as fit into a time, with a number of virtual users that is changed from outside.
    ExternallyControlled {
        /// How many virtual users run at the start.
        vus: u32,
        /// How many are ready at the start.
        max_vus: u32,
        /// When it ends, pauses not counted; [`ENDLESS`] if only from outside.
        duration: Duration,
    },
}

/// The virtual users of an executor with an arrival rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrivalUsers {
    /// How many are made before the run.
    pub pre_allocated: u32,
    /// How many there may be, with those that are made because all were busy.
    pub max: u32,
}

impl ExecutorConfig {
    /// The name, as in `options.scenarios`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SharedIterations { .. } => "shared-iterations",
            Self::PerVuIterations { .. } => "per-vu-iterations",
            Self::ConstantVus { .. } => "constant-vus",
            Self::RampingVus { .. } => "ramping-vus",
            Self::ConstantArrivalRate { .. } => "constant-arrival-rate",
            Self::RampingArrivalRate { .. } => "ramping-arrival-rate",
            Self::ExternallyControlled { .. } => "externally-controlled",
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
            Self::ConstantArrivalRate { users, .. } | Self::RampingArrivalRate { users, .. } => {
                users.max
            }
            Self::ExternallyControlled { max_vus, .. } => *max_vus,
        }
    }

    /// How long new iterations are started at most.
    pub fn duration(&self) -> Duration {
        let sum = |durations: &mut dyn Iterator<Item = Duration>| {
            durations.fold(Duration::ZERO, Duration::saturating_add)
        };
        match self {
            Self::SharedIterations { max_duration, .. }
            | Self::PerVuIterations { max_duration, .. } => *max_duration,
            Self::ConstantVus { duration, .. }
            | Self::ConstantArrivalRate { duration, .. }
            | Self::ExternallyControlled { duration, .. } => *duration,
            Self::RampingVus { stages, .. } => sum(&mut stages.iter().map(|stage| stage.duration)),
            Self::RampingArrivalRate { stages, .. } => {
                sum(&mut stages.iter().map(|stage| stage.duration))
            }
        }
    }
}

/// One load, with the function that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// The name: ASCII letters, digits, `_` and `-`.
    pub name: String,
    /// The program whose function it is, as the options name it; none for the script itself.
    pub guest: Option<String>,
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
    /// The part of it that this process runs.
    pub share: Share,
}

impl Scenario {
    /// A scenario with the defaults of all fields that executors have in common, to be run as a whole.
    pub fn new(name: impl Into<String>, executor: ExecutorConfig) -> Self {
        Self {
            name: name.into(),
            guest: None,
            exec: DEFAULT_NAME.to_owned(),
            start_time: Duration::ZERO,
            graceful_stop: DEFAULT_GRACEFUL_STOP,
            env: Vec::new(),
            tags: Vec::new(),
            executor,
            share: Share::whole(),
        }
    }

    /// The most virtual users of this process at one time.
    pub fn max_vus(&self) -> u32 {
        self.share.of_vus(self.executor.max_vus())
    }

    /// Whether there is anything to do for this process. What is controlled from outside may get work later.
    pub fn has_work(&self) -> bool {
        self.max_vus() > 0 || matches!(self.executor, ExecutorConfig::ExternallyControlled { .. })
    }

    /// Which iterations are this process's own. Those that no particular virtual user runs go by how many
    /// users a process has.
    pub fn iterations_share(&self) -> Share {
        match &self.executor {
            ExecutorConfig::SharedIterations { .. }
            | ExecutorConfig::ConstantArrivalRate { .. }
            | ExecutorConfig::RampingArrivalRate { .. } => {
                let by = self.share.by(u64::from(self.executor.max_vus()));
                by.unwrap_or_else(|| self.share.clone())
            }
            ExecutorConfig::PerVuIterations { .. }
            | ExecutorConfig::ConstantVus { .. }
            | ExecutorConfig::RampingVus { .. }
            | ExecutorConfig::ExternallyControlled { .. } => self.share.clone(),
        }
    }

    /// How many iterations this process has to run, if their number is given.
    pub fn iterations(&self) -> Option<u64> {
        match &self.executor {
            ExecutorConfig::SharedIterations { iterations, .. } => {
                Some(self.iterations_share().of(*iterations))
            }
            ExecutorConfig::PerVuIterations { iterations, .. } => {
                Some(u64::from(self.max_vus()).saturating_mul(*iterations))
            }
            _ => None,
        }
    }

    /// How many of this process's virtual users run at which time; the first step is at 0. For the executors
    /// with arrival rates they are those that are made before the run.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let global = match &self.executor {
            ExecutorConfig::RampingVus { start_vus, stages, .. } => ramp::steps(*start_vus, stages),
            ExecutorConfig::ConstantArrivalRate { users, .. }
            | ExecutorConfig::RampingArrivalRate { users, .. } => {
                vec![Step { at: Duration::ZERO, vus: users.pre_allocated }]
            }
            other => vec![Step { at: Duration::ZERO, vus: other.max_vus() }],
        };
        let own = |step: Step| Step { vus: self.share.of_vus(step.vus), ..step };
        let mut steps: Vec<_> = global.into_iter().map(own).collect();
        steps.dedup_by_key(|step| step.vus);
        steps
    }

    /// When its last iteration has ended at the latest, graceful stop included, counted from the start of the
    /// run.
    pub fn max_duration(&self) -> Duration {
        self.start_time.saturating_add(self.executor.duration()).saturating_add(self.graceful_stop)
    }
}

/// When the last of these scenarios has ended at the latest, graceful stops included; [`ENDLESS`] if one has to
/// be stopped.
pub fn max_duration(scenarios: &[Scenario]) -> Duration {
    scenarios.iter().map(Scenario::max_duration).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_longest_scenario_counts_with_its_graceful_stop() {
        let scenario = |start, seconds| Scenario {
            start_time: Duration::from_secs(start),
            ..Scenario::new(
                "s",
                ExecutorConfig::ConstantVus { vus: 1, duration: Duration::from_secs(seconds) },
            )
        };
        let duration = max_duration(&[scenario(0, 10), scenario(100, 10), scenario(5, 50)]);
        assert_eq!(duration, Duration::from_secs(140));
        let endless =
            ExecutorConfig::ExternallyControlled { vus: 1, max_vus: 1, duration: ENDLESS };
        assert_eq!(max_duration(&[scenario(0, 10), Scenario::new("e", endless)]), ENDLESS);
        assert_eq!(max_duration(&[]), Duration::ZERO);
    }
}
