//! TLS over a stream that never waits.
//!
//! rustls is built without the standard library's clock, which `wasm32-unknown-unknown` does not have. What is left
//! is its interface without buffers, so the buffers are here.

use std::io::{self, ErrorKind, Read, Write};

use rustls::ProtocolVersion;
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus,
};
use url::Host;

use super::stream::would_block;
use super::tcp::Tcp;
use crate::tls;

/// How much one read may bring: a record, about.
const CHUNK: usize = 16 << 10;

/// The plaintext of one record at most (RFC 8446, section 5.1).
const RECORD: usize = 16 << 10;

/// What a record is longer than its plaintext at most (RFC 5246, section 6.2.3).
const OVERHEAD: usize = 2_048;

/// A TLS connection.
pub(crate) struct Tls {
    connection: UnbufferedClientConnection,
    tcp: Tcp,
    /// Records that were read and not yet looked at.
    incoming: Vec<u8>,
    /// Records that were made, of which so many bytes are written.
    outgoing: Vec<u8>,
    written: usize,
    /// Plaintext that was received, of which so many bytes are read.
    received: Vec<u8>,
    read: usize,
    /// The peer has said that nothing follows.
    closed: bool,
}

/// How far a look at the records came.
#[derive(PartialEq, Eq)]
enum Progress {
    /// Data can be sent, or was as it was asked for.
    Open,
    /// More of the peer's is needed.
    Blocked,
}

impl Tls {
    /// One with what answers to this name; the text if there can be none.
    pub(super) fn new(host: &Host<String>, tcp: Tcp) -> Result<Self, String> {
        let connection = UnbufferedClientConnection::new(tls::config()?, server_name(host)?);
        Ok(Self {
            connection: connection.map_err(|error| error.to_string())?,
            tcp,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            written: 0,
            received: Vec::new(),
            read: 0,
            closed: false,
        })
    }

    /// The version and the cipher suite, by its name in IANA's registry.
    pub(super) fn info(&self) -> Option<(String, String)> {
        let version = match self.connection.protocol_version()? {
            ProtocolVersion::TLSv1_3 => "tls1.3",
            _ => "tls1.2",
        };
        let suite = self.connection.negotiated_cipher_suite()?.suite();
        let name = suite.as_str().unwrap_or_default().replace("TLS13_", "TLS_");
        Some((version.to_owned(), name))
    }

    pub(super) fn tcp(&self) -> &Tcp {
        &self.tcp
    }

    /// Lets the next read look for what has come.
    pub(super) fn look(&mut self) {
        self.tcp.look();
    }

    /// Completes the handshake, as far as that is possible without waiting.
    pub(super) fn shake_hands(&mut self) -> io::Result<()> {
        loop {
            let progress = self.process(&[]);
            // An alert leaves too, if it can.
            let drained = self.drain();
            if progress? == Progress::Open {
                return drained;
            }
            drained?;
            self.fetch()?;
        }
    }

