//! The connections that end without their guest.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

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
