//! The endpoints that break the rules: each does what it says, and leaves when the client or the server does.

mod common;

use common::{PATIENCE, address, connect, start};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wasock_server::Server;

const REQUEST: &str = "HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// The first `count` bytes that come for a request.
async fn bytes_of(server: &Server, path: &str, count: usize) -> Vec<u8> {
    let mut tcp = TcpStream::connect(address(server)).await.expect("the server listens");
    tcp.write_all(format!("GET {path} {REQUEST}").as_bytes()).await.expect("it reads");
    let mut bytes = vec![0; count];
    timeout(PATIENCE, tcp.read_exact(&mut bytes)).await.expect("in time").expect("so many come");
    bytes
}

#[tokio::test]
async fn bad_answers_are_bad_from_the_first_byte_to_the_last() {
    let server = start().await;
    let slow = bytes_of(&server, "/slow-handshake", 12).await;
    assert_eq!(slow, b"HTTP/1.1 101");
    let endless = bytes_of(&server, "/endless-headers", 200_000).await;
    assert!(endless.starts_with(b"HTTP/1.1 101 ") && !endless.windows(4).any(|w| w == b"\r\n\r\n"));
    let garbage = bytes_of(&server, "/garbage-handshake", 3).await;
    assert_eq!(garbage, [0, 1, 2]);
}

#[tokio::test]
async fn bad_frames_come_behind_a_good_handshake() {
    let server = start().await;
    let huge = bytes_of(&server, "/huge-frame", 139).await;
    assert!(
        huge.starts_with(b"HTTP/1.1 101 ")
            && huge.ends_with(&[0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        "{huge:?}"
    );
    let fragments = bytes_of(&server, "/endless-fragments", 1_000_000).await;
    assert!(fragments.windows(4).filter(|w| *w == [0x00, 126, 0xff, 0xff]).count() > 10);
}

#[tokio::test]
async fn the_server_stops_in_spite_of_them() {
    let server = start().await;
    let _client = connect(&server, "/huge-frame").await;
    let mut slow = TcpStream::connect(address(&server)).await.expect("the server listens");
    slow.write_all(format!("GET /slow-handshake {REQUEST}").as_bytes()).await.expect("it reads");
    assert_eq!(slow.read_u8().await.expect("it has begun"), b'H');
    timeout(PATIENCE, server.shutdown()).await.expect("it stops in time");
}
