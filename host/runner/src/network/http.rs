//! What the HTTP requests of a run do, by its options.

use std::sync::Arc;

use wasock_http::limits::{DEFAULT_IDLE, DEFAULT_IDLE_PER_SERVER, DEFAULT_REDIRECTS};
use wasock_http::{HttpCtx, Pace};
use wasock_sockets::SocketsCtx;

use crate::limits::VuLimits;
use crate::options::{HttpDebug, HttpOptions};

/// What the HTTP requests of a run do.
pub(crate) struct HttpSettings {
    redirects: u32,
    reuse: bool,
    idle: usize,
    idle_per_server: usize,
    pace: Option<Arc<Pace>>,
    /// Whether virtual users keep their connections from one iteration to the next.
    pub(crate) keeps_connections: bool,
    /// How much the log shows.
    pub(crate) debug: Option<HttpDebug>,
}

impl HttpSettings {
    pub(crate) fn new(options: &HttpOptions) -> Self {
        let count = |option: Option<u32>, default: usize| match option {
            None => default,
            // No limit.
            Some(0) => usize::MAX,
            Some(count) => usize::try_from(count).unwrap_or(usize::MAX),
        };
        Self {
            redirects: options.max_redirects.unwrap_or(DEFAULT_REDIRECTS),
            reuse: options.no_connection_reuse != Some(true),
            idle: count(options.batch, DEFAULT_IDLE),
            idle_per_server: count(options.batch_per_host, DEFAULT_IDLE_PER_SERVER),
            pace: options.rps.and_then(Pace::per_second).map(Arc::new),
            keeps_connections: options.no_vu_connection_reuse != Some(true),
            debug: options.debug(),
        }
    }

    /// What a virtual user with these sockets gets.
    pub(crate) fn context(&self, sockets: &SocketsCtx, limits: &VuLimits) -> HttpCtx {
        HttpCtx::builder(sockets)
            .requests(limits.requests)
            .held_bytes(limits.bodies)
            .redirects(self.redirects)
            .reuse(self.reuse)
            .idle(self.idle, self.idle_per_server)
            .pace(self.pace.clone())
            .build()
    }
}
