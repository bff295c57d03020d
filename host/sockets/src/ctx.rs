//! What a store keeps for its guest's sockets.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::task::AbortHandle;
use wasmtime::component::ResourceTable;

use crate::alarms::Alarms;
use crate::bandwidth::{Bandwidth, Turn};
use crate::bound::{Bound, BoundObserver, refusal};
use crate::builder::SocketsCtxBuilder;
use crate::dialer::Dialer;
use crate::leaving::Leaving;
use crate::limits::Limits;
use crate::network::Network;
use crate::signal::{Interrupter, Signal};
use crate::spawner::Spawner;
use crate::tls::{ClientConfig, ClientConfigs, TlsOptions, client_config};
use crate::traffic::{Counted, Traffic};

/// The sockets of one guest: its grants, its limits and its counters.
pub struct SocketsCtx {
    pub(crate) shared: Arc<Shared>,
    pub(crate) last_socket: u32,
    pub(crate) last_timer: u32,
    pub(crate) last_operation: u32,
    pub(crate) timers: usize,
    pub(crate) queues: usize,
}

/// What the guest's side and its connections' side both see.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) network: Arc<dyn Network>,
    pub(crate) user_agent: Option<String>,
    /// What an open socket whose handle is dropped closes with.
    pub(crate) close_code_on_drop: Option<u16>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) observer: Arc<dyn BoundObserver>,
    /// Bytes that wait to be sent on all sockets.
    pub(crate) buffered: AtomicU64,
    /// Bytes of messages whose end has not come, on all sockets.
    pub(crate) unfinished: AtomicU64,
    /// How many calls of `send` wait until there are fewer of them.
    pub(crate) awaiting_buffer: AtomicUsize,
    /// How fast bytes may be received and sent.
    pub(crate) bandwidth: Option<[Arc<Bandwidth>; 2]>,
    pub(crate) signal: Arc<Signal>,
    pub(crate) sockets: AtomicUsize,
    pub(crate) leaving: Arc<Leaving>,
    pub(crate) tls: Option<Arc<dyn ClientConfigs>>,
    /// What a guest does that rests.
    pub(crate) rest: Option<fn()>,
    pub(crate) alarms: Alarms,
    pub(crate) spawner: Option<Arc<dyn Spawner>>,
}

impl Shared {
    /// Starts what a connection or a request of this guest does until it ends.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        match &self.spawner {
            Some(spawner) => spawner.spawn(Box::pin(task)),
            None => tokio::spawn(task).abort_handle(),
        }
    }

    /// The settings for `wss` to this host; the defaults unless the embedder gave its own.
    pub(crate) fn tls(&self, host: &str) -> Arc<ClientConfig> {
        static DEFAULT: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
            client_config(&TlsOptions::default()).expect("the defaults offer all there is")
        });
        self.tls.as_ref().map_or_else(|| DEFAULT.clone(), |configs| configs.for_host(host))
    }

    /// Tells that a bound is reached, in words for the guest.
    pub(crate) fn refusal(&self, bound: Bound, most: impl fmt::Display) -> String {
        refusal(&*self.observer, bound, most)
    }

    /// A stream on this guest's account: its bytes count, and wait if there are too many.
    pub(crate) fn counted<S>(&self, stream: S) -> Counted<S> {
        let turns = self.bandwidth.as_ref().map(|both| both.clone().map(Turn::new));
        Counted::new(stream, self.traffic.clone(), turns, self.observer.clone())
    }

    /// Some bytes do not wait to be sent any more.
    pub(crate) fn unbuffer(&self, bytes: u64) {
        // Whoever is counted looks at the bytes afterwards: one of the two sees the other's change.
        self.buffered.fetch_sub(bytes, Ordering::SeqCst);
        if bytes > 0 && self.is_buffer_awaited() {
            self.signal.waker.wake();
            self.signal.room.notify_waiters();
        }
    }

    /// Counts a `send` that waits, until what this returns is dropped.
    pub(crate) fn awaits_buffer(&self) -> AwaitsBuffer<'_> {
        self.awaiting_buffer.fetch_add(1, Ordering::SeqCst);
        AwaitsBuffer(self)
    }

    /// Whether a `send` waits.
    pub(crate) fn is_buffer_awaited(&self) -> bool {
        self.awaiting_buffer.load(Ordering::SeqCst) > 0
    }
}

/// A `send` that waits.
pub(crate) struct AwaitsBuffer<'a>(&'a Shared);

impl Drop for AwaitsBuffer<'_> {
    fn drop(&mut self) {
        self.0.awaiting_buffer.fetch_sub(1, Ordering::SeqCst);
    }
}

impl SocketsCtx {
    /// Starts with nothing granted.
    pub fn builder() -> SocketsCtxBuilder {
        SocketsCtxBuilder::default()
    }

    /// A handle to interrupt this guest with.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter::of(&self.shared)
    }

    /// A handle to connect with for other protocols, by this guest's rules and on its account.
    pub fn dialer(&self) -> Dialer {
        Dialer::new(self.shared.clone())
    }

    /// The number by which events name a new operation of another interface.
    ///
    /// # Errors
    ///
    /// There are no more numbers.
    pub fn next_operation(&mut self) -> wasmtime::Result<u32> {
        next_id(&mut self.last_operation)
    }

    /// The connections of this guest that end without it.
    pub fn leaving(&self) -> &Arc<Leaving> {
        &self.shared.leaving
    }

    /// The byte counters of this guest.
    pub fn traffic(&self) -> &Arc<Traffic> {
        &self.shared.traffic
    }
}

/// The next number of a kind of resource. Numbers are never used again, so a guest that has used
/// all of them ends.
pub(crate) fn next_id(last: &mut u32) -> wasmtime::Result<u32> {
    let Some(next) = last.checked_add(1) else {
        wasmtime::bail!(
            "the guest has made {last} resources of one kind, and there are no more numbers"
        );
    };
    *last = next;
    Ok(next)
}

/// A borrow of what the host functions work on.
pub struct SocketsCtxView<'a> {
    /// The sockets of the guest.
    pub ctx: &'a mut SocketsCtx,
    /// The table with all its resources.
    pub table: &'a mut ResourceTable,
}

/// Implemented by the embedder for its store's data.
pub trait SocketsView: Send {
    /// Borrows context and table.
    fn sockets(&mut self) -> SocketsCtxView<'_>;
}
