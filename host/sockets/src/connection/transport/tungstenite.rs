//! tokio-tungstenite: fast, and without extensions.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Sink, Stream as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{READ_BUFFER, Transport, WRITE_BUFFER, error_code};
use crate::bindings::types::ErrorCode;
use crate::connection::dial::Stream;

/// A connection without extensions.
pub(in crate::connection) struct Tungstenite {
    socket: WebSocketStream<Stream>,
    close_sent: bool,
}

impl Tungstenite {
    pub(super) async fn new(stream: Stream, read_ahead: Vec<u8>, max_message_size: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(max_message_size))
            .max_frame_size(Some(max_message_size));
        let socket =
            WebSocketStream::from_partially_read(stream, read_ahead, Role::Client, Some(config));
        Self { socket: socket.await, close_sent: false }
    }
}

impl Tungstenite {
    /// Whether the peer used a close code that must not be on the wire (RFC 6455, section 7.4).
    ///
    /// Unless it answers a close frame of ours, the library has replaced such a frame by this one,
    /// which is also what it has put into its answer.
    fn breaks_protocol(&self, frame: &CloseFrame) -> bool {
        let replaced = frame.code == CloseCode::Protocol && frame.reason == "Protocol violation";
        !frame.code.is_allowed() || (replaced && !self.close_sent)
    }
}

impl Transport for Tungstenite {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, ErrorCode>>> {
        Pin::new(&mut self.socket).poll_next(cx).map(|next| match next? {
            Ok(Message::Close(Some(frame))) if self.breaks_protocol(&frame) => {
                let what = "the code of its close frame is reserved".to_owned();
                Some(Err(ErrorCode::ProtocolViolation(what)))
            }
            Ok(message) => Some(Ok(message)),
            Err(Error::ConnectionClosed | Error::AlreadyClosed) => None,
            Err(error) => Some(Err(error_code(error))),
        })
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        Pin::new(&mut self.socket).poll_ready(cx).map_err(error_code)
    }

    fn start_send(&mut self, message: Message) -> Result<(), ErrorCode> {
        self.close_sent |= matches!(message, Message::Close(_));
        Pin::new(&mut self.socket).start_send(message).map_err(error_code)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        Pin::new(&mut self.socket).poll_flush(cx).map_err(error_code)
    }
}
