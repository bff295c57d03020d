//! Reads `options.scenarios` and `options.stages`.

use std::time::Duration;

use serde_json::Value;

use super::OptionError;
use super::fields::Fields;
use super::scenario::{
    ArrivalUsers, DEFAULT_GRACEFUL_STOP, DEFAULT_MAX_DURATION, DEFAULT_TIME_UNIT, ENDLESS,
    ExecutorConfig, RateStage, Scenario, Stage,
};
use super::{Rate, read};
use crate::duration;

/// The shortest duration of a scenario: k6's rule, and below it start-up would outweigh the load.
pub(super) const SHORTEST_DURATION: Duration = Duration::from_secs(1);

/// The fields that scenarios of all executors have. `options` is for browsers and has no effect.
const COMMON_FIELDS: [&str; 8] =
    ["executor", "startTime", "gracefulStop", "guest", "exec", "env", "tags", "options"];

/// All executors.
const EXECUTORS: &str = "shared-iterations, per-vu-iterations, constant-vus, ramping-vus, \
     constant-arrival-rate, ramping-arrival-rate, externally-controlled";

/// The most iterations that begin in a second, in the whole test. Far more than any number of machines runs; it
/// bounds how many arrivals may be due at once.
const MAX_ARRIVALS_PER_SECOND: u64 = 10_000_000;

/// What a duration that has no default should be.
const SOME_DURATION: &str = "a duration such as \"1m30s\"";

/// The names of the executors that this version has.
pub fn executors() -> Vec<&'static str> {
    EXECUTORS.split(", ").collect()
}

/// Reads all scenarios, in the order in which they stand.
pub(super) fn scenarios(value: &Value, path: &str) -> Result<Vec<Scenario>, OptionError> {
    let scenarios = read::object(value, path)?;
    let scenarios = read::all(
        scenarios.iter().map(|(name, value)| scenario(name, value, &format!("{path}.{name}"))),
    )?;
    check_control(&scenarios, path)?;
    Ok(scenarios)
}

/// Reads stages: objects with a `duration` and a `target`.
pub(super) fn stages(value: &Value, path: &str) -> Result<Vec<Stage>, OptionError> {
    let target = |value: &Value, path: &str| read::vus(value, path, 0);
    let stages = stages_of(value, path, "a number of virtual users", target)?;
    Ok(stages.into_iter().map(|(duration, target)| Stage { duration, target }).collect())
}

fn rate_stages(value: &Value, path: &str) -> Result<Vec<RateStage>, OptionError> {
    let stages = stages_of(value, path, "a number of iterations per time unit", Rate::read)?;
    Ok(stages.into_iter().map(|(duration, target)| RateStage { duration, target }).collect())
}

/// Reads stages whose targets are what `read_target` reads.
fn stages_of<T>(
    value: &Value,
    path: &str,
    expected: &str,
    read_target: impl Fn(&Value, &str) -> Result<Option<T>, OptionError>,
) -> Result<Vec<(Duration, T)>, OptionError> {
    let stage = |(index, value): (usize, &Value)| {
        let path = format!("{path}[{index}]");
        let fields = Fields::of(value, &path)?;
        fields.refuse_others("a stage", &["duration", "target"], &[])?;
        let duration = fields.required("duration", SOME_DURATION, read::duration)?;
        Ok((duration, fields.required_number("target", expected, &read_target)?))
    };
    let stages = read::all(read::array(value, path)?.iter().enumerate().map(stage))?;
    let total =
        stages.iter().fold(Duration::ZERO, |sum, (duration, _)| sum.saturating_add(*duration));
    if total > duration::LONGEST {
        let problem = "whose durations add up to more than 292 years".to_owned();
        return Err(read::inconsistent(path.to_owned(), value, problem));
    }
    Ok(stages)
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
        "constant-arrival-rate" => constant_arrival_rate(&fields)?,
        "ramping-arrival-rate" => ramping_arrival_rate(&fields)?,
        "externally-controlled" => externally_controlled(&fields)?,
        other => {
            let path = fields.at("executor");
            return Err(OptionError::choice(&path, &other.into(), executors()));
        }
    };
    let default_stop = match config {
        ExecutorConfig::ExternallyControlled { .. } => Duration::ZERO,
        _ => DEFAULT_GRACEFUL_STOP,
    };
    let defaults = Scenario::new(name, config);
    Ok(Scenario {
        guest: fields.optional("guest", guest)?,
        exec: fields.optional("exec", read::string)?.unwrap_or(defaults.exec),
        start_time: fields.optional("startTime", read::duration)?.unwrap_or_default(),
        graceful_stop: fields.optional("gracefulStop", read::duration)?.unwrap_or(default_stop),
        env: fields.optional("env", read::variables)?.unwrap_or_default(),
        tags: fields.optional("tags", read::tags)?.unwrap_or_default(),
        ..defaults
    })
}

