//! Servers that misbehave: each ends in the right event, in bounded time and memory, and the virtual user
//! goes on.

use crate::common::{Outcome, Run};

fn attempt(function: &str, path: &str) -> Outcome {
    let path = format!("URL_PATH={path}");
    Run::case("misbehaviour", function).args(["-e", &path]).go().exits(0)
}

#[track_caller]
fn assert_websocket(path: &str, error: &str) {
    let outcome = attempt("webSocket", path);
    assert_eq!(outcome.console(), [error, "close 1006 false", "then 101"], "{path}");
    assert_eq!(outcome.sum("ws_sessions"), 2.0, "{path}");
    assert_eq!(outcome.samples("ws_session_duration").len(), 2, "{path}");
}

#[test]
fn a_handshake_that_never_ends_runs_into_the_timeout() {
    assert_websocket_timeout("/slow-handshake");
}

#[track_caller]
fn assert_websocket_timeout(path: &str) {
    let console = attempt("webSocket", path).console();
    let [error, close, then] = &console[..] else { panic!("{console:?}") };
    assert!(error.starts_with("error dial tcp ") && error.ends_with(": i/o timeout"), "{error}");
    assert_eq!([close, then], ["close 1006 false", "then 101"]);
}

#[test]
fn answers_that_are_none_are_bad_handshakes() {
    for path in ["/garbage-handshake", "/not-websocket", "/status/503"] {
        assert_websocket(path, "error websocket: bad handshake");
        let status = match path {
            "/not-websocket" => 200,
            "/status/503" => 503,
            _ => 0,
        };
        let console = attempt("connect", path).console();
        let returned = format!("returned {status} ");
        assert!(console[0].starts_with(returned.trim_end()), "{path}: {console:?}");
        assert_eq!(console.last().map(String::as_str), Some("then 101"), "{path}");
    }
}

#[test]
fn answers_without_end_are_cut_off() {
    let error = "the answer to the opening handshake is longer than 65536 bytes, which is the most";
    assert_websocket("/endless-headers", &format!("error {error}"));
    assert_eq!(attempt("connect", "/endless-headers").console()[0], format!("returned 0 {error}"));
}

#[test]
fn frames_and_messages_without_end_are_cut_off() {
    for path in ["/huge-frame", "/endless-fragments"] {
        // It has a bound of its own.
        assert_websocket(path, "error websocket: read limit exceeded");
        let error = "error the limit of 67108864 bytes in a message is reached; \
                     --vu-message-size raises it";
        assert_eq!(
            attempt("connect", path).console(),
            [error, "close 1001", "returned 101 ", "then 101"],
            "{path}"
        );
    }
}

#[test]
fn bytes_that_are_no_frame_fail_the_connection() {
    let console = attempt("webSocket", "/garbage").console();
    let [error, close, then] = &console[..] else { panic!("{console:?}") };
    assert!(error.starts_with("error websocket: "), "{error}");
    assert_eq!([close, then], ["close 1006 false", "then 101"]);
}

#[test]
fn a_script_that_floods_a_server_is_slowed_down_and_not_stopped() {
    let outcome = Run::case("misbehaviour", "flood").go().exits(0);
    assert_eq!(outcome.console(), ["0 true true", "close 1006"]);
}
