//! The options that are in force, as scripts see them (`exec.test.options`).

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{ENDLESS, ExecutorConfig, Options, RateStage, Scenario, Stage, SystemTag};
use crate::duration::format;
use crate::metrics::TrendColumn;

impl Options {
    /// The options as JSON, with the scenarios that follow from them in place of `vus`, `duration`,
    /// `iterations` and `stages`. Options that are not set and have no default are null.
    pub fn to_json(&self, scenarios: &[Scenario]) -> Value {
        let scenarios =
            scenarios.iter().map(|scenario| (scenario.name.clone(), scenario.to_json()));
        let system_tags = self.system_tags().iter().map(SystemTag::name);
        let trend_stats = self.summary_trend_stats().iter().map(TrendColumn::name);
        let mut json = json!({
            "paused": self.paused,
            "linger": self.linger,
            "scenarios": scenarios.collect::<Map<_, _>>(),
            "executionSegment": self.execution_segment.map(|segment| segment.to_string()),
            "executionSegmentSequence":
                self.execution_segment_sequence.as_ref().map(ToString::to_string),
            "noSetup": self.no_setup,
            "noTeardown": self.no_teardown,
            "initTimeout": format(self.init_timeout()),
            "setupTimeout": format(self.setup_timeout()),
            "teardownTimeout": format(self.teardown_timeout()),
            "handleSummaryTimeout": format(self.handle_summary_timeout()),
            "throw": self.throw,
            "thresholds": self.thresholds_json(),
            "tags": self.tags.as_deref().map(string_map),
            "systemTags": system_tags.collect::<Vec<_>>(),
            "summaryTrendStats": trend_stats.collect::<Vec<_>>(),
            "summaryTimeUnit": self.summary_time_unit.map(super::TimeUnit::name),
            "minIterationDuration": self.min_iteration_duration.map(format),
            "wsMessageSizes": self.ws_message_sizes,
        });
        if let Some(object) = json.as_object_mut() {
            object.extend(self.connection_json());
            object.extend(self.http_json());
            object.extend(self.other.clone());
            // What a guest does about a feature begins with its name here.
            if let Some(features) = &self.features {
                let names: Vec<_> = features.iter().map(|feature| feature.name()).collect();
                object.insert("features".to_owned(), names.into());
            }
        }
        json
    }

    fn thresholds_json(&self) -> Option<Map<String, Value>> {
        let entry = |(metric, specs): &(String, Vec<super::ThresholdSpec>)| {
            (metric.clone(), specs.iter().map(super::ThresholdSpec::to_json).collect())
        };
        Some(self.thresholds.as_ref()?.iter().map(entry).collect())
    }
}

impl super::ThresholdSpec {
    /// The threshold as JSON: its expression, or an object if it can end the run.
    pub fn to_json(&self) -> Value {
        if !self.abort_on_fail && self.delay_abort_eval.is_none() {
            return self.threshold.as_str().into();
        }
        json!({
            "threshold": self.threshold,
            "abortOnFail": self.abort_on_fail,
            "delayAbortEval": self.delay_abort_eval.map(format),
        })
    }
}

impl Scenario {
    /// The scenario as `options.scenarios` would have it.
    fn to_json(&self) -> Value {
        let mut json = json!({
            "executor": self.executor.name(),
            "startTime": format(self.start_time),
            "gracefulStop": format(self.graceful_stop),
            "exec": self.exec,
            "env": string_map(&self.env),
            "tags": string_map(&self.tags),
        });
        if let (Some(json), Some(guest)) = (json.as_object_mut(), &self.guest) {
            json.insert("guest".to_owned(), guest.as_str().into());
        }
        if let (Some(json), Value::Object(own)) = (json.as_object_mut(), self.executor.to_json()) {
            json.extend(own);
            if matches!(self.executor, ExecutorConfig::ExternallyControlled { .. }) {
                json.shift_remove("gracefulStop");
            }
        }
        json
    }
}

