//! A server that does exactly what a test says, byte by byte.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::guest::{Guest, options, soon};
use crate::Socket;
use crate::bindings::sockets::ConnectOptions;

/// The bit of the last frame of a message (RFC 6455, section 5.2).
pub(super) const FIN: u8 = 0x80;
pub(super) const CONTINUATION: u8 = 0x0;
pub(super) const TEXT: u8 = 0x1;
pub(super) const BINARY: u8 = 0x2;
pub(super) const CLOSE: u8 = 0x8;
pub(super) const PING: u8 = 0x9;
pub(super) const PONG: u8 = 0xa;

/// An open socket, whose `opened` event was taken, and the peer at its other end.
pub(super) async fn connected(guest: &mut Guest) -> (Socket, Peer) {
    connected_with(guest, options()).await
}

/// The same with options of the connection.
pub(super) async fn connected_with(guest: &mut Guest, options: ConnectOptions) -> (Socket, Peer) {
    let listener = Listener::bind().await;
    let url = listener.url();
    tokio::join!(guest.open_with(&url, options), listener.upgrade())
}

pub(super) struct Listener(TcpListener);

impl Listener {
    pub(super) async fn bind() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// One whose connections take as little at a time as the operating system allows.
    pub(super) async fn bind_with_tiny_window() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(1).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self(socket.listen(1).unwrap())
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    pub(super) fn url(&self) -> String {
        format!("ws://{}/", self.address())
    }

    /// Accepts TCP and no more.
    pub(super) async fn accept(&self) -> Peer {
        Peer(soon(self.0.accept()).await.unwrap().0)
    }

    /// Accepts a WebSocket.
    pub(super) async fn upgrade(&self) -> Peer {
        self.upgrade_with("").await
    }

    /// Accepts a WebSocket with further lines in the answer.
    pub(super) async fn upgrade_with(&self, lines: &str) -> Peer {
        let mut peer = self.accept().await;
        let head = peer.read_head().await;
        let answer = answer_to(&head);
        let answer = format!("{}{lines}\r\n", answer.strip_suffix("\r\n").unwrap());
        peer.write(answer.as_bytes()).await;
        peer
    }
}

/// The answer that opens the WebSocket which this request asks for.
pub(super) fn answer_to(head: &str) -> String {
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

/// One connection, from its server's side.
pub(super) struct Peer(pub(super) TcpStream);

impl Peer {
    pub(super) async fn read_head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon(self.0.read_u8()).await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) {
        soon(self.0.write_all(bytes)).await.unwrap();
    }

    /// Sends a frame; `first` is its first byte.
    pub(super) async fn send(&mut self, first: u8, payload: &[u8]) {
        self.write(&frame(first, payload)).await;
    }

    /// Reads a frame, and returns its first byte and its payload, unmasked.
    pub(super) async fn receive(&mut self) -> (u8, Vec<u8>) {
        soon(self.read_frame()).await
    }

    async fn read_frame(&mut self) -> (u8, Vec<u8>) {
        let first = self.0.read_u8().await.unwrap();
        let second = self.0.read_u8().await.unwrap();
        assert_eq!(second & 0x80, 0x80, "a client masks its frames");
        let length = match second & 0x7f {
            126 => u64::from(self.0.read_u16().await.unwrap()),
            127 => self.0.read_u64().await.unwrap(),
            short => u64::from(short),
        };
        let mut mask = [0; 4];
        self.0.read_exact(&mut mask).await.unwrap();
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut payload).await.unwrap();
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        (first, payload)
    }

    /// Reads until the client ends the connection, in order or not, and returns how many bytes came.
    pub(super) async fn until_end(&mut self) -> usize {
        let mut bytes = Vec::new();
        // A client that gives a connection up with unread data resets it.
        let _ = soon(self.0.read_to_end(&mut bytes)).await;
        bytes.len()
    }

    /// The code of the close frame that must come next.
    pub(super) async fn close_code(&mut self) -> u16 {
        let (first, payload) = self.receive().await;
        assert_eq!(first, FIN | CLOSE, "not a close frame: {payload:?}");
        u16::from_be_bytes([payload[0], payload[1]])
    }
}

/// A frame as a server sends it, without a mask.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(length as u8),
        length @ 126..=0xffff => {
            bytes.push(126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

/// The payload of a close frame.
pub(super) fn closing(code: u16, reason: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), reason].concat()
}
