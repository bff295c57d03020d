//! Counters of what a server has done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A look at a server's counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// TCP connections that are open now, in whatever state.
    pub connections_open: u64,
    /// TCP connections accepted since the start.
    pub connections_total: u64,
    /// Opening handshakes completed since the start (RFC 6455, section 4.2.2).
    pub upgrades_total: u64,
    /// Text and binary messages received; control frames do not count.
    pub messages_in: u64,
    /// Text and binary messages handed to the network; control frames do not count.
    pub messages_out: u64,
}

/// The counters behind [`Statistics`]. They are independent of one another, so relaxed ordering
/// does.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    connections_open: AtomicU64,
    connections_total: AtomicU64,
    upgrades_total: AtomicU64,
    messages_in: AtomicU64,
    messages_out: AtomicU64,
}

impl Counters {
    /// Counts a new connection, and its end when the guard is dropped.
    pub(crate) fn connection_opened(self: &Arc<Self>) -> OpenConnection {
        self.connections_total.fetch_add(1, Ordering::Relaxed);
        let others = self.connections_open.fetch_add(1, Ordering::Relaxed);
        OpenConnection { others, counters: Arc::clone(self) }
    }

    pub(crate) fn upgraded(&self) {
        self.upgrades_total.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn message_in(&self) {
        self.messages_in.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn message_out(&self) {
        self.messages_out.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Statistics {
        Statistics {
            connections_open: self.connections_open.load(Ordering::Relaxed),
            connections_total: self.connections_total.load(Ordering::Relaxed),
            upgrades_total: self.upgrades_total.load(Ordering::Relaxed),
            messages_in: self.messages_in.load(Ordering::Relaxed),
            messages_out: self.messages_out.load(Ordering::Relaxed),
        }
    }
}

/// One open connection in the counters.
#[derive(Debug)]
pub(crate) struct OpenConnection {
    others: u64,
    counters: Arc<Counters>,
}

impl OpenConnection {
    /// How many connections were open when this one came.
    pub(crate) fn others(&self) -> u64 {
        self.others
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.counters.connections_open.fetch_sub(1, Ordering::Relaxed);
    }
}
