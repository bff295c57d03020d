//! Scenarios in words, as the start of a run prints them.

use super::scenario::{DEFAULT_NAME, ExecutorConfig, Scenario};
use crate::duration::format;

impl Scenario {
    /// The scenario in a line, without its name:
    /// `4 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)`.
    pub fn describe(&self) -> String {
        let mut facts = Vec::new();
        let work = match &self.executor {
            ExecutorConfig::SharedIterations { vus, iterations, max_duration } => {
                facts.push(format!("maxDuration: {}", format(*max_duration)));
                format!("{iterations} iterations shared among {vus} VUs")
            }
            ExecutorConfig::PerVuIterations { vus, iterations, max_duration } => {
                facts.push(format!("maxDuration: {}", format(*max_duration)));
                format!("{iterations} iterations for each of {vus} VUs")
            }
            ExecutorConfig::ConstantVus { vus, duration } => {
                format!("{vus} looping VUs for {}", format(*duration))
            }
            ExecutorConfig::RampingVus { stages, graceful_ramp_down, .. } => {
                facts.push(format!("gracefulRampDown: {}", format(*graceful_ramp_down)));
                let (vus, duration) = (self.max_vus(), format(self.executor.duration()));
                format!("Up to {vus} looping VUs for {duration} over {} stages", stages.len())
            }
        };
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
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::options::{DEFAULT_GRACEFUL_STOP, DEFAULT_MAX_DURATION, Stage};

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
}
