//! `k6/metrics`.

use crate::common::{Outcome, Run};

fn case(function: &str) -> Run {
    Run::case("modules/metrics", function)
}

fn values(outcome: &Outcome, metric: &str) -> Vec<f64> {
    outcome.samples(metric).iter().map(|point| point.value).collect()
}

#[test]
fn the_module_has_four_classes_whose_objects_know_their_names() {
    assert_eq!(case("shape").console(), ["Counter,Gauge,Rate,Trend my_counter true"]);
}

#[test]
fn metrics_are_declared_at_the_top_level_with_good_names_and_one_type() {
    let lines = case("atInitOnly").console();
    for (line, name) in lines[..4].iter().zip(["a", "1st", "with space", &"x".repeat(130)]) {
        assert!(line.starts_with(&format!("GoError: invalid metric name '{name}': ")), "{line}");
    }
    assert_eq!(
        lines[4..7],
        [
            "GoError: metric 'my_counter' was declared as a counter and cannot also be a gauge",
            "GoError: metric 'my_trend' was declared with values of type default and cannot also \
             have type time",
            "returned my_counter",
        ]
    );
    assert_eq!(lines[8], "GoError: adding to metrics in the init context is not supported");
    assert_eq!(lines[9], "GoError: metrics must be declared in the init context");
}

#[test]
fn numbers_and_booleans_become_samples() {
    let outcome = case("values").go().exits(0);
    assert_eq!(outcome.console(), ["true true true true"]);
    assert_eq!(values(&outcome, "my_counter"), [2.0, 3.0]);
    assert_eq!(values(&outcome, "my_gauge"), [7.5, -1.0]);
    assert_eq!(values(&outcome, "my_rate"), [1.0, 0.0, 5.0]);
    assert_eq!(values(&outcome, "my_trend"), [1.25]);
    assert_eq!(values(&outcome, "my_time"), [12.5]);
}

#[test]
fn samples_have_the_tags_of_the_call_and_of_the_virtual_user() {
    let outcome = case("tags").go().exits(0);
    let samples = outcome.samples("my_counter");
    assert_eq!(samples.len(), 2);
    let tags = &samples[0].tags;
    assert_eq!([&tags["mine"], &tags["number"], &tags["truth"]], ["x", "2", "false"]);
    assert_eq!(tags["scenario"], "default");
    assert!(!tags.contains_key("vuTag"));
    assert_eq!([&samples[1].tags["mine"], &samples[1].tags["vuTag"]], ["z", "y"]);
    assert_eq!(
        outcome.console(),
        ["GoError: invalid value for metric tag 'bad': only String, Boolean and Number types are \
          accepted as a metric tag values"]
    );
}

#[test]
fn a_value_that_is_no_number_is_a_warning_or_with_the_option_throw_an_error() {
    let texts = ["NaN", "null", "undefined", "text", "[object Object]", "Symbol(s)"].map(|value| {
        format!(
            "'{value}' is an invalid value for metric 'my_trend', a number or a boolean value is \
             expected"
        )
    });
    let outcome = case("refusedValues").go().exits(0);
    assert_eq!(outcome.logged("warning"), texts);
    assert_eq!(outcome.console(), ["returned false"; 6]);
    assert!(outcome.samples("my_trend").is_empty());

    let thrown = texts.map(|text| format!("GoError: {text}"));
    assert_eq!(case("refusedValues").args(["--throw"]).console(), thrown);
}
