//! What the sockets of both modules put on the wire, as a server of the test's own sees it.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::common::{PATIENCE, Run, runtime};

/// Accepts one connection, sends `first`, and returns all messages that come.
async fn serve(listener: TcpListener, first: Option<Message>) -> Vec<Message> {
    let (stream, _) = listener.accept().await.expect("the client connects");
    let mut socket = accept_async(stream).await.expect("the handshake is good");
    if let Some(message) = first {
        socket.send(message).await.expect("the client is there");
    }
    let mut messages = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        messages.push(message);
    }
    messages
}

/// Runs a case against a server that sends `first`, and returns what the server got.
#[track_caller]
fn received_after(case: &str, first: Option<Message>, arguments: &[&str]) -> Vec<Message> {
    let listener = runtime().block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    let server = runtime().spawn(async { timeout(PATIENCE, serve(listener, first)).await });
    Run::file("wire.js")
        .args(["-e", &format!("CASE={case}"), "-e", &format!("URL=ws://{address}/")])
        .args(arguments.iter().copied())
        .go()
        .exits(0);
    let messages = runtime().block_on(server).expect("the server does not panic");
    messages.expect("the connection ends in time")
}

#[track_caller]
fn received(case: &str) -> Vec<Message> {
    received_after(case, None, &[])
}

fn close(code: u16, reason: &str) -> Message {
    Message::Close(Some(CloseFrame { code: code.into(), reason: reason.into() }))
}

#[test]
fn close_of_k6_ws_sends_1001_or_the_given_code() {
    assert_eq!(received("wsCloses"), [close(1001, "")]);
    assert_eq!(received("wsClosesWith4000"), [close(4000, "")]);
    assert_eq!(received("wsClosesWith1005"), [Message::Close(None)]);
}

#[test]
fn close_of_websocket_sends_what_it_was_given() {
    assert_eq!(received("standardCloses"), [Message::Close(None)]);
    assert_eq!(received("standardClosesWith3456"), [close(3456, "why")]);
    assert_eq!(received("standardClosesWithAReason"), [close(1000, "because")]);
}

#[test]
fn an_exception_closes_with_1001_in_k6_ws_and_with_1000_in_websocket() {
    assert_eq!(received("wsThrows"), [close(1001, "")]);
    assert_eq!(received("standardThrows"), [close(1000, "")]);
}

#[test]
fn the_payloads_of_pings_count_from_0() {
    for case in ["wsPings", "standardPings"] {
        let pings = ["0", "1", "2"].map(|payload| Message::Ping(payload.into()));
        let messages = received(case);
        assert_eq!(messages[..3], pings, "{case}");
        assert_eq!(messages[3..], [close(1000, "")], "{case}");
    }
}

#[test]
fn a_ping_is_answered_with_its_payload() {
    for case in ["wsWaits", "standardWaits"] {
        let ping = Message::Ping("payload".into());
        let messages = received_after(case, Some(ping), &["-e", "MAX_DURATION=1s"]);
        assert_eq!(messages[0], Message::Pong("payload".into()), "{case}");
    }
}

#[test]
fn a_close_frame_is_answered_with_its_code() {
    for case in ["wsWaits", "standardWaits"] {
        for code in [1000, 1001, 1011, 4321] {
            let messages = received_after(case, Some(close(code, "bye")), &[]);
            let [Message::Close(Some(answer))] = &messages[..] else {
                panic!("{case}: {messages:?}")
            };
            assert_eq!(u16::from(answer.code), code, "{case}");
        }
        let messages = received_after(case, Some(Message::Close(None)), &[]);
        assert_eq!(messages, [Message::Close(None)], "{case}");
    }
}

#[test]
fn an_interrupted_iteration_closes_with_1001_in_k6_ws_and_with_1000_in_websocket() {
    for (case, code) in [("wsWaits", 1001), ("standardWaits", 1000)] {
        let messages = received_after(case, None, &["-e", "MAX_DURATION=1s"]);
        assert_eq!(messages, [close(code, "")], "{case}");
    }
}

#[test]
fn messages_leave_in_their_order_before_the_close_frame() {
    assert_eq!(
        received("standardSendsAndCloses"),
        [Message::text("text"), Message::binary(vec![1, 2]), Message::text(""), close(1000, ""),]
    );
}

#[test]
fn a_persistent_socket_is_closed_with_1001_when_its_user_goes() {
    assert_eq!(received("standardPersists"), [close(1001, "")]);
}
