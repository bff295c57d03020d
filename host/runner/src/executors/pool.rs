//! The virtual users of a run, ready to be lent to scenarios.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::context::RunContext;
use crate::duration;
use crate::options::Share;
use crate::run::RunError;
use crate::vu::{Factory, Identity, ScriptInfo, StageError, VirtualUser};

/// A virtual user, with what outlives its instance.
pub(crate) struct Seat {
    pub(super) identity: Identity,
    /// None after an instance broke down, until the next is made.
    pub(super) user: Option<VirtualUser>,
    /// Iterations it has begun.
    pub(super) iterations: u64,
    /// Iterations it has begun of each scenario, by the scenario's index.
    in_scenarios: Vec<u64>,
}

impl Seat {
    /// Counts an iteration of a scenario. Returns how many the virtual user had begun before, of all scenarios
    /// and of this one.
    pub(super) fn count(&mut self, scenario: usize) -> (u64, u64) {
        if self.in_scenarios.len() <= scenario {
            self.in_scenarios.resize(scenario + 1, 0);
        }
        let before = (self.iterations, self.in_scenarios[scenario]);
        self.iterations += 1;
        self.in_scenarios[scenario] += 1;
        before
    }
}

/// All virtual users that no scenario has. The lowest number is lent first, so one that went and comes back is
/// the same again.
pub(crate) struct Pool {
    seats: Mutex<BTreeMap<u32, Seat>>,
    /// As many permits as there are seats.
    free: Semaphore,
    /// How many have been made, or are being made.
    made: AtomicU32,
    /// How many there is room for.
    room: u32,
    share: Share,
    factory: Arc<Factory>,
    run: Arc<RunContext>,
}

/// How many virtual users are made at one time: as many as there are processors.
pub(super) fn at_a_time() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

impl Pool {
    /// A pool with `room` for so many virtual users.
    pub(crate) fn new(
        factory: Arc<Factory>,
        run: Arc<RunContext>,
        share: Share,
        room: u32,
    ) -> Self {
        let (seats, made) = (Mutex::default(), AtomicU32::new(0));
        Self { seats, free: Semaphore::new(0), made, room, share, factory, run }
    }

    /// Makes virtual users and runs their top level, until there are `vus` of them. `made` counts them.
    pub(crate) async fn fill(&self, vus: u32, made: &AtomicU32) -> Result<(), RunError> {
        let numbers = std::iter::from_fn(|| self.next_number(vus));
        let makings =
            stream::iter(numbers).map(|number| self.make(number)).buffer_unordered(at_a_time());
        let mut makings = std::pin::pin!(makings);
        while let Some(seat) = makings.next().await {
            self.put(seat?);
            made.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Makes so many more virtual users, if there is room for them.
    pub(super) async fn grow(&self, by: u32, made: &AtomicU32) -> Result<(), RunError> {
        self.fill(self.made.load(Ordering::Relaxed).saturating_add(by), made).await
    }

    /// Takes the next number up to `most`, if there is one left.
    fn next_number(&self, most: u32) -> Option<u32> {
        let most = most.min(self.room);
        let next = |made: u32| (made < most).then_some(made + 1);
        self.made.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok().map(|made| made + 1)
    }

    /// Makes a virtual user, on a task of its own, so that several are made at one time.
    fn make(&self, number: u32) -> impl Future<Output = Result<Seat, RunError>> + use<> {
        let (factory, run) = (self.factory.clone(), self.run.clone());
        let in_test = self.share.global(u64::from(number) - 1).saturating_add(1);
        let in_test = u32::try_from(in_test).unwrap_or(u32::MAX);
        let identity = Identity { in_instance: number, in_test };
        let making = tokio::spawn(async move {
            let (user, _) = start(&factory, &run, identity).await?;
            run.counters.initialized.fetch_add(1, Ordering::Relaxed);
            Ok(Seat { identity, user: Some(user), iterations: 0, in_scenarios: Vec::new() })
        });
        async { making.await.map_err(|error| RunError::Internal(error.to_string()))? }
    }

    /// Lends a virtual user, as soon as one is free.
    pub(super) async fn take(&self) -> Seat {
        loop {
            match self.free.acquire().await {
                Ok(one) => one.forget(),
                // It is never closed.
                Err(_) => std::future::pending().await,
            }
            if let Some((_, seat)) = self.seats.lock().pop_first() {
                return seat;
            }
        }
    }

    /// Lends one more than were planned: one that is made now, or, if there is no room for it, one that is or
    /// becomes free.
    pub(super) async fn take_extra(&self) -> Result<Seat, RunError> {
        match self.next_number(u32::MAX) {
            Some(number) => self.make(number).await,
            None => Ok(self.take().await),
        }
    }

    /// Takes a virtual user back.
    pub(super) fn put(&self, seat: Seat) {
        self.seats.lock().insert(seat.identity.in_instance, seat);
        self.free.add_permits(1);
    }

    /// Lets all virtual users go.
    pub(crate) async fn dismiss(&self) {
        let seats = std::mem::take(&mut *self.seats.lock());
        let users = seats.into_values().filter_map(|seat| seat.user);
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
            let (user, _) = start(&self.factory, &self.run, seat.identity).await?;
            seat.user = Some(user);
        }
        Ok(seat.user.as_mut().expect("it was just set"))
    }
}

/// Makes a virtual user and runs its top level. Both are code of the script's, which may have no end.
pub(crate) async fn start(
    factory: &Factory,
    run: &Arc<RunContext>,
    identity: Identity,
) -> Result<(VirtualUser, ScriptInfo), RunError> {
    let starting = async {
        let mut user = factory.create(run, identity).await?;
        match user.init().await {
            Ok(info) => Ok((user, info)),
            Err(StageError::Interrupted) => Err(RunError::Stopped),
            Err(error) => Err(RunError::Script { stage: "init", error }),
        }
    };
    let limit = run.init_timeout;
    let overdue = |_| RunError::Timeout { stage: "init", limit: duration::format(limit) };
    tokio::time::timeout(limit, starting).await.map_err(overdue)?
}
