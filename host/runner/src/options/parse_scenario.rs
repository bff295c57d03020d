//! Reads `options.scenarios` and `options.stages`.

use std::time::Duration;

use serde_json::Value;

use super::OptionError;
use super::error::shown;
use super::fields::Fields;
use super::read;
use super::scenario::{
    DEFAULT_GRACEFUL_STOP, DEFAULT_MAX_DURATION, ExecutorConfig, Scenario, Stage,
};

/// The shortest duration of a scenario: k6's rule, and below it start-up would outweigh the load.
pub(super) const SHORTEST_DURATION: Duration = Duration::from_secs(1);

/// The fields that scenarios of all executors have. `options` is for browsers and has no effect.
const COMMON_FIELDS: [&str; 7] =
    ["executor", "startTime", "gracefulStop", "exec", "env", "tags", "options"];

/// The executors that this version has.
const EXECUTORS: &str = "shared-iterations, per-vu-iterations, constant-vus, ramping-vus";

/// Executors that k6 has and this version has not.
const LATER_EXECUTORS: [&str; 3] =
    ["constant-arrival-rate", "ramping-arrival-rate", "externally-controlled"];

/// The names of the executors that this version has.
pub fn executors() -> Vec<&'static str> {
    EXECUTORS.split(", ").collect()
}

/// Reads all scenarios, in the order in which they stand.
pub(super) fn scenarios(value: &Value, path: &str) -> Result<Vec<Scenario>, OptionError> {
    let scenarios = read::object(value, path)?;
    read::all(
        scenarios.iter().map(|(name, value)| scenario(name, value, &format!("{path}.{name}"))),
    )
}

/// Reads stages: objects with a `duration` and a `target`.
pub(super) fn stages(value: &Value, path: &str) -> Result<Vec<Stage>, OptionError> {
    let stage = |(index, value): (usize, &Value)| {
        let path = format!("{path}[{index}]");
        let fields = Fields::of(value, &path)?;
        fields.refuse_others("a stage", &["duration", "target"], &[])?;
        Ok(Stage {
            duration: fields.required(
                "duration",
                "a duration such as \"1m30s\"",
                read::duration,
            )?,
            target: fields.required("target", "a number of virtual users", |value, path| {
                read::vus(value, path, 0)
            })?,
        })
    };
    read::all(read::array(value, path)?.iter().enumerate().map(stage))
}

fn scenario(name: &str, value: &Value, path: &str) -> Result<Scenario, OptionError> {
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(valid) {
        return Err(OptionError::value(
            path,
            &Value::from(name),
            "a scenario name of ASCII letters, digits, \"_\" and \"-\"",
        ));
    }
    let fields = Fields::of(value, path)?;
    let executor = fields.required("executor", EXECUTORS, read::str)?;
    let config = match executor {
        "shared-iterations" => shared_iterations(&fields)?,
        "per-vu-iterations" => per_vu_iterations(&fields)?,
        "constant-vus" => constant_vus(&fields)?,
        "ramping-vus" => ramping_vus(&fields)?,
        other => return Err(no_executor(other, path)),
    };
    let defaults = Scenario::new(name, config);
    Ok(Scenario {
        exec: fields.optional("exec", read::string)?.unwrap_or(defaults.exec),
        start_time: fields.optional("startTime", read::duration)?.unwrap_or_default(),
        graceful_stop: fields
            .optional("gracefulStop", read::duration)?
            .unwrap_or(DEFAULT_GRACEFUL_STOP),
        env: fields.optional("env", read::string_map)?.unwrap_or_default(),
        tags: fields.optional("tags", read::string_map)?.unwrap_or_default(),
        ..defaults
    })
}

fn no_executor(executor: &str, path: &str) -> OptionError {
    let path = format!("{path}.executor");
    let found = Value::from(executor);
    if LATER_EXECUTORS.contains(&executor) {
        return OptionError::NotYet { path, found: shown(&found), available: EXECUTORS.to_owned() };
    }
    OptionError::choice(&path, &found, executors())
}

fn shared_iterations(fields: &Fields<'_>) -> Result<ExecutorConfig, OptionError> {
    fields.refuse_others(
        "shared-iterations",
        &["vus", "iterations", "maxDuration"],
        &COMMON_FIELDS,
    )?;
    let (vus, iterations, max_duration) = vus_and_iterations(fields)?;
    check_iterations(vus, iterations, &fields.at("iterations"))?;
    Ok(ExecutorConfig::SharedIterations { vus, iterations, max_duration })
}

