//! Where an event in a queue comes from, which decides what happens when the guest takes it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::observer::{Delivered, SocketObserver};

/// What made an event.
pub(crate) enum Source {
    /// A socket.
    Socket(Arc<Origin>),
    /// A timer.
    Timer(Arc<Ticks>),
    /// An operation of another crate; true once its handle is gone.
    Operation(Arc<AtomicBool>),
}

impl Source {
    /// Whether no event from here may reach the guest any more.
    pub(crate) fn is_gone(&self) -> bool {
        match self {
            Self::Socket(origin) => origin.is_detached(),
            // A timer's event outlives its handle.
            Self::Timer(_) => false,
            Self::Operation(gone) => gone.load(Ordering::Acquire),
        }
    }
}

/// The part of a socket that its waiting events hold on to. It leads back to neither socket nor
/// queue, so that a queue with events in it does not keep itself alive.
#[derive(Default)]
pub(crate) struct Origin {
    observer: OnceLock<Arc<dyn SocketObserver>>,
    ended: AtomicBool,
    detached: AtomicBool,
}

impl Origin {
    /// Sets the observer; the first one stays.
    pub(crate) fn observe(&self, observer: Arc<dyn SocketObserver>) {
        // The one who was told `dialed` is to be told the rest.
        let _ = self.observer.set(observer);
    }

    pub(crate) fn observer(&self) -> Option<&dyn SocketObserver> {
        self.observer.get().map(|observer| &**observer)
    }

    /// The guest has asked for the end: messages that it takes from now on are nothing to it.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Whether messages that the guest takes now count as received.
    pub(crate) fn counts(&self) -> bool {
        self.observer.get().is_some() && !self.ended.load(Ordering::Acquire)
    }

    /// The handle is gone.
    pub(crate) fn detach(&self) {
        self.detached.store(true, Ordering::Release);
    }

    pub(crate) fn is_detached(&self) -> bool {
        self.detached.load(Ordering::Acquire)
    }

    pub(crate) fn delivered(&self, messages: &mut dyn Iterator<Item = Delivered>) {
        if let Some(observer) = self.observer() {
            observer.delivered(messages);
        }
    }
}

/// The one event of a timer that waits. While it does, the timer costs nothing: what goes by is counted when the
/// event is taken.
pub(crate) struct Ticks {
    period: Option<Duration>,
    /// When the event was due.
    due: Mutex<Instant>,
    /// When the timer was dropped.
    stopped: OnceLock<Instant>,
    taken: Notify,
}

impl Ticks {
    /// For a timer with this period.
    pub(crate) fn new(period: Option<Duration>) -> Self {
        let due = Mutex::new(Instant::now());
        Self { period, due, stopped: OnceLock::new(), taken: Notify::new() }
    }

    /// An event that was due at this time is put into the queue.
    pub(crate) fn fired(&self, due: Instant) {
        *self.due.lock() = due;
    }

    /// No more periods go by.
    pub(crate) fn stop(&self) {
        self.stopped.get_or_init(Instant::now);
    }

    /// The event is taken: how many periods had gone by besides the one that made it.
    pub(crate) fn take(&self) -> u64 {
        let Some(period) = self.period else { return 0 };
        let mut due = self.due.lock();
        let until = self.stopped.get().copied().unwrap_or_else(Instant::now);
        let elapsed = until.saturating_duration_since(*due);
        let missed = elapsed.as_nanos() / period.as_nanos().max(1);
        *due = after(*due, period, missed);
        self.taken.notify_one();
        u64::try_from(missed).unwrap_or(u64::MAX)
    }

    /// Waits until the event is taken, and returns when the last period before that was over.
    pub(crate) async fn taken(&self) -> Instant {
        self.taken.notified().await;
        *self.due.lock()
    }
}

/// So many periods later.
fn after(start: Instant, period: Duration, count: u128) -> Instant {
    let nanos = period.as_nanos().saturating_mul(count);
    start + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
