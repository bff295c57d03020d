//! What a store keeps for its guest's sockets, and how an embedder makes it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use futures_util::task::AtomicWaker;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use wasmtime::component::ResourceTable;

use crate::alarms::Alarms;
use crate::bandwidth::{Bandwidth, Turn};
use crate::bound::{Bound, BoundObserver, Unobserved, refusal};
use crate::dialer::Dialer;
use crate::limits::Limits;
use crate::network::{DenyAll, Network};
use crate::spawner::Spawner;
use crate::tls::{ClientConfig, ClientConfigs, TlsOptions, client_config};
use crate::traffic::{Counted, Traffic};

/// The sockets of one guest: its grants, its limits and its counters.
pub struct SocketsCtx {
    pub(crate) shared: Arc<Shared>,
    pub(crate) last_socket: u32,
    pub(crate) last_timer: u32,
    last_operation: u32,
    pub(crate) timers: usize,
    pub(crate) queues: usize,
}

/// What the guest's side and its connections' side both see.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) network: Arc<dyn Network>,
    pub(crate) user_agent: Option<String>,
    /// What an open socket whose handle is dropped closes with.
    pub(crate) farewell: Option<u16>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) observer: Arc<dyn BoundObserver>,
    /// Bytes that wait to be sent on all sockets.
    pub(crate) buffered: AtomicU64,
    /// Bytes of messages whose end has not come, on all sockets.
    pub(crate) unfinished: AtomicU64,
    /// How many calls of `send` wait until there are fewer of them.
    awaiting_buffer: AtomicUsize,
    /// How fast bytes may be received and sent.
    bandwidth: Option<[Arc<Bandwidth>; 2]>,
    pub(crate) signal: Arc<Signal>,
    pub(crate) sockets: AtomicUsize,
    pub(crate) leaving: Arc<Leaving>,
    tls: Option<Arc<dyn ClientConfigs>>,
    /// What a guest does that rests.
    pub(crate) rest: Option<fn()>,
    pub(crate) alarms: Alarms,
    spawner: Option<Arc<dyn Spawner>>,
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

/// Connections whose handles were dropped while they were closing: they still send what was accepted
/// and their close frame.
#[derive(Default)]
pub struct Leaving {
    count: AtomicUsize,
    left: Notify,
}

