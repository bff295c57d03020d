//! How long a virtual user may keep a thread of the host to itself.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasock_sockets::clock;

/// How long a busy virtual user runs before the others on its thread have a turn: a fraction of the shortest
/// times that tests measure, and a hundred times what the change costs.
pub(super) const TURN: Duration = Duration::from_millis(2);

/// How often it is looked whether a turn is over: the clock of epochs. Half a turn, so that none lasts much longer.
pub(super) const TICK: Duration = Duration::from_millis(1);

/// When the thread came to a virtual user the last time, on the host's monotonic clock.
#[derive(Clone, Default)]
pub(super) struct Turn(Arc<AtomicU64>);

impl Turn {
    /// Follows a call into the guest: each time that it is polled, a turn begins.
    pub(super) async fn follow<T>(self, call: impl Future<Output = T>) -> T {
        let mut call = pin!(call);
        poll_fn(|cx| {
            self.0.store(clock::now(), Ordering::Relaxed);
            call.as_mut().poll(cx)
        })
        .await
    }

    /// Whether the others on the thread are to have theirs.
    pub(super) fn is_over(&self) -> bool {
        let began = self.0.load(Ordering::Relaxed);
        u128::from(clock::now().saturating_sub(began)) >= TURN.as_nanos()
    }
}
