//! What a server can be told before it starts.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// How long a client may take for its TLS handshake, and again for its request head. Long enough
/// for a client that opens thousands of connections at once, short enough that silent ones don't
/// pile up.
pub const DEFAULT_HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// How long the closing handshake may take (RFC 6455, section 7.1.1 leaves the time to the server): a client that
/// reads answers within a round trip, and one that does not is gone.
pub const DEFAULT_CLOSE_TIME: Duration = Duration::from_secs(5);

/// How long [`Server::shutdown`](crate::Server::shutdown) waits for clients to answer its close
/// frames. It is longer than [`DEFAULT_CLOSE_TIME`], so that connections end by themselves first.
pub const DEFAULT_SHUTDOWN_TIME: Duration = Duration::from_secs(6);

/// The longest request head, in bytes: room for large cookies and tokens, while 10,000 connections
/// that never finish their head hold at most 160 MB.
pub const DEFAULT_HEAD_SIZE: usize = 16 * 1024;

/// The longest message that is read, in bytes: far more than tests send, and each connection may hold one. Longer
/// ones are answered with close code 1009.
pub const DEFAULT_MESSAGE_SIZE: usize = 16 * 1024 * 1024;

/// The most connections at one time. It is below the number of ports that one client address has,
/// so a client that leaks connections hears of it from the server and not from its own kernel.
pub const DEFAULT_CONNECTIONS: usize = 50_000;

/// How many chat lines may wait for one member of a room before the member counts as too slow. A
/// busy room of a thousand members fits, and at 4 KiB a line the worst member costs 4 MiB.
pub const DEFAULT_MEMBER_QUEUE: usize = 1024;

/// Where a [`Server`](crate::Server) listens, and what it allows.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The address of both listeners; 127.0.0.1 by default, so that nobody else can reach it.
    pub address: IpAddr,
    /// The port for `ws:` and `http:`; 0 (the default) takes a free one, `None` does without.
    pub port: Option<u16>,
    /// The port for `wss:` and `https:`; 0 takes a free one, `None` (the default) does without.
    pub tls_port: Option<u16>,
    /// Names and IP addresses for the certificate, besides localhost, 127.0.0.1, ::1 and `address`.
    pub names: Vec<String>,
    /// Roots in PEM (RFC 7468) for certificates of clients. With any, the TLS port asks clients for a
    /// certificate, refuses one that no root vouches for, and takes clients without one.
    pub client_roots: Vec<String>,
    /// What one client may use.
    pub limits: Limits,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: Some(0),
            tls_port: None,
            names: Vec::new(),
            client_roots: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// How much time and memory clients may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time for a TLS handshake, and again for a request head; [`DEFAULT_HANDSHAKE_TIME`].
    pub handshake_time: Duration,
    /// Time for a closing handshake; [`DEFAULT_CLOSE_TIME`].
    pub close_time: Duration,
    /// Time for all connections to end at shutdown; [`DEFAULT_SHUTDOWN_TIME`].
    pub shutdown_time: Duration,
    /// The longest request head in bytes; [`DEFAULT_HEAD_SIZE`].
    pub head_size: usize,
    /// The longest message that is read, in bytes; [`DEFAULT_MESSAGE_SIZE`].
    pub message_size: usize,
    /// The most connections at one time, those above get the status 503; [`DEFAULT_CONNECTIONS`].
    pub connections: usize,
    /// The most chat lines that wait for one member of a room, at least 1;
    /// [`DEFAULT_MEMBER_QUEUE`].
    pub member_queue: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake_time: DEFAULT_HANDSHAKE_TIME,
            close_time: DEFAULT_CLOSE_TIME,
            shutdown_time: DEFAULT_SHUTDOWN_TIME,
            head_size: DEFAULT_HEAD_SIZE,
            message_size: DEFAULT_MESSAGE_SIZE,
            connections: DEFAULT_CONNECTIONS,
            member_queue: DEFAULT_MEMBER_QUEUE,
        }
    }
}
