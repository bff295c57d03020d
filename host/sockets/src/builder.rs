//! How an embedder makes a [`SocketsCtx`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};

use crate::alarms::Alarms;
use crate::bandwidth::Bandwidth;
use crate::bound::{BoundObserver, Unobserved};
use crate::ctx::{Shared, SocketsCtx};
use crate::limits::Limits;
use crate::network::{DenyAll, Network};
use crate::spawner::Spawner;
use crate::tls::ClientConfigs;

/// Makes a [`SocketsCtx`].
pub struct SocketsCtxBuilder {
    limits: Limits,
    network: Arc<dyn Network>,
    user_agent: Option<String>,
    close_code_on_drop: Option<u16>,
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
            close_code_on_drop: None,
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
    pub fn close_code_on_drop(mut self, code: u16) -> Self {
        self.close_code_on_drop = Some(code);
        self
    }

    /// Uses these TLS settings; see [`crate::tls::client_config`]. Without it: the defaults, with
    /// the system's roots.
    #[must_use]
    pub fn tls(mut self, configs: Arc<dyn ClientConfigs>) -> Self {
        self.tls = Some(configs);
        self
    }

    /// Does this on the guest's stack when it has waited for long and
    /// [`Interrupter::look_for_rest`](crate::Interrupter::look_for_rest) has found out: gives memory back that it does
    /// not need while it waits, for example. Without it: nothing.
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
            close_code_on_drop: self.close_code_on_drop,
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
