//! The global names of a script: the console and the language. Those of the web are in `web.rs`.

use crate::common::Run;

fn case(function: &str) -> Run {
    Run::case("globals", function)
}

#[track_caller]
fn console(function: &str) -> Vec<String> {
    case(function).console()
}

#[test]
fn the_names_of_k6_and_no_others_are_global() {
    assert_eq!(console("names"), ["", "", "true"]);
}

#[test]
fn the_number_of_the_virtual_user_and_its_iteration_are_global() {
    assert_eq!(console("ofTheVu"), ["1,0,string 1 0"]);
}

#[test]
fn env_holds_what_the_command_line_gives_and_can_be_changed() {
    assert_eq!(
        case("environment").args(["-e", "MINE=yours"]).console(),
        ["yours undefined", "changed"]
    );
}

#[test]
fn the_console_prints_values_as_k6_does() {
    assert_eq!(
        console("printing"),
        [
            "",
            "a 1 true null undefined 1.5 5",
            r#"{ a: [ 1, "x" ], b: null, f: [object Function], u: null, "odd key": {} }"#,
            r#"[] [ null ] {} "1970-01-01T00:00:00.000Z" Error: broken /x/g"#,
            "Uint8Array(2) [ 1, 2 ] ArrayBuffer { [Uint8Contents]: <01 02>, byteLength: 2 } \
             Map(1) { \"k\" => 1 } Set(1) { 1 }",
            r#"{ name: "me", self: [Circular] }"#,
        ]
    );
}

#[test]
fn the_console_has_levels_and_debug_needs_verbose() {
    let outcome = case("levels").go().exits(0);
    assert_eq!(outcome.console(), ["log", "info", "warn", "error"]);
    assert_eq!(outcome.logged("warning"), ["warn"]);
    assert_eq!(outcome.logged("error"), ["error"]);
    let verbose = case("levels").args(["--verbose"]).go().exits(0);
    assert_eq!(verbose.console(), ["log", "info", "debug", "warn", "error"]);
}

#[test]
fn odd_texts_stay_on_one_line_of_the_log() {
    assert_eq!(
        console("oddTexts"),
        ["a \"quoted\" text", "two\nlines", "", "žluťoučký 🐎 \u{fffd}", "tab\tbackslash\\",]
    );
}

#[test]
fn the_clocks_go() {
    assert_eq!(console("clocks"), ["true true", "true true"]);
}

#[test]
fn the_language_is_that_of_today() {
    assert_eq!(console("language"), ["6 set 1,2,3 a-b- 2", "1180591620717411303424 2026 y"]);
    assert_eq!(console("asyncLanguage"), ["3 fulfilled,rejected"]);
}

#[test]
fn endless_recursion_is_a_range_error() {
    assert_eq!(console("deepRecursion"), ["true Maximum call stack size exceeded"]);
}

#[test]
fn what_an_iteration_leaves_behind_is_there_in_the_next() {
    assert_eq!(
        case("globalsSurviveAnIteration").args(["-e", "ITERATIONS=3"]).console(),
        ["1", "2", "3"]
    );
}
