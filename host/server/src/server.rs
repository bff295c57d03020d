//! The running server.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::listener::{self, Shared};
use crate::room::Rooms;
use crate::shutdown;
use crate::statistics::Counters;
use crate::tls::Tls;
use crate::{ServerConfig, ServerError, Statistics};

/// How many connections wait for their accept at most: a load test opens thousands at once, and a
/// full backlog costs each of them a second. Linux takes no more than 4096 without further
/// settings.
const BACKLOG: u32 = 4096;

/// A running server. Dropping it cuts all connections; [`shutdown`](Self::shutdown) closes them
/// first.
#[derive(Debug)]
pub struct Server {
    address: Option<SocketAddr>,
    tls_address: Option<SocketAddr>,
    certificate_pem: Option<String>,
    shared: Arc<Shared>,
    stop: watch::Sender<()>,
    listeners: JoinSet<()>,
}

impl Server {
    /// Binds the listeners and starts to accept, on the tokio runtime that this is called on. When
    /// it returns, clients can connect.
    ///
    /// # Errors
    ///
    /// No port to listen on, an address that can't be bound, or a name that no certificate can
    /// carry.
    pub async fn start(config: ServerConfig) -> Result<Self, ServerError> {
        if config.port.is_none() && config.tls_port.is_none() {
            return Err(ServerError::NoPort);
        }
        let plain = config.port.map(|port| bind(config.address, port)).transpose()?;
        let secure = config.tls_port.map(|port| bind(config.address, port)).transpose()?;
        let tls = match secure {
            Some(_) => Some(Tls::new(&config)?),
            None => None,
        };

        let shared = Arc::new(Shared {
            limits: config.limits,
            counters: Arc::new(Counters::default()),
            rooms: Arc::new(Rooms::new(config.limits.member_queue)),
        });
        let (stop, shutdown) = shutdown::channel();
        let mut server = Self {
            address: plain.as_ref().map(|(_, address)| *address),
            tls_address: secure.as_ref().map(|(_, address)| *address),
            certificate_pem: None,
            shared: Arc::clone(&shared),
            stop,
            listeners: JoinSet::new(),
        };
        if let Some((listener, _)) = plain {
            server.listeners.spawn(listener::run(
                listener,
                None,
                Arc::clone(&shared),
                shutdown.clone(),
            ));
        }
        if let (Some((listener, _)), Some(tls)) = (secure, tls) {
            server.certificate_pem = Some(tls.certificate_pem);
            server.listeners.spawn(listener::run(listener, Some(tls.acceptor), shared, shutdown));
        }
        Ok(server)
    }

    /// Where it serves `ws:` and `http:`.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Where it serves `wss:` and `https:`.
    #[must_use]
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls_address
    }

    /// The certificate of the TLS port in PEM, for a client's list of trusted roots. Each start
    /// makes a new one.
    #[must_use]
    pub fn certificate_pem(&self) -> Option<&str> {
        self.certificate_pem.as_deref()
    }

    /// What the server has done until now.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.shared.counters.snapshot()
    }

    /// Stops accepting, closes every WebSocket with 1001 (RFC 6455, section 7.4.1), and returns
    /// when all connections have ended; those that last longer than
    /// [`Limits::shutdown_time`](crate::Limits::shutdown_time) are cut.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(());
        while let Some(ended) = self.listeners.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a listener's task failed");
            }
        }
    }
}

fn bind(address: IpAddr, port: u16) -> Result<(TcpListener, SocketAddr), ServerError> {
    let address = SocketAddr::new(address, port);
    let listen = || -> io::Result<_> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A server that restarts must not wait for the old connections' TIME_WAIT. On Windows this
        // option would let two servers share a port.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    listen().map_err(|source| ServerError::Listen { address, source })
}
