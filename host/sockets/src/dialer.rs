//! Connections for other protocols than WebSocket: by the same rules, and on the same account.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::{ProtocolVersion, SupportedCipherSuite};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use url::Host;

use crate::bindings::types::{ErrorCode, Timings};
use crate::connection::dial::{self, Way};
use crate::connection::stream::Stream;
use crate::connection::{Attempt, resolve};
use crate::ctx::Shared;
use crate::proxy::Proxy;
use crate::signal::Interrupter;

/// What to connect to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Whether by TLS.
    pub secure: bool,
    /// The host name or address.
    pub host: Host<String>,
    /// The port.
    pub port: u16,
}

/// Bytes in both directions.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// A connection.
pub struct DialedStream {
    /// The bytes in it, those inside of TLS if there is TLS.
    pub stream: Box<dyn ByteStream>,
    /// The address at its other end.
    pub peer: Option<SocketAddr>,
    /// When each step ended.
    pub timings: Timings,
    /// None without TLS.
    pub secured: Option<Secured>,
    /// The proxy at the other end, if it is to be spoken to itself (RFC 9112, section 3.2.2).
    pub forwarder: Option<Proxy>,
}

/// What a TLS handshake came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secured {
    /// `tls1.2` or `tls1.3`.
    pub version: &'static str,
    /// The cipher suite by its name in IANA's registry.
    pub cipher_suite: String,
    /// The protocol that was agreed on (RFC 7301).
    pub protocol: Option<Vec<u8>>,
}

/// Why there is no connection.
#[derive(Clone, Debug)]
pub struct DialFailure {
    /// What went wrong.
    pub code: ErrorCode,
    /// The address that was tried last.
    pub peer: Option<SocketAddr>,
    /// When each step ended.
    pub timings: Timings,
}

/// Connects for one guest. Clones do so for the same one.
#[derive(Clone)]
pub struct Dialer(Arc<Shared>);

impl Dialer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Connects before `deadline`, which the addresses of a name share. TLS offers the protocols of
    /// `alpn`. Without TLS, an HTTP proxy on the way is to be spoken to itself.
    ///
    /// # Errors
    ///
    /// The embedder's rules forbid it, or it failed.
    pub async fn dial(
        &self,
        endpoint: &Endpoint,
        alpn: Vec<Vec<u8>>,
        deadline: Instant,
    ) -> Result<DialedStream, Box<DialFailure>> {
        let mut attempt = Attempt::begin();
        let way = Way { deadline, alpn: Some(alpn), forward: true };
        let dialed = dial::dial(&self.0, endpoint, way, &mut attempt).await;
        attempt.complete();
        let Attempt { timings, peer } = attempt;
        match dialed {
            Ok(dialed) => Ok(DialedStream {
                secured: if endpoint.secure { dialed.stream.secured() } else { None },
                stream: Box::new(dialed.stream),
                peer,
                timings,
                forwarder: dialed.forwarder,
            }),
            Err(code) => Err(Box::new(DialFailure { code, peer, timings })),
        }
    }

    /// Whether the embedder's rules forbid the name of an endpoint, whatever its addresses.
    pub fn forbids_name(&self, endpoint: &Endpoint) -> bool {
        let name = resolve::bare(&endpoint.host);
        let is_name = matches!(endpoint.host, Host::Domain(_));
        is_name && self.0.network.check_name(&name, endpoint.port).is_err()
    }

    /// What requests call themselves where the guest does not say.
    pub fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// Starts what belongs to a connection of this guest.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.0.spawn(task)
    }

    /// A handle by which the guest is interrupted.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter::of(&self.0)
    }
}

impl Stream {
    fn secured(&self) -> Option<Secured> {
        let session = self.tls_session()?;
        let suite = session.negotiated_cipher_suite();
        Some(Secured {
            version: match session.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "tls1.2",
                _ => "tls1.3",
            },
            cipher_suite: suite.map(suite_name).unwrap_or_default(),
            protocol: session.alpn_protocol().map(<[u8]>::to_vec),
        })
    }
}

/// rustls writes the suites of TLS 1.3 with the version in front.
fn suite_name(suite: SupportedCipherSuite) -> String {
    format!("{:?}", suite.suite()).replace("TLS13_", "TLS_")
}
