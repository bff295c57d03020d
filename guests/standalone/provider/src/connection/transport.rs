//! Messages over a stream, and what errors mean. Nothing else here knows which WebSocket library it is.

use std::io::Read;

use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use super::ending::error_code;
use super::output::Output;
use super::stream::{Stream, would_block};
use crate::bindings::types::ErrorCode;
use crate::reactor::Sources;

/// How much one read from the host may bring: a call of the host costs more than the memory.
const READ_BUFFER: usize = 64 << 10;

/// How much is encoded before it is written although more is about to follow.
const WRITE_BUFFER: usize = 16 << 10;

/// Moves messages over a connection that is open. A ping is answered here.
pub(super) struct Transport {
    socket: WebSocket<Stream>,
    close_sent: bool,
    /// The library's answer to the peer's close frame is held back. It encodes nothing any more and would write
    /// its answer, so it is passed by.
    late: Option<Output>,
}

/// What a read came to.
pub(super) enum Received {
    Message(Message),
    /// Nothing has come.
    Nothing,
    /// The connection has ended as it should.
    End,
}

impl Transport {
    /// `read_ahead` is what the server sent right behind its answer.
    pub(super) fn new(stream: Stream, read_ahead: Vec<u8>, max_message_size: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(max_message_size))
            .max_frame_size(Some(max_message_size));
        let socket = WebSocket::from_partially_read(stream, read_ahead, Role::Client, Some(config));
        Self { socket, close_sent: false, late: None }
    }

    /// Lets the next read look for what has come.
    pub(super) fn look(&mut self) {
        self.socket.get_mut().look();
    }

    /// The next message.
    pub(super) fn receive(&mut self) -> Result<Received, ErrorCode> {
        if self.late.is_some() {
            return Ok(self.read_to_end());
        }
        match self.socket.read() {
            Ok(Message::Close(Some(frame))) if self.breaks_protocol(&frame) => {
                let what = "the code of its close frame is reserved".to_owned();
                Err(ErrorCode::ProtocolViolation(what))
            }
            Ok(message) => Ok(Received::Message(message)),
            Err(Error::ConnectionClosed | Error::AlreadyClosed) => Ok(Received::End),
            Err(Error::Io(error)) if would_block(&error) => Ok(Received::Nothing),
            Err(error) => Err(error_code(error)),
        }
    }

    /// Reads until the peer has ended the connection. What follows a close frame is nothing (RFC 6455, section
    /// 5.5.1).
    fn read_to_end(&mut self) -> Received {
        let mut nothing = [0; 1024];
        loop {
            match self.socket.get_mut().read(&mut nothing) {
                Ok(read) if read > 0 => {}
                Err(error) if would_block(&error) => return Received::Nothing,
                Ok(_) | Err(_) => return Received::End,
            }
        }
    }

    /// Whether the peer used a close code that must not be on the wire (RFC 6455, section 7.4).
    ///
    /// Unless it answers a close frame of ours, the library has replaced such a frame by this one, which is also
    /// what it has put into its answer.
    fn breaks_protocol(&self, frame: &CloseFrame) -> bool {
        let replaced = frame.code == CloseCode::Protocol && frame.reason == "Protocol violation";
        !frame.code.is_allowed() || (replaced && !self.close_sent)
    }

    /// Encodes a message; false if it or others before it are not written yet.
    pub(super) fn send(&mut self, message: Message) -> Result<bool, ErrorCode> {
        self.close_sent |= message.is_close();
        if let Some(output) = &mut self.late {
            output.push(&message);
            return Ok(true);
        }
        taken(self.socket.write(message))
    }

    /// Writes what was encoded; false if some of it has to wait.
    pub(super) fn flush(&mut self) -> Result<bool, ErrorCode> {
        match &mut self.late {
            Some(output) => output.flush(self.socket.get_mut()),
            None => taken(self.socket.flush()),
        }
    }

    /// Lets messages be sent after a close frame of the peer's until [`Self::answer_close`]. To be called when
    /// all that was encoded is flushed.
    pub(super) fn hold_answer(&mut self) {
        self.late = Some(Output::default());
    }

    /// Answers the close frame that was received (RFC 6455, section 5.5.1). Unless it was held back, the
    /// library's next write is its answer.
    pub(super) fn answer_close(&mut self, frame: Option<CloseFrame>) {
        if let Some(output) = &mut self.late {
            output.push(&Message::Close(frame));
        }
        self.close_sent = true;
    }

    /// What there is to wait for.
    pub(super) fn sources(&self, reads: bool) -> Sources<'_> {
        self.socket.get_ref().sources(reads)
    }
}

/// What the library has kept though it could not write it is taken all the same.
fn taken(result: Result<(), Error>) -> Result<bool, ErrorCode> {
    match result {
        Ok(()) => Ok(true),
        Err(Error::Io(error)) if would_block(&error) => Ok(false),
        Err(Error::ConnectionClosed) => Ok(true),
        Err(error) => Err(error_code(error)),
    }
}
