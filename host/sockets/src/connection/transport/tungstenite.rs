//! tokio-tungstenite: fast, and without extensions.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Sink, Stream as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::output::Output;
use super::{READ_BUFFER, Transport, WRITE_BUFFER, error_code, poll_end};
use crate::bindings::types::ErrorCode;
use crate::connection::stream::Stream;

/// The mask of a frame (RFC 6455, section 5.2).
const MASK: usize = 4;

/// A connection without extensions.
pub(in crate::connection) struct Tungstenite {
    socket: WebSocketStream<Stream>,
    close_sent: bool,
    /// Where the last frame ends that was encoded, among all bytes. The library's own pongs are not
    /// in it until they are flushed.
    encoded: u64,
    /// Where the last message that is complete ends, among the bytes that were read, or a little behind that.
    complete: u64,
    /// The library's answer to the peer's close frame is held back. It encodes nothing any more and
    /// would write its answer, so it is passed by.
    late: Option<Output>,
}

impl Tungstenite {
    pub(super) async fn new(stream: Stream, read_ahead: Vec<u8>, max_message_size: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(max_message_size))
            .max_frame_size(Some(max_message_size));
        let (encoded, complete) = (stream.written(), stream.read());
        let socket =
            WebSocketStream::from_partially_read(stream, read_ahead, Role::Client, Some(config));
        Self { socket: socket.await, close_sent: false, encoded, complete, late: None }
    }

    /// What the library has received, or none when the connection has ended as it should.
    fn received(&mut self, next: Result<Message, Error>) -> Option<Result<Message, ErrorCode>> {
        match next {
            Ok(Message::Close(Some(frame))) if self.breaks_protocol(&frame) => {
                let what = "the code of its close frame is reserved".to_owned();
                Some(Err(ErrorCode::ProtocolViolation(what)))
            }
            Ok(message) => {
                self.complete = match &message {
                    // It may stand between the frames of a message.
                    Message::Ping(data) | Message::Pong(data) => {
                        self.complete + CONTROL_HEAD + data.len() as u64
                    }
                    _ => self.read(),
                };
                Some(Ok(message))
            }
            Err(Error::ConnectionClosed | Error::AlreadyClosed) => None,
            Err(error) => Some(Err(error_code(error))),
        }
    }

    /// Whether the peer used a close code that must not be on the wire (RFC 6455, section 7.4).
    ///
    /// Unless it answers a close frame of ours, the library has replaced such a frame by this one,
    /// which is also what it has put into its answer.
    fn breaks_protocol(&self, frame: &CloseFrame) -> bool {
        let replaced = frame.code == CloseCode::Protocol && frame.reason == "Protocol violation";
        !frame.code.is_allowed() || (replaced && !self.close_sent)
    }
}

/// What a control frame of the server's has besides its payload, in bytes (RFC 6455, section 5.2).
const CONTROL_HEAD: u64 = 2;

/// The length of the frame that the library makes of a message.
fn frame_len(message: &Message) -> usize {
    let payload = match message {
        Message::Close(frame) => {
            frame.as_ref().map_or(0, |frame| size_of::<u16>() + frame.reason.len())
        }
        other => other.len(),
    };
    let head = match payload {
        0..126 => 2,
        126..0x1_0000 => 4,
        _ => 10,
    };
    head + MASK + payload
}

impl Transport for Tungstenite {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, ErrorCode>>> {
        if self.late.is_some() {
            return poll_end(cx, self.socket.get_mut()).map(|()| None);
        }
        let next = ready!(Pin::new(&mut self.socket).poll_next(cx));
        Poll::Ready(next.and_then(|next| self.received(next)))
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        match &mut self.late {
            Some(output) => output.poll_room(cx, self.socket.get_mut()),
            None => Pin::new(&mut self.socket).poll_ready(cx).map_err(error_code),
        }
    }

    fn start_send(&mut self, message: Message) -> Result<(), ErrorCode> {
        if let Some(output) = &mut self.late {
            match message {
                Message::Text(text) => {
                    output.push(OpCode::Data(Data::Text), text.as_bytes(), false);
                }
                Message::Binary(data) => output.push(OpCode::Data(Data::Binary), &data, false),
                Message::Ping(data) => output.push(OpCode::Control(Control::Ping), &data, false),
                Message::Pong(data) => output.push(OpCode::Control(Control::Pong), &data, false),
                Message::Close(frame) => output.push_close(frame.as_ref()),
                Message::Frame(_) => {}
            }
            return Ok(());
        }
        self.close_sent |= matches!(message, Message::Close(_));
        let length = frame_len(&message);
        Pin::new(&mut self.socket).start_send(message).map_err(error_code)?;
        self.encoded += length as u64;
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        if let Some(output) = &mut self.late {
            return output.poll_flush(cx, self.socket.get_mut());
        }
        let flushed = Pin::new(&mut self.socket).poll_flush(cx).map_err(error_code);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.encoded = self.written();
        }
        flushed
    }

    fn hold_answer(&mut self) {
        self.late = Some(Output::default());
    }

    fn answer_close(&mut self, frame: Option<CloseFrame>) -> Result<(), ErrorCode> {
        // Unless it was held back, the library's next write is its answer.
        if self.late.is_some() { self.start_send(Message::Close(frame)) } else { Ok(()) }
    }

    fn encoded(&self) -> u64 {
        match &self.late {
            Some(output) => self.written() + output.waiting() as u64,
            None => self.encoded,
        }
    }

    fn unfinished(&self) -> u64 {
        self.read().saturating_sub(self.complete)
    }

    fn read(&self) -> u64 {
        self.socket.get_ref().read()
    }

    fn written(&self) -> u64 {
        self.socket.get_ref().written()
    }
}
