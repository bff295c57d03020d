//! How a connection ends, in the codes of RFC 6455, section 7.4.

use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::bindings::types::ErrorCode;

/// RFC 6455, section 7.4.1: the close frame had no code.
const NO_STATUS: u16 = 1005;

/// RFC 6455, section 7.4.1: there was no close frame.
const ABNORMAL: u16 = 1006;

/// How a session ended.
pub(super) struct Ending {
    pub(super) code: u16,
    pub(super) reason: String,
    pub(super) was_clean: bool,
    pub(super) failure: Option<ErrorCode>,
}

impl Ending {
    /// `received` is the close frame of the peer's, if there was one, and what it said.
    pub(super) fn new(received: Option<Option<CloseFrame>>, failure: Option<ErrorCode>) -> Self {
        match received {
            Some(frame) => {
                let (code, reason) = frame.map_or((NO_STATUS, String::new()), |frame| {
                    (frame.code.into(), frame.reason.to_string())
                });
                Self { code, reason, was_clean: true, failure: None }
            }
            None => {
                let failure = failure.or(Some(ErrorCode::UnexpectedEnd));
                Self { code: ABNORMAL, reason: String::new(), was_clean: false, failure }
            }
        }
    }
}

/// What to tell the peer about a failure that is its own.
pub(super) fn close_code_for(error: &ErrorCode) -> Option<CloseCode> {
    match error {
        ErrorCode::ProtocolViolation(_) => Some(CloseCode::Protocol),
        ErrorCode::InvalidUtf8 => Some(CloseCode::Invalid),
        ErrorCode::MessageTooBig => Some(CloseCode::Size),
        _ => None,
    }
}
