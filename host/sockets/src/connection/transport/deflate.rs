//! Connections with permessage-deflate, which no transport of tokio-tungstenite has: its frame headers, our
//! messages.

use std::io::Cursor;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::assembly::Assembly;
use super::compression::{Compressor, Inflater};
use super::output::Output;
use super::{READ_BUFFER, Transport, error_code, poll_end};
use crate::bindings::types::ErrorCode;
use crate::connection::dial::io_error;
use crate::connection::extension::Agreement;
use crate::connection::stream::Stream;

/// How much of a compressed payload is inflated at a time, in bytes: what comes of it is at most 1,032 times as long.
const SLICE: usize = 256;

/// How much may come of what is inflated before other tasks get a turn, in bytes: a tenth of a millisecond or so.
const TURN: usize = 256 << 10;

/// A connection that agreed on permessage-deflate.
pub(in crate::connection) struct Deflate {
    stream: Stream,
    /// What was read and is not yet a frame.
    input: BytesMut,
    output: Output,
    assembly: Assembly,
    /// What is left of a compressed frame that there was no time for.
    left: Option<(FrameHeader, Bytes)>,
    compressor: Compressor,
    close_sent: bool,
    close_received: bool,
}

impl Deflate {
    pub(super) fn new(
        stream: Stream,
        read_ahead: Vec<u8>,
        max_message_size: usize,
        agreement: &Agreement,
    ) -> Self {
        Self {
            stream,
            input: BytesMut::from(&read_ahead[..]),
            output: Output::default(),
            assembly: Assembly::new(Inflater::new(agreement), max_message_size),
            left: None,
            compressor: Compressor::new(agreement),
            close_sent: false,
            close_received: false,
        }
    }

    /// The next message of what was read, if it is complete and there was time for it.
    fn parse(&mut self) -> Result<Parsed, ErrorCode> {
        let mut left = TURN;
        loop {
            if let Some((header, payload)) = self.left.take() {
                match self.inflate(header, payload, &mut left)? {
                    Parsed::Nothing => {}
                    parsed => return Ok(parsed),
                }
            }
            let mut cursor = Cursor::new(&self.input[..]);
            let Some((header, length)) = FrameHeader::parse(&mut cursor).map_err(error_code)?
            else {
                return Ok(Parsed::Nothing);
            };
            let head = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
            self.assembly.admit(&header, length)?;
            let length = usize::try_from(length).map_err(|_| ErrorCode::MessageTooBig)?;
            if self.input.len() - head < length {
                return Ok(Parsed::Nothing);
            }
            self.input.advance(head);
            let payload = self.input.split_to(length).freeze();
            if self.assembly.inflates(&header) {
                self.left = Some((header, payload));
            } else if let Some(message) = self.assembly.take(&header, payload)? {
                return Ok(Parsed::Message(message));
            }
        }
    }

    /// Inflates a frame as if it were many, as long as no more than `left` bytes come of it.
    fn inflate(
        &mut self,
        mut header: FrameHeader,
        mut payload: Bytes,
        left: &mut usize,
    ) -> Result<Parsed, ErrorCode> {
        while payload.len() > SLICE {
            if *left == 0 {
                self.left = Some((header, payload));
                return Ok(Parsed::Part);
            }
            let before = self.assembly.held();
            let part = FrameHeader { is_final: false, ..header };
            self.assembly.take(&part, payload.split_to(SLICE))?;
            *left = left.saturating_sub(self.assembly.held() - before);
            header = FrameHeader { opcode: OpCode::Data(Data::Continue), rsv1: false, ..header };
        }
        let message = self.assembly.take(&header, payload)?;
        Ok(message.map_or(Parsed::Nothing, Parsed::Message))
    }

    /// Answers pings (RFC 6455, section 5.5.2), and sees the peer's close frame.
    fn answer(&mut self, message: &Message) {
        match message {
            Message::Ping(payload) if !self.close_sent => {
                self.output.push(OpCode::Control(Control::Pong), payload, false);
            }
            Message::Close(_) => self.close_received = true,
            _ => {}
        }
    }

