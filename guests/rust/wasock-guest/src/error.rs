//! Why a stage ends before its end.

use std::fmt;

use crate::bindings::wasock::websocket::types::ErrorCode;

/// What functions of a test return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a stage ends before its end: the run logs the text. Every error of the standard library becomes one by `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    /// An error with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The name of an error of a socket as `wit/types.wit` has it, and its text if it has one.
pub fn describe(code: &ErrorCode) -> String {
    let (name, text) = match code {
        ErrorCode::InvalidState => ("invalid-state", None),
        ErrorCode::InvalidArgument(text) => ("invalid-argument", Some(text)),
        ErrorCode::AccessDenied(text) => ("access-denied", Some(text)),
        ErrorCode::LimitReached(text) => ("limit-reached", Some(text)),
        ErrorCode::NameUnresolvable => ("name-unresolvable", None),
        ErrorCode::ConnectionRefused => ("connection-refused", None),
        ErrorCode::ConnectionReset => ("connection-reset", None),
        ErrorCode::Unreachable => ("unreachable", None),
        ErrorCode::Timeout => ("timeout", None),
        ErrorCode::Tls(text) => ("tls", Some(text)),
        ErrorCode::BadHandshake(text) => ("bad-handshake", Some(text)),
        ErrorCode::ProtocolViolation(text) => ("protocol-violation", Some(text)),
        ErrorCode::InvalidUtf8 => ("invalid-utf8", None),
        ErrorCode::MessageTooBig => ("message-too-big", None),
        ErrorCode::UnexpectedEnd => ("unexpected-end", None),
        ErrorCode::Other(text) => ("other", text.as_ref()),
    };
    text.map_or_else(|| name.to_owned(), |text| format!("{name}: {text}"))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
