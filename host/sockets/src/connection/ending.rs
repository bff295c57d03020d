//! How a connection ends, in the codes of RFC 6455, section 7.4. Nothing is sent here: the provider in
//! `guests/standalone` ends alike.

use tungstenite::error::{CapacityError, Error, ProtocolError};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

use super::io_error;
use crate::bindings::types::ErrorCode;
use crate::limits::MAX_CLOSE_REASON;
use crate::tungstenite;

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
        ErrorCode::MessageTooBig | ErrorCode::LimitReached(_) => Some(CloseCode::Size),
        _ => None,
    }
}

/// What an error of the library means to a guest.
pub(super) fn error_code(error: Error) -> ErrorCode {
    match error {
        Error::Io(error) => io_error(&error),
        Error::Utf8(_) => ErrorCode::InvalidUtf8,
        Error::Capacity(CapacityError::MessageTooLong { .. }) => ErrorCode::MessageTooBig,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => ErrorCode::UnexpectedEnd,
        Error::Protocol(error) => ErrorCode::ProtocolViolation(error.to_string()),
        other => ErrorCode::Other(Some(other.to_string())),
    }
}

/// What `socket.close` sends; no code and no reason if there is no frame.
///
/// # Errors
///
/// The reason is too long, or there is one without a code.
pub(crate) fn close_frame(
    code: Option<u16>,
    reason: &str,
) -> Result<Option<CloseFrame>, ErrorCode> {
    if reason.len() > MAX_CLOSE_REASON {
        let text = format!("the reason is longer than {MAX_CLOSE_REASON} bytes");
        return Err(ErrorCode::InvalidArgument(text));
    }
    Ok(match code {
        None if reason.is_empty() => None,
        None => {
            let text = "a reason cannot be sent without a code".to_owned();
            return Err(ErrorCode::InvalidArgument(text));
        }
        Some(code) => Some(CloseFrame { code: CloseCode::from(code), reason: reason.into() }),
    })
}
