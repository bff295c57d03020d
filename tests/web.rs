//! The classes and functions of the web that are global, by the sections of their standards. The
//! scripts hold the subtests; a test says how many there are.

use crate::common::Run;

fn case(script: &str, function: &str) -> Run {
    Run::case(&format!("web/{script}"), function)
}

#[track_caller]
fn passes(script: &str, function: &str, subtests: usize) {
    case(script, function).passes(subtests);
}

/// Web IDL: <https://webidl.spec.whatwg.org/#js-interfaces>.
#[test]
fn interfaces_have_the_shape_that_web_idl_gives_them() {
    passes("interfaces", "interfaces", 429);
    passes("interfaces", "functions", 15);
}

/// ECMA-262: <https://tc39.es/ecma262/#sec-json-object>.
#[test]
fn json_is_read_and_written_as_by_the_engine_without_its_fast_paths() {
    passes("json", "texts", 19);
    passes("json", "values", 13);
}

#[test]
fn urls_are_parsed_by_the_standard() {
    passes("url", "parsing", 219);
    passes("url", "setting", 40);
    passes("url", "attributes", 41);
}

#[test]
fn a_url_and_its_parameters_stay_in_step() {
    passes("url", "inStep", 7);
}

#[test]
fn parameters_are_those_of_the_standard() {
    passes("url", "parameters", 47);
}

#[test]
fn events_are_made_from_dictionaries() {
    passes("events", "construction", 41);
    passes("events", "initialising", 4);
}

#[test]
fn events_are_dispatched_to_listeners() {
    passes("event-target", "dispatching", 13);
    passes("event-target", "listening", 21);
}

#[test]
fn exceptions_of_listeners_are_reported_and_the_others_run() {
    let outcome = case("event-target", "reported").go().exits(0);
    assert_eq!(outcome.console(), ["the others run", "true"]);
    let mut errors: Vec<_> = outcome
        .logged("error")
        .iter()
        .map(|error| error.lines().next().map(str::to_owned))
        .collect();
    errors.sort();
    let not_a_function = "TypeError: EventListener.handleEvent isn't a function";
    let expected = ["RangeError: getter", "RangeError: listener", not_a_function, not_a_function];
    assert_eq!(errors, expected.map(|text| Some(text.to_owned())));
}

#[test]
fn signals_abort_and_depend_on_each_other() {
    passes("abort", "aborting", 14);
}

#[test]
fn exceptions_of_the_web_have_names_and_codes() {
    passes("dom-exception", "exceptions", 39);
}

#[test]
fn text_is_encoded_and_decoded() {
    passes("encoding", "encoder", 9);
    passes("encoding", "decoder", 60);
}

#[test]
fn base64_is_encoded_and_decoded() {
    passes("encoding", "base64", 56);
}

#[test]
fn values_are_cloned_and_buffers_moved() {
    passes("values", "cloning", 97);
    passes("values", "transferring", 7);
}

#[test]
fn blobs_are_made_of_sequences_and_clamp_their_slices() {
    passes("values", "blobs", 7);
}

#[test]
fn random_values_fill_integer_views() {
    passes("values", "random", 34);
}

#[test]
fn clocks_and_microtasks_are_those_of_the_standards() {
    passes("values", "clocks", 6);
}
