//! Scenarios in words, as the start of a run prints them.

use std::time::Duration;

use super::Rate;
use super::scenario::{ArrivalUsers, DEFAULT_NAME, ENDLESS, ExecutorConfig, Scenario};
use crate::duration::format;

impl Scenario {
    /// The scenario in a line, without its name:
    /// `4 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)`.
    pub fn describe(&self) -> String {
        let (work, mut facts) = self.work();
        if let Some(guest) = &self.guest {
            facts.push(format!("guest: {guest}"));
        }
        if self.exec != DEFAULT_NAME {
            facts.push(format!("exec: {}", self.exec));
        }
        if !self.start_time.is_zero() {
            facts.push(format!("startTime: {}", format(self.start_time)));
        }
        if !self.graceful_stop.is_zero() {
            facts.push(format!("gracefulStop: {}", format(self.graceful_stop)));
        }
        if facts.is_empty() { work } else { format!("{work} ({})", facts.join(", ")) }
    }

    /// What its users do, and the facts about that which only its executor has.
    fn work(&self) -> (String, Vec<String>) {
        let mut facts = Vec::new();
        let (vus, duration) = (self.max_vus(), self.executor.duration());
        let work = match &self.executor {
            ExecutorConfig::SharedIterations { max_duration, .. } => {
                facts.push(format!("maxDuration: {}", format(*max_duration)));
                format!("{} iterations shared among {vus} VUs", self.iterations().unwrap_or(0))
            }
            ExecutorConfig::PerVuIterations { iterations, max_duration, .. } => {
                facts.push(format!("maxDuration: {}", format(*max_duration)));
                format!("{iterations} iterations for each of {vus} VUs")
            }
            ExecutorConfig::ConstantVus { .. } => {
                format!("{vus} looping VUs for {}", format(duration))
            }
            ExecutorConfig::RampingVus { stages, graceful_ramp_down, .. } => {
                facts.push(format!("gracefulRampDown: {}", format(*graceful_ramp_down)));
                let stages = stages.len();
                format!("Up to {vus} looping VUs for {} over {stages} stages", format(duration))
            }
            ExecutorConfig::ConstantArrivalRate { rate, time_unit, users, .. } => {
                facts.push(self.arrival_users(*users));
                let rate = self.own_rate(*rate, *time_unit);
                format!("{rate:.2} iterations/s for {}", format(duration))
            }
            ExecutorConfig::RampingArrivalRate { start_rate, time_unit, stages, users } => {
                facts.push(self.arrival_users(*users));
                let rate = stages.iter().map(|stage| stage.target).fold(*start_rate, Rate::max);
                let (rate, stages) = (self.own_rate(rate, *time_unit), stages.len());
                let duration = format(duration);
                format!("Up to {rate:.2} iterations/s for {duration} over {stages} stages")
            }
            ExecutorConfig::ExternallyControlled { vus: start, .. } => {
                let (start, duration) = (self.share.of_vus(*start), lasting(duration));
                format!(
                    "Externally controlled execution with {start} VUs, {vus} max VUs, {duration} duration"
                )
            }
        };
        (work, facts)
    }

    /// How many iterations this process begins in a second.
    pub(crate) fn own_rate(&self, rate: Rate, time_unit: Duration) -> f64 {
        rate.iterations() / time_unit.as_secs_f64() * self.iterations_share().fraction()
    }

    /// `maxVUs: 5`, or `maxVUs: 5-20`.
    fn arrival_users(&self, users: ArrivalUsers) -> String {
        let (least, most) = (self.share.of_vus(users.pre_allocated), self.share.of_vus(users.max));
        if least == most { format!("maxVUs: {most}") } else { format!("maxVUs: {least}-{most}") }
    }
}

