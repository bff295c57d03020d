//! `new WebSocket`: its arguments, the class, its attributes, and what the server sees of it.

use crate::common::Run;

fn case(function: &str) -> Run {
    Run::case("websocket/construct", function)
}

#[track_caller]
fn console(function: &str) -> Vec<String> {
    case(function).console()
}

#[test]
fn the_classes_are_exports_and_no_globals() {
    assert_eq!(console("moduleShape"), ["true true Blob,WebSocket", "undefined undefined"]);
}

#[test]
fn a_new_socket_is_connecting_and_has_no_handlers() {
    assert_eq!(
        console("firstAttributes"),
        [r#"[0,0,"","","blob"]"#, "[null,null,null,null,null,null]", "true"]
    );
}

#[test]
fn urls_that_are_not_for_websockets_throw() {
    let invalid = |url: &str, why: &str| {
        format!(
            "SyntaxError: WebSocket requires valid url, but got \"{url}\" which resulted in parse \
             \"{url}\": {why}"
        )
    };
    assert_eq!(
        console("refusedUrls"),
        [
            "SyntaxError: WebSocket requires no url fragment, but got \"x\"".to_owned(),
            "SyntaxError: WebSocket requires url with scheme ws or wss, but got \"ftp\"".to_owned(),
            invalid("/relative", "relative URL without a base"),
            invalid("ws://", "empty host"),
            invalid("ws://a b/", "invalid international domain name"),
            invalid("ws://h:99999/", "invalid port number"),
            "TypeError: WebSocket constructor: 1 argument required, but only 0 present".to_owned(),
            "SyntaxError: WebSocket requires a url".to_owned(),
        ]
    );
}

#[test]
fn subprotocols_must_be_tokens_that_differ() {
    assert_eq!(
        console("refusedProtocols"),
        [
            "SyntaxError: WebSocket: '' is not a valid subprotocol",
            "SyntaxError: WebSocket: 'a b' is not a valid subprotocol",
            "SyntaxError: WebSocket: a subprotocol occurs twice in 'a, a'",
            "SyntaxError: WebSocket: 'x,y' is not a valid subprotocol",
            "SyntaxError: WebSocket: 'é' is not a valid subprotocol",
            "nothing",
            "nothing",
        ]
    );
}

#[test]
fn the_subprotocol_is_the_one_that_the_server_has_chosen() {
    for (function, protocol) in [
        ("chosenOfAList", "supported"),
        ("chosenOfOne", "one"),
        ("chosenOfNone", ""),
        ("chosenWithNull", ""),
        ("chosenByHeader", "x"),
    ] {
        assert_eq!(console(function), [format!("{protocol:?}")], "{function}");
    }
}

#[test]
fn a_subprotocol_that_was_not_offered_fails_the_handshake() {
    let mut texts = console("chosenUnasked");
    texts.sort();
    let chose = "websocket: bad handshake: the server chose the subprotocol 'foo',";
    let expected =
        ["none was offered", "offered were 'x', 'y'"].map(|what| format!("{chose} {what}"));
    assert_eq!(texts, expected);
}

#[test]
fn an_unknown_param_throws() {
    assert_eq!(console("unknownParams"), ["GoError: unknown WebSocket's option nope"]);
}

#[test]
fn params_with_wrong_values_throw() {
    let mut texts: Vec<_> = ["", "", "undefined", "null", "gzip", "deflate, gzip", "deflate,"]
        .map(|name| {
            format!(
                "GoError: unsupported compression algorithm '{name}', supported algorithm is \
                     'deflate'"
            )
        })
        .into();
    texts.push(
        "GoError: invalid WebSocket tags option: invalid value for metric tag 'a': only String, \
         Boolean and Number types are accepted as a metric tag values"
            .to_owned(),
    );
    texts.push(
        "GoError: invalid WebSocket option timeout: 'soon' is neither a number of milliseconds \
         nor a duration such as '10s'"
            .to_owned(),
    );
    assert_eq!(console("wrongParams"), texts);
}

#[test]
fn headers_and_the_user_agent_reach_the_server() {
    assert_eq!(
        case("headers").args(["--user-agent", "option/1"]).console(),
        ["ipsum else.where option/1 undefined"]
    );
}

#[test]
fn a_user_in_the_url_becomes_an_authorization_header() {
    assert_eq!(console("credentials"), ["Basic dXNlcjpwQHNz"]);
}

#[test]
fn headers_of_the_handshake_itself_fail_the_connection() {
    let names = ["Upgrade", "Connection", "Sec-Websocket-Key", "Sec-Websocket-Protocol"];
    let texts = names.map(|name| format!("websocket: duplicate header not allowed: {name}"));
    assert_eq!(console("forbiddenHeaders"), texts);
}

#[test]
fn it_connects_over_tls_and_the_origin_is_that_of_the_url() {
    assert_eq!(console("overTls"), ["secret true"]);
}

#[test]
fn the_experimental_module_warns_once_and_gives_the_same_class() {
    let outcome = case("experimental").go().exits(0);
    assert_eq!(
        outcome.logged("warning"),
        ["k6/experimental/websockets is deprecated and will be removed in a future release. \
          Please use k6/websockets instead."]
    );
    assert_eq!(outcome.console(), ["true true", "true true", "1"]);
}

#[test]
fn a_server_that_does_not_answer_the_close_is_left_after_the_close_timeout() {
    assert_eq!(console("closeTimeout"), ["1006 false"]);
}

#[test]
fn a_ping_interval_sends_pings_until_the_socket_is_closed() {
    assert_eq!(console("pingInterval"), ["3"]);
}

#[test]
fn pings_go_on_while_the_script_sleeps_or_is_busy() {
    for function in ["pingsDuringSleep", "pingsDuringWork"] {
        let outcome = case(function).go().exits(0);
        assert_eq!(outcome.console(), ["true 3"], "{function}");
        assert!(outcome.samples("ws_ping").len() >= 6, "{function}");
        assert!(!outcome.stderr.contains("unknown ping"), "{}", outcome.stderr);
    }
}

#[test]
fn a_server_that_answers_no_ping_is_left_after_the_pong_timeout() {
    assert_eq!(console("pongTimeout"), ["no pong came within 50ms", "1006 false"]);
    let text = "GoError: invalid WebSocket option pongTimeout: 'soon' is neither a number of \
                milliseconds nor a duration such as '10s'";
    assert_eq!(console("wrongPongTimeout"), [text]);
}

#[test]
fn connecting_at_the_top_level_of_a_script_is_refused() {
    let script = "
import { WebSocket } from 'k6/websockets';
new WebSocket('ws://127.0.0.1:1/');
export default () => {};";
    let outcome = Run::script(script).go().exits(107);
    assert!(
        outcome.stderr.contains("using websockets in the init context is not supported"),
        "{}",
        outcome.stderr
    );
}
