//! Connections that open, and what is said of it.

use std::sync::Arc;

use tokio::io::AsyncWriteExt;

use super::guest::{Guest, options, server, soon, text};
use super::peer::{FIN, Listener, TEXT, answer_to, frame};
use crate::bindings::events::Event;
use crate::bindings::sockets::State;
use crate::bindings::types::{ErrorCode, Header};
use crate::{AllowAll, SocketsCtx};

#[tokio::test]
async fn a_socket_opens_and_echoes_and_tells_its_handshake() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    assert_eq!(socket.state(), State::Unconnected);
    socket.connect(format!("ws://{address}/echo"), options()).unwrap();
    assert_eq!(socket.state(), State::Connecting);
    let opened = guest.opened().await;
    assert_eq!(socket.state(), State::Open);
    assert_eq!((opened.handshake.status, opened.handshake.protocol.as_str()), (101, ""));
    assert!(opened.handshake.headers.iter().any(|header| header.value == "websocket"));
    assert!(opened.handshake.body.is_empty());
    let timings = opened.timings;
    assert!(timings.resolved <= timings.connected && timings.connected == timings.secured);
    assert!(timings.secured <= timings.finished && timings.finished > 0);

    soon(socket.send(text("hello"))).await.unwrap();
    assert_eq!(guest.text().await, "hello");
    soon(socket.send(vec![0, 255].into())).await.unwrap();
    let Event::Binary(message) = guest.event().await else { panic!("not binary") };
    assert_eq!((message.socket, message.data), (socket.id(), vec![0, 255]));
    assert_eq!(socket.buffered_amount(), 0);
}

#[tokio::test]
async fn only_connect_is_of_use_before_connect_and_only_once() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    let is_invalid_state = |result| assert!(matches!(result, Err(ErrorCode::InvalidState)));
    is_invalid_state(soon(socket.send(text("early"))).await);
    is_invalid_state(socket.ping(vec![]));
    is_invalid_state(socket.close(None, ""));
    socket.abort();
    assert_eq!(socket.state(), State::Unconnected);
    socket.connect(format!("ws://{address}/echo"), options()).unwrap();
    is_invalid_state(socket.connect(format!("ws://{address}/echo"), options()));
    is_invalid_state(soon(socket.send(text("early"))).await);
    guest.opened().await;
}

#[tokio::test]
async fn headers_go_to_the_server_and_the_guests_own_win() {
    let (_server, address) = server().await;
    let builder = SocketsCtx::builder().network(Arc::new(AllowAll)).user_agent("host/1");
    let mut guest = Guest::build(builder);
    let url = format!("ws://{address}/headers");
    let _socket = guest.open(&url).await;
    let sent = guest.text().await;
    assert!(sent.contains(r#""user-agent":"host/1""#), "{sent}");
    assert!(sent.contains(&format!(r#""host":"{address}""#)), "{sent}");

    let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
    let headers =
        vec![header("User-Agent", "guest/2"), header("X-Trace", "a"), header("Host", "other")];
    let _other =
        guest.open_with(&url, crate::bindings::sockets::ConnectOptions { headers, ..options() });
    let _other = _other.await;
    let sent = guest.text().await;
    assert!(sent.contains(r#""user-agent":"guest/2""#) && !sent.contains("host/1"), "{sent}");
    assert!(sent.contains(r#""x-trace":"a""#) && sent.contains(r#""host":"other""#), "{sent}");
}

#[tokio::test]
async fn the_server_selects_one_of_the_offered_subprotocols() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    let mut options = options();
    options.protocols = vec!["unsupported".to_owned(), "chat".to_owned()];
    socket.connect(format!("ws://{address}/protocol"), options).unwrap();
    assert_eq!(guest.opened().await.handshake.protocol, "chat");
}

#[tokio::test]
async fn a_message_right_behind_the_handshake_arrives_after_opened() {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    socket.connect(listener.url(), options()).unwrap();
    let mut peer = listener.accept().await;
    let head = peer.read_head().await;
    let answer = [answer_to(&head).as_bytes(), &frame(FIN | TEXT, b"at once")].concat();
    peer.write(&answer).await;
    guest.opened().await;
    assert_eq!(guest.text().await, "at once");
}

#[tokio::test]
async fn an_answer_that_comes_byte_by_byte_is_put_together() {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    socket.connect(listener.url(), options()).unwrap();
    let mut peer = listener.accept().await;
    peer.0.set_nodelay(true).unwrap();
    let answer = answer_to(&peer.read_head().await);
    for byte in answer.bytes() {
        peer.0.write_u8(byte).await.unwrap();
        tokio::task::yield_now().await;
    }
    guest.opened().await;
    peer.send(FIN | TEXT, b"whole").await;
    assert_eq!(guest.text().await, "whole");
}

#[tokio::test]
async fn fragments_are_joined_and_a_ping_between_them_comes_first() {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let url = listener.url();
    let (_socket, mut peer) = tokio::join!(guest.open(&url), listener.upgrade());
    peer.send(TEXT, "gr\u{fc}".as_bytes()).await;
    peer.send(FIN | super::peer::PING, b"?").await;
    peer.send(FIN | super::peer::CONTINUATION, "\u{df}e".as_bytes()).await;
    let Event::Ping(ping) = guest.event().await else { panic!("not a ping") };
    assert_eq!(ping.data, b"?");
    assert_eq!(guest.text().await, "gr\u{fc}\u{df}e");
    assert_eq!(peer.receive().await, (FIN | super::peer::PONG, b"?".to_vec()));
}

#[tokio::test]
async fn a_long_message_leaves_in_one_frame() {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let url = listener.url();
    let (socket, mut peer) = tokio::join!(guest.open(&url), listener.upgrade());
    soon(socket.send(text(&"x".repeat(9000)))).await.unwrap();
    let (first, payload) = peer.receive().await;
    assert_eq!((first, payload.len()), (FIN | TEXT, 9000));
}