    fn encode_data(&mut self, data: Data, payload: &[u8]) -> Result<(), ErrorCode> {
        let payload = self.compressor.message(payload)?;
        self.output.push(OpCode::Data(data), &payload, true);
        Ok(())
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, ErrorCode>> {
        self.input.reserve(READ_BUFFER);
        let mut buffer = ReadBuf::uninit(self.input.spare_capacity_mut());
        let read = Pin::new(&mut self.stream).poll_read(cx, &mut buffer);
        let length = buffer.filled().len();
        ready!(read).map_err(|error| io_error(&error))?;
        // SAFETY: the stream has filled these bytes.
        unsafe { self.input.set_len(self.input.len() + length) };
        Poll::Ready(Ok(length))
    }
}

/// What has come of what was read.
enum Parsed {
    Message(Message),
    /// A part of a message, which took as long as a turn may take.
    Part,
    /// Nothing more until more is read.
    Nothing,
}

impl Transport for Deflate {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, ErrorCode>>> {
        // What follows a close frame is nothing (RFC 6455, section 5.5.1).
        while !self.close_received {
            match self.parse()? {
                Parsed::Message(message) => {
                    self.answer(&message);
                    return Poll::Ready(Some(Ok(message)));
                }
                Parsed::Part => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Parsed::Nothing => {}
            }
            if ready!(self.poll_read(cx))? == 0 {
                return Poll::Ready(Some(Err(ErrorCode::UnexpectedEnd)));
            }
        }
        self.input.clear();
        poll_end(cx, &mut self.stream).map(|()| None)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        self.output.poll_room(cx, &mut self.stream)
    }

    fn start_send(&mut self, message: Message) -> Result<(), ErrorCode> {
        match message {
            _ if self.close_sent => {}
            Message::Text(text) => self.encode_data(Data::Text, text.as_bytes())?,
            Message::Binary(payload) => self.encode_data(Data::Binary, &payload)?,
            Message::Ping(payload) => {
                self.output.push(OpCode::Control(Control::Ping), &payload, false);
            }
            Message::Pong(payload) => {
                self.output.push(OpCode::Control(Control::Pong), &payload, false);
            }
            Message::Close(frame) => {
                self.output.push_close(frame.as_ref());
                self.close_sent = true;
            }
            Message::Frame(_) => {}
        }
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        self.output.poll_flush(cx, &mut self.stream)
    }

    fn hold_answer(&mut self) {}

    fn answer_close(&mut self, frame: Option<CloseFrame>) -> Result<(), ErrorCode> {
        self.start_send(Message::Close(frame))
    }

    fn encoded(&self) -> u64 {
        self.stream.written() + self.output.waiting() as u64
    }

    fn unfinished(&self) -> u64 {
        let left = self.left.as_ref().map_or(0, |(_, payload)| payload.len());
        (self.input.len() + left + self.assembly.held()) as u64
    }

    fn read(&self) -> u64 {
        self.stream.read()
    }

    fn written(&self) -> u64 {
        self.stream.written()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::task::noop_waker_ref;

    use super::super::compression::tests::agreement;
    use super::*;

    /// How long the message is when it is inflated.
    const LENGTH: usize = 32 * TURN;

    /// A frame with a message that is compressed to a thousandth.
    fn frame(agreement: &Agreement) -> Vec<u8> {
        let payload = Compressor::new(agreement).message(&vec![0; LENGTH]).unwrap();
        let length = (payload.len() as u64).to_be_bytes();
        // Final, compressed and binary; the length is in the next eight bytes (RFC 6455, section 5.2).
        [&[0xc2, 127][..], &length, &payload].concat()
    }

    #[tokio::test]
    async fn others_have_turns_while_a_message_is_inflated() {
        let (ours, _theirs) = tokio::io::duplex(1);
        let agreement = agreement("permessage-deflate");
        let frame = frame(&agreement);
        let mut transport = Deflate::new(Stream::memory(ours), frame, LENGTH, &agreement);
        let mut cx = Context::from_waker(noop_waker_ref());
        let mut turns = 0;
        let message = loop {
            match transport.poll_receive(&mut cx) {
                Poll::Pending => turns += 1,
                Poll::Ready(message) => break message.unwrap().unwrap(),
            }
        };
        assert_eq!(message.len(), LENGTH);
        // A slice may be a little longer than what was left of a turn.
        assert!((20..32).contains(&turns), "{turns}");
    }
}
