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
             per-vu-iterations, constant-vus, ramping-vus, constant-arrival-rate, \
             ramping-arrival-rate, externally-controlled",
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
          vus, duration, executor, startTime, gracefulStop, guest, exec, env, tags, options",
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
             per-vu-iterations, constant-vus, ramping-vus, constant-arrival-rate, \
             ramping-arrival-rate, externally-controlled",
        ),
        (json!(5), "option \"scenarios.s\" is 5, expected an object"),
    ];
    for (value, expected) in cases {
        assert_eq!(read_one(value).unwrap_err(), expected);
    }
}

const ARRIVALS: &str = "constant-arrival-rate";
const RAMP: &str = "ramping-arrival-rate";
const CONTROLLED: &str = "externally-controlled";

#[test]
fn arrival_rates_have_defaults() {
    let value = json!({"executor": ARRIVALS, "rate": 0.5, "duration": "10s", "preAllocatedVUs": 3});
    let expected = ExecutorConfig::ConstantArrivalRate {
        rate: Rate::read(&json!(0.5), "rate").unwrap().unwrap(),
        time_unit: Duration::from_secs(1),
        duration: Duration::from_secs(10),
        users: ArrivalUsers { pre_allocated: 3, max: 3 },
    };
    assert_eq!(read_one(value).unwrap(), Scenario::new("s", expected));
    let stages = json!([{"duration": "1m", "target": 10}, {"duration": 0, "target": 0.25}]);
    let value = json!({
        "executor": RAMP, "timeUnit": "1h", "stages": stages, "preAllocatedVUs": 0, "maxVUs": 9
    });
    let ExecutorConfig::RampingArrivalRate { start_rate, time_unit, stages, users } =
        read_one(value).unwrap().executor
    else {
        panic!("a ramp of a rate")
    };
    assert_eq!((start_rate.parts(), time_unit), (0, Duration::from_secs(3_600)));
    assert_eq!(
        stages.iter().map(|stage| stage.target.parts()).collect::<Vec<_>>(),
        [10_000_000, 250_000]
    );
    assert_eq!(users, ArrivalUsers { pre_allocated: 0, max: 9 });
}

#[test]
fn what_is_controlled_from_outside_has_defaults() {
    let scenario = read_one(json!({"executor": CONTROLLED, "duration": 0})).unwrap();
    let expected = ExecutorConfig::ExternallyControlled { vus: 1, max_vus: 1, duration: ENDLESS };
    assert_eq!(scenario.executor, expected);
    assert_eq!(scenario.graceful_stop, Duration::ZERO);
    let value =
        json!({"executor": CONTROLLED, "duration": "5s", "vus": 0, "maxVUs": 4, "startTime": "1s"});
    let expected = ExecutorConfig::ExternallyControlled {
        vus: 0,
        max_vus: 4,
        duration: Duration::from_secs(5),
    };
    assert_eq!(read_one(value).unwrap().executor, expected);
    let two = json!({
        "a": {"executor": CONTROLLED, "duration": 0}, "b": {"executor": CONTROLLED, "duration": 0}
    });
    assert_eq!(
        scenarios(&two, "scenarios").unwrap_err().to_string(),
        "option \"scenarios.b.executor\" is \"externally-controlled\", as is that of \"a\", but only one \
         scenario can be"
    );
}

