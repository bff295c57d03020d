//! Why a server could not start.

use std::io;
use std::net::SocketAddr;

/// Why [`Server::start`](crate::Server::start) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Neither a plain nor a TLS port was asked for.
    #[error("the server has nothing to listen on: both its port and its TLS port are off")]
    NoPort,

    /// A listener could not be bound.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },

    /// A name for the certificate is neither an IP address nor a host name.
    #[error(
        "cannot put {name:?} into the certificate: it is neither a host name nor an IP address"
    )]
    CertificateName {
        /// The name as it was given.
        name: String,
    },

    /// No certificate could be made.
    #[error("cannot make a certificate for TLS")]
    Certificate {
        /// What went wrong.
        source: rcgen::Error,
    },

    /// The TLS library refused the new certificate.
    #[error("cannot set up TLS")]
    Tls {
        /// What went wrong.
        source: rustls::Error,
    },
}

impl ServerError {
    /// What the user can do about it, where that is known: a sentence for a `hint:` line.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoPort => Some("give a port, or 0 to take any free one"),
            Self::Listen { source, .. } => match source.kind() {
                io::ErrorKind::AddrInUse => Some(
                    "another program listens there; choose another port, or 0 to take any free one",
                ),
                io::ErrorKind::PermissionDenied => {
                    Some("ports below 1024 are reserved; choose a higher one")
                }
                io::ErrorKind::AddrNotAvailable => Some(
                    "this machine does not have that address; 127.0.0.1 and 0.0.0.0 always work",
                ),
                _ => None,
            },
            Self::CertificateName { .. } => {
                Some("write host names in ASCII, without scheme, port or path: example.test")
            }
            Self::Certificate { .. } | Self::Tls { .. } => None,
        }
    }
}
