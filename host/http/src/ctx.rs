//! What a store keeps for its guest's requests, and how an embedder makes it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use wasmtime::component::ResourceTable;
use wasock_sockets::{BoundObserver, Dialer, Interrupter, SocketsCtx, Unobserved, refusal};

use crate::bound::HttpBound;
use crate::budget::Budget;
use crate::client::Pool;
use crate::cookies::CookieJar;
use crate::limits::{
    DEFAULT_HELD_BYTES, DEFAULT_IDLE, DEFAULT_IDLE_PER_SERVER, DEFAULT_REDIRECTS, DEFAULT_REQUESTS,
    MAX_BODY,
};
use crate::pace::Pace;

/// The requests of one guest.
pub struct HttpCtx {
    pub(crate) shared: Arc<Shared>,
    /// The jar that is current.
    pub(crate) jar: CookieJar,
    /// How many jars the guest has.
    pub(crate) jars: usize,
}

/// What the guest's side and its requests' side both see.
pub(crate) struct Shared {
    pub(crate) dialer: Dialer,
    pub(crate) observer: Arc<dyn BoundObserver<HttpBound>>,
    pub(crate) interrupter: Interrupter,
    pub(crate) pool: Pool,
    pub(crate) redirects: u32,
    pub(crate) pace: Option<Arc<Pace>>,
    /// How many requests may be under way.
    pub(crate) requests: usize,
    /// What they may hold.
    pub(crate) budget: Arc<Budget>,
    /// How many requests are under way.
    running: AtomicUsize,
    /// Wakes whoever waits for a request to end.
    pub(crate) ended: Notify,
}

impl Shared {
    /// Takes a place among the requests that are under way; false if there is none.
    pub(crate) fn claim(&self) -> bool {
        let next = |running| (running < self.requests).then_some(running + 1);
        self.running.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).is_ok()
    }

    /// Tells that a bound is reached, in words for the guest.
    pub(crate) fn refusal(&self, bound: HttpBound, most: impl fmt::Display) -> String {
        refusal(&*self.observer, bound, most)
    }

    /// The text for a request that there is no room for.
    pub(crate) fn held_too_much(&self) -> String {
        let most = format_args!("{} bytes in requests and answers", self.budget.most);
        self.refusal(HttpBound::Bodies, most)
    }

    /// The text for a body that is too long.
    pub(crate) fn body_too_long(&self, when: &str) -> String {
        // Without advice, since nothing raises it: a guest has no room for more.
        self.observer.reached(HttpBound::BodySize);
        format!(
            "the body is longer than {MAX_BODY} bytes{when}, which is the most; where it is not looked at, \
             discardResponseBodies or responseType \"none\" leaves it out"
        )
    }

    /// Gives the place back.
    pub(crate) fn give_back(&self) {
        self.running.fetch_sub(1, Ordering::AcqRel);
        self.ended.notify_waiters();
    }
}

impl HttpCtx {
    /// A context for the guest with these sockets, whose network it uses.
    pub fn builder(sockets: &SocketsCtx) -> HttpCtxBuilder {
        HttpCtxBuilder {
            dialer: sockets.dialer(),
            observer: Arc::new(Unobserved),
            redirects: DEFAULT_REDIRECTS,
            reuse: true,
            idle: DEFAULT_IDLE,
            idle_per_server: DEFAULT_IDLE_PER_SERVER,
            pace: None,
            requests: DEFAULT_REQUESTS,
            held_bytes: DEFAULT_HELD_BYTES,
        }
    }

    /// Makes an empty jar the current one.
    pub fn reset_cookies(&mut self) {
        self.jar = CookieJar::new(&self.shared.observer);
    }

    /// Closes the connections that wait for another request.
    pub fn close_idle(&self) {
        self.shared.pool.clear();
    }
}

/// Makes an [`HttpCtx`].
pub struct HttpCtxBuilder {
    dialer: Dialer,
    observer: Arc<dyn BoundObserver<HttpBound>>,
    redirects: u32,
    reuse: bool,
    idle: usize,
    idle_per_server: usize,
    pace: Option<Arc<Pace>>,
    requests: usize,
    held_bytes: usize,
}

impl HttpCtxBuilder {
    /// Tells somebody when the guest comes to a bound of its requests.
    #[must_use]
    pub fn bound_observer(mut self, observer: Arc<dyn BoundObserver<HttpBound>>) -> Self {
        self.observer = observer;
        self
    }

    /// How many requests may be under way at one time. See [`DEFAULT_REQUESTS`].
    #[must_use]
    pub fn requests(mut self, requests: usize) -> Self {
        self.requests = requests;
        self
    }

    /// How many bytes all requests may hold together. See [`DEFAULT_HELD_BYTES`].
    #[must_use]
    pub fn held_bytes(mut self, bytes: usize) -> Self {
        self.held_bytes = bytes;
        self
    }

    /// How many redirections are followed where the guest does not say.
    #[must_use]
    pub fn redirects(mut self, redirects: u32) -> Self {
        self.redirects = redirects;
        self
    }

    /// Whether a connection may serve several requests. It may by default.
    #[must_use]
    pub fn reuse(mut self, reuse: bool) -> Self {
        self.reuse = reuse;
        self
    }

    /// How many connections may wait for another request: in all, and to one server.
    #[must_use]
    pub fn idle(mut self, all: usize, per_server: usize) -> Self {
        self.idle = all;
        self.idle_per_server = per_server;
        self
    }

    /// How fast requests may follow each other, together with those of others that share this.
    #[must_use]
    pub fn pace(mut self, pace: Option<Arc<Pace>>) -> Self {
        self.pace = pace;
        self
    }

    /// The context for one store.
    pub fn build(self) -> HttpCtx {
        let shared = Shared {
            interrupter: self.dialer.interrupter(),
            dialer: self.dialer,
            observer: self.observer,
            pool: Pool::new(self.reuse, self.idle, self.idle_per_server),
            redirects: self.redirects,
            pace: self.pace,
            requests: self.requests,
            budget: Budget::new(self.held_bytes),
            running: AtomicUsize::new(0),
            ended: Notify::new(),
        };
        HttpCtx { jar: CookieJar::new(&shared.observer), shared: Arc::new(shared), jars: 0 }
    }
}

/// A borrow of what the host functions work on.
pub struct HttpCtxView<'a> {
    /// The requests of the guest.
    pub ctx: &'a mut HttpCtx,
    /// Its sockets.
    pub sockets: &'a mut SocketsCtx,
    /// The table with all its resources.
    pub table: &'a mut ResourceTable,
}

/// Implemented by the embedder for its store's data.
pub trait HttpView: Send {
    /// Borrows contexts and table.
    fn http(&mut self) -> HttpCtxView<'_>;
}
