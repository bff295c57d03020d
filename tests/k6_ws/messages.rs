//! Messages, pings and timers of the sockets of `k6/ws`.

use crate::common::Run;

#[track_caller]
fn console(function: &str) -> Vec<String> {
    Run::case("k6_ws/messages", function).console()
}

#[test]
fn messages_go_back_and_forth() {
    assert_eq!(console("threeMessages"), ["one", "two", "three"]);
    assert_eq!(console("twoMessagesOverTls"), ["one", "two"]);
}

#[test]
fn text_keeps_its_characters_and_lone_surrogates_are_replaced() {
    assert_eq!(console("textOfAnyLanguage"), ["žluťoučký 🐎", "\0 \u{10ffff}", "x\u{fffd}y"]);
}

#[test]
fn send_turns_any_value_into_text() {
    assert_eq!(
        console("anyValueBecomesText"),
        [r#"["","1","1.5","null","undefined","true","[object Object]","1,2"]"#]
    );
}

#[test]
fn large_messages_come_back_whole() {
    assert_eq!(console("largeMessages"), ["100000 true"]);
}

#[test]
fn binary_messages_are_array_buffers_with_an_event_of_their_own() {
    assert_eq!(console("textThenBinary"), ["message text", "true 104,101,108,108,111,0,255"]);
}

#[test]
fn send_binary_takes_nothing_but_array_buffers() {
    let names = [
        "undefined",
        "null",
        "Boolean",
        "Number",
        "Number",
        "String",
        "Array",
        "Uint8Array",
        "Symbol",
        "Function",
        "Object",
    ];
    let mut texts = vec!["missing argument, expected ArrayBuffer".to_owned()];
    texts.extend(names.map(|name| format!("expected ArrayBuffer as argument, received: {name}")));
    assert_eq!(console("binaryOfWrongTypes"), texts);
}

#[test]
fn a_pong_calls_all_its_handlers_without_arguments() {
    assert_eq!(console("pingAndPong"), ["first 0", "second"]);
}

#[test]
fn an_interval_ticks_until_the_socket_is_closed() {
    assert_eq!(console("intervalTicks"), ["undefined", "tick 1", "tick 2", "tick 3"]);
}

#[test]
fn an_interval_may_be_shorter_than_a_millisecond() {
    assert_eq!(console("intervalBelowAMillisecond"), ["returned"]);
}

#[test]
fn a_timeout_waits_and_passes_no_arguments() {
    assert_eq!(console("timeoutWaits"), ["undefined", "true 0"]);
}

#[test]
fn delays_must_be_above_zero() {
    let text = |name: &str, delay: &str| {
        format!(r#""{name} requires a >0 timeout parameter, received {delay} ""#)
    };
    assert_eq!(
        console("delaysThatAreRefused"),
        [
            text("setInterval", "-1.23"),
            text("setInterval", "0.00"),
            text("setTimeout", "0.00"),
            text("setTimeout", "0.00"),
        ]
    );
}

#[test]
fn a_refused_delay_ends_the_session_like_any_exception() {
    let outcome = Run::case("k6_ws/messages", "refusedDelayEndsTheSession").go().exits(0);
    let errors = outcome.logged("error");
    assert!(
        errors[0].starts_with("GoError: setTimeout requires a >0 timeout parameter, received 0.00"),
        "{errors:?}"
    );
    assert_eq!(outcome.sum("ws_sessions"), 1.0);
    assert_eq!(outcome.samples("ws_session_duration").len(), 1);
}

#[test]
fn timers_of_a_socket_end_with_it() {
    assert_eq!(console("timersEndWithTheSocket"), ["done"]);
}
