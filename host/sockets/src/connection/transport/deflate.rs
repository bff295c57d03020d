//! Connections with permessage-deflate, which no transport of tokio-tungstenite has: its frame headers, our
//! messages.

use std::io::Cursor;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::assembly::Assembly;
use super::compression::{Compressor, Inflater};
use super::{READ_BUFFER, Transport, WRITE_BUFFER, error_code};
use crate::bindings::types::ErrorCode;
use crate::connection::dial::{Stream, io_error};
use crate::connection::extension::Agreement;

/// A connection that agreed on permessage-deflate.
pub(in crate::connection) struct Deflate {
    stream: Stream,
    /// What was read and is not yet a frame.
    input: BytesMut,
    /// What was encoded and is not yet written.
    output: Vec<u8>,
    /// How much of `output` is written.
    written: usize,
    assembly: Assembly,
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
            output: Vec::new(),
            written: 0,
            assembly: Assembly::new(Inflater::new(agreement), max_message_size),
            compressor: Compressor::new(agreement),
            close_sent: false,
            close_received: false,
        }
    }

    /// The next message of what was read, if it is complete.
    fn parse(&mut self) -> Result<Option<Message>, ErrorCode> {
        loop {
            let mut cursor = Cursor::new(&self.input[..]);
            let Some((header, length)) = FrameHeader::parse(&mut cursor).map_err(error_code)?
            else {
                return Ok(None);
            };
            let head = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
            self.assembly.admit(&header, length)?;
            let length = usize::try_from(length).map_err(|_| ErrorCode::MessageTooBig)?;
            if self.input.len() - head < length {
                return Ok(None);
            }
            self.input.advance(head);
            let payload = self.input.split_to(length).freeze();
            if let Some(message) = self.assembly.take(&header, payload)? {
                return Ok(Some(message));
            }
        }
    }

    /// Answers pings and the peer's close frame (RFC 6455, sections 5.5.1 and 5.5.2).
    fn answer(&mut self, message: &Message) {
        match message {
            Message::Ping(payload) if !self.close_sent => {
                self.encode(OpCode::Control(Control::Pong), payload, false);
            }
            Message::Close(frame) => {
                self.close_received = true;
                if !self.close_sent {
                    self.encode_close(frame.as_ref());
                }
            }
            _ => {}
        }
    }

    fn encode_close(&mut self, frame: Option<&CloseFrame>) {
        let payload = frame
            .map(|frame| [&u16::from(frame.code).to_be_bytes(), frame.reason.as_bytes()].concat());
        self.encode(OpCode::Control(Control::Close), &payload.unwrap_or_default(), false);
        self.close_sent = true;
    }

    fn encode_data(&mut self, data: Data, payload: &[u8]) -> Result<(), ErrorCode> {
        let payload = self.compressor.message(payload)?;
        self.encode(OpCode::Data(data), &payload, true);
        Ok(())
    }

    fn encode(&mut self, opcode: OpCode, payload: &[u8], is_compressed: bool) {
        let mask: [u8; 4] = rand::random();
        let header =
            FrameHeader { opcode, rsv1: is_compressed, mask: Some(mask), ..FrameHeader::default() };
        header
            .format(payload.len() as u64, &mut self.output)
            .expect("writing to memory does not fail");
        let start = self.output.len();
        self.output.extend_from_slice(payload);
        for chunk in self.output[start..].chunks_mut(mask.len()) {
            chunk.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        }
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

    /// Writes all that was encoded.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        while self.written < self.output.len() {
            let stream = Pin::new(&mut self.stream);
            let written = ready!(stream.poll_write(cx, &self.output[self.written..]));
            match written.map_err(|error| io_error(&error))? {
                0 => return Poll::Ready(Err(ErrorCode::ConnectionReset)),
                written => self.written += written,
            }
        }
        self.written = 0;
        self.output.clear();
        // The memory of a large message is given back.
        self.output.shrink_to(WRITE_BUFFER);
        Poll::Ready(Ok(()))
    }
}

impl Transport for Deflate {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, ErrorCode>>> {
        // What follows a close frame is nothing (RFC 6455, section 5.5.1).
        while !self.close_received {
            if let Some(message) = self.parse()? {
                self.answer(&message);
                return Poll::Ready(Some(Ok(message)));
            }
            if ready!(self.poll_read(cx))? == 0 {
                return Poll::Ready(Some(Err(ErrorCode::UnexpectedEnd)));
            }
        }
        loop {
            self.input.clear();
            match ready!(self.poll_read(cx)) {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Poll::Ready(None),
            }
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        if self.output.len() < WRITE_BUFFER { Poll::Ready(Ok(())) } else { self.poll_write(cx) }
    }

    fn start_send(&mut self, message: Message) -> Result<(), ErrorCode> {
        match message {
            _ if self.close_sent => {}
            Message::Text(text) => self.encode_data(Data::Text, text.as_bytes())?,
            Message::Binary(payload) => self.encode_data(Data::Binary, &payload)?,
            Message::Ping(payload) => self.encode(OpCode::Control(Control::Ping), &payload, false),
            Message::Pong(payload) => self.encode(OpCode::Control(Control::Pong), &payload, false),
            Message::Close(frame) => self.encode_close(frame.as_ref()),
            Message::Frame(_) => {}
        }
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        ready!(self.poll_write(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx).map_err(|error| io_error(&error))
    }
}
