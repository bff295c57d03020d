//! Turns the options of the load into scenarios.

use super::parse_scenario::{SHORTEST_DURATION, check_iterations, check_ramp};
use super::scenario::{DEFAULT_GRACEFUL_STOP, DEFAULT_MAX_DURATION, DEFAULT_NAME};
use super::{ExecutorConfig, OptionError, Options, Scenario};
use crate::duration;

impl Options {
    /// The scenarios of the run: those of `scenarios`, or one named `default` that stands for the options
    /// `vus`, `duration`, `iterations` and `stages`.
    pub fn scenarios(&self) -> Result<Vec<Scenario>, OptionError> {
        self.refuse_conflicts()?;
        if let Some(scenarios) = &self.scenarios {
            return Ok(scenarios.clone());
        }
        let executor = match (&self.stages, self.iterations, self.duration) {
            (Some(stages), ..) => {
                let start_vus = self.vus.unwrap_or(1);
                check_ramp(start_vus, stages, "stages")?;
                ExecutorConfig::RampingVus {
                    start_vus,
                    stages: stages.clone(),
                    graceful_ramp_down: DEFAULT_GRACEFUL_STOP,
                }
            }
            (None, Some(iterations), _) => self.shared_iterations(self.some_vus()?, iterations)?,
            (None, None, Some(_)) => ExecutorConfig::ConstantVus {
                vus: self.some_vus()?,
                duration: self.checked_duration()?.unwrap_or(DEFAULT_MAX_DURATION),
            },
            (None, None, None) if self.vus.is_some() => {
                let vus = self.some_vus()?;
                self.shared_iterations(vus, u64::from(vus))?
            }
            (None, None, None) => ExecutorConfig::PerVuIterations {
                vus: 1,
                iterations: 1,
                max_duration: DEFAULT_MAX_DURATION,
            },
        };
        Ok(vec![Scenario::new(DEFAULT_NAME, executor)])
    }

    fn shared_iterations(&self, vus: u32, iterations: u64) -> Result<ExecutorConfig, OptionError> {
        check_iterations(vus, iterations, "iterations")?;
        Ok(ExecutorConfig::SharedIterations {
            vus,
            iterations,
            max_duration: self.checked_duration()?.unwrap_or(DEFAULT_MAX_DURATION),
        })
    }

    /// The number of virtual users where 0 makes no sense.
    fn some_vus(&self) -> Result<u32, OptionError> {
        match self.vus.unwrap_or(1) {
            0 => {
                let expected = "at least 1; only a test with stages may start with 0";
                Err(OptionError::value("vus", &0.into(), expected))
            }
            vus => Ok(vus),
        }
    }

    fn checked_duration(&self) -> Result<Option<std::time::Duration>, OptionError> {
        match self.duration {
            Some(short) if short < SHORTEST_DURATION => {
                let found = duration::format(short).into();
                let expected =
                    format!("a duration of at least {}", duration::format(SHORTEST_DURATION));
                Err(OptionError::value("duration", &found, expected))
            }
            duration => Ok(duration),
        }
    }

    fn refuse_conflicts(&self) -> Result<(), OptionError> {
        let set = [
            ("scenarios", self.scenarios.is_some()),
            ("stages", self.stages.is_some()),
            ("iterations", self.iterations.is_some()),
            ("duration", self.duration.is_some()),
        ];
        let mut set = set.into_iter().filter_map(|(name, set)| set.then_some(name));
        match (set.next(), set.next()) {
            // The duration is then the longest that the iterations may take.
            (Some("iterations"), Some("duration")) => Ok(()),
            (Some(first), Some(second)) => Err(OptionError::Conflict { first, second }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn describe(value: Value) -> Result<String, String> {
        let (options, _) = Options::from_json(&value).unwrap();
        let scenarios = options.scenarios().map_err(|error| error.to_string())?;
        let lines =
            scenarios.iter().map(|scenario| format!("{}: {}", scenario.name, scenario.describe()));
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn options_stand_for_a_scenario() {
        let cases = [
            (
                json!({}),
                "default: 1 iterations for each of 1 VUs (maxDuration: 10m0s, gracefulStop: 30s)",
            ),
            (
                json!({"vus": 3}),
                "default: 3 iterations shared among 3 VUs (maxDuration: 10m0s, gracefulStop: 30s)",
            ),
            (
                json!({"iterations": 4, "vus": 2}),
                "default: 4 iterations shared among 2 VUs (maxDuration: 10m0s, gracefulStop: 30s)",
            ),
            (
                json!({"iterations": 4, "duration": "30s"}),
                "default: 4 iterations shared among 1 VUs (maxDuration: 30s, gracefulStop: 30s)",
            ),
            (
                json!({"duration": "5s", "vus": 2}),
                "default: 2 looping VUs for 5s (gracefulStop: 30s)",
            ),
            (
                json!({"vus": 0, "stages": [{"duration": "5s", "target": 7}]}),
                "default: Up to 7 looping VUs for 5s over 1 stages (gracefulRampDown: 30s, gracefulStop: 30s)",
            ),
            (
                json!({"scenarios": {"a": {"executor": "constant-vus", "duration": "1m"}}}),
                "a: 1 looping VUs for 1m0s (gracefulStop: 30s)",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(describe(value).unwrap(), expected);
        }
    }

    #[test]
    fn loads_that_contradict_each_other_are_refused() {
        let cases = [
            (
                json!({"vus": 0, "duration": "5s"}),
                "option \"vus\" is 0, expected at least 1; only a test with stages may start with 0",
            ),
            (
                json!({"vus": 0}),
                "option \"vus\" is 0, expected at least 1; only a test with stages may start with 0",
            ),
            (
                json!({"duration": "0.5s"}),
                "option \"duration\" is \"500ms\", expected a duration of at least 1s",
            ),
            (
                json!({"vus": 5, "iterations": 4}),
                "option \"iterations\" is 4, which is not enough for one iteration for each of 5 VUs",
            ),
            (
                json!({"duration": "5s", "stages": [{"duration": "5s", "target": 1}]}),
                "options \"stages\" and \"duration\" cannot be used together, because each describes the load on its own",
            ),
            (
                json!({"iterations": 5, "scenarios": {"a": {"executor": "shared-iterations"}}}),
                "options \"scenarios\" and \"iterations\" cannot be used together, because each describes the load on its own",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(describe(value).unwrap_err(), expected);
        }
    }
}
