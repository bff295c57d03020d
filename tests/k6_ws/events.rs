//! Which events come on a socket of `k6/ws`, in which order, and with what.

use crate::common::Run;

fn case(function: &str) -> Run {
    Run::case("k6_ws/events", function)
}

#[track_caller]
fn console(function: &str) -> Vec<String> {
    case(function).console()
}

#[test]
fn a_close_by_the_server_with_1000_or_1001_is_no_error() {
    assert_eq!(console("serverClosesWith1000"), ["open", "close 1000", "returned 101"]);
    assert_eq!(console("serverClosesWith1001"), ["open", "close 1001", "returned 101"]);
}

#[test]
fn another_close_code_is_an_error_first() {
    assert_eq!(
        console("serverClosesWith1011"),
        [
            "open",
            r#"error websocket: close 1011 (internal server error): oops [1011 "oops"]"#,
            "close 1011",
            "returned 101",
        ]
    );
    assert_eq!(
        console("serverClosesWith4321"),
        [
            "open",
            r#"error websocket: close 4321: mine [4321 "mine"]"#,
            "close 4321",
            "returned 101"
        ]
    );
}

#[test]
fn a_close_frame_without_code_is_an_error_and_1005() {
    assert_eq!(
        console("serverClosesWithoutCode"),
        [
            "open",
            r#"error websocket: close 1005 (no status) [1005 ""]"#,
            "close 1005",
            "returned 101"
        ]
    );
}

#[test]
fn a_close_frame_that_comes_at_once_still_finds_its_handlers() {
    assert_eq!(console("serverClosesAtOnce"), ["open", "close 1000", "returned 101"]);
}

#[test]
fn a_handler_can_send_although_the_servers_close_frame_is_there() {
    let outcome = case("sendsToAServerThatHasClosed").go().exits(0);
    assert_eq!(outcome.console(), ["open", "close 1000", "returned 101"]);
    assert_eq!(outcome.sum("ws_msgs_sent"), 1.0);
}

#[test]
fn an_end_without_close_frame_is_an_error_and_1006() {
    let text = "error websocket: close 1006 (abnormal closure): unexpected EOF";
    assert_eq!(
        console("serverDrops"),
        ["open", &format!(r#"{text} [1006 "unexpected EOF"]"#), "close 1006", "returned 101"]
    );
}

#[test]
fn a_reset_closes_with_1001() {
    let console = console("serverResets");
    let [open, error, close, returned] = &console[..] else { panic!("{console:?}") };
    assert_eq!([open, close, returned], ["open", "close 1001", "returned 101"]);
    assert!(error.ends_with("read: connection reset by peer"), "{error}");
}

#[test]
fn a_protocol_violation_closes_with_1001() {
    assert_eq!(
        console("serverBreaksTheProtocol"),
        ["open", "error websocket: close sent", "close 1001", "returned 101"]
    );
}

#[test]
fn messages_come_in_order_before_the_close() {
    assert_eq!(
        console("serverPushes"),
        [
            "open",
            r#"message "0...""#,
            r#"message "1...""#,
            r#"message "2...""#,
            "close 1000",
            "returned 101",
        ]
    );
}

#[test]
fn close_without_code_means_1001() {
    assert_eq!(console("clientCloses"), ["open", "close 1001", "returned"]);
}

#[test]
fn close_takes_any_code() {
    for code in ["1000", "4000", "99999", "0"] {
        let console = case("clientClosesWith").args(["-e", &format!("CODE={code}")]).console();
        assert_eq!(console, ["open", &format!("close {code}"), "returned"]);
    }
}

#[test]
fn close_in_the_callback_comes_before_open() {
    assert_eq!(console("clientClosesInTheCallback"), ["close 1001", "open", "returned"]);
}

#[test]
fn only_the_first_close_counts() {
    assert_eq!(console("clientClosesTwice"), ["open", "close 1000", "returned"]);
}

#[test]
fn connect_returns_without_waiting_for_an_answer_to_the_close() {
    assert_eq!(console("clientNeedsNoAnswerToItsClose"), ["open", "close 1001", "returned"]);
}

#[test]
fn close_calls_its_handlers_before_it_returns() {
    assert_eq!(console("closeRunsItsHandlersAtOnce"), ["before", "close 3000", "after"]);
}

#[test]
fn sending_after_the_close_is_an_error_event_and_throws_nothing() {
    let error = "error websocket: close sent";
    assert_eq!(
        console("clientSendsAfterClose"),
        ["open", "close 1001", error, error, error, "went on", "returned"]
    );
}

#[test]
fn the_callback_may_send_because_the_connection_is_open() {
    assert_eq!(
        console("clientSendsInTheCallback"),
        ["open", r#"message "early""#, "close 1001", "returned"]
    );
}

#[test]
fn handlers_of_one_event_run_in_their_order_without_receiver() {
    assert_eq!(
        console("handlersRunInTheirOrder"),
        ["undefined", "first", "second", "third undefined"]
    );
}

#[test]
fn a_handler_that_is_added_twice_is_called_twice() {
    assert_eq!(console("sameHandlerTwice"), ["2"]);
}

#[test]
fn the_socket_has_seven_methods_that_need_no_receiver() {
    assert_eq!(
        console("theSocketHasSevenMethods"),
        ["close,on,ping,send,sendBinary,setInterval,setTimeout", "undefined 1 undefined",]
    );
}

#[test]
fn pings_of_the_server_are_events() {
    assert_eq!(console("serverPings"), ["open", "ping", "ping", "close 1001", "returned"]);
}

#[test]
fn an_exception_closes_the_socket_and_leaves_connect() {
    for (function, what) in [
        ("exceptionInTheCallback", "callback"),
        ("exceptionInOpen", "open"),
        ("exceptionInMessage", "message"),
        ("exceptionInPing", "ping"),
        ("exceptionInTimeout", "timeout"),
        ("exceptionInInterval", "interval"),
        ("exceptionSkipsLaterHandlers", "first"),
    ] {
        let caught = format!("caught RangeError: {what}");
        assert_eq!(console(function), ["close 1001", &caught], "{function}");
    }
}

#[test]
fn an_exception_in_an_error_handler_keeps_the_code_of_the_close() {
    assert_eq!(console("exceptionInError"), ["close 1011", "caught RangeError: error"]);
}

#[test]
fn an_exception_in_a_close_handler_leaves_connect_too() {
    assert_eq!(console("exceptionInClose"), ["close 1001", "caught RangeError: close"]);
}

#[test]
fn an_uncaught_exception_fails_the_iteration_but_not_the_test() {
    let outcome = case("uncaught").go().exits(0);
    let errors = outcome.logged("error");
    let [error] = &errors[..] else { panic!("one error: {errors:?}") };
    let mut lines = error.lines();
    assert_eq!(lines.next(), Some("ReferenceError: undefinedName is not defined"));
    let place = lines.next().expect("a place");
    assert!(place.contains("/k6_ws/events.js:"), "{place}");
    assert!(outcome.console().is_empty());
    assert_eq!(outcome.sum("iterations"), 1.0);
    assert_eq!(outcome.sum("ws_sessions"), 1.0);
}

#[test]
fn a_handler_may_connect_again() {
    assert_eq!(console("socketsCanBeNested"), ["outer inner", "outer goes on"]);
}

#[test]
fn promises_and_global_timers_run_while_connect_blocks() {
    assert_eq!(
        console("promisesAndGlobalTimersRunMeanwhile"),
        ["handler", "continued", "timer", "returned"]
    );
}
