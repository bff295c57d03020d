//! Messages over a stream, and what errors mean. Nothing outside of this folder knows which WebSocket
//! library is behind a connection.
//!
//! - [`tungstenite`]: the library's, for connections without extensions
//! - [`deflate`]: for connections that agreed on permessage-deflate (RFC 7692)
//! - [`assembly`]: the rules by which its frames become messages
//! - [`compression`]: their payloads
//! - [`output`]: frames that no library encodes

mod assembly;
mod compression;
mod deflate;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzzing;
mod output;
mod tungstenite;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use tokio_tungstenite::tungstenite::Message;

use self::deflate::Deflate;
use self::tungstenite::Tungstenite;
use super::ending::error_code;
use super::extension::Agreement;
use super::stream::Stream;
use crate::bindings::types::ErrorCode;

/// How much is decoded at a time, in bytes. It is allocated per connection, so it is what an idle connection costs; one
/// read from the operating system brings more.
const READ_BUFFER: usize = 1 << 10;

/// How much is encoded, in bytes, before it is written although more is about to follow: as much as TLS puts into one
/// record (RFC 8446, section 5.1).
const WRITE_BUFFER: usize = 16 << 10;

/// Moves messages over a connection that is open.
///
/// Control frames are messages here; a ping is answered by the transport itself.
pub(super) trait Transport {
    /// The next message; none when the connection has ended as it should.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, ErrorCode>>>;

    /// Ready when another message can be encoded.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>>;

    /// Encodes a message.
    fn start_send(&mut self, message: Message) -> Result<(), ErrorCode>;

    /// Ready when all that was encoded is with the operating system.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>>;

    /// Lets messages be sent after a close frame of the peer's until [`Self::answer_close`]. To be
    /// called when that frame was received and all that was encoded is flushed.
    fn hold_answer(&mut self);

    /// Answers the close frame that was received (RFC 6455, section 5.5.1).
    fn answer_close(&mut self, frame: Option<CloseFrame>) -> Result<(), ErrorCode>;

    /// Where the last frame ends that was encoded, among all bytes.
    fn encoded(&self) -> u64;

    /// How many bytes are held of a message whose end has not come. To be asked when there is no message.
    fn unfinished(&self) -> u64;

    /// How many bytes the stream has given.
    fn read(&self) -> u64;

    /// How many bytes the stream has taken.
    fn written(&self) -> u64;
}

/// The transport of a connection.
#[expect(clippy::large_enum_variant, reason = "nearly all connections are the large one")]
pub(super) enum AnyTransport {
    Plain(Tungstenite),
    /// Boxed, as few connections are compressed and its state is large.
    Deflate(Box<Deflate>),
}

impl AnyTransport {
    /// The transport for what the opening handshake agreed on. `read_ahead` is what the server sent
    /// right behind its answer.
    pub(super) async fn new(
        stream: Stream,
        read_ahead: Vec<u8>,
        max_message_size: usize,
        agreement: Option<&Agreement>,
    ) -> Self {
        match agreement {
            None => Self::Plain(Tungstenite::new(stream, read_ahead, max_message_size).await),
            Some(agreement) => Self::Deflate(Box::new(Deflate::new(
                stream,
                read_ahead,
                max_message_size,
                agreement,
            ))),
        }
    }
}

impl Transport for AnyTransport {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, ErrorCode>>> {
        match self {
            Self::Plain(transport) => transport.poll_receive(cx),
            Self::Deflate(transport) => transport.poll_receive(cx),
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        match self {
            Self::Plain(transport) => transport.poll_ready(cx),
            Self::Deflate(transport) => transport.poll_ready(cx),
        }
    }

    fn start_send(&mut self, message: Message) -> Result<(), ErrorCode> {
        match self {
            Self::Plain(transport) => transport.start_send(message),
            Self::Deflate(transport) => transport.start_send(message),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        match self {
            Self::Plain(transport) => transport.poll_flush(cx),
            Self::Deflate(transport) => transport.poll_flush(cx),
        }
    }

    fn hold_answer(&mut self) {
        match self {
            Self::Plain(transport) => transport.hold_answer(),
            Self::Deflate(transport) => transport.hold_answer(),
        }
    }

    fn answer_close(&mut self, frame: Option<CloseFrame>) -> Result<(), ErrorCode> {
        match self {
            Self::Plain(transport) => transport.answer_close(frame),
            Self::Deflate(transport) => transport.answer_close(frame),
        }
    }

    fn encoded(&self) -> u64 {
        match self {
            Self::Plain(transport) => transport.encoded(),
            Self::Deflate(transport) => transport.encoded(),
        }
    }

    fn unfinished(&self) -> u64 {
        match self {
            Self::Plain(transport) => transport.unfinished(),
            Self::Deflate(transport) => transport.unfinished(),
        }
    }

    fn read(&self) -> u64 {
        match self {
            Self::Plain(transport) => transport.read(),
            Self::Deflate(transport) => transport.read(),
        }
    }

    fn written(&self) -> u64 {
        match self {
            Self::Plain(transport) => transport.written(),
            Self::Deflate(transport) => transport.written(),
        }
    }
}

/// Reads until the peer has ended the connection. What follows a close frame is nothing (RFC 6455,
/// section 5.5.1).
fn poll_end(cx: &mut Context<'_>, stream: &mut Stream) -> Poll<()> {
    let mut nothing = [0; 256];
    loop {
        let mut buffer = ReadBuf::new(&mut nothing);
        let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer));
        if read.is_err() || buffer.filled().is_empty() {
            return Poll::Ready(());
        }
    }
}