impl ExecutorConfig {
    /// The fields of a scenario that only this executor has.
    fn to_json(&self) -> Value {
        match self {
            Self::SharedIterations { vus, iterations, max_duration }
            | Self::PerVuIterations { vus, iterations, max_duration } => {
                json!({ "vus": vus, "iterations": iterations, "maxDuration": format(*max_duration) })
            }
            Self::ConstantVus { vus, duration } => {
                json!({ "vus": vus, "duration": format(*duration) })
            }
            Self::RampingVus { start_vus, stages, graceful_ramp_down } => json!({
                "startVUs": start_vus,
                "stages": stages.iter().map(stage).collect::<Vec<_>>(),
                "gracefulRampDown": format(*graceful_ramp_down),
            }),
            Self::ConstantArrivalRate { rate, time_unit, duration, users } => json!({
                "rate": rate.to_json(),
                "timeUnit": format(*time_unit),
                "duration": format(*duration),
                "preAllocatedVUs": users.pre_allocated,
                "maxVUs": users.max,
            }),
            Self::RampingArrivalRate { start_rate, time_unit, stages, users } => json!({
                "startRate": start_rate.to_json(),
                "timeUnit": format(*time_unit),
                "stages": stages.iter().map(rate_stage).collect::<Vec<_>>(),
                "preAllocatedVUs": users.pre_allocated,
                "maxVUs": users.max,
            }),
            Self::ExternallyControlled { vus, max_vus, duration } => json!({
                "vus": vus,
                "maxVUs": max_vus,
                "duration": format(if *duration == ENDLESS { Duration::ZERO } else { *duration }),
            }),
        }
    }
}

fn rate_stage(stage: &RateStage) -> Value {
    json!({ "duration": format(stage.duration), "target": stage.target.to_json() })
}

pub(super) fn stage(stage: &Stage) -> Value {
    let Stage { duration, target } = stage;
    json!({ "duration": format(Duration::clone(duration)), "target": target })
}

fn string_map(pairs: &[(String, String)]) -> Map<String, Value> {
    let pairs = pairs.iter().cloned();
    pairs.map(|(name, value)| (name, value.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_take_the_place_of_the_options_they_follow_from() {
        let value =
            json!({"vus": 2, "duration": "5s", "thresholds": {"checks": ["rate>0"]}, "rps": 3});
        let (options, _) = Options::from_json(&value).unwrap();
        let json = options.to_json(&options.scenarios().unwrap());
        assert_eq!(
            json["scenarios"]["default"],
            json!({
                "executor": "constant-vus", "startTime": "0s", "gracefulStop": "30s", "exec": "default",
                "env": {}, "tags": {}, "vus": 2, "duration": "5s"
            })
        );
        assert_eq!(json["setupTimeout"], "1m0s");
        assert_eq!(json["thresholds"]["checks"][0], "rate>0");
        assert_eq!(json["rps"], 3);
        assert!(json["userAgent"].is_null());
        for name in ["vus", "duration", "iterations", "stages"] {
            assert!(json.get(name).is_none());
        }
    }

    #[test]
    fn effective_options_can_be_read_again() {
        let value = json!({"stages": [{"duration": "5s", "target": 3}], "tags": {"a": "b"}});
        let (options, _) = Options::from_json(&value).unwrap();
        let scenarios = options.scenarios().unwrap();
        let (again, unknown) = Options::from_json(&options.to_json(&scenarios)).unwrap();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert_eq!(again.scenarios().unwrap(), scenarios);
        assert_eq!(again.tags, options.tags);
    }

    #[test]
    fn all_executors_can_be_read_again() {
        let stages = json!([{"duration": "5s", "target": 3}]);
        let rates = json!([{"duration": "5s", "target": 0.5}, {"duration": "0s", "target": 3}]);
        let value = json!({
            "executionSegment": "50%:1",
            "executionSegmentSequence": "0,1/4,1/2,1",
            "scenarios": {
                "a": {"executor": "shared-iterations", "vus": 2, "iterations": 3},
                "b": {"executor": "per-vu-iterations", "maxDuration": "1m"},
                "c": {"executor": "constant-vus", "duration": "5s", "gracefulStop": "0s"},
                "d": {"executor": "ramping-vus", "startVUs": 0, "stages": stages},
                "e": {"executor": "constant-arrival-rate", "rate": 2.5, "duration": "5s", "preAllocatedVUs": 1},
                "f": {
                    "executor": "ramping-arrival-rate", "startRate": 1, "timeUnit": "1m", "stages": rates,
                    "preAllocatedVUs": 1, "maxVUs": 5
                },
                "g": {"executor": "externally-controlled", "duration": 0, "vus": 2, "maxVUs": 5},
            },
        });
        let (options, _) = Options::from_json(&value).unwrap();
        let scenarios = options.scenarios().unwrap();
        let json = options.to_json(&scenarios);
        assert_eq!(json["executionSegment"], "1/2:1");
        assert_eq!(json["scenarios"]["g"]["duration"], "0s");
        let (again, unknown) = Options::from_json(&json).unwrap();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert_eq!(again.scenarios().unwrap(), scenarios);
        assert_eq!(again.share().unwrap(), options.share().unwrap());
    }
}
