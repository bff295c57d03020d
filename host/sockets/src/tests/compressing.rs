//! Connections with permessage-deflate (RFC 7692).

use std::net::SocketAddr;

use super::guest::{Guest, options, server, soon, text};
use super::peer::{CLOSE, FIN, Listener, PING, PONG, TEXT, closing};
use crate::bindings::events::Event;
use crate::bindings::sockets::{ConnectOptions, DeflateOptions};
use crate::bindings::types::ErrorCode;

/// An offer without conditions.
pub(super) const DEFLATE: DeflateOptions = DeflateOptions {
    server_no_context_takeover: false,
    client_no_context_takeover: false,
    server_max_window_bits: None,
    client_max_window_bits: None,
};

/// Larger than a window and than every buffer, and easy to compress.
const LARGE: usize = 300_000;

fn deflating(deflate: DeflateOptions) -> ConnectOptions {
    ConnectOptions { deflate: Some(deflate), ..options() }
}

fn url(address: SocketAddr, answer: &str) -> String {
    let answer = answer.replace(';', "%3B").replace(' ', "%20").replace('=', "%3D");
    format!("ws://{address}/deflate?answer={answer}")
}

#[tokio::test]
async fn messages_of_every_size_come_back_on_all_terms() {
    let (_server, address) = server().await;
    for (deflate, answer) in [
        (DEFLATE, "permessage-deflate"),
        (
            DeflateOptions { server_no_context_takeover: true, ..DEFLATE },
            "permessage-deflate; server_no_context_takeover",
        ),
        (
            DeflateOptions { client_no_context_takeover: true, ..DEFLATE },
            "permessage-deflate; client_no_context_takeover",
        ),
        (
            DeflateOptions {
                server_max_window_bits: Some(9),
                client_max_window_bits: Some(10),
                ..DEFLATE
            },
            "permessage-deflate; server_max_window_bits=9; client_max_window_bits=10",
        ),
    ] {
        let mut guest = Guest::new();
        let socket = guest.open_with(&url(address, answer), deflating(deflate)).await;
        for size in [0, 1, 125, 126, 4096, 65_536, LARGE] {
            let message: String = ('a'..='z').cycle().take(size).collect();
            soon(socket.send(text(&message))).await.unwrap();
            assert!(guest.text().await == message, "{answer}: {size}");
            soon(socket.send(message.clone().into_bytes().into())).await.unwrap();
            let Event::Binary(echo) = guest.event().await else { panic!("not binary") };
            assert!(echo.data == message.as_bytes(), "{answer}: {size}");
        }
        assert_eq!(socket.buffered_amount(), 0);
        let (sent, received) =
            (guest.ctx.traffic().take_sent(), guest.ctx.traffic().take_received());
        assert!(sent < 100_000 && received < 100_000, "{answer}: {sent} and {received} bytes");
    }
}

#[tokio::test]
async fn the_guest_is_told_what_the_server_answered() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    socket.connect(url(address, "permessage-deflate"), deflating(DEFLATE)).unwrap();
    assert_eq!(guest.opened().await.handshake.extensions, "permessage-deflate");
    let mut declined = guest.socket();
    declined.connect(format!("ws://{address}/echo"), deflating(DEFLATE)).unwrap();
    assert_eq!(guest.opened().await.handshake.extensions, "");
    soon(declined.send(text("plain"))).await.unwrap();
    assert_eq!(guest.text().await, "plain");
}

#[tokio::test]
async fn an_answer_that_does_not_fit_the_offer_fails_the_handshake() {
    let (_server, address) = server().await;
    for (deflate, answer) in [
        (None, "permessage-deflate"),
        (Some(DEFLATE), "x-other"),
        (Some(DEFLATE), "permessage-deflate; client_max_window_bits=10"),
    ] {
        let mut guest = Guest::new();
        let mut socket = guest.socket();
        socket.connect(url(address, answer), ConnectOptions { deflate, ..options() }).unwrap();
        let failed = guest.failed().await;
        let ErrorCode::BadHandshake(text) = failed.failure.code else { panic!("{failed:?}") };
        assert!(text.starts_with("the server"), "{text}");
        assert_eq!(failed.handshake.unwrap().status, 101);
    }
}

#[tokio::test]
async fn a_window_out_of_range_is_a_wrong_argument() {
    let mut guest = Guest::new();
    let deflate = DeflateOptions { client_max_window_bits: Some(16), ..DEFLATE };
    let refused = guest.socket().connect("ws://localhost/".to_owned(), deflating(deflate));
    assert!(matches!(refused, Err(ErrorCode::InvalidArgument(_))), "{refused:?}");
}

#[tokio::test]
async fn a_bomb_is_stopped_at_the_limit() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let bomb = |size| format!("ws://{address}/bomb?size={size}");
    let limited = ConnectOptions { max_message_size: Some(1_000_000), ..deflating(DEFLATE) };
    let socket = guest.open_with(&bomb(100_000_000), limited.clone()).await;
    let closed = guest.closed().await;
    assert!(matches!(closed.failure.unwrap().code, ErrorCode::MessageTooBig));
    guest.is_over(&socket).await;
    let received = guest.ctx.traffic().take_received();
    assert!(received < 1_000_000, "{received} bytes");
    let _socket = guest.open_with(&bomb(1_000_000), limited).await;
    let Event::Binary(message) = guest.event().await else { panic!("not binary") };
    assert_eq!(message.data.len(), 1_000_000);
}

#[tokio::test]
async fn control_frames_are_answered_and_closing_is_clean_from_both_sides() {
    let lines = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    for server_first in [true, false] {
        let listener = Listener::bind().await;
        let mut guest = Guest::new();
        let url = listener.url();
        let (socket, mut peer) =
            tokio::join!(guest.open_with(&url, deflating(DEFLATE)), listener.upgrade_with(lines));
        peer.send(FIN | PING, b"are you there").await;
        assert!(matches!(guest.event().await, Event::Ping(_)));
        assert_eq!(peer.receive().await, (FIN | PONG, b"are you there".to_vec()));
        if server_first {
            peer.send(FIN | CLOSE, &closing(4000, b"enough")).await;
        } else {
            socket.close(Some(4000), "enough").unwrap();
        }
        assert_eq!(peer.receive().await, (FIN | CLOSE, closing(4000, b"enough")));
        if !server_first {
            peer.send(FIN | CLOSE, &closing(4000, b"enough")).await;
        }
        let closed = guest.closed().await;
        assert_eq!((closed.code, closed.reason.as_str(), closed.was_clean), (4000, "enough", true));
        assert_eq!(peer.until_end().await, 0, "something follows the close frame");
        guest.is_over(&socket).await;
    }
}

#[tokio::test]
async fn frames_right_behind_the_answer_are_not_lost() {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let url = listener.url();
    let head = "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    let opening = guest.open_with(&url, deflating(DEFLATE));
    let serving = async {
        let mut peer = listener.accept().await;
        let request = peer.read_head().await;
        let answer = super::peer::answer_to(&request);
        let mut bytes = format!("{}{head}", answer.strip_suffix("\r\n").unwrap()).into_bytes();
        bytes.extend(super::peer::frame(FIN | TEXT, b"early"));
        peer.write(&bytes).await;
        peer
    };
    let (_socket, _peer) = tokio::join!(opening, serving);
    assert_eq!(guest.text().await, "early");
}
