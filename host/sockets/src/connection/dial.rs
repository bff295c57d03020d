//! From a host name to a stream: name, TCP, TLS.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

use super::{Attempt, Target};
use crate::bindings::types::ErrorCode;
use crate::ctx::Shared;
use crate::traffic::Counted;

/// The bytes under a WebSocket.
pub(crate) enum Stream {
    Plain(Counted<TcpStream>),
    Tls(Box<TlsStream<Counted<TcpStream>>>),
}

/// Connects to the target, noting in `attempt` how far it came.
pub(crate) async fn dial(
    shared: &Arc<Shared>,
    target: &Target,
    attempt: &mut Attempt,
) -> Result<Stream, ErrorCode> {
    let addresses = resolve(shared, target).await;
    attempt.timings.resolved = attempt.elapsed();
    let tcp = connect_any(&addresses?, attempt).await;
    attempt.timings.connected = attempt.elapsed();
    let tcp = tcp?;
    // A frame is sent when it is written; the operating system is not to wait for another.
    let _ = tcp.set_nodelay(true);
    let tcp = Counted::new(tcp, shared.traffic.clone());
    if !target.secure {
        return Ok(Stream::Plain(tcp));
    }
    let name = server_name(&target.host)?;
    let tls = TlsConnector::from(shared.tls()).connect(name, tcp).await;
    attempt.timings.secured = attempt.elapsed();
    tls.map(|stream| Stream::Tls(Box::new(stream))).map_err(|error| tls_error(&error))
}

/// The addresses of the target that the embedder allows, IPv4 first.
async fn resolve(shared: &Shared, target: &Target) -> Result<Vec<SocketAddr>, ErrorCode> {
    let host = target.host.to_string();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let network = &shared.network;
    let denied = |denied: crate::network::Denied| ErrorCode::AccessDenied(denied.0);
    network.check_name(host, target.port).map_err(denied)?;
    let mut addresses = match (network.redirect(host, target.port), &target.host) {
        (Some(address), _) => vec![address],
        (None, Host::Ipv4(address)) => vec![SocketAddr::from((*address, target.port))],
        (None, Host::Ipv6(address)) => vec![SocketAddr::from((*address, target.port))],
        (None, Host::Domain(name)) => lookup(name, target.port).await?,
    };
    for address in &addresses {
        network.check_address(host, *address).map_err(denied)?;
    }
    addresses.sort_by_key(SocketAddr::is_ipv6);
    Ok(addresses)
}

async fn lookup(name: &str, port: u16) -> Result<Vec<SocketAddr>, ErrorCode> {
    let found = tokio::net::lookup_host((name, port)).await;
    let addresses: Vec<SocketAddr> = found.map_err(|_| ErrorCode::NameUnresolvable)?.collect();
    if addresses.is_empty() { Err(ErrorCode::NameUnresolvable) } else { Ok(addresses) }
}

/// Tries the addresses in turn; the error is that of the last.
async fn connect_any(
    addresses: &[SocketAddr],
    attempt: &mut Attempt,
) -> Result<TcpStream, ErrorCode> {
    let mut last = ErrorCode::NameUnresolvable;
    for address in addresses {
        attempt.peer = Some(*address);
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = io_error(&error),
        }
    }
    Err(last)
}

fn server_name(host: &Host<String>) -> Result<ServerName<'static>, ErrorCode> {
    match host {
        Host::Ipv4(address) => Ok(ServerName::IpAddress((*address).into())),
        Host::Ipv6(address) => Ok(ServerName::IpAddress((*address).into())),
        Host::Domain(name) => ServerName::try_from(name.clone())
            .map_err(|_| ErrorCode::Tls(format!("{name:?} is no name a certificate can have"))),
    }
}

/// What an error of the operating system means to a guest.
pub(crate) fn io_error(error: &io::Error) -> ErrorCode {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable,
        NetworkUnreachable, TimedOut, UnexpectedEof,
    };
    match error.kind() {
        ConnectionRefused => ErrorCode::ConnectionRefused,
        ConnectionReset | ConnectionAborted | BrokenPipe => ErrorCode::ConnectionReset,
        HostUnreachable | NetworkUnreachable => ErrorCode::Unreachable,
        TimedOut => ErrorCode::Timeout,
        UnexpectedEof => ErrorCode::UnexpectedEnd,
        _ => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(tls) => ErrorCode::Tls(tls.to_string()),
            None => ErrorCode::Other(Some(error.to_string())),
        },
    }
}

fn tls_error(error: &io::Error) -> ErrorCode {
    match io_error(error) {
        ErrorCode::Other(detail) => ErrorCode::Tls(detail.unwrap_or_default()),
        other => other,
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
