//! From a connection to a proxy to one through it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_socks::TargetAddr;
use tokio_socks::tcp::Socks5Stream;

use super::exchange::parse_head;
use super::handshake::read_head;
use super::resolve::Destination;
use crate::bindings::types::ErrorCode;
use crate::proxy::{Proxy, ProxyKind};

/// Lets the proxy at the other end of `stream` connect to the destination. What is sent and received
/// on the stream from then on is the destination's.
pub(super) async fn tunnel<S>(
    stream: S,
    proxy: &Proxy,
    destination: &Destination,
) -> Result<S, ErrorCode>
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    let tunnelled = match proxy.kind {
        ProxyKind::Http | ProxyKind::Https => connect(stream, proxy, destination).await,
        ProxyKind::Socks5 | ProxyKind::Socks5h => socks5(stream, proxy, destination).await,
    };
    tunnelled.map_err(|problem| failure(proxy, problem))
}

/// The failure of an attempt that a proxy is to blame for.
pub(super) fn failure(proxy: &Proxy, problem: impl std::fmt::Display) -> ErrorCode {
    ErrorCode::Other(Some(format!("the proxy {proxy}: {problem}")))
}

/// The method CONNECT (RFC 9110, section 9.3.6).
async fn connect<S>(mut stream: S, proxy: &Proxy, destination: &Destination) -> Result<S, String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let authority = match destination {
        Destination::Address(address) => address.to_string(),
        Destination::Name(name, port) => format!("{name}:{port}"),
    };
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
    if let Some((user, password)) = &proxy.credentials {
        let credentials = BASE64_STANDARD.encode(format!("{user}:{password}"));
        request += &format!("Proxy-Authorization: Basic {credentials}\r\n");
    }
    request += "\r\n";
    let sending = async {
        stream.write_all(request.as_bytes()).await?;
        stream.flush().await
    };
    sending.await.map_err(|error| error.to_string())?;
    let (head, rest) =
        read_head(&mut stream).await.map_err(|refused| described(refused.reason.into_code()))?;
    let answer = parse_head(&head).map_err(|refused| described(refused.reason.into_code()))?;
    if !(200..300).contains(&answer.status) {
        return Err(format!("it answered CONNECT {authority} with status {}", answer.status));
    }
    if !rest.is_empty() {
        return Err("it sent data before the client did".to_owned());
    }
    Ok(stream)
}

/// What a proxy did instead of what it was asked for.
pub(super) fn described(code: ErrorCode) -> String {
    match code {
        ErrorCode::BadHandshake(text) | ErrorCode::Tls(text) | ErrorCode::Other(Some(text)) => text,
        ErrorCode::UnexpectedEnd => "it ended the connection without an answer".to_owned(),
        ErrorCode::ConnectionReset => "it reset the connection".to_owned(),
        other => format!("{other:?}"),
    }
}

/// SOCKS 5 (RFC 1928), with user name and password (RFC 1929) if there are any.
async fn socks5<S>(stream: S, proxy: &Proxy, destination: &Destination) -> Result<S, String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    let target = match destination {
        Destination::Address(address) => TargetAddr::Ip(*address),
        Destination::Name(name, port) => TargetAddr::Domain(name.as_str().into(), *port),
    };
    let connected = match &proxy.credentials {
        None => Socks5Stream::connect_with_socket(stream, target).await,
        Some((user, password)) => {
            Socks5Stream::connect_with_password_and_socket(stream, target, user, password).await
        }
    };
    connected.map(Socks5Stream::into_inner).map_err(|error| error.to_string())
}
