//! Frames that no library encodes: those behind the peer's close frame, and the late answer to it.

use std::io::Write;

use tungstenite::Message;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::stream::{Stream, io_error, would_block};
use crate::bindings::types::ErrorCode;

/// What was encoded and is not yet written.
#[derive(Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
    /// How much of it is written.
    written: usize,
}

impl Output {
    /// Encodes a message as a client does, masked (RFC 6455, section 5.3).
    pub(super) fn push(&mut self, message: &Message) {
        match message {
            Message::Text(text) => self.frame(OpCode::Data(Data::Text), text.as_bytes()),
            Message::Binary(data) => self.frame(OpCode::Data(Data::Binary), data),
            Message::Ping(data) => self.frame(OpCode::Control(Control::Ping), data),
            Message::Pong(data) => self.frame(OpCode::Control(Control::Pong), data),
            Message::Close(frame) => self.close(frame.as_ref()),
            Message::Frame(_) => {}
        }
    }

    fn close(&mut self, frame: Option<&CloseFrame>) {
        let payload = frame
            .map(|frame| [&u16::from(frame.code).to_be_bytes(), frame.reason.as_bytes()].concat());
        self.frame(OpCode::Control(Control::Close), &payload.unwrap_or_default());
    }

    fn frame(&mut self, opcode: OpCode, payload: &[u8]) {
        let mask: [u8; 4] = rand::random();
        let header = FrameHeader { opcode, mask: Some(mask), ..FrameHeader::default() };
        header
            .format(payload.len() as u64, &mut self.bytes)
            .expect("writing to memory does not fail");
        let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        self.bytes.extend(masked);
    }

    /// Writes what was encoded; false if some of it has to wait.
    pub(super) fn flush(&mut self, stream: &mut Stream) -> Result<bool, ErrorCode> {
        while self.written < self.bytes.len() {
            match stream.write(&self.bytes[self.written..]) {
                Ok(0) => return Err(ErrorCode::ConnectionReset),
                Ok(written) => self.written += written,
                Err(error) if would_block(&error) => return Ok(false),
                Err(error) => return Err(io_error(&error)),
            }
        }
        self.written = 0;
        self.bytes.clear();
        stream.flush().map(|()| true).map_err(|error| io_error(&error))
    }
}
