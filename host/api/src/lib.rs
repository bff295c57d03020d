//! The REST API of a run in progress, with the endpoints, bodies and status codes of k6's.
//!
//! [`Api::bind`] takes an address, [`Api::serve`] answers for the run whose
//! [`Control`] it is given:
//!
//! ```no_run
//! # async fn example(plan: wasock_runner::run::Plan) -> Result<(), Box<dyn std::error::Error>> {
//! let api = wasock_api::Api::bind("localhost:6565").await?;
//! let serving = api.serve(plan.control().clone());
//! let report = plan.execute(Default::default()).await?;
//! serving.finish().await;
//! # Ok(())
//! # }
//! ```
//!
//! | endpoint | methods |
//! | --- | --- |
//! | `/v1/status` | GET; PATCH starts, stops and changes a run |
//! | `/v1/metrics`, `/v1/metrics/{name}` | GET |
//! | `/v1/groups`, `/v1/groups/{id}` | GET |
//! | `/v1/setup` | GET, PUT the data; POST runs `setup` |
//! | `/v1/teardown` | POST runs `teardown` |
//! | `/metrics` | GET the run and its process in the text format of Prometheus |
//! | all others | `ok` |
//!
//! Whoever reaches the address controls the run: there are no passwords, as in k6. Requests that a
//! browser makes for a page of another origin are refused.

mod envelope;
mod groups;
mod metrics;
mod origin;
mod prometheus;
mod router;
mod setup;
mod status;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wasock_runner::control::Control;

/// How long answers that are under way may take when the program ends: they are made from memory, so that only a
/// client that does not read takes longer.
const LAST_ANSWERS_WAIT: Duration = Duration::from_secs(1);

/// The API cannot be served.
#[derive(Debug, Error)]
#[error("the REST API cannot listen on \"{address}\"")]
pub struct ApiError {
    /// The address that was asked for.
    pub address: String,
    /// Why.
    pub source: io::Error,
}

impl ApiError {
    /// How to put it right, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self.source.kind() {
            io::ErrorKind::InvalidInput => Some("an address is host:port, such as localhost:6565"),
            io::ErrorKind::AddrInUse => Some("another port, or port 0 for any that is free"),
            _ => None,
        }
    }
}

/// An address that is listened on. Requests wait until [`serve`](Self::serve).
pub struct Api {
    listener: TcpListener,
    address: SocketAddr,
}

impl Api {
    /// Listens on an address: `host:port`, or `:port` for all addresses of this machine.
    ///
    /// # Errors
    ///
    /// It is no address, or not to be had.
    pub async fn bind(address: &str) -> Result<Self, ApiError> {
        let failed = |source| ApiError { address: address.to_owned(), source };
        let listener = listen(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// The address, with the port that was chosen if port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests, on the runtime that this is called on.
    pub fn serve(self, control: Arc<Control>) -> Serving {
        let finish = CancellationToken::new();
        let finished = finish.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            let router = router::router(control);
            let served = axum::serve(self.listener, router).with_graceful_shutdown(finished).await;
            if let Err(error) = served {
                tracing::warn!("the REST API ended: {error}");
            }
        });
        Serving { finish, task }
    }
}

/// An API that answers requests. It ends when it is dropped.
pub struct Serving {
    finish: CancellationToken,
    task: JoinHandle<()>,
}

impl Serving {
    /// Ends it, after the answers that are under way.
    pub async fn finish(mut self) {
        self.finish.cancel();
        // A client that does not read its answer must not keep the program.
        let _ = tokio::time::timeout(LAST_ANSWERS_WAIT, &mut self.task).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(address: &str) -> io::Result<TcpListener> {
    let Some(port) = address.strip_prefix(':') else {
        return TcpListener::bind(address).await;
    };
    // All addresses: both families where the machine has both.
    match TcpListener::bind(format!("[::]:{port}")).await {
        Err(error) if error.kind() != io::ErrorKind::InvalidInput => {
            TcpListener::bind(format!("0.0.0.0:{port}")).await
        }
        listener => listener,
    }
}
