//! Sockets that outlive the iteration that made them, and the attribute `handshake`.

use crate::common::{Outcome, Run};

fn twice(function: &str) -> Outcome {
    Run::case("websocket/persistent", function).args(["-e", "ITERATIONS=2"]).go().exits(0)
}

#[test]
fn a_persistent_socket_serves_iteration_after_iteration() {
    let outcome =
        Run::case("websocket/persistent", "asks").args(["-e", "ITERATIONS=3"]).go().exits(0);
    assert_eq!(outcome.console(), ["iteration 0 1", "iteration 1 1", "iteration 2 1"]);
    assert_eq!(outcome.sum("iterations"), 3.0);
    assert_eq!(outcome.sum("ws_sessions"), 1.0);
    assert_eq!(outcome.samples("ws_session_duration").len(), 1);
    assert_eq!(outcome.sum("ws_msgs_received"), 3.0);
}

#[test]
fn messages_wait_for_the_next_iteration_that_looks() {
    assert_eq!(twice("handlesLater").console(), ["iteration 1", "received first in 1"]);
}

#[test]
fn an_iteration_that_throws_leaves_it_open() {
    let outcome = twice("survivesFailures");
    assert_eq!(outcome.console(), ["still there"]);
    assert_eq!(outcome.logged("error").len(), 1);
    assert_eq!(outcome.sum("ws_sessions"), 1.0);
}

#[test]
fn its_pings_keep_no_iteration_and_the_script_may_close_it() {
    assert_eq!(twice("closes").console(), ["closed 4000"]);
}

#[test]
fn the_answer_to_the_handshake_can_be_looked_at() {
    let mut console = Run::case("websocket/persistent", "handshake").console();
    console.sort();
    assert_eq!(
        console,
        [
            r#"101 websocket chat """#,
            r#"503 24 "503 Service Unavailable\n""#,
            "null",
            "null",
            "true true",
        ]
    );
}
