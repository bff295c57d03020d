//! Cookie jars.

use serde_json::json;

use crate::common::{Run, server};

fn console(function: &str) -> Vec<String> {
    Run::case("cookies", function).console()
}

#[test]
fn a_handshake_sends_and_stores_the_cookies_of_the_users_jar() {
    let seen = r#"["null","a=1; b=2","a=1; b=2","a=1; b=2; c=3"]"#;
    assert_eq!(console("storesAndSends"), [seen]);
}

#[test]
fn a_failed_handshake_stores_cookies_too() {
    assert_eq!(
        console("storesFromFailures"),
        [r#"{"ws":["1"]}"#, r#"{"ws":["1"],"standard":["2"]}"#]
    );
}

#[test]
fn a_cookie_header_replaces_the_jar() {
    assert_eq!(console("headerReplaces"), ["mine=1", "mine=1"]);
}

#[test]
fn a_jar_in_the_params_replaces_the_users() {
    assert_eq!(
        console("jarOfItsOwn"),
        ["own=1", "own=1", r#"{"own":["1"],"set":["2"]}"#, r#"{"users":["0"]}"#, "users=0"]
    );
}

#[test]
fn a_jar_is_changed_by_its_methods() {
    assert_eq!(
        console("methods"),
        [
            r#"true {"a":["1"],"b":["2"]}"#,
            r#"{"b":["2"]}"#,
            "{}",
            r#"{"deep":["1"]} {}"#,
            r#"{"secret":["1"]} {}"#,
            r#"{"all":["1"]}"#,
            "{}",
        ]
    );
}

#[test]
fn jars_go_when_the_script_drops_them() {
    assert_eq!(console("jarsThatAreDropped"), [r#"{"b":["2999"]}"#]);
}

#[test]
fn a_user_with_too_many_jars_is_stopped() {
    let outcome = Run::case("cookies", "jarsThatAreKept").go().exits(0);
    assert_eq!(outcome.console(), [""; 0]);
    let errors = outcome.logged("error");
    assert!(errors[0].contains("the guest has 1024 cookie jars, which is the most"), "{errors:?}");
}

#[test]
fn what_no_cookie_can_be_throws() {
    let lines = console("wrongUse");
    let expected = [
        "GoError: the URL \"nonsense\"",
        "GoError: \"a b\" is not a name that a cookie can have",
        "GoError: a: \"1; Domain=b.test\" has a character that cookies cannot have",
        "GoError: the cookie a expires at \"soon\", which is no date",
        "TypeError: ",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }
}

#[test]
fn an_iteration_begins_without_cookies_unless_they_are_to_be_kept() {
    let server = server();
    let url = format!("URL=ws://{}", server.address().expect("it has a plain port"));
    let run = |options: serde_json::Value| {
        let options = format!("OPTIONS={options}");
        let run = Run::file("cookies.js").args(["-i", "2", "-e", &url, "-e", &options]);
        run.go().exits(0).console()
    };
    assert_eq!(run(json!({})), ["null", "null"]);
    assert_eq!(run(json!({"noCookiesReset": true})), ["null", "a=1; b=2"]);
}

#[test]
fn the_users_jar_is_not_there_at_the_top_level() {
    let script = "import http from 'k6/http';\nhttp.cookieJar();\nexport default () => {};";
    let outcome = Run::script(script).go().exits(107);
    let text = "getting cookie jars in the init context is not supported";
    assert!(outcome.stderr.contains(text), "{}", outcome.stderr);
}
