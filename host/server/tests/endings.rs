//! The endpoints that end a connection by script.

mod common;

use std::io::ErrorKind;

use common::{
    close_code, close_frame, connect, connect_raw, message, next, read_to_end, refusal, say, start,
    until_idle,
};
use futures_util::SinkExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{Error, Message};

/// The text message "hi" with an all-zero mask (RFC 6455, section 5.2).
const MASKED_HI: [u8; 8] = [0x81, 0x82, 0, 0, 0, 0, b'h', b'i'];

#[tokio::test]
async fn close_waits_for_a_message_and_sends_code_and_reason() {
    let server = start().await;
    let mut client = connect(&server, "/close?code=1011&reason=oops%20%C3%A4").await;
    client.send(Message::Ping("a".into())).await.expect("the connection is open");
    assert_eq!(message(&mut client).await, Message::Pong("a".into()));
    say(&mut client, "go").await;
    assert_eq!(close_code(&mut client).await, (1011, "oops ä".to_owned()));
    until_idle(&server).await;
}

#[tokio::test]
async fn close_can_come_at_once_and_without_a_code() {
    let server = start().await;
    let mut client = connect(&server, "/close?now=1").await;
    assert_eq!(close_frame(&mut client).await, None);
    let mut client = connect(&server, "/close?code=4999&now=1").await;
    assert_eq!(close_code(&mut client).await, (4999, String::new()));
}

#[tokio::test]
async fn close_sends_codes_that_no_endpoint_may_send() {
    let server = start().await;
    let mut tcp = connect_raw(&server, "/close?code=1006&now=1").await;
    let mut frame = [0; 4];
    tcp.read_exact(&mut frame).await.expect("the server sends a frame");
    assert_eq!(frame, [0x88, 2, 0x03, 0xee]);
}

#[tokio::test]
async fn close_with_a_reason_that_fits_no_frame_is_refused() {
    let server = start().await;
    assert_eq!(
        refusal(&server, &format!("/close?code=1000&reason={}", "x".repeat(124))).await,
        400
    );
    assert_eq!(refusal(&server, "/close?reason=oops").await, 400);
}

#[tokio::test]
async fn drop_ends_in_order_but_without_a_close_frame() {
    let server = start().await;
    let mut client = connect(&server, "/drop").await;
    say(&mut client, "go").await;
    let error = next(&mut client).await.expect("an error").expect_err("no close frame");
    assert!(matches!(error, Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)));

    let mut tcp = connect_raw(&server, "/drop").await;
    tcp.write_all(&MASKED_HI).await.expect("the server reads");
    assert_eq!(read_to_end(&mut tcp).await, "");
}

#[tokio::test]
async fn reset_is_a_tcp_reset() {
    let server = start().await;
    let mut tcp = connect_raw(&server, "/reset").await;
    tcp.write_all(&MASKED_HI).await.expect("the server reads");
    let error = tcp.read_u8().await.expect_err("nothing to read");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    until_idle(&server).await;
}

#[tokio::test]
async fn garbage_has_reserved_bits_set() {
    let server = start().await;
    let mut client = connect(&server, "/garbage").await;
    say(&mut client, "go").await;
    let error = next(&mut client).await.expect("an error").expect_err("garbage");
    assert!(matches!(error, Error::Protocol(_)), "{error}");
    drop(client);
    until_idle(&server).await;

    let mut tcp = connect_raw(&server, "/garbage").await;
    tcp.write_all(&MASKED_HI).await.expect("the server reads");
    let first = tcp.read_u8().await.expect("the server sends garbage");
    assert_eq!(first & 0x70, 0x70);
}

#[tokio::test]
async fn silent_answers_neither_pings_nor_close_frames() {
    let server = start().await;
    let mut tcp = connect_raw(&server, "/silent").await;
    tcp.write_all(&[0x89, 0x80, 0, 0, 0, 0]).await.expect("a ping goes out");
    tcp.write_all(&MASKED_HI).await.expect("a message goes out");
    tcp.write_all(&[0x88, 0x80, 0, 0, 0, 0]).await.expect("a close frame goes out");
    tcp.shutdown().await.expect("the connection is open");
    assert_eq!(read_to_end(&mut tcp).await, "");
    until_idle(&server).await;
}

#[tokio::test]
async fn frames_that_break_the_protocol_get_the_close_code_for_it() {
    let server = start().await;
    let cases: [(&str, &[u8], u16); 4] = [
        ("a frame without mask", &[0x81, 0x02, b'h', b'i'], 1002),
        ("a reserved bit", &[0xc1, 0x82, 0, 0, 0, 0, b'h', b'i'], 1002),
        ("text that is not UTF-8", &[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007),
        ("a frame of 2^40 bytes", &[0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1009),
    ];
    for (what, frame, code) in cases {
        let mut tcp = connect_raw(&server, "/echo").await;
        tcp.write_all(frame).await.expect("the server reads");
        let mut answer = [0; 4];
        tcp.read_exact(&mut answer).await.expect("the server answers");
        assert_eq!(answer[0], 0x88, "{what} is answered with something else than a close frame");
        assert_eq!(u16::from_be_bytes([answer[2], answer[3]]), code, "{what}");
    }
    until_idle(&server).await;
}

#[tokio::test]
async fn a_client_that_leaves_without_a_word_is_forgotten() {
    let server = start().await;
    for path in ["/echo", "/ws/crocochat/a/", "/silent", "/close"] {
        drop(connect(&server, path).await);
    }
    until_idle(&server).await;
}

#[tokio::test]
async fn a_message_right_behind_the_handshake_is_not_lost() {
    let server = start().await;
    let mut tcp =
        tokio::net::TcpStream::connect(common::address(&server)).await.expect("it listens");
    let mut bytes = common::handshake("/close?code=1000").into_bytes();
    bytes.extend_from_slice(&MASKED_HI);
    tcp.write_all(&bytes).await.expect("the server reads");
    let mut answer = Vec::new();
    while !answer.ends_with(&[0x88, 2, 0x03, 0xe8]) {
        answer.push(tcp.read_u8().await.expect("a close frame comes"));
    }
}
