//! Servers that break the protocol: the connection fails, and they are told why.

use super::compressing::DEFLATE;
use super::guest::{Guest, options, soon};
use super::peer::{BINARY, CLOSE, CONTINUATION, FIN, Listener, PING, Peer, TEXT, closing, frame};
use crate::bindings::events::Closed;
use crate::bindings::types::ErrorCode;

/// The longest message that these guests accept.
const MAX: u64 = 1000;

/// With what a server agrees to compression, and not.
const ANSWERS: [&str; 2] = ["", "Sec-WebSocket-Extensions: permessage-deflate\r\n"];

/// What comes of these bytes: the guest's last event, and the close code that the server gets.
async fn breach(bytes: &[u8], answer: &str) -> (ErrorCode, u16) {
    let (mut peer, closed) = breaching(bytes, answer).await;
    let code = peer.close_code().await;
    assert_eq!(peer.until_end().await, 0);
    assert_eq!((closed.code, closed.was_clean), (1006, false), "{closed:?}");
    (closed.failure.unwrap().code, code)
}

async fn breaching(bytes: &[u8], answer: &str) -> (Peer, Closed) {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let mut options = options();
    options.max_message_size = Some(MAX);
    options.deflate = Some(DEFLATE);
    let url = listener.url();
    let (socket, mut peer) =
        tokio::join!(guest.open_with(&url, options), listener.upgrade_with(answer));
    // The client may be gone before it has all.
    let _ = soon(tokio::io::AsyncWriteExt::write_all(&mut peer.0, bytes)).await;
    let closed = guest.closed().await;
    guest.is_over(&socket).await;
    (peer, closed)
}

async fn is_violation(bytes: &[u8]) {
    for answer in ANSWERS {
        let (code, told) = breach(bytes, answer).await;
        assert!(matches!(code, ErrorCode::ProtocolViolation(_)), "{bytes:?}: {code:?}");
        assert_eq!(told, 1002, "{bytes:?}");
    }
}

#[tokio::test]
async fn frames_against_the_rules_are_protocol_violations() {
    let masked = [&[FIN | TEXT, 0x80 | 5][..], b"mask", b"hello"].concat();
    is_violation(&masked).await;
    is_violation(&frame(FIN | CONTINUATION, b"of nothing")).await;
    is_violation(&[frame(TEXT, b"a"), frame(FIN | TEXT, b"b")].concat()).await;
    is_violation(&frame(PING, b"a fragment")).await;
    is_violation(&frame(FIN | PING, &[0; 126])).await;
    is_violation(&frame(FIN | 0x3, b"")).await;
    is_violation(&frame(FIN | CLOSE, &[3])).await;
}

#[tokio::test]
async fn a_compressed_frame_needs_an_agreement() {
    let (code, told) = breach(&frame(FIN | 0x40 | TEXT, b"compressed?"), "").await;
    assert!(matches!(code, ErrorCode::ProtocolViolation(_)), "{code:?}");
    assert_eq!(told, 1002);
}

#[tokio::test]
async fn a_reserved_code_in_a_close_frame_is_a_protocol_violation() {
    for code in [0, 999, 1005, 1006, 1015, 2999, 5000] {
        is_violation(&frame(FIN | CLOSE, &closing(code, b"bad"))).await;
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_is_told_as_1007() {
    let fragments = [frame(TEXT, b"a\xc3"), frame(FIN | CONTINUATION, b"\x28")].concat();
    let reason = frame(FIN | CLOSE, &closing(1000, b"\xff"));
    for bytes in [frame(FIN | TEXT, b"\xff\xfe"), fragments, reason] {
        for answer in ANSWERS {
            let (code, told) = breach(&bytes, answer).await;
            assert!(matches!(code, ErrorCode::InvalidUtf8), "{bytes:?}: {code:?}");
            assert_eq!(told, 1007);
        }
    }
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_told_as_1009() {
    let over = [0; MAX as usize + 1];
    let huge = [&[FIN | BINARY, 127][..], &(1u64 << 62).to_be_bytes()].concat();
    let half = frame(CONTINUATION, &[0; 600]);
    let fragments = [frame(BINARY, &[0; 600]), half].concat();
    for bytes in [frame(FIN | BINARY, &over), huge, fragments] {
        for answer in ANSWERS {
            let (code, told) = breach(&bytes, answer).await;
            assert!(matches!(code, ErrorCode::MessageTooBig), "{code:?}");
            assert_eq!(told, 1009);
        }
    }
}

#[tokio::test]
async fn fragments_that_never_end_are_cut_off() {
    let endless = frame(CONTINUATION, &[0; 100]).repeat(100_000);
    for answer in ANSWERS {
        let bytes = [frame(BINARY, b""), endless.clone()].concat();
        let (_peer, closed) = breaching(&bytes, answer).await;
        assert!(matches!(closed.failure.unwrap().code, ErrorCode::MessageTooBig));
    }
}

#[tokio::test]
async fn a_message_of_exactly_the_limit_is_accepted() {
    let listener = Listener::bind().await;
    let mut guest = Guest::new();
    let mut options = options();
    options.max_message_size = Some(MAX);
    let url = listener.url();
    let (_socket, mut peer) = tokio::join!(guest.open_with(&url, options), listener.upgrade());
    peer.send(FIN | TEXT, &[b'x'; MAX as usize]).await;
    assert_eq!(guest.text().await.len(), MAX as usize);
}
