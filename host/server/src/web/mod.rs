//! The HTTP endpoints, below `/http/`: any method, bodies, kept connections, and HTTP/2 by TLS.
//!
//! - `endpoints`: what each path does
//! - `login`: being asked who the user is, and tokens

mod endpoints;
pub(crate) mod login;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::http::{Request, Response};

use crate::listener::Shared;
use crate::stream::Stream;

/// The name of HTTP/2 in ALPN (RFC 9113, section 3.2).
pub(crate) const ALPN_HTTP_2: &[u8] = b"h2";

/// Below this path are the HTTP endpoints.
pub(crate) const PREFIX: &str = "/http/";

/// The most requests that one HTTP/2 connection carries at a time: what RFC 9113, section 5.1.2,
/// recommends at least.
const MAX_STREAMS: u32 = 100;

/// An answer whose body is there as a whole.
type Answer = Response<Full<Bytes>>;

/// An endpoint ends the connection instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint ends the connection")]
struct Dropped;

/// Whether the bytes begin a request for an HTTP endpoint: any method, then a path below [`PREFIX`].
/// None while that cannot be said yet.
pub(crate) fn is_ours(bytes: &[u8]) -> Option<bool> {
    let Some(space) = bytes.iter().position(|byte| *byte == b' ') else {
        return bytes.contains(&b'\n').then_some(false);
    };
    let path = &bytes[space + 1..];
    let known = path.len().min(PREFIX.len());
    if path[..known] != PREFIX.as_bytes()[..known] {
        return Some(false);
    }
    (known == PREFIX.len()).then_some(true)
}

/// Serves the requests of an HTTP/1.1 connection; `read` is what was read of it before.
pub(crate) async fn serve_http1(stream: &mut Stream, read: Vec<u8>, shared: &Arc<Shared>) {
    let io = TokioIo::new(Reread { read: read.into(), stream });
    let service = service_fn(|request| respond(request, shared.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.limits.handshake_time)
        .max_buf_size(shared.limits.head_size)
        .serve_connection(io, service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}

/// Serves the requests of an HTTP/2 connection.
pub(crate) async fn serve_http2(stream: &mut Stream, shared: &Arc<Shared>) {
    let io = TokioIo::new(Reread { read: Bytes::new(), stream });
    let service = service_fn(|request| respond(request, shared.clone()));
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .serve_connection(io, service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "an HTTP/2 connection ended early");
    }
}

async fn respond(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Answer, Dropped> {
    endpoints::respond(request, &shared.limits).await
}

/// A stream some of whose bytes were read before.
struct Reread<'a> {
    read: Bytes,
    stream: &'a mut Stream,
}

impl AsyncRead for Reread<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut *self.stream).poll_read(cx, buf);
        }
        let length = self.read.len().min(buf.remaining());
        buf.put_slice(&self.read.split_to(length));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Reread<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_http_request_is_told_by_its_first_bytes() {
        for (bytes, ours) in [
            ("POST /http/echo HTTP/1.1", Some(true)),
            ("GET /http/", Some(true)),
            ("GET /htt", None),
            ("GE", None),
            ("GET /echo", Some(false)),
            ("\r\n", Some(false)),
        ] {
            assert_eq!(is_ours(bytes.as_bytes()), ours, "{bytes}");
        }
    }
}