fn per_vu_iterations(fields: &Fields<'_>) -> Result<ExecutorConfig, OptionError> {
    fields.refuse_others(
        "per-vu-iterations",
        &["vus", "iterations", "maxDuration"],
        &COMMON_FIELDS,
    )?;
    let (vus, iterations, max_duration) = vus_and_iterations(fields)?;
    Ok(ExecutorConfig::PerVuIterations { vus, iterations, max_duration })
}

fn constant_vus(fields: &Fields<'_>) -> Result<ExecutorConfig, OptionError> {
    fields.refuse_others("constant-vus", &["vus", "duration"], &COMMON_FIELDS)?;
    Ok(ExecutorConfig::ConstantVus {
        vus: vus(fields)?,
        duration: fields.required("duration", "a duration such as \"1m30s\"", |value, path| {
            read::duration_from(value, path, SHORTEST_DURATION)
        })?,
    })
}

fn ramping_vus(fields: &Fields<'_>) -> Result<ExecutorConfig, OptionError> {
    fields.refuse_others(
        "ramping-vus",
        &["startVUs", "stages", "gracefulRampDown"],
        &COMMON_FIELDS,
    )?;
    let start_vus =
        fields.optional("startVUs", |value, path| read::vus(value, path, 0))?.unwrap_or(1);
    let stages = fields.required("stages", "an array of stages", stages)?;
    check_ramp(start_vus, &stages, &fields.at("stages"))?;
    Ok(ExecutorConfig::RampingVus {
        start_vus,
        stages,
        graceful_ramp_down: fields
            .optional("gracefulRampDown", read::duration)?
            .unwrap_or(DEFAULT_GRACEFUL_STOP),
    })
}

/// Iterations that are shared must suffice for one each.
pub(super) fn check_iterations(vus: u32, iterations: u64, path: &str) -> Result<(), OptionError> {
    if iterations >= u64::from(vus) {
        return Ok(());
    }
    let problem = format!("which is not enough for one iteration for each of {vus} VUs");
    Err(read::inconsistent(path.to_owned(), &iterations.into(), problem))
}

/// A ramp must have a stage, and a virtual user at some time.
pub(super) fn check_ramp(start_vus: u32, stages: &[Stage], path: &str) -> Result<(), OptionError> {
    if stages.is_empty() {
        return Err(OptionError::value(path, &Value::Array(Vec::new()), "at least one stage"));
    }
    if start_vus == 0 && stages.iter().all(|stage| stage.target == 0) {
        return Err(OptionError::Inconsistent {
            path: path.to_owned(),
            found: "without any virtual user".to_owned(),
            problem: "so one target or the number of VUs at the start must be above 0".to_owned(),
        });
    }
    Ok(())
}

/// The number of virtual users; one if nothing else is asked for.
fn vus(fields: &Fields<'_>) -> Result<u32, OptionError> {
    let vus = fields.optional("vus", |value, path| read::vus(value, path, 1))?;
    Ok(vus.unwrap_or(1))
}

