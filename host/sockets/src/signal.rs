//! What wakes a guest that waits: events, room to send, an interruption, or a rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures_util::task::AtomicWaker;
use tokio::sync::Notify;

use crate::ctx::Shared;

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

    /// Lets the guest rest, as [`SocketsCtxBuilder::rest`](crate::SocketsCtxBuilder::rest) says, if it has been in one wait since this was last
    /// called. To be called now and then, by whoever sees to memory.
    pub fn look_for_rest(&self) {
        self.0.look_for_rest();
    }

    /// Whether [`Self::interrupt`] was called.
    pub fn is_interrupted(&self) -> bool {
        self.0.interrupted.load(Ordering::Acquire)
    }
}
