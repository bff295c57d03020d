//! From a target to a stream: its route, TCP, TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use url::Host;

use super::resolve::{self, Route};
use super::stream::Stream;
use super::{Attempt, proxy};
use crate::bindings::types::ErrorCode;
use crate::ctx::Shared;
use crate::dialer::Endpoint;
use crate::proxy::{Proxy, ProxyKind};

/// How to connect, besides where to.
pub(crate) struct Way {
    /// Until when.
    pub(crate) deadline: Instant,
    /// What to offer instead of what the settings for TLS say (RFC 7301).
    pub(crate) alpn: Option<Vec<Vec<u8>>>,
    /// Whether an HTTP proxy is to be spoken to itself where there is no TLS.
    pub(crate) forward: bool,
}

/// A connection.
pub(crate) struct Dialed {
    pub(crate) stream: Stream,
    /// The proxy at the other end of `stream`, if it is to be spoken to itself.
    pub(crate) forwarder: Option<Proxy>,
}

/// Connects to an endpoint, noting in `attempt` how far it came.
pub(crate) async fn dial(
    shared: &Arc<Shared>,
    endpoint: &Endpoint,
    way: Way,
    attempt: &mut Attempt,
) -> Result<Dialed, ErrorCode> {
    let route = resolve::route(shared, endpoint).await;
    attempt.timings.resolved = attempt.elapsed();
    let forward = way.forward && !endpoint.secure;
    let connected = connect(shared, route?, way.deadline, forward, attempt).await;
    attempt.timings.connected = attempt.elapsed();
    let (stream, forwarder) = connected?;
    if !endpoint.secure {
        return Ok(Dialed { stream, forwarder });
    }
    let secured = secure(shared, &endpoint.host, way.alpn, stream).await;
    attempt.timings.secured = attempt.elapsed();
    Ok(Dialed { stream: secured?, forwarder: None })
}

/// Connects to a Unix socket, if the embedder allows it.
pub(crate) async fn dial_unix(
    shared: &Shared,
    path: &Path,
    attempt: &mut Attempt,
) -> Result<Stream, ErrorCode> {
    let stream = connect_unix(shared, path).await;
    attempt.timings.connected = attempt.elapsed();
    stream
}

async fn connect_unix(shared: &Shared, path: &Path) -> Result<Stream, ErrorCode> {
    shared.network.check_unix_socket(path).map_err(|denied| resolve::denied(shared, denied))?;
    #[cfg(unix)]
    let connected = {
        let unix = tokio::net::UnixStream::connect(path).await;
        unix.map(|unix| Stream::unix(shared.counted(unix)))
    };
    #[cfg(not(unix))]
    let connected = Err(io::Error::from(io::ErrorKind::Unsupported));
    connected.map_err(|error| {
        ErrorCode::Other(Some(format!("dial unix {}: connect: {error}", path.display())))
    })
}

/// TLS over this stream, with what answers to this name. `alpn` takes the place of what the settings offer.
async fn secure(
    shared: &Shared,
    host: &Host<String>,
    alpn: Option<Vec<Vec<u8>>>,
    stream: Stream,
) -> Result<Stream, ErrorCode> {
    let name = server_name(host)?;
    let connector = TlsConnector::from(shared.tls(&resolve::bare(host)));
    let tls = match alpn {
        None => connector.connect(name, stream).await,
        Some(alpn) => connector.with_alpn(alpn).connect(name, stream).await,
    };
    tls.map(Stream::tls).map_err(|error| tls_error(&error))
}

/// Connects on this route, to its end.
async fn connect(
    shared: &Shared,
    route: Route,
    deadline: Instant,
    forward: bool,
    attempt: &mut Attempt,
) -> Result<(Stream, Option<Proxy>), ErrorCode> {
    let local = shared.network.local_address();
    let counted = |tcp: TcpStream| {
        // A frame is sent when it is written; the operating system is not to wait for another.
        let _ = tcp.set_nodelay(true);
        Stream::tcp(shared.counted(tcp))
    };
    match route {
        Route::Direct(addresses) => {
            let tcp = connect_any(&addresses, local, deadline, attempt).await;
            tcp.map(|tcp| (counted(tcp), None)).map_err(|failed| failed.code)
        }
        Route::Proxied { proxy, addresses, destination, pinned } => {
            let tcp = connect_any(&addresses, local, deadline, attempt).await;
            let mut stream =
                tcp.map(counted).map_err(|failed| proxy::failure(&proxy, failed.text))?;
            if proxy.kind == ProxyKind::Https {
                let secured = secure(shared, &proxy.host, None, stream).await;
                stream = secured.map_err(|code| proxy::failure(&proxy, proxy::described(code)))?;
            }
            let speaks_http = matches!(proxy.kind, ProxyKind::Http | ProxyKind::Https);
            if forward && speaks_http && !pinned {
                return Ok((stream, Some(proxy)));
            }
            proxy::tunnel(stream, &proxy, &destination).await.map(|stream| (stream, None))
        }
    }
}

