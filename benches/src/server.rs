//! The server of the measurements: as little work per message as a server can have, so that the client is
//! what limits a rate. It counts what has happened.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

/// Bytes of payload in the frames of a flood.
pub const FLOOD_PAYLOAD: usize = 64;

/// Frames that a flood writes at once: enough that the system call does not count.
const FLOOD_BATCH: usize = 1_024;

/// The bit of a frame's second byte that says that its payload is masked (RFC 6455, section 5.2).
const MASKED: u8 = 0x80;

/// The opcode of a close frame, with the bit of the last fragment.
const CLOSE: u8 = 0x88;

/// How many connections may wait to be accepted: as many as Linux allows by default. One for which there is no room is
/// tried again a second later, which would be measured too.
const BACKLOG: u32 = 4_096;

/// What has happened since the server was started.
#[derive(Default)]
pub struct Counters {
    /// Messages that came and were sent back, or were sent by a flood.
    pub messages: AtomicU64,
    /// Connections whose opening handshake has ended.
    pub opened: AtomicU64,
    /// Connections that are gone.
    pub closed: AtomicU64,
}

impl Counters {
    /// Connections that are open now.
    pub fn open(&self) -> u64 {
        self.opened.load(Ordering::Relaxed) - self.closed.load(Ordering::Relaxed)
    }
}

/// A server on a port of its own, for as long as the process lives.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// What has happened.
    pub counters: Arc<Counters>,
}

impl Server {
    /// Listens on 127.0.0.1, and answers.
    pub async fn start() -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).context("no port is free")?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let counters = Arc::<Counters>::default();
        let shared = counters.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let counters = shared.clone();
                tokio::spawn(async move {
                    // A connection that breaks is its client's affair.
                    let _ = serve(stream, &counters).await;
                });
            }
        });
        Ok(Self { address, counters })
    }

    /// The address of an endpoint: `/echo`, `/flood` or `/hold`.
    pub fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }
}

#[expect(clippy::result_large_err, reason = "the signature is the library's")]
async fn serve(stream: TcpStream, counters: &Counters) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut path = String::new();
    let note = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        path = request.uri().path().to_owned();
        // Without one that it has offered a browser gives up.
        if let Some(protocol) = request.headers().get(SEC_WEBSOCKET_PROTOCOL) {
            response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol.clone());
        }
        Ok(response)
    };
    let mut stream = accept_hdr_async(stream, note).await?.into_inner();
    counters.opened.fetch_add(1, Ordering::Relaxed);
    let result = match path.as_str() {
        "/flood" => flood(&mut stream, counters).await,
        _ => echo(&mut stream, counters).await,
    };
    counters.closed.fetch_add(1, Ordering::Relaxed);
    result
}

/// Sends frames for as long as the client takes them.
async fn flood(stream: &mut TcpStream, counters: &Counters) -> Result<()> {
    let mut frame = vec![0x81, FLOOD_PAYLOAD as u8];
    frame.extend(std::iter::repeat_n(b'x', FLOOD_PAYLOAD));
    let batch = frame.repeat(FLOOD_BATCH);
    loop {
        stream.write_all(&batch).await?;
        counters.messages.fetch_add(FLOOD_BATCH as u64, Ordering::Relaxed);
    }
}

/// Sends each message back, with the payload unmasked where it stands.
async fn echo(stream: &mut TcpStream, counters: &Counters) -> Result<()> {
    let (mut input, mut output) = (Vec::new(), Vec::new());
    loop {
        if stream.read_buf(&mut input).await? == 0 {
            return Ok(());
        }
        let mut used = 0;
        let mut closing = false;
        while let Some(length) = unmask(&input[used..], &mut output) {
            closing |= input[used] == CLOSE;
            used += length;
            counters.messages.fetch_add(u64::from(!closing), Ordering::Relaxed);
        }
        input.drain(..used);
        stream.write_all(&output).await?;
        output.clear();
        if closing {
            stream.shutdown().await?;
            return Ok(());
        }
    }
}

/// Appends the answer to the first frame of `input`, and returns the frame's length; none while it is not
/// complete. Frames of 64 KiB and more are not sent here.
fn unmask(input: &[u8], output: &mut Vec<u8>) -> Option<usize> {
    let [first, second, ..] = *input else { return None };
    let (head, length) = match second & !MASKED {
        126 => (4, usize::from(u16::from_be_bytes([*input.get(2)?, *input.get(3)?]))),
        length => (2, usize::from(length)),
    };
    let key = input.get(head..head + 4)?;
    let payload = input.get(head + 4..head + 4 + length)?;
    output.extend([first, second & !MASKED]);
    output.extend(&input[2..head]);
    output.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    Some(head + 4 + length)
}
