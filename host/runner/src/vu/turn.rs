//! How long a virtual user may keep a thread of the host to itself.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::{Result, StoreContextMut, UpdateDeadline};
use wasock_sockets::clock;

use super::state::VuState;

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

    fn is_over(&self) -> bool {
        let began = self.0.load(Ordering::Relaxed);
        u128::from(clock::now().saturating_sub(began)) >= TURN.as_nanos()
    }
}

/// What happens when an epoch ends while the guest runs. One that has only just been woken goes on: epochs end
/// while it waits, too. Tokio's own yield lets the thread look at its sockets and timers before it comes back;
/// otherwise it would do so after 61 turns of whoever is busy.
pub(super) fn epoch_ends(store: StoreContextMut<'_, VuState>) -> Result<UpdateDeadline> {
    if store.data().turn.is_over() {
        return Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())));
    }
    Ok(UpdateDeadline::Continue(1))
}
