//! The virtual users of a run, ready to be lent to scenarios.

use std::collections::BTreeMap;
use std::iter;
use std::pin::pin;
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
use crate::vu::{Factory, Identity, ScriptInfo, StageError, VirtualUser, stepping_aside};

/// A virtual user, with what outlives its instance.
pub(crate) struct Seat {
    pub(super) identity: Identity,
    /// None after an instance broke down or was let go, until the next is made.
    pub(super) user: Option<VirtualUser>,
    /// Iterations it has begun.
    pub(super) iterations: u64,
    /// Iterations it has begun of each scenario, by the scenario's index.
    in_scenarios: Vec<u64>,
}

impl Seat {
    /// The seat of this number in the process, counted from 1, without a virtual user.
    fn new(number: u32, share: &Share) -> Self {
        let in_test = share.global(u64::from(number) - 1).saturating_add(1);
        let in_test = u32::try_from(in_test).unwrap_or(u32::MAX);
        let identity = Identity { in_instance: number, in_test };
        Self { identity, user: None, iterations: 0, in_scenarios: Vec::new() }
    }

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
    places: Mutex<Places>,
    /// The last number of a virtual user of this process, in whichever pool.
    numbers: Arc<AtomicU32>,
    /// How many there is room for.
    room: u32,
    share: Share,
    factory: Arc<Factory>,
    run: Arc<RunContext>,
}

/// What there is besides the seats with virtual users.
#[derive(Default)]
struct Places {
    /// How many virtual users have been made, or are being made, less those that were let go.
    made: u32,
    /// Seats whose virtual users were let go. They are the first to get new ones.
    vacant: BTreeMap<u32, Seat>,
}

/// How many virtual users are made at one time: as many as there are processors.
pub(super) fn at_a_time() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

impl Pool {
    /// A pool with `room` for so many virtual users. The pools of a process share their `numbers`.
    pub(crate) fn new(
        factory: Arc<Factory>,
        run: Arc<RunContext>,
        share: Share,
        room: u32,
        numbers: Arc<AtomicU32>,
    ) -> Self {
        let (seats, places) = (Mutex::default(), Mutex::default());
        Self { seats, free: Semaphore::new(0), places, numbers, room, share, factory, run }
    }

    /// Makes virtual users and runs their top level, until there are `vus` of them. `made` counts them.
    pub(crate) async fn fill(&self, vus: u32, made: &AtomicU32) -> Result<(), RunError> {
        self.occupy(iter::from_fn(|| self.next_seat(vus)), made).await
    }

    /// Makes so many more virtual users, if there is room for them.
    pub(super) async fn grow(&self, by: u32) -> Result<(), RunError> {
        let seats = iter::from_fn(|| self.next_seat(u32::MAX));
        self.occupy(seats.take(by as usize), &AtomicU32::new(0)).await
    }

    /// Lets so many virtual users go, as soon as they are free. Their memory is freed.
    pub(super) async fn shrink(&self, by: u32) {
        let going = (0..by).map(|_| async {
            self.permit().await;
            let last = self.seats.lock().pop_last();
            let Some((_, mut seat)) = last else { return };
            let user = seat.user.take();
            self.vacate(seat);
            self.run.counters.initialized.fetch_sub(1, Ordering::Relaxed);
            if let Some(user) = user {
                user.leave().await;
            }
        });
        join_all(going).await;
    }

    async fn occupy(
        &self,
        seats: impl Iterator<Item = Seat>,
        made: &AtomicU32,
    ) -> Result<(), RunError> {
        let makings = stream::iter(seats).map(|seat| self.make(seat));
        let mut makings = pin!(makings.buffer_unordered(at_a_time()));
        while let Some(seat) = makings.next().await {
            self.put(seat?);
            made.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The next seat for a virtual user, if there are fewer than `most` and there is room.
    fn next_seat(&self, most: u32) -> Option<Seat> {
        let mut places = self.places.lock();
        if places.made >= most.min(self.room) {
            return None;
        }
        places.made += 1;
        let vacant = places.vacant.pop_first();
        let new = || Seat::new(self.numbers.fetch_add(1, Ordering::Relaxed) + 1, &self.share);
        Some(vacant.map_or_else(new, |(_, seat)| seat))
    }

    fn vacate(&self, seat: Seat) {
        let mut places = self.places.lock();
        places.made -= 1;
        places.vacant.insert(seat.identity.in_instance, seat);
    }

    /// Makes the virtual user of a seat, on a task of its own, so that several are made at one time.
    async fn make(&self, mut seat: Seat) -> Result<Seat, RunError> {
        let (factory, run, identity) = (self.factory.clone(), self.run.clone(), seat.identity);
        let making = tokio::spawn(stepping_aside(async move {
            let (user, _) = start(&factory, &run, identity).await?;
            run.counters.initialized.fetch_add(1, Ordering::Relaxed);
            Ok(user)
        }));
        match making.await.unwrap_or_else(|error| Err(RunError::Internal(error.to_string()))) {
            Ok(user) => {
                seat.user = Some(user);
                Ok(seat)
            }
            Err(error) => {
                self.vacate(seat);
                Err(error)
            }
        }
    }

    /// Waits until there is a free seat for whoever asks.
    async fn permit(&self) {
        match self.free.acquire().await {
            Ok(one) => one.forget(),
            // It is never closed.
            Err(_) => std::future::pending().await,
        }
    }

    /// Lends a virtual user, as soon as one is free.
    pub(super) async fn take(&self) -> Seat {
        loop {
            self.permit().await;
            if let Some((_, seat)) = self.seats.lock().pop_first() {
                return seat;
            }
        }
    }

    /// Lends one more than were planned: one that is made now, or, if there is no room for it, one that is or
    /// becomes free.
    pub(super) async fn take_extra(&self) -> Result<Seat, RunError> {
        match self.next_seat(u32::MAX) {
            Some(seat) => self.make(seat).await,
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
            // It is rare, and has a large future.
            let (user, _) = Box::pin(start(&self.factory, &self.run, seat.identity)).await?;
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
