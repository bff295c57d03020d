//! The bytes under a connection, those inside of TLS if there is TLS.

use std::io::{self, ErrorKind, Read, Write};

use super::tcp::Tcp;
use super::tls::Tls;
use crate::bindings::types::ErrorCode;
use crate::reactor::Sources;

/// A stream that never waits.
pub(crate) enum Stream {
    /// TCP itself.
    Plain(Box<Tcp>),
    /// TLS over TCP.
    Tls(Box<Tls>),
}

impl Stream {
    fn tcp(&self) -> &Tcp {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.tcp(),
        }
    }

    /// The version of TLS and the cipher suite, if there is TLS.
    pub(crate) fn tls_info(&self) -> Option<(String, String)> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(tls) => tls.info(),
        }
    }

    /// Lets the next read look for what has come.
    pub(crate) fn look(&mut self) {
        match self {
            Self::Plain(tcp) => tcp.look(),
            Self::Tls(tls) => tls.look(),
        }
    }

    /// What there is to wait for: a write that was not taken, and what may come if it is to be read.
    pub(crate) fn sources(&self, reads: bool) -> Sources<'_> {
        [self.tcp().writable(), reads.then(|| self.tcp().readable())]
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

/// What an error of a stream means to a guest.
pub(crate) fn io_error(error: &io::Error) -> ErrorCode {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
            ErrorCode::ConnectionReset
        }
        ErrorKind::UnexpectedEof => ErrorCode::UnexpectedEnd,
        // What is wrong with TLS has this kind, and no other thing has.
        ErrorKind::InvalidData => ErrorCode::Tls(error.to_string()),
        _ => ErrorCode::Other(Some(error.to_string())),
    }
}

/// Whether an error says that there is nothing to do for now.
pub(crate) fn would_block(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}