impl Leaving {
    pub(crate) fn begin(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn end(&self) {
        if self.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.left.notify_waiters();
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// Waits until there is none. A peer that does not read can make that last until the time for
    /// its close frame is over.
    pub async fn until_empty(&self) {
        loop {
            let left = self.left.notified();
            if self.is_empty() {
                return;
            }
            left.await;
        }
    }
}

/// Wakes a guest that waits: in the one call that it can be in, or in several that are `async`.
#[derive(Default)]
pub(crate) struct Signal {
    pub(crate) waker: AtomicWaker,
    pub(crate) interrupted: AtomicBool,
    /// How often the guest has waited for something.
    waits: AtomicU64,
    /// What `waits` was when somebody last looked whether the guest rests, and when it last rested.
    looked_at: AtomicU64,
    rested_at: AtomicU64,
    /// The guest is to rest as soon as it is polled.
    rest: AtomicBool,
    /// Wakes whoever watches over the guest from outside, and its `async` waits when it is interrupted.
    watchers: Notify,
    /// Wakes its `async` sends.
    pub(crate) room: Notify,
}

impl Signal {
    pub(crate) fn note_wait(&self) {
        self.waits.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the guest is to rest now; asked once for each time.
    pub(crate) fn takes_rest(&self) -> bool {
        self.rest.load(Ordering::Relaxed) && self.rest.swap(false, Ordering::Relaxed)
    }

    /// Lets the guest rest if it is in the same wait as when this was last called, and has not rested in it.
    fn look_for_rest(&self) {
        let waits = self.waits.load(Ordering::Relaxed);
        if self.looked_at.swap(waits, Ordering::Relaxed) == waits
            && self.rested_at.swap(waits, Ordering::Relaxed) != waits
        {
            self.rest.store(true, Ordering::Relaxed);
            self.waker.wake();
        }
    }
}

/// Asks a guest, from anywhere, to finish: its `wait` returns `interrupted` from now on.
#[derive(Clone)]
pub struct Interrupter(Arc<Signal>);

impl Interrupter {
    pub(crate) fn of(shared: &Shared) -> Self {
        Self(shared.signal.clone())
    }

    /// Asks.
    pub fn interrupt(&self) {
        self.0.interrupted.store(true, Ordering::Release);
        self.0.waker.wake();
        self.0.watchers.notify_waiters();
        self.0.room.notify_waiters();
    }

    /// Waits until [`Self::interrupt`] is called.
    pub async fn interrupted(&self) {
        let notified = self.0.watchers.notified();
        if !self.is_interrupted() {
            notified.await;
        }
    }

    /// Notes that the guest waits for something, in whatever way.
    pub fn note_wait(&self) {
        self.0.note_wait();
    }

    /// How often the guest has waited for something. Between two waits it computes.
    pub fn waits(&self) -> u64 {
        self.0.waits.load(Ordering::Relaxed)
    }

    /// Lets the guest rest, as [`SocketsCtxBuilder::rest`] says, if it has been in one wait since this was last
    /// called. To be called now and then, by whoever sees to memory.
    pub fn look_for_rest(&self) {
        self.0.look_for_rest();
    }

    /// Whether [`Self::interrupt`] was called.
    pub fn is_interrupted(&self) -> bool {
        self.0.interrupted.load(Ordering::Acquire)
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

/// Makes a [`SocketsCtx`].
pub struct SocketsCtxBuilder {
    limits: Limits,
    network: Arc<dyn Network>,
    user_agent: Option<String>,
    farewell: Option<u16>,
    tls: Option<Arc<dyn ClientConfigs>>,
    observer: Arc<dyn BoundObserver>,
    rest: Option<fn()>,
    alarms: Alarms,
    spawner: Option<Arc<dyn Spawner>>,
}

impl Default for SocketsCtxBuilder {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            network: Arc::new(DenyAll),
            user_agent: None,
            farewell: None,
            tls: None,
            observer: Arc::new(Unobserved),
            rest: None,
            alarms: Alarms::default(),
            spawner: None,
        }
    }
}

impl SocketsCtxBuilder {
    /// Says where the guest may connect to. Without it: nowhere.
    #[must_use]
    pub fn network(mut self, network: Arc<dyn Network>) -> Self {
        self.network = network;
        self
    }

    /// Bounds what the guest can cost.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells somebody when the guest comes to a bound.
    #[must_use]
    pub fn bound_observer(mut self, observer: Arc<dyn BoundObserver>) -> Self {
        self.observer = observer;
        self
    }

    /// Sends this `User-Agent` where the guest sets none.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sends a close frame with this code where the handle of an open socket is dropped, as happens to
    /// all of them when the store is dropped. Without it the TCP connection just ends.
    #[must_use]
    pub fn farewell(mut self, code: u16) -> Self {
        self.farewell = Some(code);
        self
    }

    /// Uses these TLS settings; see [`crate::tls::client_config`]. Without it: the defaults, with
    /// the system's roots.
    #[must_use]
    pub fn tls(mut self, configs: Arc<dyn ClientConfigs>) -> Self {
        self.tls = Some(configs);
        self
    }

    /// Does this on the guest's stack when it has waited for long and [`Interrupter::look_for_rest`] has found out:
    /// gives memory back that it does not need while it waits, for example. Without it: nothing.
    #[must_use]
    pub fn rest(mut self, rest: fn()) -> Self {
        self.rest = Some(rest);
        self
    }

    /// Takes the points in time for timers and waits from there. Without it: from tokio.
    #[must_use]
    pub fn alarms(mut self, alarms: Alarms) -> Self {
        self.alarms = alarms;
        self
    }

    /// Lets somebody else start the tasks of connections and requests. Without it: tokio.
    #[must_use]
    pub fn spawner(mut self, spawner: Arc<dyn Spawner>) -> Self {
        self.spawner = Some(spawner);
        self
    }

    /// The context for one store.
    pub fn build(self) -> SocketsCtx {
        let bandwidth = self.limits.bandwidth;
        let shared = Shared {
            observer: self.observer,
            buffered: AtomicU64::new(0),
            unfinished: AtomicU64::new(0),
            awaiting_buffer: AtomicUsize::new(0),
            bandwidth: bandwidth.map(|rate| [Bandwidth::new(rate), Bandwidth::new(rate)]),
            limits: self.limits,
            network: self.network,
            user_agent: self.user_agent,
            farewell: self.farewell,
            traffic: Arc::default(),
            signal: Arc::default(),
            sockets: AtomicUsize::new(0),
            leaving: Arc::default(),
            tls: self.tls,
            rest: self.rest,
            alarms: self.alarms,
            spawner: self.spawner,
        };
        SocketsCtx {
            shared: Arc::new(shared),
            last_socket: 0,
            last_timer: 0,
            last_operation: 0,
            timers: 0,
            queues: 0,
        }
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
