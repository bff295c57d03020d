//! The end of a server.

mod common;

use std::time::Duration;

use common::{PATIENCE, address, close_code, connect, connect_raw, next, start, start_with};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use wasock_server::{Limits, Server};

/// A server that would wait for its clients for far longer than a test does.
async fn patient() -> Server {
    let hour = Duration::from_secs(3600);
    let (handshake_time, close_time, shutdown_time) = (hour, hour, hour);
    start_with(Limits { handshake_time, close_time, shutdown_time, ..Limits::default() }).await
}

#[tokio::test]
async fn shutdown_closes_every_websocket_with_1001_and_stops_listening() {
    let server = patient().await;
    let address = address(&server);
    let mut clients = Vec::new();
    for path in ["/echo", "/ws/crocochat/a/", "/close", "/ping?n=0", "/drop"] {
        clients.push(connect(&server, path).await);
    }
    let reading = async {
        for client in &mut clients {
            assert_eq!(close_code(client).await, (1001, "the server is shutting down".to_owned()));
        }
    };
    let both = async { tokio::join!(server.shutdown(), reading) };
    timeout(PATIENCE, both).await.expect("shutdown waits for nobody");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn shutdown_interrupts_a_push_without_end() {
    let server = start().await;
    let mut client = connect(&server, &format!("/push?n={}", u64::MAX)).await;
    common::text(&mut client).await;
    let reading = async {
        let mut closing = None;
        while let Some(received) = next(&mut client).await {
            match received.expect("the connection is sound") {
                Message::Text(_) => {}
                Message::Close(frame) => closing = frame,
                other => panic!("unexpected {other:?}"),
            }
        }
        closing.expect("the close frame has a code")
    };
    let ((), frame) = tokio::join!(server.shutdown(), reading);
    assert_eq!(u16::from(frame.code), 1001);
}

#[tokio::test]
async fn shutdown_does_not_wait_for_silent_or_unfinished_connections() {
    let server = patient().await;
    let silent = connect_raw(&server, "/silent").await;
    let unfinished = TcpStream::connect(address(&server)).await.expect("the server listens");
    timeout(PATIENCE, server.shutdown()).await.expect("shutdown waits for nobody");
    drop((silent, unfinished));
}

#[tokio::test]
async fn shutdown_cuts_clients_that_do_not_answer() {
    let limits = Limits {
        close_time: Duration::from_secs(600),
        shutdown_time: Duration::from_millis(20),
        ..Limits::default()
    };
    let server = start_with(limits).await;
    let mut client = connect_raw(&server, "/echo").await;
    server.shutdown().await;
    let mut bytes = Vec::new();
    // Cut connections may end with a reset.
    let _ = client.read_to_end(&mut bytes).await;
    assert!(bytes.is_empty() || bytes.starts_with(&[0x88]));
}

#[tokio::test]
async fn dropping_the_server_cuts_its_connections() {
    let server = start().await;
    let address = address(&server);
    let mut client = connect(&server, "/echo").await;
    drop(server);
    assert!(!matches!(next(&mut client).await, Some(Ok(Message::Text(_)))));
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, refused).await.expect("the listener is gone");
}
