//! The virtual users of a run, ready to be lent to scenarios.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use parking_lot::Mutex;

use crate::context::RunContext;
use crate::run::RunError;
use crate::vu::{Factory, Identity, StageError, VirtualUser};

/// A virtual user, with what outlives its instance.
pub(crate) struct Seat {
    pub(super) identity: Identity,
    /// None after an instance broke down, until the next is made.
    pub(super) user: Option<VirtualUser>,
    /// Iterations it has begun.
    pub(super) iterations: u64,
}

/// All virtual users that no scenario has.
pub(crate) struct Pool {
    free: Mutex<Vec<Seat>>,
    factory: Arc<Factory>,
    run: Arc<RunContext>,
}

impl Pool {
    pub(crate) fn new(factory: Arc<Factory>, run: Arc<RunContext>) -> Self {
        Self { free: Mutex::default(), factory, run }
    }

    /// Makes virtual users and runs their top level, as many at a time as there are processors.
    /// `made` counts them.
    pub(crate) async fn fill(&self, vus: u32, made: &Arc<AtomicU32>) -> Result<(), RunError> {
        let at_a_time = thread::available_parallelism().map_or(1, usize::from);
        let seats = stream::iter(1..=vus)
            .map(|number| {
                let (factory, run, made) = (self.factory.clone(), self.run.clone(), made.clone());
                tokio::spawn(async move {
                    let identity = Identity { in_instance: number, in_test: number };
                    let user = start(&factory, &run, identity).await?;
                    made.fetch_add(1, Ordering::Relaxed);
                    run.counters.initialized.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, RunError>(Seat { identity, user: Some(user), iterations: 0 })
                })
            })
            .buffer_unordered(at_a_time);
        let mut seats = std::pin::pin!(seats);
        let mut all = Vec::new();
        while let Some(seat) = seats.next().await {
            all.push(seat.map_err(|error| RunError::Internal(error.to_string()))??);
        }
        // The last is lent first, so the lowest numbers go to the scenario that starts first.
        all.sort_by_key(|seat| std::cmp::Reverse(seat.identity.in_instance));
        *self.free.lock() = all;
        Ok(())
    }

    /// Lends virtual users.
    pub(super) fn lend(&self, count: usize) -> Vec<Seat> {
        let mut free = self.free.lock();
        let kept = free.len().saturating_sub(count);
        let mut lent = free.split_off(kept);
        lent.reverse();
        lent
    }

    /// Takes virtual users back.
    pub(super) fn take_back(&self, seat: Seat) {
        self.free.lock().push(seat);
    }

    /// Lets all virtual users go.
    pub(crate) async fn dismiss(&self) {
        let seats = std::mem::take(&mut *self.free.lock());
        let users = seats.into_iter().filter_map(|seat| seat.user);
        join_all(users.map(VirtualUser::leave)).await;
    }

    pub(super) fn run(&self) -> &Arc<RunContext> {
        &self.run
    }

    /// The virtual user of a seat, made anew if it broke down.
    pub(super) async fn revive<'a>(
        &self,
        seat: &'a mut Seat,
    ) -> Result<&'a mut VirtualUser, RunError> {
        if seat.user.is_none() {
            seat.user = Some(start(&self.factory, &self.run, seat.identity).await?);
        }
        Ok(seat.user.as_mut().expect("it was just set"))
    }
}

/// Makes a virtual user and runs its top level.
pub(crate) async fn start(
    factory: &Factory,
    run: &Arc<RunContext>,
    identity: Identity,
) -> Result<VirtualUser, RunError> {
    let mut user = factory.create(run, identity).await?;
    match user.init().await {
        Ok(_) => Ok(user),
        Err(StageError::Interrupted) => Err(RunError::Stopped),
        Err(error) => Err(RunError::Script { stage: "init", error }),
    }
}
