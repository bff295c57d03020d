//! Clients for the tests: a WebSocket over a real connection, and bare HTTP.

#![allow(dead_code, reason = "each test file uses its own part of this module")]

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use wasock_server::{Limits, Server, ServerConfig};

pub type Client = WebSocketStream<TcpStream>;

/// No step of a test takes this long, unless it hangs.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub async fn start() -> Server {
    start_with(Limits::default()).await
}

pub async fn start_with(limits: Limits) -> Server {
    Server::start(ServerConfig { limits, ..ServerConfig::default() }).await.expect("port 0 is free")
}

pub fn address(server: &Server) -> SocketAddr {
    server.address().expect("the tests' servers have a plain port")
}

/// Opens a WebSocket with the request that `customize` has changed.
pub async fn connect_with(
    server: &Server,
    path: &str,
    customize: impl FnOnce(&mut tokio_tungstenite::tungstenite::handshake::client::Request),
) -> Result<(Client, Response), Error> {
    let address = address(server);
    let tcp = TcpStream::connect(address).await?;
    tcp.set_nodelay(true)?;
    let mut request = format!("ws://{address}{path}").into_client_request()?;
    customize(&mut request);
    client_async(request, tcp).await
}

pub async fn connect(server: &Server, path: &str) -> Client {
    connect_with(server, path, |_| {}).await.expect("the server accepts").0
}

/// The status of a handshake that must fail.
pub async fn refusal(server: &Server, path: &str) -> u16 {
    match connect_with(server, path, |_| {}).await {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("{path} did not answer in HTTP: {other:?}"),
    }
}

pub async fn next(client: &mut Client) -> Option<Result<Message, Error>> {
    tokio::time::timeout(PATIENCE, client.next()).await.expect("something happens in time")
}

pub async fn message(client: &mut Client) -> Message {
    next(client).await.expect("the connection is open").expect("the connection is sound")
}

/// The text of the next message, which must be one.
pub async fn text(client: &mut Client) -> String {
    match message(client).await {
        Message::Text(text) => text.to_string(),
        other => panic!("not a text message: {other:?}"),
    }
}

/// Reads the close frame, which must come next, and then the orderly end.
pub async fn close_frame(client: &mut Client) -> Option<CloseFrame> {
    let Message::Close(frame) = message(client).await else { panic!("not a close frame") };
    assert!(next(client).await.is_none(), "something came after the close frame");
    frame
}

/// The code and reason of the close frame, which must come next and have both.
pub async fn close_code(client: &mut Client) -> (u16, String) {
    let frame = close_frame(client).await.expect("the close frame has a code");
    (frame.code.into(), frame.reason.to_string())
}

pub async fn say(client: &mut Client, text: &str) {
    client.send(Message::text(text)).await.expect("the connection is open");
}

/// Sends `request` as it is and reads until the server ends the connection.
pub async fn http(server: &Server, request: &str) -> String {
    let mut tcp = TcpStream::connect(address(server)).await.expect("the server listens");
    tcp.write_all(request.as_bytes()).await.expect("the server reads");
    read_to_end(&mut tcp).await
}

pub async fn read_to_end(tcp: &mut TcpStream) -> String {
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, tcp.read_to_string(&mut answer))
        .await
        .expect("the server ends the connection in time")
        .expect("the connection ends in order");
    answer
}

/// A handshake request written by hand.
pub fn handshake(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// Opens a WebSocket by hand, for frames that no client library would send.
pub async fn connect_raw(server: &Server, path: &str) -> TcpStream {
    accepted(server, &handshake(path)).await.0
}

/// Sends an opening handshake, and returns the connection with the response head, in lower case.
pub async fn accepted(server: &Server, request: &str) -> (TcpStream, String) {
    let mut tcp = TcpStream::connect(address(server)).await.expect("the server listens");
    tcp.write_all(request.as_bytes()).await.expect("the server reads");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tcp.read_u8().await.expect("the server answers"));
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    (tcp, head)
}

/// Waits until the server has no open connection.
pub async fn until_idle(server: &Server) {
    let idle = async {
        while server.statistics().connections_open > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, idle).await.expect("all connections end");
}
