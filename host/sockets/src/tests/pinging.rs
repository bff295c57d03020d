//! Pings that the host sends by itself.

use super::guest::{Guest, Recorder, SHORT, nanos, options, soon, text, until};
use super::peer::{CLOSE, FIN, Listener, PING, PONG, TEXT, connected_with};
use crate::bindings::events::Event;
use crate::bindings::sockets::ConnectOptions;
use crate::bindings::types::ErrorCode;
use crate::limits::Limits;

fn pinging() -> ConnectOptions {
    ConnectOptions { ping_interval: nanos(SHORT / 5), ..options() }
}

#[tokio::test]
async fn pings_leave_without_the_guest_and_are_matched_with_their_pongs() {
    let mut guest = Guest::new();
    let listener = Listener::bind().await;
    let mut socket = guest.socket();
    let recorder = Recorder::on(&socket);
    socket.connect(listener.url(), pinging()).unwrap();
    let mut peer = listener.upgrade().await;
    guest.opened().await;
    for number in 0..3 {
        let payload = format!("interval-{number}").into_bytes();
        assert_eq!(peer.receive().await, (FIN | PING, payload.clone()));
        peer.send(FIN | PONG, &payload).await;
    }
    until(|| recorder.count("pong interval-2") == 1).await;
    let calls = recorder.calls();
    let of = |call: &str| calls.iter().position(|entry| entry == call).unwrap();
    for number in 0..3 {
        let (written, pong) = (
            of(&format!("written Ping interval-{number}")),
            of(&format!("pong interval-{number}")),
        );
        assert!(written < pong, "{calls:?}");
        let Event::Pong(pong) = guest.event().await else { panic!("not a pong") };
        assert_eq!(pong.data, format!("interval-{number}").into_bytes());
    }
    assert!(!calls.iter().any(|call| call.starts_with("sent")), "the guest sent none: {calls:?}");
}

#[tokio::test]
async fn pings_end_with_the_closing_handshake() {
    let mut guest = Guest::new();
    let options = ConnectOptions { close_timeout: nanos(SHORT), ..pinging() };
    let (socket, mut peer) = connected_with(&mut guest, options).await;
    peer.receive().await;
    socket.close(Some(1000), "").unwrap();
    while peer.receive().await.0 != FIN | CLOSE {}
    // It is not answered, which leaves time for five pings.
    assert_eq!(peer.until_end().await, 0);
    assert!(!guest.until_closed().await.was_clean);
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn a_peer_that_does_not_answer_fails_the_connection_after_the_pong_timeout() {
    let mut guest = Guest::new();
    let options = ConnectOptions { pong_timeout: nanos(SHORT), ..pinging() };
    let (socket, mut peer) = connected_with(&mut guest, options).await;
    peer.receive().await;
    // It lives, but that proves nothing about its answers.
    peer.send(FIN | TEXT, b"here").await;
    peer.send(FIN | PONG, b"unasked for").await;
    assert_eq!(guest.text().await, "here");
    let closed = guest.until_closed().await;
    assert_eq!((closed.code, closed.was_clean), (1006, false));
    let code = closed.failure.unwrap().code;
    assert!(matches!(&code, ErrorCode::Other(Some(text)) if text == "no pong came within 50ms"));
    guest.is_over(&socket).await;
    assert!(peer.until_end().await > 0, "further pings");
}

#[tokio::test]
async fn a_guest_that_takes_nothing_does_not_miss_an_answer() {
    let mut guest = Guest::with_limits(Limits { queued_events: 4, ..Limits::default() });
    let options = ConnectOptions { pong_timeout: nanos(SHORT), ..pinging() };
    let (socket, mut peer) = connected_with(&mut guest, options).await;
    for _ in 0..20 {
        peer.send(FIN | TEXT, b"flood").await;
    }
    until(|| guest.queue.waiting().1 == 4).await;
    // Pings go on, and their answers are behind what is not read.
    for _ in 0..20 {
        let (first, payload) = peer.receive().await;
        assert_eq!(first, FIN | PING);
        peer.send(FIN | PONG, &payload).await;
    }
    for _ in 0..20 {
        assert_eq!(guest.text().await, "flood");
    }
    let Event::Pong(_) = guest.event().await else { panic!("not a pong") };
    soon(socket.send(text("alive"))).await.unwrap();
    while peer.receive().await != (FIN | TEXT, b"alive".to_vec()) {}
}