fn guest(value: &Value, path: &str) -> Result<String, OptionError> {
    match read::string(value, path)? {
        name if name.is_empty() => {
            Err(OptionError::value(path, value, "the path of a component or a script"))
        }
        name => Ok(name),
    }
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
        duration: fields.required("duration", SOME_DURATION, scenario_duration)?,
    })
}

fn scenario_duration(value: &Value, path: &str) -> Result<Duration, OptionError> {
    read::duration_from(value, path, SHORTEST_DURATION)
}

fn ramping_vus(fields: &Fields<'_>) -> Result<ExecutorConfig, OptionError> {
    fields.refuse_others(
        "ramping-vus",
        &["startVUs", "stages", "gracefulRampDown"],
        &COMMON_FIELDS,
    )?;
    let start_vus =
        fields.number("startVUs", |value, path| read::vus(value, path, 0))?.unwrap_or(1);
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

fn constant_arrival_rate(fields: &Fields<'_>) -> Result<ExecutorConfig, OptionError> {
    let own = ["rate", "timeUnit", "duration", "preAllocatedVUs", "maxVUs"];
    fields.refuse_others("constant-arrival-rate", &own, &COMMON_FIELDS)?;
    let time_unit = time_unit(fields)?;
    let rate = Rate::read;
    let rate = fields.required_number("rate", "a number of iterations per time unit", rate)?;
    check_rate(rate, time_unit, &fields.at("rate"))?;
    if rate.parts() == 0 {
        return Err(OptionError::value(&fields.at("rate"), &0.into(), "a number above 0"));
    }
    let duration = fields.required("duration", SOME_DURATION, scenario_duration)?;
    let users = arrival_users(fields)?;
    Ok(ExecutorConfig::ConstantArrivalRate { rate, time_unit, duration, users })
}

fn ramping_arrival_rate(fields: &Fields<'_>) -> Result<ExecutorConfig, OptionError> {
    let own = ["startRate", "timeUnit", "stages", "preAllocatedVUs", "maxVUs"];
    fields.refuse_others("ramping-arrival-rate", &own, &COMMON_FIELDS)?;
    let time_unit = time_unit(fields)?;
    let start_rate = fields.number("startRate", Rate::read)?.unwrap_or_default();
    check_rate(start_rate, time_unit, &fields.at("startRate"))?;
    let stages = fields.required("stages", "an array of stages", rate_stages)?;
    if stages.is_empty() {
        return Err(no_stage(&fields.at("stages")));
    }
    for (index, stage) in stages.iter().enumerate() {
        let path = format!("{}[{index}].target", fields.at("stages"));
        check_rate(stage.target, time_unit, &path)?;
    }
    let users = arrival_users(fields)?;
    Ok(ExecutorConfig::RampingArrivalRate { start_rate, time_unit, stages, users })
}

fn time_unit(fields: &Fields<'_>) -> Result<Duration, OptionError> {
    let unit = fields.optional("timeUnit", |value, path| match read::duration(value, path)? {
        Duration::ZERO => Err(OptionError::value(path, value, "a duration above 0")),
        unit => Ok(unit),
    })?;
    Ok(unit.unwrap_or(DEFAULT_TIME_UNIT))
}

fn check_rate(rate: Rate, time_unit: Duration, path: &str) -> Result<(), OptionError> {
    let in_a_second = rate.iterations() / time_unit.as_secs_f64();
    if in_a_second <= MAX_ARRIVALS_PER_SECOND as f64 {
        return Ok(());
    }
    let unit = duration::format(time_unit);
    let problem = format!("which in {unit} is more than {MAX_ARRIVALS_PER_SECOND} in a second");
    Err(read::inconsistent(path.to_owned(), &rate.to_json(), problem))
}

/// How many virtual users an arrival rate has, and how many it may have: as many, if nothing else is said.
fn arrival_users(fields: &Fields<'_>) -> Result<ArrivalUsers, OptionError> {
    let number = |value: &Value, path: &str| read::vus(value, path, 0);
    let pre_allocated =
        fields.required_number("preAllocatedVUs", "a number of virtual users", number)?;
    let max = fields.number("maxVUs", number)?.unwrap_or(pre_allocated);
    at_least(max, pre_allocated, "preAllocatedVUs", &fields.at("maxVUs"))?;
    if max == 0 {
        let path = fields.at("preAllocatedVUs");
        let expected = "at least 1, or a number above 0 as maxVUs";
        return Err(OptionError::value(&path, &0.into(), expected));
    }
    Ok(ArrivalUsers { pre_allocated, max })
}

fn externally_controlled(fields: &Fields<'_>) -> Result<ExecutorConfig, OptionError> {
    // What controls it also decides how it ends, so there is no graceful stop.
    let common = COMMON_FIELDS.map(|field| if field == "gracefulStop" { "maxVUs" } else { field });
    fields.refuse_others("externally-controlled", &["vus", "duration"], &common)?;
    let vus = fields.number("vus", |value, path| read::vus(value, path, 0))?.unwrap_or(1);
    let max_vus = fields.number("maxVUs", |value, path| read::vus(value, path, 0))?.unwrap_or(vus);
    at_least(max_vus, vus, "vus", &fields.at("maxVUs"))?;
    let expected = "a duration such as \"1m30s\", or 0 for no end";
    let duration = fields.required("duration", expected, read::duration)?;
    let duration = if duration.is_zero() { ENDLESS } else { duration };
    Ok(ExecutorConfig::ExternallyControlled { vus, max_vus, duration })
}

/// A highest number of virtual users must not be below the one that there is at the start.
fn at_least(max: u32, start: u32, name: &str, path: &str) -> Result<(), OptionError> {
    if max >= start {
        return Ok(());
    }
    let problem = format!("which is less than the {start} of {name}");
    Err(read::inconsistent(path.to_owned(), &max.into(), problem))
}

/// Only one scenario can be controlled from outside: whoever does it does not say which.
fn check_control(scenarios: &[Scenario], path: &str) -> Result<(), OptionError> {
    let controlled = |scenario: &&Scenario| {
        matches!(scenario.executor, ExecutorConfig::ExternallyControlled { .. })
    };
    let mut controlled = scenarios.iter().filter(controlled);
    match (controlled.next(), controlled.next()) {
        (Some(first), Some(second)) => Err(read::inconsistent(
            format!("{path}.{}.executor", second.name),
            &second.executor.name().into(),
            format!("as is that of \"{}\", but only one scenario can be", first.name),
        )),
        _ => Ok(()),
    }
}

fn no_stage(path: &str) -> OptionError {
    OptionError::value(path, &Value::Array(Vec::new()), "at least one stage")
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
        return Err(no_stage(path));
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
    let vus = fields.number("vus", |value, path| read::vus(value, path, 1))?;
    Ok(vus.unwrap_or(1))
}

/// Virtual users, iterations and longest duration of the executors that count iterations.
fn vus_and_iterations(fields: &Fields<'_>) -> Result<(u32, u64, Duration), OptionError> {
    let iterations = fields.number("iterations", read::iterations)?.unwrap_or(1);
    let max_duration = fields.optional("maxDuration", |value, path| {
        read::duration_from(value, path, SHORTEST_DURATION)
    })?;
    Ok((vus(fields)?, iterations, max_duration.unwrap_or(DEFAULT_MAX_DURATION)))
}

#[cfg(test)]
#[path = "parse_scenario_tests.rs"]
mod tests;
