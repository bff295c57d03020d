//! Two kinds of failure in one type: values for the guest, and traps for the host.

use std::fmt;

use wasmtime::component::ResourceTableError;

use crate::bindings::types::ErrorCode;

/// What a host function fails with: a `T` that the guest receives as a value, or an error that
/// traps and ends the guest.
#[derive(Debug)]
pub enum TrappableError<T> {
    /// The guest's mistake, or the network's: it gets to know.
    Value(T),
    /// A forged handle or a fault of the host: the guest ends.
    Trap(wasmtime::Error),
}

/// What the functions of `sockets` fail with.
pub type SocketError = TrappableError<ErrorCode>;

/// What the functions of `sockets` return.
pub type SocketResult<T> = Result<T, SocketError>;

impl<T> TrappableError<T> {
    /// An error that ends the guest.
    pub fn trap(error: impl Into<wasmtime::Error>) -> Self {
        Self::Trap(error.into())
    }

    /// The value for the guest, or the trap.
    ///
    /// # Errors
    ///
    /// The trap, if it is one.
    pub fn downcast(self) -> wasmtime::Result<T> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Trap(error) => Err(error),
        }
    }
}

impl<T> From<ResourceTableError> for TrappableError<T> {
    fn from(error: ResourceTableError) -> Self {
        Self::trap(error)
    }
}

impl From<ErrorCode> for SocketError {
    fn from(code: ErrorCode) -> Self {
        Self::Value(code)
    }
}

impl<T: fmt::Debug> fmt::Display for TrappableError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{value:?}"),
            Self::Trap(error) => error.fmt(f),
        }
    }
}

impl<T: fmt::Debug> std::error::Error for TrappableError<T> {}
