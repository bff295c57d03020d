//! Options: where they come from, which of them counts, and what they do.

use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{Outcome, Run, server, wasock};

/// The script that has these options.
fn script(options: Value) -> Run {
    Run::file("options.js").args(["-e", &format!("OPTIONS={options}")])
}

/// What the server received as `User-Agent` from a run with these arguments and this environment.
fn user_agent(run: Run) -> Vec<String> {
    run.served().go().exits(0).console()
}

fn iterations(outcome: &Outcome) -> usize {
    outcome.console().iter().filter(|line| line.starts_with("user ")).count()
}

/// The error of a run that does not begin.
#[track_caller]
fn refusal(run: Run) -> String {
    let outcome = run.go().exits(104);
    assert_eq!(outcome.console(), [""; 0]);
    outcome
        .stderr
        .lines()
        .filter(|line| !line.starts_with("compiling"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_flag_counts_more_than_a_variable_than_the_script_than_the_configuration_file() {
    let scenario = json!({"executor": "per-vu-iterations", "exec": "userAgent"});
    let from_script = json!({"scenarios": {"a": scenario}, "userAgent": "script"});
    let without = json!({"scenarios": {"a": scenario}});
    let config = |run: Run| {
        run.beside("config.json", r#"{"userAgent": "file"}"#).args(["--config", "config.json"])
    };
    let no_setup = |run: Run| run.args(["--no-setup", "--no-teardown"]);
    let run = |options: &Value| no_setup(script(options.clone()));
    assert_eq!(user_agent(run(&without)), [format!("wasock/{}", env!("CARGO_PKG_VERSION"))]);
    assert_eq!(user_agent(config(run(&without))), ["file"]);
    assert_eq!(user_agent(config(run(&from_script))), ["script"]);
    let with_variable = || config(run(&from_script)).variable("K6_USER_AGENT", "variable");
    assert_eq!(user_agent(with_variable()), ["variable"]);
    assert_eq!(user_agent(with_variable().args(["--user-agent", "flag"])), ["flag"]);
}

#[test]
fn numbers_of_the_script_may_come_from_variables() {
    let script = "export const options = { vus: __ENV.VUS, iterations: __ENV.ITERATIONS, rps: '' };
        export default () => {};";
    let run = |flags: &[&str]| {
        let run = Run::script(script).args(flags.iter().copied());
        run.go().exits(0).sum("iterations")
    };
    assert_eq!(run(&["-e", "VUS=2", "-e", "ITERATIONS=5"]), 5.0);
    assert_eq!(run(&["-e", "VUS=", "-e", "ITERATIONS="]), 1.0);
    let error = refusal(Run::script(script).args(["-e", "VUS=two"]));
    let expected = "error: option \"vus\" is \"two\", expected a whole number from 0 to 1000000 (in the script)";
    assert_eq!(error, expected);
}

#[test]
fn what_json_has_no_form_for_is_refused() {
    let whole = "expected a whole number from 0 to 1000000";
    let cases = [
        ("vus: parseInt(__ENV.NONE)", format!("\"vus\" is NaN, {whole}")),
        ("vus: 10n", format!("\"vus\" is 10n, {whole}")),
        (
            "stages: [{ duration: '1s', target: 1 / 0 }]",
            format!("\"stages[0].target\" is Infinity, {whole}"),
        ),
        (
            "scenarios: { a: { executor: 'shared-iterations', exec: () => {} } }",
            "\"scenarios.a.exec\" is a function, expected a string".to_owned(),
        ),
        (
            "scenarios: { a: around }",
            "\"scenarios.a.tags\" is an object that it is itself in, expected an object".to_owned(),
        ),
        ("thresholds: NaN", "\"thresholds\" is NaN, expected an object".to_owned()),
    ];
    for (options, expected) in cases {
        let script = format!(
            "const around = {{ executor: 'shared-iterations' }}; around.tags = around;
            export const options = {{ {options} }}; export default () => {{}};"
        );
        let error = refusal(Run::script(&script));
        assert_eq!(error, format!("error: option {expected} (in the script)"));
    }
    // The same object twice is no circle, and what is undefined is not set.
    let script = "const tags = { a: 'b' }; const one = { executor: 'shared-iterations', tags };
        export const options = { scenarios: { one, two: one }, tags, vus: undefined };
        export default () => {};";
    assert_eq!(Run::script(script).go().exits(0).sum("iterations"), 2.0);
}

#[test]
fn a_load_replaces_the_loads_of_weaker_sources_as_a_whole() {
    let scenarios = json!({"a": {"executor": "per-vu-iterations", "vus": 5, "iterations": 5}});
    let outcome =
        script(json!({"scenarios": scenarios})).variable("K6_ITERATIONS", "3").go().exits(0);
    assert_eq!(iterations(&outcome), 3);
    let warnings = outcome.logged("warning");
    assert_eq!(
        warnings,
        [
            "the scenarios of weaker sources are replaced as a whole by options from environment variables"
        ]
    );
    let outcome =
        script(json!({"stages": [{"duration": "1s", "target": 9}]})).args(["-i", "2"]).go();
    let outcome = outcome.exits(0);
    assert_eq!(iterations(&outcome), 2);
    assert_eq!(outcome.logged("warning"), [""; 0]);
}

#[test]
fn iterations_are_shared_by_the_virtual_users() {
    let outcome = script(json!({})).args(["-u", "2", "-i", "6", "-e", "PAUSE=0.03"]).go().exits(0);
    assert_eq!(iterations(&outcome), 6);
    assert_eq!(outcome.sum("iterations"), 6.0);
    for user in ["user 1 iteration 0", "user 2 iteration 0", "user 2 iteration 1"] {
        assert!(outcome.console().iter().any(|line| line.starts_with(user)), "{user}");
    }
    assert!(outcome.stdout.contains("* default: 6 iterations shared among 2 VUs"));
}

#[test]
fn virtual_users_alone_run_one_iteration_each() {
    let outcome = script(json!({"vus": 3})).go().exits(0);
    assert_eq!(iterations(&outcome), 3);
}

#[test]
fn a_duration_keeps_virtual_users_at_work_until_it_is_over() {
    let outcome = script(json!({})).args(["-u", "2", "-d", "1s", "-e", "PAUSE=0.1"]).go().exits(0);
    let count = iterations(&outcome);
    assert!((8..=22).contains(&count), "{count} iterations");
    assert!(outcome.stdout.contains("* default: 2 looping VUs for 1s (gracefulStop: 30s)"));
    assert!(outcome.samples("vus").iter().all(|point| point.value == 2.0));
}

#[test]
fn stages_ramp_virtual_users_up_and_down() {
    let outcome = script(json!({}))
        .args(["-s", "300ms:3,200ms:3", "-s", "200ms:0", "-e", "PAUSE=0.02"])
        .go()
        .exits(0);
    let console = outcome.console();
    assert!(console.iter().any(|line| line.starts_with("user 3 ")), "{console:?}");
    assert!(!console.iter().any(|line| line.starts_with("user 4 ")), "{console:?}");
    assert!(outcome.stdout.contains("Up to 3 looping VUs for 700ms over 3 stages"));
    let interrupted = "and 0 interrupted iterations";
    assert!(outcome.stdout.contains(interrupted), "{}", outcome.stdout);
}

#[test]
fn variables_come_from_the_system_and_from_flags_which_count_more() {
    let options =
        json!({"scenarios": {"a": {"executor": "per-vu-iterations", "exec": "variables"}}});
    let run = || {
        let run = script(options.clone()).args(["--no-setup", "--no-teardown"]);
        run.variable("ONE", "system").variable("TWO", "system").args(["-e", "TWO=flag=2"])
    };
    assert_eq!(run().go().exits(0).console(), ["system flag=2 undefined"]);
    let outcome = run().args(["--include-system-env-vars=false"]).go().exits(0);
    assert_eq!(outcome.console(), ["undefined flag=2 undefined"]);
}

#[test]
fn a_scenario_has_variables_tags_and_a_function_of_its_own() {
    let options = json!({"scenarios": {
        "plain": {"executor": "per-vu-iterations", "exec": "variables"},
        "special": {
            "executor": "per-vu-iterations",
            "exec": "variables",
            "startTime": "100ms",
            "env": {"ONE": "scenario"},
            "tags": {"kind": "special"},
        },
    }});
    let arguments = ["--no-setup", "--no-teardown", "-e", "ONE=run", "-e", "TWO=run"];
    let outcome = script(options).args(arguments).go().exits(0);
    assert_eq!(outcome.console(), ["run run undefined", "scenario run undefined"]);
    let kinds: Vec<_> = outcome
        .samples("iterations")
        .iter()
        .map(|point| (point.tags["scenario"].clone(), point.tags.get("kind").cloned()))
        .collect();
    let special = ("special".to_owned(), Some("special".to_owned()));
    assert_eq!(kinds, [("plain".to_owned(), None), special]);
}

#[test]
fn a_tag_of_the_run_is_on_every_sample() {
    let outcome =
        script(json!({"tags": {"lost": "1"}})).args(["--tag", "a=1", "--tag", "b=x y"]).go();
    let outcome = outcome.exits(0);
    assert!(!outcome.points.is_empty());
    for point in &outcome.points {
        assert_eq!((point.tags["a"].as_str(), point.tags["b"].as_str()), ("1", "x y"), "{point:?}");
        assert!(!point.tags.contains_key("lost"), "{point:?}");
    }
}

#[test]
fn system_tags_can_be_chosen() {
    let outcome = script(json!({})).args(["--system-tags", "scenario,vu"]).go().exits(0);
    for point in outcome.samples("iterations") {
        assert_eq!(point.tags.keys().collect::<Vec<_>>(), ["scenario"]);
    }
    assert!(outcome.file("samples.json").contains(r#""metadata":{"vu":"1"}"#));
}

#[test]
fn hosts_lead_names_to_addresses() {
    let server = server();
    let address = server.address().expect("it has a plain port");
    let hosts = json!({
        "whole.test": address.to_string(),
        "port.test:8080": address.to_string(),
        "*.wild.test": address.to_string(),
        "ip.test": "127.0.0.1",
    });
    let port = address.port();
    let urls = [
        "ws://whole.test/headers".to_owned(),
        "ws://port.test:8080/headers".to_owned(),
        "ws://a.b.wild.test/headers".to_owned(),
        format!("ws://ip.test:{port}/headers"),
        // Another port than the one that is led elsewhere.
        "ws://port.test/headers".to_owned(),
    ];
    let scenario = |url: &String| json!({"executor": "per-vu-iterations", "exec": "userAgent", "env": {"URL": url}});
    let scenarios: serde_json::Map<_, _> =
        urls.iter().enumerate().map(|(i, url)| (format!("s{i}"), scenario(url))).collect();
    let outcome = script(json!({"hosts": hosts, "scenarios": scenarios, "userAgent": "me"}))
        .args(["--no-setup", "--no-teardown"])
        .go()
        .exits(0);
    let mut console = outcome.console();
    console.sort();
    assert_eq!(console[1..], ["me"; 4]);
    assert!(console[0].starts_with("lookup port.test"), "{console:?}");
}

#[test]
fn thresholds_decide_about_the_exit_code() {
    let run = |thresholds: Value| script(json!({"vus": 2, "thresholds": thresholds})).go();
    let passed = run(json!({
        "iterations": ["count==2"],
        "iterations{scenario:default}": ["count==2"],
        "iterations{scenario:other}": ["count==0"],
        "ws_sessions": ["count==0"],
        "iteration_duration": ["p(95) < 1000", {"threshold": "max<1000", "abortOnFail": true}],
    }));
    passed.exits(0);
    let failed = run(json!({
        "iterations": ["count<2", "rate>0"],
        "iterations{scenario:default}": ["count>2"],
        "iteration_duration": ["avg>=0"],
    }));
    let failed = failed.exits(99);
    assert_eq!(
        failed.logged("error"),
        ["thresholds on metrics 'iterations, iterations{scenario:default}' have been crossed"]
    );
    assert!(failed.stdout.contains("    ✗ 'count<2' count=2\n"), "{}", failed.stdout);
    assert!(failed.stdout.contains("    ✓ 'avg>=0' avg="), "{}", failed.stdout);
}

#[test]
fn thresholds_can_be_left_out() {
    let run = script(json!({"thresholds": {"iterations": ["count>5"]}}));
    let outcome = run.args(["--no-thresholds"]).go().exits(0);
    assert!(!outcome.stdout.contains("THRESHOLDS"));
}

#[test]
fn a_threshold_can_end_the_run_early() {
    let options = json!({
        "duration": "30s",
        "thresholds": {"iterations": [{"threshold": "count<1", "abortOnFail": true}]},
    });
    let outcome = script(options).args(["-e", "PAUSE=0.2"]).go().exits(99);
    assert_eq!(
        outcome.logged("error"),
        ["thresholds on metrics 'iterations' were crossed; at least one has abortOnFail enabled, \
          stopping test prematurely"]
    );
    assert!(iterations(&outcome) < 50);
    assert_eq!(outcome.console().last().map(String::as_str), Some("teardown"));
}

#[test]
fn an_iteration_that_outlasts_the_graceful_stop_is_interrupted() {
    let scenario = json!({"executor": "constant-vus", "duration": "1s", "gracefulStop": "100ms"});
    let outcome =
        script(json!({"scenarios": {"a": scenario}})).args(["-e", "PAUSE=60"]).go().exits(0);
    assert_eq!(iterations(&outcome), 1);
    assert_eq!(outcome.sum("iterations"), 0.0);
    assert!(
        outcome.stdout.contains("0 complete and 1 interrupted iterations"),
        "{}",
        outcome.stdout
    );
    assert_eq!(outcome.console().last().map(String::as_str), Some("teardown"));
}

#[test]
fn an_iteration_lasts_at_least_as_long_as_asked_for() {
    let started = std::time::Instant::now();
    let outcome = script(json!({"iterations": 3, "minIterationDuration": "150ms"})).go().exits(0);
    assert!(started.elapsed() >= Duration::from_millis(300), "{:?}", started.elapsed());
    // The wait is not part of the iteration.
    assert!(outcome.samples("iteration_duration").iter().any(|point| point.value < 150.0));
}

#[test]
fn setup_and_teardown_can_be_left_out() {
    let outcome = script(json!({"noSetup": true})).go().exits(0);
    assert_eq!(outcome.console(), ["user 1 iteration 0 of default", "teardown"]);
    let outcome = script(json!({})).args(["--no-teardown"]).go().exits(0);
    assert_eq!(outcome.console(), ["setup", "user 1 iteration 0 of default"]);
}

#[test]
fn a_wrong_option_is_told_with_its_path_and_what_was_expected() {
    let per_vu = |more: Value| {
        let mut scenario = json!({"executor": "per-vu-iterations"});
        scenario.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"scenarios": {"a": scenario}})
    };
    let cases = [
        (json!({"vus": "many"}), "option \"vus\" is \"many\", expected a whole number"),
        (json!({"vus": -1}), "option \"vus\" is -1, expected"),
        (json!({"duration": "soon"}), "option \"duration\" is \"soon\", expected a duration"),
        (json!({"stages": [{"duration": "1s"}]}), "option \"stages[0].target\" is missing"),
        (
            json!({"iterations": 1, "stages": [{"duration": "1s", "target": 1}]}),
            "cannot be used together",
        ),
        (
            per_vu(json!({"vux": 1})),
            "option \"scenarios.a.vux\" does not exist; per-vu-iterations has",
        ),
        (
            json!({"scenarios": {"a": {"executor": "x"}}}),
            "option \"scenarios.a.executor\" is \"x\"",
        ),
        (per_vu(json!({"exec": "gone"})), "\"gone\", which the script does not export"),
        (
            json!({"thresholds": {"nope": ["count>1"]}}),
            "names a metric \"nope\" that does not exist",
        ),
        (json!({"thresholds": {"ws_sessions": ["avg<1"]}}), "which a counter does not have"),
        (json!({"thresholds": {"ws_sessions": ["count?1"]}}), "is malformed"),
    ];
    for (options, message) in cases {
        let error = refusal(script(options.clone()));
        assert!(error.starts_with("error: "), "{options}: {error}");
        assert!(error.contains(message), "{options}: {error}");
    }
}

#[test]
fn a_wrong_flag_a_wrong_variable_and_a_wrong_file_are_named() {
    let error = refusal(script(json!({})).args(["--vus", "many"]));
    assert!(error.contains("option \"vus\" is \"many\""), "{error}");
    assert!(error.ends_with("(by the flag --vus)"), "{error}");
    let error = refusal(script(json!({})).variable("K6_DURATION", "soon"));
    assert!(error.contains("K6_DURATION"), "{error}");
    let error = refusal(script(json!({})).args(["-c", "gone.json"]));
    assert!(error.contains("the configuration file \"gone.json\" cannot be read"), "{error}");
    let error = refusal(script(json!({})).beside("c.json", "{").args(["-c", "c.json"]));
    assert!(error.contains("c.json"), "{error}");
    let error = refusal(script(json!({})).args(["--tag", "a"]));
    assert_eq!(error, "error: option \"tags\" is \"a\", expected name=value (by the flag --tag)");
}

#[test]
fn an_unknown_option_is_a_warning() {
    let outcome = script(json!({"vuss": 2, "iterations": 1})).go().exits(0);
    assert_eq!(
        outcome.logged("warning"),
        [
            "There were unknown fields in the options exported in the script: vuss (did you mean vus?)"
        ]
    );
}

#[test]
fn inspect_prints_what_a_run_would_use() {
    let run = script(json!({"duration": "1s", "tags": {"a": "b"}}));
    let script = env!("CARGO_MANIFEST_DIR").to_owned() + "/../../tests/scripts/options.js";
    let options = r#"OPTIONS={"duration": "1s", "tags": {"a": "b"}}"#;
    let output = wasock()
        .args(["inspect", "-u", "4", "-e", options, &script])
        .current_dir(run.folder())
        .output()
        .expect("the command starts");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(printed["scenarios"]["default"]["executor"], "constant-vus");
    assert_eq!(printed["scenarios"]["default"]["vus"], 4);
    assert_eq!(printed["tags"], json!({"a": "b"}));
}
