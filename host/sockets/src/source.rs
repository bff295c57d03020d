//! Where an event in a queue comes from, which decides what happens when the guest takes it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

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

/// How many periods of a timer its one waiting event stands for; 0 while none waits.
#[derive(Default)]
pub(crate) struct Ticks(AtomicU64);

impl Ticks {
    /// Counts a period. Tells whether it needs an event, since none waits.
    pub(crate) fn count(&self) -> bool {
        self.0.fetch_add(1, Ordering::AcqRel) == 0
    }

    /// The event is taken: how many periods had gone by besides the one that made it.
    pub(crate) fn take(&self) -> u64 {
        self.0.swap(0, Ordering::AcqRel).saturating_sub(1)
    }
}
