//! Messages over a stream, and what errors mean. Nothing outside of this folder knows which WebSocket
//! library is behind a connection.
//!
//! - [`tungstenite`]: the library's, for connections without extensions
//! - [`deflate`]: for connections that agreed on permessage-deflate (RFC 7692)
//! - [`assembly`]: the rules by which its frames become messages
//! - [`compression`]: their payloads

mod assembly;
mod compression;
mod deflate;
mod tungstenite;

use std::task::{Context, Poll};

use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::{Error, Message};

use self::deflate::Deflate;
use self::tungstenite::Tungstenite;
use super::dial::{Stream, io_error};
use super::extension::Agreement;
use crate::bindings::types::ErrorCode;

/// How much one read from the operating system may bring. It is allocated per connection, so it is
/// what an idle connection costs.
const READ_BUFFER: usize = 4 << 10;

/// How much is encoded before it is written although more is about to follow.
const WRITE_BUFFER: usize = 16 << 10;

/// Moves messages over a connection that is open.
///
/// Control frames are messages here; a ping is answered by the transport itself, and so is a close
/// frame that was not the answer to one.
pub(super) trait Transport {
    /// The next message; none when the connection has ended as it should.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, ErrorCode>>>;

    /// Ready when another message can be encoded.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>>;

    /// Encodes a message.
    fn start_send(&mut self, message: Message) -> Result<(), ErrorCode>;

    /// Ready when all that was encoded is with the operating system.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>>;
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
}

/// What an error of the library means to a guest.
fn error_code(error: Error) -> ErrorCode {
    match error {
        Error::Io(error) => io_error(&error),
        Error::Utf8(_) => ErrorCode::InvalidUtf8,
        Error::Capacity(CapacityError::MessageTooLong { .. }) => ErrorCode::MessageTooBig,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => ErrorCode::UnexpectedEnd,
        Error::Protocol(error) => ErrorCode::ProtocolViolation(error.to_string()),
        other => ErrorCode::Other(Some(other.to_string())),
    }
}
