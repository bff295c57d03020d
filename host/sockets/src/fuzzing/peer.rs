//! A peer that does what an input says.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use tokio::io::{AsyncRead as _, AsyncWrite as _, DuplexStream, ReadBuf};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::observer::FrameKind;

/// One end of a connection.
pub(super) struct Peer {
    stream: Option<DuplexStream>,
    /// What the client has sent and nobody has looked at.
    received: Vec<u8>,
    /// Whether it has sent nothing but a good answer and good frames.
    pub(super) is_sound: bool,
    answered: bool,
    /// The data messages that it has sent and the guest has not been told of.
    pub(super) sent: VecDeque<Vec<u8>>,
}

impl Peer {
    pub(super) fn new(stream: DuplexStream) -> Self {
        let sent = VecDeque::new();
        Self { stream: Some(stream), received: Vec::new(), is_sound: true, answered: false, sent }
    }

    pub(super) fn leave(&mut self) {
        self.stream = None;
    }

    /// Reads what is there.
    pub(super) async fn read(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        let mut bytes = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = poll_fn(|cx| {
                let poll = Pin::new(&mut *stream).poll_read(cx, &mut buffer);
                Poll::Ready(matches!(poll, Poll::Ready(Ok(()))))
            });
            if !read.await || buffer.filled().is_empty() {
                return;
            }
            self.received.extend_from_slice(buffer.filled());
        }
    }

    /// Opens the WebSocket, if it is asked for one.
    pub(super) async fn answer(&mut self, compressed: bool) {
        self.read().await;
        let head = String::from_utf8_lossy(&self.received).into_owned();
        let Some(end) = head.find("\r\n\r\n").filter(|_| !self.answered) else { return };
        let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
        let accept = derive_accept_key(key.expect("a client sends a key").as_bytes());
        let extension = if compressed && head.contains("permessage-deflate") {
            "Sec-WebSocket-Extensions: permessage-deflate\r\n"
        } else {
            ""
        };
        self.received.drain(..end + 4);
        self.answered = true;
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {accept}\r\n{extension}\r\n"
        );
        self.write(answer.as_bytes()).await;
    }

    /// Sends a short frame; `first` is its first byte (RFC 6455, section 5.2).
    pub(super) async fn frame(&mut self, first: u8, payload: &[u8]) {
        let is_data = matches!(first & 0xf, 1 | 2);
        let length = u8::try_from(payload.len()).expect("it is short");
        let frame = [&[first, length], payload].concat();
        let is_written = self.write(&frame).await;
        self.is_sound &= self.answered;
        if is_data && is_written {
            self.sent.push_back(payload.to_vec());
        }
    }

    /// Sends what need not be anything.
    pub(super) async fn garbage(&mut self, bytes: &[u8]) {
        self.is_sound = false;
        self.write(bytes).await;
    }

    /// Whether there was room for all of it.
    async fn write(&mut self, bytes: &[u8]) -> bool {
        let Some(stream) = &mut self.stream else { return false };
        let mut written = 0;
        while written < bytes.len() {
            let write =
                poll_fn(|cx| Poll::Ready(Pin::new(&mut *stream).poll_write(cx, &bytes[written..])));
            match write.await {
                Poll::Ready(Ok(length)) if length > 0 => written += length,
                _ => {
                    // Half a frame is no frame.
                    self.is_sound = false;
                    return false;
                }
            }
        }
        true
    }

    /// Kind and length of the frames that came whole, in their order.
    ///
    /// # Panics
    ///
    /// A frame breaks the rules for clients.
    pub(super) fn frames(&self) -> Vec<(FrameKind, usize)> {
        let mut frames = Vec::new();
        let mut rest = if self.answered { &self.received[..] } else { &[] };
        while let Some((head, length)) =
            head(rest).filter(|(head, length)| rest.len() >= head + length)
        {
            let kind = match rest[0] & 0xf {
                1 => FrameKind::Text,
                2 => FrameKind::Binary,
                8 => FrameKind::Close,
                9 => FrameKind::Ping,
                10 => FrameKind::Pong,
                other => panic!("a client sends a frame with opcode {other}"),
            };
            assert_eq!(rest[1] & 0x80, 0x80, "a client masks its frames");
            frames.push((kind, length));
            rest = &rest[head + length..];
        }
        frames
    }
}

/// The lengths of a masked frame's head and payload, if the head is whole.
fn head(bytes: &[u8]) -> Option<(usize, usize)> {
    let length = usize::from(bytes.get(1)? & 0x7f);
    Some(match length {
        126 => (8, usize::from(u16::from_be_bytes(*bytes.get(2..4)?.first_chunk()?))),
        127 => {
            let length = u64::from_be_bytes(*bytes.get(2..10)?.first_chunk()?);
            (14, usize::try_from(length).ok()?)
        }
        short => (6, short),
    })
}
