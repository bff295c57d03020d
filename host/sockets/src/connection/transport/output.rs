//! Frames that are encoded here, on their way to the stream.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, OpCode};

use super::WRITE_BUFFER;
use crate::bindings::types::ErrorCode;
use crate::connection::dial::io_error;
use crate::connection::stream::Stream;

/// What was encoded and is not yet written.
#[derive(Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
    /// How much of it is written.
    written: usize,
}

impl Output {
    /// How many bytes are to be written.
    pub(super) fn waiting(&self) -> usize {
        self.bytes.len() - self.written
    }

    /// Encodes a frame as a client does, masked (RFC 6455, section 5.3).
    pub(super) fn push(&mut self, opcode: OpCode, payload: &[u8], is_compressed: bool) {
        let mask: [u8; 4] = rand::random();
        let header =
            FrameHeader { opcode, rsv1: is_compressed, mask: Some(mask), ..FrameHeader::default() };
        header
            .format(payload.len() as u64, &mut self.bytes)
            .expect("writing to memory does not fail");
        let start = self.bytes.len();
        self.bytes.extend_from_slice(payload);
        for chunk in self.bytes[start..].chunks_mut(mask.len()) {
            chunk.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        }
    }

    /// Encodes a close frame (RFC 6455, section 5.5.1).
    pub(super) fn push_close(&mut self, frame: Option<&CloseFrame>) {
        let payload = frame
            .map(|frame| [&u16::from(frame.code).to_be_bytes(), frame.reason.as_bytes()].concat());
        self.push(OpCode::Control(Control::Close), &payload.unwrap_or_default(), false);
    }

    /// Writes all that was encoded.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut Stream,
    ) -> Poll<Result<(), ErrorCode>> {
        while self.waiting() > 0 {
            let stream = Pin::new(&mut *stream);
            let written = ready!(stream.poll_write(cx, &self.bytes[self.written..]));
            match written.map_err(|error| io_error(&error))? {
                0 => return Poll::Ready(Err(ErrorCode::ConnectionReset)),
                written => self.written += written,
            }
        }
        self.written = 0;
        self.bytes.clear();
        // The memory of a large message is given back.
        self.bytes.shrink_to(WRITE_BUFFER);
        Poll::Ready(Ok(()))
    }

    /// Writes all that was encoded, and flushes it.
    pub(super) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut Stream,
    ) -> Poll<Result<(), ErrorCode>> {
        ready!(self.poll_write(cx, stream))?;
        Pin::new(stream).poll_flush(cx).map_err(|error| io_error(&error))
    }

    /// Ready when there is room for another frame.
    pub(super) fn poll_room(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut Stream,
    ) -> Poll<Result<(), ErrorCode>> {
        if self.waiting() < WRITE_BUFFER {
            Poll::Ready(Ok(()))
        } else {
            self.poll_write(cx, stream)
        }
    }
}