/// Virtual users, iterations and longest duration of the executors that count iterations.
fn vus_and_iterations(fields: &Fields<'_>) -> Result<(u32, u64, Duration), OptionError> {
    let iterations = fields.optional("iterations", read::iterations)?.unwrap_or(1);
    let max_duration = fields.optional("maxDuration", |value, path| {
        read::duration_from(value, path, SHORTEST_DURATION)
    })?;
    Ok((vus(fields)?, iterations, max_duration.unwrap_or(DEFAULT_MAX_DURATION)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_one(value: Value) -> Result<Scenario, String> {
        match scenarios(&json!({ "s": value }), "scenarios") {
            Ok(mut scenarios) => Ok(scenarios.remove(0)),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn executors_have_defaults() {
        let shared = read_one(json!({"executor": "shared-iterations"})).unwrap();
        let expected = ExecutorConfig::SharedIterations {
            vus: 1,
            iterations: 1,
            max_duration: Duration::from_secs(600),
        };
        assert_eq!(shared, Scenario::new("s", expected));
    }

    #[test]
    fn common_fields_are_read() {
        let scenario = read_one(json!({
            "executor": "constant-vus", "vus": 3, "duration": "5s", "exec": "chat", "startTime": 1500,
            "gracefulStop": "0s", "env": {"ROOM": "a"}, "tags": {"kind": "chat"}, "options": {"browser": {}}
        }))
        .unwrap();
        let executor = ExecutorConfig::ConstantVus { vus: 3, duration: Duration::from_secs(5) };
        let expected = Scenario {
            exec: "chat".into(),
            start_time: Duration::from_millis(1500),
            graceful_stop: Duration::ZERO,
            env: vec![("ROOM".into(), "a".into())],
            tags: vec![("kind".into(), "chat".into())],
            ..Scenario::new("s", executor)
        };
        assert_eq!(scenario, expected);
    }

    #[test]
    fn ramps_have_stages() {
        let stages = json!([{"duration": "10s", "target": 5}, {"duration": 0, "target": 0}]);
        let scenario = read_one(json!({"executor": "ramping-vus", "stages": stages})).unwrap();
        let ExecutorConfig::RampingVus { start_vus, stages, .. } = scenario.executor else {
            panic!("a ramp")
        };
        assert_eq!((start_vus, stages[0].target, stages[1].duration), (1, 5, Duration::ZERO));
    }

    #[test]
    fn wrong_fields_are_named() {
        let cases = [
            (
                json!({}),
                "option \"scenarios.s.executor\" is missing, expected shared-iterations, \
                         per-vu-iterations, constant-vus, ramping-vus",
            ),
            (
                json!({"executor": "constant-vus"}),
                "option \"scenarios.s.duration\" is missing, expected a duration such as \"1m30s\"",
            ),
            (
                json!({"executor": "constant-vus", "duration": "10ms"}),
                "option \"scenarios.s.duration\" is \"10ms\", expected a duration of at least 1s",
            ),
            (
                json!({"executor": "constant-vus", "duration": "5s", "vus": 0}),
                "option \"scenarios.s.vus\" is 0, expected a whole number from 1 to 1000000",
            ),
            (
                json!({"executor": "constant-vus", "duration": "5s", "iterations": 1}),
                "option \"scenarios.s.iterations\" does not exist; constant-vus has \
              vus, duration, executor, startTime, gracefulStop, exec, env, tags, options",
            ),
            (
                json!({"executor": "ramping-vus", "stages": [{"duration": "1s", "target": 1}, {"duration": "1s"}]}),
                "option \"scenarios.s.stages[1].target\" is missing, expected a number of virtual users",
            ),
            (
                json!({"executor": "ramping-vus", "stages": []}),
                "option \"scenarios.s.stages\" is [], expected at least one stage",
            ),
            (
                json!({"executor": "shared-iterations", "vus": 10, "iterations": 5}),
                "option \"scenarios.s.iterations\" is 5, which is not enough for one iteration for each of 10 VUs",
            ),
            (
                json!({"executor": "nope"}),
                "option \"scenarios.s.executor\" is \"nope\", expected one of shared-iterations, \
              per-vu-iterations, constant-vus, ramping-vus",
            ),
            (json!(5), "option \"scenarios.s\" is 5, expected an object"),
        ];
        for (value, expected) in cases {
            assert_eq!(read_one(value).unwrap_err(), expected);
        }
    }

    #[test]
    fn arrival_rates_are_not_in_this_version() {
        let value = json!({"s": {"executor": "constant-arrival-rate", "rate": 5}});
        let error = scenarios(&value, "scenarios").unwrap_err();
        assert_eq!(
            error.to_string(),
            "option \"scenarios.s.executor\" is \"constant-arrival-rate\", which is not in this version yet; \
             it has shared-iterations, per-vu-iterations, constant-vus, ramping-vus"
        );
        assert!(error.hint().is_some());
    }

    #[test]
    fn names_are_restricted() {
        let value = json!({"a b": {"executor": "shared-iterations"}});
        assert!(
            scenarios(&value, "scenarios").unwrap_err().to_string().contains("a scenario name")
        );
    }

    #[test]
    fn a_ramp_needs_a_virtual_user() {
        let stages = json!([{"duration": "1s", "target": 0}]);
        let error = read_one(json!({"executor": "ramping-vus", "startVUs": 0, "stages": stages}));
        assert!(error.unwrap_err().contains("without any virtual user"));
    }
}
