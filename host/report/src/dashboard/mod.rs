//! The live page: a server for the length of a run.
//!
//! - `address`: where it listens
//! - `hosts`: which names it answers to
//! - `events`: what it tells open pages

mod address;
mod events;
mod hosts;

pub use address::DEFAULT_ADDRESS;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::page;
use crate::recording::Recording;
use address::Address;
use hosts::Hosts;

/// How long the server waits, when the run has ended, for open pages to take the last event. A page that is being
/// looked at takes it at once; one that is stalled must not keep the program.
const GRACE: Duration = Duration::from_secs(2);

/// The most pages that are told events at one time. Each costs the making of its events once a second.
const MAX_WATCHERS: usize = 64;

/// Keeps other sites from taking the page in.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The server of the live page.
#[derive(Debug)]
pub struct Dashboard {
    url: String,
    ended: watch::Sender<bool>,
    server: JoinHandle<io::Result<()>>,
}

/// Why the live page cannot be served.
#[derive(Debug, Error)]
pub enum DashboardError {
    /// The address is none.
    #[error(
        "--dashboard is \"{0}\", expected an address such as 127.0.0.1:5665, localhost:8080 or :0"
    )]
    Address(String),
    /// It cannot be listened on.
    #[error("the dashboard cannot listen on {address}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: io::Error,
    },
}

impl DashboardError {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        let Self::Listen { source, .. } = self else { return None };
        match source.kind() {
            io::ErrorKind::AddrInUse => Some(
                "another program listens there, perhaps another run; choose another port with \
                 --dashboard=:PORT, or :0 for any free one",
            ),
            io::ErrorKind::PermissionDenied => {
                Some("ports below 1024 are reserved; choose a higher one")
            }
            io::ErrorKind::AddrNotAvailable => {
                Some("this machine does not have that address; 127.0.0.1 and 0.0.0.0 always work")
            }
            _ => None,
        }
    }
}

/// What all requests share.
struct Shared {
    recording: Recording,
    hosts: Hosts,
    ended: watch::Receiver<bool>,
    watchers: Arc<Semaphore>,
}

impl Dashboard {
    /// Listens on an address, as `--dashboard` has it, and shows the recording there.
    ///
    /// # Errors
    ///
    /// The address is none, or cannot be listened on.
    pub async fn start(address: &str, recording: Recording) -> Result<Self, DashboardError> {
        let Some(address) = Address::parse(address) else {
            return Err(DashboardError::Address(address.to_owned()));
        };
        let failed = |source| DashboardError::Listen { address: address.to_string(), source };
        let listener =
            TcpListener::bind((address.host.as_str(), address.port)).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let (ended, watching) = watch::channel(false);
        let mut over = watching.clone();
        let shared = Arc::new(Shared {
            recording,
            hosts: Hosts::new(&address.host),
            ended: watching,
            watchers: Arc::new(Semaphore::new(MAX_WATCHERS)),
        });
        let server = axum::serve(listener, router(shared)).with_graceful_shutdown(async move {
            // Without a sender the run is over too.
            let _ = over.wait_for(|ended| *ended).await;
        });
        let server = tokio::spawn(server.into_future());
        Ok(Self { url: url(&address.host, bound), ended, server })
    }

    /// Where browsers find it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Tells open pages how the run has ended, waits a little until they know, and closes the server.
    pub async fn end(mut self) {
        self.ended.send_replace(true);
        if tokio::time::timeout(GRACE, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}

/// What to open: the host as it was given, but for addresses that stand for all.
fn url(host: &str, bound: SocketAddr) -> String {
    let port = bound.port();
    match host.parse() {
        _ if bound.ip().is_unspecified() => format!("http://localhost:{port}"),
        Ok(std::net::IpAddr::V6(ip)) => format!("http://[{ip}]:{port}"),
        _ => format!("http://{host}:{port}"),
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(show))
        .route("/events", get(events::stream))
        .fallback(async || (StatusCode::NOT_FOUND, "nothing is here; the dashboard is at /\n"))
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}

async fn show(State(shared): State<Arc<Shared>>) -> Response {
    let page = tokio::task::spawn_blocking(move || page::dashboard(&shared.recording)).await;
    match page {
        Ok(page) => ([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Refuses names that are not this server's, and says what other sites may do: nothing.
async fn guard(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    if !shared.hosts.knows(&headers) {
        let text = "this name is not the dashboard's; open it by its address, or start wasock with \
                    --dashboard=NAME:PORT\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let mut response = next.run(request).await;
    let policy = page::policy("connect-src 'self'; frame-ancestors 'none'; ");
    let policy = HeaderValue::from_str(&policy).expect("hashes and keywords are ASCII");
    let own = response.headers_mut();
    own.insert(CONTENT_SECURITY_POLICY, policy);
    own.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    own.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    own.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    own.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_one_that_browsers_open() {
        let bound = |text: &str| text.parse().unwrap();
        assert_eq!(url("127.0.0.1", bound("127.0.0.1:5665")), "http://127.0.0.1:5665");
        assert_eq!(url("::1", bound("[::1]:80")), "http://[::1]:80");
        assert_eq!(url("0.0.0.0", bound("0.0.0.0:81")), "http://localhost:81");
        assert_eq!(url("lab.example", bound("10.0.0.1:81")), "http://lab.example:81");
    }
}
