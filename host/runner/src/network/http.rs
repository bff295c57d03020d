//! What the HTTP requests of a run do, by its options.

use std::sync::Arc;

use wasock_http::limits::DEFAULT_REDIRECTS;
use wasock_http::{HttpCtx, Pace};
use wasock_sockets::SocketsCtx;

use crate::limits::{Counting, VuLimits};
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
        let count = |option: u32| match option {
            // No limit.
            0 => usize::MAX,
            count => usize::try_from(count).unwrap_or(usize::MAX),
        };
        Self {
            redirects: options.max_redirects.unwrap_or(DEFAULT_REDIRECTS),
            reuse: options.no_connection_reuse != Some(true),
            idle: count(options.batch()),
            idle_per_server: count(options.batch_per_host()),
            pace: options.rps.and_then(Pace::per_second).map(Arc::new),
            keeps_connections: options.no_vu_connection_reuse != Some(true),
            debug: options.debug(),
        }
    }

    /// What a virtual user with these sockets gets.
    pub(crate) fn context(
        &self,
        sockets: &SocketsCtx,
        limits: &VuLimits,
        bounds: Arc<Counting>,
    ) -> HttpCtx {
        HttpCtx::builder(sockets)
            .bound_observer(bounds)
            .requests(limits.requests)
            .held_bytes(limits.bodies)
            .redirects(self.redirects)
            .reuse(self.reuse)
            .idle(self.idle, self.idle_per_server)
            .pace(self.pace.clone())
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(rps: Option<u32>) -> HttpSettings {
        HttpSettings::new(&HttpOptions { rps, ..HttpOptions::default() })
    }

    #[test]
    fn all_users_share_the_requests_per_second() {
        let settings = settings(Some(10));
        let sockets = SocketsCtx::builder().build();
        let limits = VuLimits::default();
        let bounds = Arc::new(Counting(Arc::default()));
        let _users = [(); 2].map(|()| settings.context(&sockets, &limits, bounds.clone()));
        let pace = settings.pace.as_ref().expect("there is one");
        assert_eq!(Arc::strong_count(pace), 3);
        assert_eq!(
            format!("{pace:?}"),
            format!("{:?}", Pace::per_second(10).expect("it is not 0"))
        );
    }

    #[test]
    fn without_a_number_there_is_no_pace() {
        assert!([None, Some(0)].into_iter().all(|rps| settings(rps).pace.is_none()));
    }
}