/// A duration that may have no end.
pub fn lasting(duration: Duration) -> String {
    if duration == ENDLESS { "infinite".to_owned() } else { format(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{DEFAULT_GRACEFUL_STOP, DEFAULT_MAX_DURATION, Options, RateStage, Stage};

    #[test]
    fn iterations_are_described_with_their_limits() {
        let shared = ExecutorConfig::SharedIterations {
            vus: 2,
            iterations: 4,
            max_duration: DEFAULT_MAX_DURATION,
        };
        assert_eq!(
            Scenario::new("default", shared).describe(),
            "4 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)"
        );
        let each = ExecutorConfig::PerVuIterations {
            vus: 3,
            iterations: 5,
            max_duration: Duration::from_secs(90),
        };
        let scenario = Scenario {
            exec: "chat".into(),
            start_time: Duration::from_secs(5),
            ..Scenario::new("late", each)
        };
        assert_eq!(
            scenario.describe(),
            "5 iterations for each of 3 VUs (maxDuration: 1m30s, exec: chat, startTime: 5s, gracefulStop: 30s)"
        );
    }

    #[test]
    fn loops_are_described_with_their_duration() {
        let constant = ExecutorConfig::ConstantVus { vus: 10, duration: Duration::from_secs(60) };
        let scenario =
            Scenario { graceful_stop: Duration::ZERO, ..Scenario::new("default", constant) };
        assert_eq!(scenario.describe(), "10 looping VUs for 1m0s");
    }

    #[test]
    fn ramps_are_described_with_their_highest_target() {
        let stage = |target| Stage { duration: Duration::from_secs(10), target };
        let ramp = ExecutorConfig::RampingVus {
            start_vus: 1,
            stages: vec![stage(20), stage(5), stage(0)],
            graceful_ramp_down: DEFAULT_GRACEFUL_STOP,
        };
        assert_eq!(
            Scenario::new("default", ramp).describe(),
            "Up to 20 looping VUs for 30s over 3 stages (gracefulRampDown: 30s, gracefulStop: 30s)"
        );
    }

    fn arrivals() -> [ExecutorConfig; 2] {
        let users = ArrivalUsers { pre_allocated: 5, max: 20 };
        let (rate, time_unit) = (Rate::whole(90), Duration::from_secs(60));
        let duration = Duration::from_secs(90);
        let stages = vec![RateStage { duration, target: rate }];
        [
            ExecutorConfig::ConstantArrivalRate { rate, time_unit, duration, users },
            ExecutorConfig::RampingArrivalRate {
                start_rate: Rate::whole(5),
                time_unit,
                stages,
                users,
            },
        ]
    }

    #[test]
    fn arrival_rates_are_described_per_second() {
        let [constant, ramp] =
            arrivals().map(|executor| Scenario::new("default", executor).describe());
        assert_eq!(constant, "1.50 iterations/s for 1m30s (maxVUs: 5-20, gracefulStop: 30s)");
        assert_eq!(
            ramp,
            "Up to 1.50 iterations/s for 1m30s over 1 stages (maxVUs: 5-20, gracefulStop: 30s)"
        );
    }

    #[test]
    fn what_is_controlled_from_outside_may_have_no_end() {
        let describe = |duration| {
            let executor = ExecutorConfig::ExternallyControlled { vus: 1, max_vus: 7, duration };
            let scenario = Scenario::new("default", executor);
            Scenario { graceful_stop: Duration::ZERO, ..scenario }.describe()
        };
        let start = "Externally controlled execution with 1 VUs, 7 max VUs";
        assert_eq!(describe(ENDLESS), format!("{start}, infinite duration"));
        assert_eq!(describe(Duration::from_secs(60)), format!("{start}, 1m0s duration"));
    }

    #[test]
    fn a_part_is_described_with_its_own_numbers() {
        let mut options = Options::default();
        options.set("executionSegment", &"0:1/4".into(), "executionSegment").unwrap();
        let share = options.share().unwrap();
        let part = |executor| {
            let scenario = Scenario::new("default", executor);
            Scenario { share: share.clone(), ..scenario }.describe()
        };
        let max_duration = DEFAULT_MAX_DURATION;
        let shared = ExecutorConfig::SharedIterations { vus: 8, iterations: 100, max_duration };
        assert_eq!(
            part(shared),
            "25 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)"
        );
        let [constant, _] = arrivals();
        assert_eq!(part(constant), "0.38 iterations/s for 1m30s (maxVUs: 1-5, gracefulStop: 30s)");
    }
}
