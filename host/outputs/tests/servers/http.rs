//! An HTTP server that keeps what it gets, and answers what it is told.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The runtime that servers of tests live on.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime can be started"))
}

/// A request that has come.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    /// The path with its query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What it was answered.
    pub(crate) status: StatusCode,
}

/// A server on a free port.
#[derive(Clone, Default)]
pub(crate) struct Server(Arc<Shared>);

#[derive(Default)]
struct Shared {
    got: Mutex<Vec<Got>>,
    answers: Mutex<VecDeque<(u16, &'static str)>>,
}

impl Server {
    /// Starts a server that gives these answers, and then the good one without a body.
    pub(crate) fn answering(answers: &[(u16, &'static str)]) -> (Self, SocketAddr) {
        let server = Self::default();
        server.0.answers.lock().extend(answers);
        let listener = runtime().block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let serving = server.clone();
        runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                let service = service_fn(move |request| server.clone().answer(request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        (server, address)
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let (status, text) = self.0.answers.lock().pop_front().unwrap_or((204, ""));
        let status = StatusCode::from_u16(status).expect("a status");
        let target = head.uri.to_string();
        self.0.got.lock().push(Got { target, headers: head.headers, body, status });
        let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
        *response.status_mut() = status;
        Ok(response)
    }

    /// All requests so far.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.0.got.lock().clone()
    }

    /// The requests that were answered well, of those to targets that begin like this.
    pub(crate) fn taken(&self, target: &str) -> Vec<Got> {
        let got = self.got().into_iter();
        got.filter(|got| got.status.is_success() && got.target.starts_with(target)).collect()
    }
}
