//! Messages from frames: which frame may follow which, and how fragments are joined (RFC 6455, section 5).

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::compression::Inflater;
use crate::bindings::types::ErrorCode;
use crate::limits::MAX_CONTROL_PAYLOAD;

/// Puts the frames of one direction together.
pub(super) struct Assembly {
    inflater: Inflater,
    max_message_size: usize,
    /// The message whose end has not come.
    partial: Option<Partial>,
}

struct Partial {
    is_text: bool,
    is_compressed: bool,
    payload: Vec<u8>,
}

impl Assembly {
    pub(super) fn new(inflater: Inflater, max_message_size: usize) -> Self {
        Self { inflater, max_message_size, partial: None }
    }

    /// Checks a frame by its header and the length of its payload, before the payload is waited for.
    pub(super) fn admit(&self, header: &FrameHeader, length: u64) -> Result<(), ErrorCode> {
        if header.mask.is_some() {
            return Err(violation("a frame of the server is masked"));
        }
        if header.rsv2 || header.rsv3 {
            return Err(violation("a reserved bit is set"));
        }
        match header.opcode {
            OpCode::Control(_) => {
                if !header.is_final {
                    return Err(violation("a control frame is fragmented"));
                }
                if length > MAX_CONTROL_PAYLOAD as u64 {
                    return Err(violation("a control frame is too long"));
                }
                if header.rsv1 {
                    return Err(violation("a control frame is compressed"));
                }
                return Ok(());
            }
            OpCode::Data(Data::Continue) => {
                if self.partial.is_none() {
                    return Err(violation("a continuation frame continues nothing"));
                }
                // RFC 7692, section 6.1: the first fragment alone tells.
                if header.rsv1 {
                    return Err(violation("a continuation frame has the bit for compression"));
                }
            }
            OpCode::Data(_) if self.partial.is_some() => {
                return Err(violation("a message begins inside of another"));
            }
            OpCode::Data(_) => {}
        }
        if (self.held() as u64).saturating_add(length) > self.max_message_size as u64 {
            return Err(ErrorCode::MessageTooBig);
        }
        Ok(())
    }

    /// How much there is of the message whose end has not come, in bytes.
    pub(super) fn held(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| partial.payload.len())
    }

    /// Whether a frame that was [admitted](Self::admit) is one of a compressed message.
    pub(super) fn inflates(&self, header: &FrameHeader) -> bool {
        let is_data = matches!(header.opcode, OpCode::Data(_));
        let goes_on = self.partial.as_ref().is_some_and(|partial| partial.is_compressed);
        is_data && (header.rsv1 || goes_on)
    }

    /// Takes a frame that was [admitted](Self::admit); returns the message that it completes.
    pub(super) fn take(
        &mut self,
        header: &FrameHeader,
        payload: Bytes,
    ) -> Result<Option<Message>, ErrorCode> {
        let is_text = match header.opcode {
            OpCode::Control(Control::Ping) => return Ok(Some(Message::Ping(payload))),
            OpCode::Control(Control::Pong) => return Ok(Some(Message::Pong(payload))),
            OpCode::Control(_) => return close_frame(&payload).map(Message::Close).map(Some),
            OpCode::Data(data) => data == Data::Text,
        };
        if header.is_final && self.partial.is_none() && !header.rsv1 {
            return message(is_text, payload).map(Some);
        }
        let mut partial = self.partial.take().unwrap_or_else(|| Partial {
            is_text,
            is_compressed: header.rsv1,
            payload: Vec::new(),
        });
        if partial.is_compressed {
            let (message, limit) = (&mut partial.payload, self.max_message_size);
            self.inflater.fragment(&payload, header.is_final, message, limit)?;
        } else {
            partial.payload.extend_from_slice(&payload);
        }
        if header.is_final {
            return message(partial.is_text, partial.payload.into()).map(Some);
        }
        self.partial = Some(partial);
        Ok(None)
    }
}

fn message(is_text: bool, payload: Bytes) -> Result<Message, ErrorCode> {
    if !is_text {
        return Ok(Message::Binary(payload));
    }
    Utf8Bytes::try_from(payload).map(Message::Text).map_err(|_| ErrorCode::InvalidUtf8)
}

/// Reads the payload of a close frame (section 5.5.1).
fn close_frame(payload: &Bytes) -> Result<Option<CloseFrame>, ErrorCode> {
    match payload[..] {
        [] => Ok(None),
        [_] => Err(violation("a close frame has half a code")),
        [high, low, ..] => {
            let code = CloseCode::from(u16::from_be_bytes([high, low]));
            if !code.is_allowed() {
                return Err(violation("the code of its close frame is reserved"));
            }
            let reason = Utf8Bytes::try_from(payload.slice(2..));
            let reason = reason.map_err(|_| ErrorCode::InvalidUtf8)?;
            Ok(Some(CloseFrame { code, reason }))
        }
    }
}

fn violation(what: &str) -> ErrorCode {
    ErrorCode::ProtocolViolation(what.to_owned())
}