    /// Reads more of the peer's records.
    fn fetch(&mut self) -> io::Result<()> {
        let start = self.incoming.len();
        self.incoming.resize(start + CHUNK, 0);
        let read = self.tcp.read(&mut self.incoming[start..]);
        self.incoming.truncate(start + read.as_ref().map_or(0, |read| *read));
        match read? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Writes the records that were made.
    fn drain(&mut self) -> io::Result<()> {
        while self.written < self.outgoing.len() {
            self.written += self.tcp.write(&self.outgoing[self.written..])?;
        }
        self.outgoing.clear();
        self.written = 0;
        Ok(())
    }

    /// Looks at the records that have come, and makes those that are due; in the end one or more of `data`.
    fn process(&mut self, data: &[u8]) -> io::Result<Progress> {
        loop {
            let status = self.connection.process_tls_records(&mut self.incoming);
            let UnbufferedStatus { mut discard, state, .. } = status;
            let step = match state {
                Err(error) => Err(invalid(&error)),
                Ok(ConnectionState::ReadTraffic(mut traffic)) => loop {
                    match traffic.next_record() {
                        None => break Ok(None),
                        Some(Err(error)) => break Err(invalid(&error)),
                        Some(Ok(record)) => {
                            discard += record.discard;
                            self.received.extend_from_slice(record.payload);
                        }
                    }
                },
                Ok(ConnectionState::EncodeTlsData(mut encode)) => {
                    let record = with_room(&mut self.outgoing, |room| {
                        encode.encode(room).map_err(|error| match error {
                            EncodeError::InsufficientSize(size) => Ok(size),
                            other => Err(invalid(&other)),
                        })
                    });
                    record.map(|()| None)
                }
                Ok(ConnectionState::TransmitTlsData(transmit)) => {
                    transmit.done();
                    Ok(None)
                }
                Ok(ConnectionState::WriteTraffic(_)) if data.is_empty() => Ok(Some(Progress::Open)),
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    let record = with_room(&mut self.outgoing, |room| {
                        traffic.encrypt(data, room).map_err(|error| match error {
                            EncryptError::InsufficientSize(size) => Ok(size),
                            other => Err(invalid(&other)),
                        })
                    });
                    record.map(|()| Some(Progress::Open))
                }
                Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => {
                    self.closed = true;
                    Ok(Some(Progress::Open))
                }
                Ok(_) => Ok(Some(Progress::Blocked)),
            };
            self.incoming.drain(..discard);
            match step {
                Ok(None) => {}
                Ok(Some(progress)) => return Ok(progress),
                Err(error) => {
                    self.alert();
                    return Err(error);
                }
            }
        }
    }

    /// Makes the record that tells the peer what it did wrong.
    fn alert(&mut self) {
        loop {
            let status = self.connection.process_tls_records(&mut self.incoming);
            let UnbufferedStatus { discard, state, .. } = status;
            let goes_on = match state {
                Ok(ConnectionState::EncodeTlsData(mut encode)) => {
                    let made = with_room(&mut self.outgoing, |room| {
                        encode.encode(room).map_err(|error| Err(invalid(&error)))
                    });
                    made.is_ok()
                }
                Ok(ConnectionState::TransmitTlsData(transmit)) => {
                    transmit.done();
                    true
                }
                _ => false,
            };
            self.incoming.drain(..discard);
            if !goes_on {
                return;
            }
        }
    }
}

impl Read for Tls {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let waiting = &self.received[self.read..];
            if !waiting.is_empty() {
                let length = waiting.len().min(buffer.len());
                buffer[..length].copy_from_slice(&waiting[..length]);
                self.read += length;
                return Ok(length);
            }
            self.received.clear();
            self.read = 0;
            if self.closed {
                return Ok(0);
            }
            self.process(&[])?;
            if self.received.is_empty() && !self.closed {
                self.fetch()?;
            }
        }
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.drain()?;
        let length = bytes.len().min(RECORD);
        match self.process(&bytes[..length])? {
            Progress::Open if self.closed => return Err(ErrorKind::BrokenPipe.into()),
            Progress::Open => {}
            Progress::Blocked => return Err(ErrorKind::WouldBlock.into()),
        }
        // What the peer does not take now is kept for the next write or flush.
        match self.drain() {
            Err(error) if !would_block(&error) => Err(error),
            _ => Ok(length),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.drain()?;
        self.tcp.flush()
    }
}

/// Appends a record, with more room if it needs that.
fn with_room(
    outgoing: &mut Vec<u8>,
    mut make: impl FnMut(&mut [u8]) -> Result<usize, io::Result<InsufficientSizeError>>,
) -> io::Result<()> {
    let start = outgoing.len();
    let mut room = RECORD + OVERHEAD;
    loop {
        outgoing.resize(start + room, 0);
        match make(&mut outgoing[start..]) {
            Ok(length) => {
                outgoing.truncate(start + length);
                return Ok(());
            }
            Err(Ok(InsufficientSizeError { required_size })) => room = required_size,
            Err(Err(error)) => {
                outgoing.truncate(start);
                return Err(error);
            }
        }
    }
}

/// What is wrong with TLS.
fn invalid(error: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error.to_string())
}

fn server_name(host: &Host<String>) -> Result<ServerName<'static>, String> {
    let name = match host {
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
        Host::Domain(name) => name.clone(),
    };
    ServerName::try_from(name.clone())
        .map_err(|_| format!("{name:?} is no name a certificate can have"))
}