#[test]
fn wrong_fields_of_arrival_rates_are_named() {
    let constant = |more: Value| {
        let value =
            json!({"executor": ARRIVALS, "rate": 1, "duration": "1s", "preAllocatedVUs": 1});
        with(value, more)
    };
    let ramp = |more: Value| {
        let stages = json!([{"duration": "1s", "target": 1}]);
        with(json!({"executor": RAMP, "stages": stages, "preAllocatedVUs": 1}), more)
    };
    let controlled = |more: Value| with(json!({"executor": CONTROLLED, "duration": 0}), more);
    let cases = [
        (
            constant(json!({"rate": null})),
            "rate\" is missing, expected a number of iterations per time unit",
        ),
        (constant(json!({"rate": 0})), "rate\" is 0, expected a number above 0"),
        (constant(json!({"rate": -5})), "rate\" is -5, expected a number from 0 to 10000000000"),
        (
            constant(json!({"rate": "five"})),
            "rate\" is \"five\", expected a number from 0 to 10000000000",
        ),
        (
            constant(json!({"rate": 10_001, "timeUnit": "1ms"})),
            "rate\" is 10001, which in 1ms is more than 10000000 in a second",
        ),
        (constant(json!({"timeUnit": 0})), "timeUnit\" is 0, expected a duration above 0"),
        (
            constant(json!({"duration": "0.5s"})),
            "duration\" is \"0.5s\", expected a duration of at least 1s",
        ),
        (
            constant(json!({"preAllocatedVUs": null})),
            "preAllocatedVUs\" is missing, expected a number of virtual users",
        ),
        (
            constant(json!({"preAllocatedVUs": 0})),
            "preAllocatedVUs\" is 0, expected at least 1, or a number above 0 as maxVUs",
        ),
        (
            constant(json!({"preAllocatedVUs": 5, "maxVUs": 4})),
            "maxVUs\" is 4, which is less than the 5 of preAllocatedVUs",
        ),
        (
            constant(json!({"vus": 1})),
            "vus\" does not exist; constant-arrival-rate has rate, timeUnit, duration, preAllocatedVUs, \
             maxVUs, executor, startTime, gracefulStop, guest, exec, env, tags, options",
        ),
        (ramp(json!({"stages": []})), "stages\" is [], expected at least one stage"),
        (
            ramp(
                json!({"stages": [{"duration": "1s", "target": 1}, {"duration": "1s", "target": -1}]}),
            ),
            "stages[1].target\" is -1, expected a number from 0 to 10000000000",
        ),
        (
            ramp(json!({"stages": [{"target": 1}]})),
            "stages[0].duration\" is missing, expected a duration such as \"1m30s\"",
        ),
        (
            ramp(json!({"startRate": 1e11})),
            "startRate\" is 100000000000.0, expected a number from 0 to 10000000000",
        ),
        (
            ramp(json!({"stages": [{"duration": "200y", "target": 1}]})),
            "stages[0].duration\" is \"200y\", expected a duration such as \"1m30s\": \"y\" is not a unit \
             of time; the units are d, h, m, s, ms, us and ns",
        ),
        (
            controlled(json!({"duration": null})),
            "duration\" is missing, expected a duration such as \"1m30s\", or 0 for no end",
        ),
        (
            controlled(json!({"vus": 3, "maxVUs": 2})),
            "maxVUs\" is 2, which is less than the 3 of vus",
        ),
        (
            controlled(json!({"gracefulStop": "1s"})),
            "gracefulStop\" does not exist; externally-controlled has vus, duration, executor, startTime, \
             maxVUs, guest, exec, env, tags, options",
        ),
    ];
    for (value, expected) in cases {
        assert_eq!(read_one(value).unwrap_err(), format!("option \"scenarios.s.{expected}"));
    }
    let long = json!({"duration": "2000000h", "target": 1});
    let error = read_one(ramp(json!({"stages": [long, long]}))).unwrap_err();
    assert!(error.ends_with("whose durations add up to more than 292 years"), "{error}");
}

/// An object with more fields; null takes one away.
fn with(mut object: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

#[test]
fn names_are_restricted() {
    let value = json!({"a b": {"executor": "shared-iterations"}});
    assert!(scenarios(&value, "scenarios").unwrap_err().to_string().contains("a scenario name"));
}

#[test]
fn a_ramp_needs_a_virtual_user() {
    let stages = json!([{"duration": "1s", "target": 0}]);
    let error = read_one(json!({"executor": "ramping-vus", "startVUs": 0, "stages": stages}));
    assert!(error.unwrap_err().contains("without any virtual user"));
}
