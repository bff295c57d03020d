//! `WebSocket` as an `EventTarget`: handlers, listeners, event objects, exceptions.

use crate::common::Run;

fn case(function: &str) -> Run {
    Run::case("websocket/listeners", function)
}

#[track_caller]
fn console(function: &str) -> Vec<String> {
    case(function).console()
}

#[test]
fn a_handler_keeps_the_place_where_it_was_first_set() {
    assert_eq!(console("order"), ["capturing", "listener 1", "new handler", "listener 2"]);
}

#[test]
fn duplicates_collapse_unless_one_is_capturing() {
    assert_eq!(console("duplicates"), ["2"]);
}

#[test]
fn a_removed_listener_is_not_called() {
    assert_eq!(console("removal"), ["kept"]);
}

#[test]
fn a_listener_can_be_removed_while_an_event_is_dispatched() {
    assert!(console("removalDuringDispatch").is_empty());
}

#[test]
fn a_listener_with_once_is_called_once() {
    assert_eq!(console("once"), ["0", "close"]);
}

#[test]
fn a_listener_ends_with_its_signal() {
    assert_eq!(console("signal"), ["0"]);
}

#[test]
fn the_receiver_is_the_socket_or_the_object_with_handle_event() {
    assert_eq!(
        console("receiver"),
        ["handler true", "listener true true true", "object true open"]
    );
}

#[test]
fn a_handler_attribute_gives_back_the_handler_and_takes_no_primitive_values() {
    assert_eq!(console("handlerValues"), ["true", "null", "null", "null", "null", "object"]);
}

#[test]
fn a_handler_can_be_replaced_set_to_null_and_mixed_with_listeners() {
    assert_eq!(console("handlerReplaced"), ["second"]);
    assert_eq!(console("handlerSetToNull"), ["listener"]);
    assert_eq!(console("handlerAndListener"), ["handler", "listener"]);
}

#[test]
fn a_missing_callback_is_nothing_and_a_primitive_one_a_type_error() {
    assert_eq!(
        console("odd"),
        ["undefined", "undefined", "undefined", "TypeError", "TypeError", "TypeError"]
    );
}

#[test]
fn a_script_can_dispatch_events_of_its_own() {
    assert_eq!(console("dispatched"), ["5 false", "true", "false"]);
}

#[test]
fn a_listener_can_stop_the_others() {
    assert_eq!(console("stopped"), ["close"]);
}

#[test]
fn events_are_of_their_interfaces_and_have_both_time_stamps() {
    assert_eq!(
        console("eventObjects"),
        [
            "[object Event] true true false false",
            "true true",
            "[object MessageEvent] true 0 true",
            r#"["",null,[]]"#,
            "[object CloseEvent] true 1000 true",
        ]
    );
}

#[test]
fn an_exception_in_a_listener_fails_the_iteration_but_the_other_listeners_run() {
    for event in ["open", "message", "close"] {
        let outcome =
            case("exceptionInAListener").args(["-e", &format!("TYPE={event}")]).go().exits(0);
        assert_eq!(outcome.console(), ["others still run", "close 1000"], "{event}");
        let errors = outcome.logged("error");
        let [error] = &errors[..] else { panic!("one error for {event}: {errors:?}") };
        assert!(error.starts_with("RangeError: first\n"), "{error}");
        assert!(error.contains("/websocket/listeners.js:"), "{error}");
        assert_eq!(outcome.sum("iterations"), 1.0);
    }
}

#[test]
fn an_exception_in_a_handler_fails_the_iteration() {
    for event in ["open", "close"] {
        let outcome =
            case("exceptionInAHandler").args(["-e", &format!("TYPE={event}")]).go().exits(0);
        let errors = outcome.logged("error");
        let [error] = &errors[..] else { panic!("one error for {event}: {errors:?}") };
        assert!(error.starts_with("ReferenceError: undefinedName is not defined"), "{error}");
    }
}

#[test]
fn an_exception_in_an_error_handler_does_not_lose_the_close_event() {
    let outcome = case("exceptionInErrorListener").go().exits(0);
    assert_eq!(outcome.console(), ["close"]);
    let errors = outcome.logged("error");
    assert!(errors[0].starts_with("Error: lorem ipsum\n"), "{errors:?}");
}

#[test]
fn a_rejection_that_nobody_handles_fails_the_iteration_and_closes_its_sockets() {
    let outcome = case("rejection").go().exits(0);
    assert_eq!(outcome.console(), ["close 1000"]);
    let errors = outcome.logged("error");
    assert!(errors[0].starts_with("Uncaught (in promise) Error: nobody caught this"), "{errors:?}");
}
