//! The states of a `WebSocket`, its events, and the ways a connection ends.
//!
//! The scripts write `type@readyState details` for each event.

use crate::common::Run;

fn case(function: &str) -> Run {
    Run::case("websocket/lifecycle", function)
}

#[track_caller]
fn console(function: &str) -> Vec<String> {
    case(function).console()
}

#[test]
fn the_states_are_0_1_2_3() {
    assert_eq!(console("states"), ["0,1,2,3"]);
}

#[test]
fn a_close_frame_of_the_server_is_clean_and_no_error_whatever_its_code() {
    for (function, close) in [
        ("serverClosesWith1000", r#"1000 "done""#),
        ("serverClosesWith1001", r#"1001 "closed by server""#),
        ("serverClosesWith1011", r#"1011 "oops""#),
        ("serverClosesWith4321", r#"4321 """#),
        ("serverClosesWithoutCode", r#"1005 """#),
    ] {
        assert_eq!(console(function), ["open@1", &format!("close@3 {close} true")], "{function}");
    }
}

#[test]
fn an_end_without_close_frame_fails_the_connection() {
    assert_eq!(
        console("serverDrops"),
        [
            "open@1",
            "error@3 websocket: close 1006 (abnormal closure): unexpected EOF",
            r#"close@3 1006 "" false"#,
        ]
    );
}

#[test]
fn a_reset_and_a_protocol_violation_fail_the_connection() {
    for (function, text) in [
        ("serverResets", "read: connection reset by peer"),
        ("serverBreaksTheProtocol", "opcode: 7"),
    ] {
        let console = console(function);
        let [open, error, close] = &console[..] else { panic!("{console:?}") };
        assert_eq!([open, close], ["open@1", r#"close@3 1006 "" false"#]);
        assert!(error.starts_with("error@3 ") && error.ends_with(text), "{error}");
    }
}

#[test]
fn messages_come_before_the_close() {
    assert_eq!(
        console("serverPushes"),
        ["open@1", "message@1 0..", "message@1 1..", r#"close@3 1000 "" true"#]
    );
}

#[test]
fn pings_of_the_server_are_events() {
    assert_eq!(console("serverPings"), ["open@1", "ping@1", "ping@1", r#"close@3 1005 "" true"#]);
}

#[test]
fn a_pong_that_answers_a_ping_is_an_event() {
    assert_eq!(console("pongAnswersPing"), ["open@1", "pong@1", r#"close@3 1005 "" true"#]);
}

#[test]
fn close_tells_the_code_and_the_reason_that_the_server_sent_back() {
    for (function, close) in [
        ("closesWithoutCode", r#"1005 """#),
        ("closesWith1000", r#"1000 """#),
        ("closesWith3456", r#"3456 "why""#),
        ("closesWithAReasonOnly", r#"1000 "because""#),
    ] {
        assert_eq!(console(function), ["open@1", &format!("close@3 {close} true")], "{function}");
    }
}

#[test]
fn only_the_first_close_counts() {
    assert_eq!(console("closesTwice"), ["open@1", "2", r#"close@3 4001 "" true"#]);
}

#[test]
fn messages_before_the_close_leave_and_their_echoes_are_dropped() {
    let outcome = case("sendsBeforeItCloses").go().exits(0);
    assert_eq!(outcome.console(), ["open@1", r#"close@3 1005 "" true"#]);
    // Two messages and the close frame.
    assert_eq!(outcome.sum("ws_msgs_sent"), 3.0);
    // On a busy machine an echo may be faster than the script, and what has arrived counts; that none
    // reaches a handler shows above.
    assert!(outcome.sum("ws_msgs_received") <= 2.0);
}

#[test]
fn close_refuses_codes_and_reasons_that_the_standard_refuses() {
    let console = console("refusedCloses");
    let codes = ["0", "1001", "1006", "999", "2999", "5000", "65535", "0", "0"];
    for (line, code) in console[1..].iter().zip(codes) {
        assert!(line.ends_with(&format!(". {code} is neither")), "{line}");
    }
    let method = "Failed to execute 'close' on 'WebSocket': ";
    let range = "The close code must be either 1000, or between 3000 and 4999. 1001 is neither";
    let length = "The message must not be greater than 123 bytes";
    assert_eq!(console[10], format!("InvalidAccessError: {method}{range}"));
    assert_eq!(console[11], format!("SyntaxError: {method}{length}"));
    assert_eq!(console[12], format!("SyntaxError: {method}{length}"));
    assert_eq!(console[13], "1", "the socket is still open");
    assert_eq!(console[14], format!(r#"close@3 1000 "{}x" true"#, "é".repeat(61)));
}

#[test]
fn an_uncaught_refusal_of_close_fails_the_iteration_and_closes_with_1000() {
    let outcome = case("uncaughtRefusedClose").go().exits(0);
    assert_eq!(outcome.console(), ["open@1", r#"close@3 1000 "" true"#]);
    let errors = outcome.logged("error");
    assert!(errors[0].starts_with("InvalidAccessError: Failed to execute 'close'"), "{errors:?}");
}

#[test]
fn a_connection_that_cannot_be_made_fails_with_the_reason() {
    for (function, text) in [
        ("connectionRefused", "dial tcp 127.0.0.1:1: connect: connection refused"),
        ("badHandshake", "websocket: bad handshake"),
        ("notAWebSocket", "websocket: bad handshake"),
        ("unknownHost", "lookup nowhere.invalid: no such host"),
    ] {
        assert_eq!(
            console(function),
            [&format!("error@3 {text}"), r#"close@3 1006 "" false"#],
            "{function}"
        );
    }
}

#[test]
fn a_failure_that_nobody_listens_for_is_no_error_of_the_iteration() {
    assert_eq!(console("failureThatNobodyHears"), ["went on"]);
}

#[test]
fn close_while_connecting_fails_the_connection_without_blocking() {
    let error = "error@3 WebSocket is closed before the connection is established";
    let close = r#"close@3 1006 "" false"#;
    assert_eq!(console("closesWhileConnecting"), ["2", error, close]);
    assert_eq!(console("closesWhileConnectingToNobody"), [error, close]);
}

#[test]
fn the_state_is_a_number_that_a_switch_finds() {
    assert_eq!(console("stateInASwitch"), ["connecting"]);
}

#[test]
fn messages_that_come_after_close_was_called_are_dropped() {
    assert_eq!(console("messagesAfterCloseAreDropped"), ["1 1000"]);
}

#[test]
fn one_virtual_user_can_have_several_sockets() {
    let outcome = case("fourAtOnce").go().exits(0);
    assert_eq!(outcome.console(), ["message 0,message 1,message 2,message 3"]);
    assert_eq!(outcome.sum("ws_sessions"), 4.0);
    assert_eq!(outcome.samples("ws_session_duration").len(), 4);
}

#[test]
fn two_sockets_can_talk_through_the_server() {
    assert_eq!(console("twoTalking"), ["first hears second: hello,second hears second: hello"]);
}

#[test]
fn an_exception_with_many_sockets_open_closes_all_of_them() {
    let outcome = case("throwsWithManyOpen").go().exits(0);
    assert_eq!(outcome.console(), ["all closed with 1000"]);
    assert_eq!(outcome.logged("error"), ["enough"]);
    assert_eq!(outcome.samples("ws_session_duration").len(), 60);
}

#[test]
fn a_close_handler_may_connect_again() {
    assert_eq!(console("connectsAgainAfterTheEnd"), ["2", "1", "0"]);
}

#[test]
fn events_can_be_awaited() {
    assert_eq!(console("awaitsItsEvents"), ["one", "two", "1000"]);
}

#[test]
fn promise_jobs_run_after_each_event() {
    assert_eq!(
        console("promisesRunBetweenEvents"),
        ["event 0", "then 0", "event 1", "then 1", "event 2", "then 2"]
    );
}
