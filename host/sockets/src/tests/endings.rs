//! Each way in which a connection ends gives one `closed` that says so.

use super::guest::{Guest, SHORT, nanos, options, server, soon, text};
use crate::bindings::events::Closed;
use crate::bindings::types::ErrorCode;

/// Connects to an endpoint that ends the connection, after a message if it waits for one.
async fn ending(path: &str, message: Option<&str>) -> Closed {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let socket = guest.open(&format!("ws://{address}{path}")).await;
    if let Some(message) = message {
        soon(socket.send(text(message))).await.unwrap();
    }
    let closed = guest.closed().await;
    guest.is_over(&socket).await;
    let refused = soon(socket.send(text("late"))).await;
    assert!(matches!(refused, Err(ErrorCode::InvalidState)));
    assert_eq!(closed.socket, socket.id());
    closed
}

fn is_clean(closed: &Closed, code: u16, reason: &str) {
    assert_eq!((closed.code, closed.reason.as_str()), (code, reason), "{closed:?}");
    assert!(closed.was_clean && closed.failure.is_none(), "{closed:?}");
}

fn is_broken(closed: Closed) -> ErrorCode {
    assert_eq!((closed.code, closed.reason.as_str()), (1006, ""), "{closed:?}");
    assert!(!closed.was_clean, "{closed:?}");
    let failure = closed.failure.unwrap();
    assert!(failure.address.unwrap().starts_with("127.0.0.1:"));
    failure.code
}

#[tokio::test]
async fn a_close_frame_of_the_server_tells_code_and_reason() {
    is_clean(&ending("/close?code=1011&reason=oops", Some("now")).await, 1011, "oops");
    is_clean(&ending("/close?code=1000&now=1", None).await, 1000, "");
    is_clean(&ending("/close?code=4999&reason=own&now=1", None).await, 4999, "own");
}

#[tokio::test]
async fn an_empty_close_frame_is_1005() {
    is_clean(&ending("/close?now=1", None).await, 1005, "");
}

#[tokio::test]
async fn an_end_of_tcp_without_a_close_frame_is_1006() {
    let code = is_broken(ending("/drop", Some("now")).await);
    assert!(matches!(code, ErrorCode::UnexpectedEnd), "{code:?}");
}

#[tokio::test]
async fn a_reset_is_1006() {
    let code = is_broken(ending("/reset", Some("now")).await);
    assert!(matches!(code, ErrorCode::ConnectionReset), "{code:?}");
}

#[tokio::test]
async fn a_frame_that_is_none_is_1006_and_a_protocol_violation() {
    let code = is_broken(ending("/garbage", Some("now")).await);
    assert!(matches!(code, ErrorCode::ProtocolViolation(_)), "{code:?}");
}

#[tokio::test]
async fn a_server_that_stops_says_1001() {
    let (server, address) = server().await;
    let mut guest = Guest::new();
    let socket = guest.open(&format!("ws://{address}/echo")).await;
    let (closed, ()) = tokio::join!(guest.closed(), soon(server.shutdown()));
    assert_eq!((closed.code, closed.was_clean), (1001, true));
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn the_guests_own_close_is_answered() {
    let (_server, address) = server().await;
    for (code, reason, answer) in
        [(Some(1000), "done", 1000), (Some(4000), "", 4000), (None, "", 1005)]
    {
        let mut guest = Guest::new();
        let socket = guest.open(&format!("ws://{address}/echo")).await;
        socket.close(code, reason).unwrap();
        socket.close(Some(3000), "a second close does nothing").unwrap();
        is_clean(&guest.closed().await, answer, reason);
        guest.is_over(&socket).await;
    }
}

#[tokio::test]
async fn a_close_that_is_never_answered_times_out() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut options = options();
    options.close_timeout = nanos(SHORT);
    let socket = guest.open_with(&format!("ws://{address}/silent"), options).await;
    socket.close(Some(1000), "").unwrap();
    let code = is_broken(guest.closed().await);
    assert!(matches!(code, ErrorCode::Timeout), "{code:?}");
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn abort_ends_an_open_or_closing_socket_with_1006() {
    let (_server, address) = server().await;
    for closing in [false, true] {
        let mut guest = Guest::new();
        let socket = guest.open(&format!("ws://{address}/silent")).await;
        if closing {
            socket.close(Some(1000), "").unwrap();
        }
        socket.abort();
        is_broken(guest.closed().await);
        guest.is_over(&socket).await;
        socket.abort();
        guest.nothing().await;
    }
}

#[tokio::test]
async fn arguments_of_close_and_ping_that_do_not_fit_are_refused() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let socket = guest.open(&format!("ws://{address}/echo")).await;
    let is_refused = |result| assert!(matches!(result, Err(ErrorCode::InvalidArgument(_))));
    is_refused(socket.close(Some(1000), &"x".repeat(124)));
    is_refused(socket.close(None, "a reason without a code"));
    is_refused(socket.ping(vec![0; 126]));
    socket.ping(vec![b'x'; 125]).unwrap();
    let crate::bindings::events::Event::Pong(pong) = guest.event().await else { panic!("no pong") };
    assert_eq!(pong.data.len(), 125);
    socket.close(Some(1000), &"x".repeat(123)).unwrap();
    is_clean(&guest.closed().await, 1000, &"x".repeat(123));
}
