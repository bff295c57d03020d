//! How a connection ends, in the codes of RFC 6455, section 7.4.

use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::bindings::types::ErrorCode;

/// The close frame had no code.
const NO_STATUS: u16 = 1005;

/// There was no close frame.
const ABNORMAL: u16 = 1006;

/// How a session ended.
pub(super) struct Ending {
    pub(super) code: u16,
    pub(super) reason: String,
    pub(super) was_clean: bool,
    pub(super) failure: Option<ErrorCode>,
}

impl Ending {
    /// `received` is the peer's close frame, if there was one, and what it said. A failure after it is none.
    pub(super) fn new(received: Option<Option<CloseFrame>>, failure: Option<ErrorCode>) -> Self {
        let Some(frame) = received else {
            let failure = failure.or(Some(ErrorCode::UnexpectedEnd));
            return Self { code: ABNORMAL, reason: String::new(), was_clean: false, failure };
        };
        let (code, reason) = match frame {
            Some(frame) => (frame.code.into(), frame.reason.to_string()),
            None => (NO_STATUS, String::new()),
        };
        Self { code, reason, was_clean: true, failure: None }
    }
}

/// What to tell the peer about a failure that is its own.
pub(super) fn close_code_for(error: &ErrorCode) -> Option<CloseCode> {
    Some(match error {
        ErrorCode::ProtocolViolation(_) => CloseCode::Protocol,
        ErrorCode::InvalidUtf8 => CloseCode::Invalid,
        ErrorCode::MessageTooBig => CloseCode::Size,
        _ => return None,
    })
}
