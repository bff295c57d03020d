//! Attempts that fail, each with its reason.

use super::guest::{Guest, Recorder, SHORT, nanos, options, server, until};
use super::peer::{FIN, Listener, TEXT, answer_to, frame};
use crate::bindings::events::Failed;
use crate::bindings::sockets::State;
use crate::bindings::types::ErrorCode;
use crate::connection::dial::io_error;
use crate::limits::{Limits, MAX_HANDSHAKE_HEAD, MAX_REFUSAL_BODY};

/// How an attempt fails whose server answers the request's head with these bytes, then ends.
async fn answered(answer: impl FnOnce(String) -> Vec<u8>) -> Failed {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    socket.connect(listener.url(), options()).unwrap();
    let mut peer = listener.accept().await;
    let head = peer.read_head().await;
    peer.write(&answer(head)).await;
    drop(peer);
    let failed = guest.failed().await;
    assert_eq!(failed.failure.address, Some(listener.address().to_string()));
    guest.is_over(&socket).await;
    failed
}

fn bad_handshake(failed: &Failed) -> &str {
    match &failed.failure.code {
        ErrorCode::BadHandshake(text) => text,
        other => panic!("not a bad handshake: {other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_comes_with_status_headers_and_body() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    socket.connect(format!("ws://{address}/status/403"), options()).unwrap();
    let failed = guest.failed().await;
    assert!(bad_handshake(&failed).contains("403"));
    let handshake = failed.handshake.unwrap();
    assert_eq!(handshake.status, 403);
    assert!(handshake.body.starts_with(b"403"), "{:?}", handshake.body);
    assert!(!handshake.headers.is_empty());
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn an_answer_of_200_is_no_websocket() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    socket.connect(format!("ws://{address}/not-websocket"), options()).unwrap();
    assert_eq!(guest.failed().await.handshake.unwrap().status, 200);
}

#[tokio::test]
async fn the_body_of_a_refusal_is_cut() {
    let failed = answered(|_| {
        let body = "x".repeat(2 * MAX_REFUSAL_BODY);
        format!("HTTP/1.1 500 Oops\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into()
    });
    assert_eq!(failed.await.handshake.unwrap().body.len(), MAX_REFUSAL_BODY);
}

#[tokio::test]
async fn a_body_that_never_comes_does_not_hold_up_the_refusal() {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    socket.connect(listener.url(), options()).unwrap();
    let mut peer = listener.accept().await;
    peer.read_head().await;
    peer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nabc").await;
    assert_eq!(guest.failed().await.handshake.unwrap().body, b"abc");
}

#[tokio::test]
async fn a_wrong_accept_key_is_refused_and_frames_behind_it_are_no_body() {
    let failed = answered(|_| {
        let wrong = answer_to("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        [wrong.into_bytes(), frame(FIN | TEXT, b"hello")].concat()
    })
    .await;
    assert!(bad_handshake(&failed).contains("Sec-WebSocket-Accept"));
    let handshake = failed.handshake.unwrap();
    assert_eq!((handshake.status, handshake.body.len()), (101, 0));
}

#[tokio::test]
async fn answers_that_are_not_what_was_asked_for_are_refused() {
    for (from, to, named) in [
        ("Upgrade: websocket", "Upgrade: h2c", "Upgrade"),
        ("Connection: Upgrade", "Connection: close", "Connection"),
        ("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", "not offered"),
        ("HTTP/1.1 101 Switching Protocols", "SSH-2.0-OpenSSH_9.9", "not HTTP"),
    ] {
        let failed = answered(|head| answer_to(&head).replace(from, to).into_bytes()).await;
        assert!(bad_handshake(&failed).contains(named), "{to}: {failed:?}");
    }
}

#[tokio::test]
async fn endless_headers_are_refused() {
    let failed = answered(|_| {
        let line = "X-More: and more\r\n";
        let lines = line.repeat(MAX_HANDSHAKE_HEAD / line.len() + 1);
        format!("HTTP/1.1 101 Switching Protocols\r\n{lines}").into()
    })
    .await;
    let code = &failed.failure.code;
    let ErrorCode::LimitReached(text) = code else { panic!("{code:?}") };
    assert!(text.contains("longer than 65536 bytes"), "{text}");
    assert!(failed.handshake.is_none());
}

#[tokio::test]
async fn a_server_that_ends_without_an_answer_is_an_unexpected_end() {
    let failed = answered(|_| Vec::new()).await;
    assert!(matches!(failed.failure.code, ErrorCode::UnexpectedEnd), "{failed:?}");
    let failed = answered(|_| b"HTTP/1.1 101 Swi".to_vec()).await;
    assert!(matches!(failed.failure.code, ErrorCode::UnexpectedEnd), "{failed:?}");
}

#[tokio::test]
async fn a_handshake_that_never_ends_times_out() {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    let mut options = options();
    options.timeout = nanos(SHORT);
    socket.connect(listener.url(), options).unwrap();
    let mut peer = listener.accept().await;
    peer.read_head().await;
    peer.write(b"HTTP/1.1 101 Switching Protocols\r\nX-Slow: ").await;
    let failed = guest.failed().await;
    assert!(matches!(failed.failure.code, ErrorCode::Timeout), "{failed:?}");
    assert!(u128::from(failed.timings.finished) >= SHORT.as_nanos());
    assert_eq!(peer.until_end().await, 0);
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_refuses_the_connection() {
    // Bound and not listening, it refuses connections, and nobody else is given its port meanwhile.
    let bound = tokio::net::TcpSocket::new_v4().unwrap();
    bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = bound.local_addr().unwrap();
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    socket.connect(format!("ws://{address}/"), options()).unwrap();
    let failed = guest.failed().await;
    assert!(matches!(failed.failure.code, ErrorCode::ConnectionRefused), "{failed:?}");
    assert_eq!(failed.failure.address, Some(address.to_string()));
    guest.is_over(&socket).await;
}

#[tokio::test]
async fn close_and_abort_give_up_an_attempt() {
    for by_close in [true, false] {
        let listener = Listener::bind().await;
        let mut guest = Guest::new();
        let mut socket = guest.socket();
        let recorder = Recorder::on(&socket);
        socket.connect(listener.url(), options()).unwrap();
        let mut peer = listener.accept().await;
        peer.read_head().await;
        if by_close {
            socket.close(Some(1000), "never mind").unwrap();
        } else {
            socket.abort();
        }
        let failed = guest.failed().await;
        assert!(matches!(failed.failure.code, ErrorCode::Other(Some(_))), "{failed:?}");
        assert_eq!(recorder.calls(), ["given up 0 known", "ended"]);
        assert_eq!(peer.until_end().await, 0);
        guest.is_over(&socket).await;
        socket.close(Some(1000), "").unwrap();
        socket.abort();
        guest.nothing().await;
    }
}

#[tokio::test]
async fn a_malformed_url_leaves_the_socket_as_it_was() {
    let (_server, address) = server().await;
    let mut guest = Guest::new();
    let mut socket = guest.socket();
    let refused = socket.connect("http://localhost/".to_owned(), options());
    assert!(matches!(refused, Err(ErrorCode::InvalidArgument(_))), "{refused:?}");
    assert_eq!((socket.state(), guest.open_sockets()), (State::Unconnected, 0));
    socket.connect(format!("ws://{address}/echo"), options()).unwrap();
    guest.opened().await;
}

#[tokio::test]
async fn a_socket_beyond_the_limit_is_refused_until_another_has_ended() {
    let (_server, address) = server().await;
    let url = format!("ws://{address}/echo");
    let mut guest = Guest::with_limits(Limits { sockets: 1, ..Limits::default() });
    let first = guest.open(&url).await;
    let mut second = guest.socket();
    let refused = second.connect(url.clone(), options());
    assert!(matches!(&refused, Err(ErrorCode::LimitReached(text)) if text.contains('1')));
    first.close(None, "").unwrap();
    guest.closed().await;
    second.connect(url.clone(), options()).unwrap();
    guest.opened().await;
    drop(second);
    until(|| guest.open_sockets() == 0).await;
    guest.open(&url).await;
}

#[cfg(unix)]
#[test]
fn what_this_system_lacks_is_told_from_what_the_server_refuses() {
    let text = |number| match io_error(&std::io::Error::from_raw_os_error(number)) {
        ErrorCode::Other(Some(text)) => text,
        other => panic!("not of this system: {other:?}"),
    };
    for (number, what) in [
        (libc::EMFILE, crate::NO_DESCRIPTORS),
        (libc::ENFILE, crate::NO_DESCRIPTORS),
        (libc::EADDRNOTAVAIL, crate::NO_PORTS),
    ] {
        assert!(text(number).starts_with(&format!("{what}: ")), "{}", text(number));
    }
    assert!(!text(libc::EINVAL).contains("left"));
}
