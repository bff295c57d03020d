//! A connection that HTTP is spoken over: HTTP/1.1 (RFC 9112), or HTTP/2 (RFC 9113) where the server
//! agreed to it by ALPN.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::time::Instant;
use wasock_sockets::{DialedStream, Dialer, Endpoint, Proxy};

use super::stamps::{Carried, Stamped, Stamps};
use crate::bindings::http::TlsInfo;
use crate::ctx::Shared;
use crate::failure::Problem;
use crate::flight::Hop;
use crate::limits::{MAX_HEADER_BYTES, MAX_HEADER_FIELDS};

/// The protocols by their names in ALPN (RFC 7301), the preferred one first.
const HTTP_2: &[u8] = b"h2";
const HTTP_1_1: &[u8] = b"http/1.1";

/// How much of a body is handed over at a time, so that what was not sent yet is not stamped.
const CHUNK: usize = 16 << 10;

/// A connection.
pub(super) struct Connection {
    sender: Sender,
    /// Whether it has served a request before.
    pub(super) reused: bool,
    pub(super) facts: Arc<Facts>,
}

/// What is known of a connection.
pub(super) struct Facts {
    pub(super) peer: Option<SocketAddr>,
    pub(super) tls: Option<TlsInfo>,
    /// The proxy at its other end, if that is spoken to itself.
    pub(super) forwarder: Option<Proxy>,
}

enum Sender {
    Http1(http1::SendRequest<Payload>, Carried),
    Http2(http2::SendRequest<Payload>),
}

/// Why no answer came.
pub(super) struct Unanswered {
    pub(super) error: hyper::Error,
    /// Nothing of the request was sent.
    pub(super) unsent: bool,
}

/// Connects to an endpoint, noting in `hop` how far it came.
pub(super) async fn open(
    shared: &Shared,
    endpoint: &Endpoint,
    hop: &Hop,
    deadline: Instant,
) -> Result<Connection, Problem> {
    let alpn = vec![HTTP_2.to_vec(), HTTP_1_1.to_vec()];
    let dialed = match shared.dialer.dial(endpoint, alpn, deadline).await {
        Ok(dialed) => dialed,
        Err(failed) => {
            let timings = &failed.timings;
            hop.stamps.dialled(timings.connected - timings.resolved, 0);
            hop.note(failed.peer, None);
            return Err(Problem::dial(*failed, endpoint, &shared.dialer));
        }
    };
    let DialedStream { stream, peer, timings, secured, forwarder } = dialed;
    let connecting = timings.connected - timings.resolved;
    hop.stamps.dialled(connecting, timings.secured - timings.connected);
    let is_http2 =
        secured.as_ref().is_some_and(|secured| secured.protocol.as_deref() == Some(HTTP_2));
    let tls = secured.map(|secured| TlsInfo {
        version: secured.version.to_owned(),
        cipher_suite: secured.cipher_suite,
    });
    let (stream, carried) = Stamped::new(stream);
    let io = TokioIo::new(stream);
    let sender = match is_http2 {
        true => http2(io, &shared.dialer).await,
        false => http1(io, carried, &shared.dialer).await,
    };
    let sender = sender.map_err(|error| Problem::exchange(&error))?;
    let facts = Arc::new(Facts { peer, tls, forwarder });
    Ok(Connection { sender, reused: false, facts })
}

async fn http1(io: TokioIo<Stamped>, carried: Carried, dialer: &Dialer) -> hyper::Result<Sender> {
    let (sender, connection) = http1::Builder::new()
        .title_case_headers(true)
        .max_headers(MAX_HEADER_FIELDS)
        .max_buf_size(MAX_HEADER_BYTES)
        .handshake(io)
        .await?;
    // Its errors are those of its requests.
    dialer.spawn(async { drop(connection.await) });
    Ok(Sender::Http1(sender, carried))
}

async fn http2(io: TokioIo<Stamped>, dialer: &Dialer) -> hyper::Result<Sender> {
    let (sender, connection) = http2::Builder::new(OfGuest(dialer.clone()))
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEADER_BYTES as u32)
        .handshake(io)
        .await?;
    dialer.spawn(async { drop(connection.await) });
    Ok(Sender::Http2(sender))
}

/// Starts what belongs to a connection as its guest's.
#[derive(Clone)]
struct OfGuest(Dialer);

impl<F> Executor<F> for OfGuest
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, task: F) {
        self.0.spawn(async { drop(task.await) });
    }
}

impl Connection {
    /// Whether it can carry one more request.
    pub(super) fn share(&self) -> Option<Self> {
        match &self.sender {
            Sender::Http1(..) => None,
            Sender::Http2(sender) => Some(Self {
                sender: Sender::Http2(sender.clone()),
                reused: true,
                facts: self.facts.clone(),
            }),
        }
    }

    pub(super) fn is_http2(&self) -> bool {
        matches!(self.sender, Sender::Http2(_))
    }

    pub(super) fn is_closed(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender, _) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        }
    }

    /// Waits until the next request can be sent; false if it never can.
    pub(super) async fn ready(&mut self) -> bool {
        match &mut self.sender {
            Sender::Http1(sender, _) => sender.ready().await.is_ok(),
            Sender::Http2(sender) => sender.ready().await.is_ok(),
        }
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn send(
        &mut self,
        request: Request<Payload>,
        stamps: &Arc<Stamps>,
    ) -> Result<Response<Incoming>, Unanswered> {
        let sent = match &mut self.sender {
            Sender::Http1(sender, carried) => {
                *carried.lock() = Some(stamps.clone());
                sender.try_send_request(request).await
            }
            Sender::Http2(sender) => {
                let sent = sender.try_send_request(request).await;
                stamps.read();
                sent
            }
        };
        sent.map_err(|mut error| {
            let unsent = error.take_message().is_some();
            Unanswered { error: error.into_error(), unsent }
        })
    }

    /// The answer has been read to its end: the connection can wait for another request.
    pub(super) fn rest(mut self) -> Self {
        if let Sender::Http1(_, carried) = &self.sender {
            *carried.lock() = None;
        }
        self.reused = true;
        self
    }
}

/// The body of a request, which stamps when it is taken.
pub(super) struct Payload {
    left: Bytes,
    /// Of a connection that carries several requests at a time.
    stamps: Option<Arc<Stamps>>,
}

impl Payload {
    pub(super) fn new(body: Bytes, stamps: Option<Arc<Stamps>>) -> Self {
        if let Some(stamps) = &stamps {
            stamps.wrote();
        }
        Self { left: body, stamps }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.left.len().min(CHUNK);
        let chunk = self.left.split_to(length);
        if let Some(stamps) = &self.stamps {
            stamps.wrote();
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