/// Why no address could be connected to: for the guest, and in words.
struct Unconnected {
    code: ErrorCode,
    text: String,
}

impl From<io::Error> for Unconnected {
    fn from(error: io::Error) -> Self {
        Self { code: io_error(&error), text: error.to_string() }
    }
}

impl From<String> for Unconnected {
    fn from(text: String) -> Self {
        Self { code: ErrorCode::Other(Some(text.clone())), text }
    }
}

/// Tries the addresses in turn; the error is that of the last. Each gets its share of the time that
/// is left, so that one that never answers does not keep the others from being tried.
async fn connect_any(
    addresses: &[SocketAddr],
    local: Option<IpAddr>,
    deadline: Instant,
    attempt: &mut Attempt,
) -> Result<TcpStream, Unconnected> {
    let is_reachable =
        |address: &&SocketAddr| local.is_none_or(|local| local.is_ipv4() == address.is_ipv4());
    let reachable: Vec<_> = addresses.iter().filter(is_reachable).collect();
    let mut last = Unconnected::from(format!(
        "no address can be reached from {}",
        local.map_or_else(|| "here".to_owned(), |local| local.to_string())
    ));
    for (index, address) in reachable.iter().enumerate() {
        attempt.peer = Some(**address);
        let left = deadline.saturating_duration_since(Instant::now());
        let untried = u32::try_from(reachable.len() - index).unwrap_or(u32::MAX);
        match timeout(left / untried, connect_from(local, **address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::Error::from(io::ErrorKind::TimedOut).into(),
        }
    }
    Err(last)
}

async fn connect_from(
    local: Option<IpAddr>,
    address: SocketAddr,
) -> Result<TcpStream, Unconnected> {
    let Some(local) = local else { return Ok(TcpStream::connect(address).await?) };
    let socket = if local.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(SocketAddr::new(local, 0)).map_err(|error| match error.kind() {
        // Any port was asked for.
        io::ErrorKind::AddrInUse => exhausted(NO_PORTS, &error),
        _ => format!("the local address {local} cannot be used: {error}"),
    })?;
    Ok(socket.connect(address).await?)
}

fn server_name(host: &Host<String>) -> Result<ServerName<'static>, ErrorCode> {
    match host {
        Host::Ipv4(address) => Ok(ServerName::IpAddress((*address).into())),
        Host::Ipv6(address) => Ok(ServerName::IpAddress((*address).into())),
        Host::Domain(name) => ServerName::try_from(name.clone())
            .map_err(|_| ErrorCode::Tls(format!("{name:?} is no name a certificate can have"))),
    }
}

/// How an error begins for which this system has no more file descriptors; its own text follows.
pub const NO_DESCRIPTORS: &str = "no file descriptor is left";

/// How an error begins for which no local port is left to connect from; its own text follows.
pub const NO_PORTS: &str = "no local port is left";

/// Whether this process, or the whole system, has as many file descriptors as it may have.
pub fn is_out_of_descriptors(error: &io::Error) -> bool {
    #[cfg(unix)]
    let numbers = [Some(libc::EMFILE), Some(libc::ENFILE)];
    // WSAEMFILE
    #[cfg(not(unix))]
    let numbers = [Some(10_024)];
    numbers.contains(&error.raw_os_error())
}

fn exhausted(what: &str, error: &io::Error) -> String {
    format!("{what}: {error}")
}

/// What an error of the operating system means to a guest.
pub(crate) fn io_error(error: &io::Error) -> ErrorCode {
    use io::ErrorKind::{
        AddrNotAvailable, BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset,
        HostUnreachable, NetworkUnreachable, TimedOut, UnexpectedEof,
    };
    match error.kind() {
        ConnectionRefused => ErrorCode::ConnectionRefused,
        ConnectionReset | ConnectionAborted | BrokenPipe => ErrorCode::ConnectionReset,
        HostUnreachable | NetworkUnreachable => ErrorCode::Unreachable,
        TimedOut => ErrorCode::Timeout,
        UnexpectedEof => ErrorCode::UnexpectedEnd,
        AddrNotAvailable => ErrorCode::Other(Some(exhausted(NO_PORTS, error))),
        _ if is_out_of_descriptors(error) => {
            ErrorCode::Other(Some(exhausted(NO_DESCRIPTORS, error)))
        }
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
