//! What a client may not do, and starting where that is not possible.

mod common;

use std::time::Duration;

use common::{
    address, close_code, connect, http, read_to_end, refusal, start, start_with, until_idle,
};
use futures_util::SinkExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use wasock_server::{Limits, Server, ServerConfig, ServerError};

#[tokio::test]
async fn a_message_above_the_limit_is_answered_with_1009() {
    let server = start_with(Limits { message_size: 1000, ..Limits::default() }).await;
    let mut client = connect(&server, "/echo").await;
    client.send(Message::binary(vec![0; 1000])).await.expect("the connection is open");
    assert_eq!(common::message(&mut client).await.len(), 1000);
    client.send(Message::binary(vec![0; 1001])).await.expect("the connection is open");
    assert_eq!(close_code(&mut client).await.0, 1009);
}

#[tokio::test]
async fn a_request_head_above_the_limit_is_answered_with_431() {
    let server = start().await;
    let request = format!("GET /echo HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(20_000));
    let answer = http(&server, &request).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(answer.contains("16384 bytes"), "{answer}");
}

#[tokio::test]
async fn a_request_head_that_does_not_end_is_answered_with_408() {
    let handshake_time = Duration::from_millis(20);
    let server = start_with(Limits { handshake_time, ..Limits::default() }).await;
    let mut tcp = TcpStream::connect(address(&server)).await.expect("the server listens");
    tcp.write_all(b"GET /echo HTTP/1.1\r\n").await.expect("the server reads");
    assert!(read_to_end(&mut tcp).await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn what_is_not_a_get_request_is_refused() {
    let server = start().await;
    let answer = http(&server, "POST /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi").await;
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("allow: GET"), "{answer}");
    let answer = http(&server, "\u{16}\u{3}\u{1}hello\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn connections_above_the_limit_get_503_until_another_ends() {
    let server = start_with(Limits { connections: 1, ..Limits::default() }).await;
    let client = connect(&server, "/echo").await;
    assert_eq!(refusal(&server, "/echo").await, 503);
    drop(client);
    until_idle(&server).await;
    connect(&server, "/echo").await;
}

#[tokio::test]
async fn a_client_that_does_not_answer_a_close_frame_is_cut() {
    let close_time = Duration::from_millis(20);
    let server = start_with(Limits { close_time, ..Limits::default() }).await;
    let mut tcp = common::connect_raw(&server, "/close?now=1").await;
    let mut bytes = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut tcp, &mut bytes).await.expect("the server ends it");
    assert_eq!(bytes, [0x88, 0]);
    until_idle(&server).await;
}

#[tokio::test]
async fn an_address_in_use_is_reported_with_a_hint() {
    let server = start().await;
    let port = Some(address(&server).port());
    let error = Server::start(ServerConfig { port, ..ServerConfig::default() })
        .await
        .expect_err("the port is taken");
    assert_eq!(error.to_string(), format!("cannot listen on {}", address(&server)));
    assert!(error.hint().is_some_and(|hint| hint.contains("another program")));
}

#[tokio::test]
async fn a_server_without_a_port_is_refused() {
    let config = ServerConfig { port: None, tls_port: None, ..ServerConfig::default() };
    assert!(matches!(Server::start(config).await, Err(ServerError::NoPort)));
}

#[tokio::test]
async fn the_server_can_listen_on_ipv6() {
    let config =
        ServerConfig { address: std::net::Ipv6Addr::LOCALHOST.into(), ..ServerConfig::default() };
    let server = match Server::start(config).await {
        Ok(server) => server,
        // Some containers have no IPv6.
        Err(ServerError::Listen { .. }) => return,
        Err(error) => panic!("{error}"),
    };
    let mut client = connect(&server, "/echo").await;
    common::say(&mut client, "a").await;
    assert_eq!(common::text(&mut client).await, "a");
}
