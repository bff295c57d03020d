//! One virtual user at work on a scenario.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::unconstrained;
use tokio::time::{Instant, sleep, sleep_until};

use super::crew::Order;
use super::gate::Gate;
use super::pool::{Pool, Seat};
use super::scenario::Shared;
use crate::context::RunContext;
use crate::log::{Level, Line, Source};
use crate::poll_when_woken::poll_when_woken;
use crate::run::RunError;
use crate::vu::{ScenarioFacts as _, StageError, VirtualUser};

/// How long to wait before a virtual user that cannot be made anew is tried again: without a pause a script that
/// fails at its top level would do nothing else, and fill the log.
const REVIVAL_PAUSE: Duration = Duration::from_secs(1);

/// Runs one iteration after the other, as ordered, until there are no more. It has a virtual user only while it
/// is to run. Returns how many iterations it has begun.
pub(super) async fn work_in_turns(
    pool: Arc<Pool>,
    shared: Arc<Shared>,
    mut orders: watch::Receiver<Order>,
) -> u64 {
    let mut begun = 0;
    loop {
        until(&mut orders, |order| order == Order::Run || order.ends()).await;
        if orders.borrow().ends() {
            return begun;
        }
        let mut seat = tokio::select! {
            seat = pool.take() => seat,
            () = until(&mut orders, |order| order != Order::Run) => continue,
        };
        let goes_on = run_in_turns(&pool, &mut seat, &shared, &mut orders, &mut begun).await;
        if !goes_on {
            shared.retired.lock().push(seat);
            return begun;
        }
        pool.put(seat);
    }
}

/// Runs iterations until there is another order, or no work; then it returns false.
async fn run_in_turns(
    pool: &Pool,
    seat: &mut Seat,
    shared: &Arc<Shared>,
    orders: &mut watch::Receiver<Order>,
    begun: &mut u64,
) -> bool {
    let _at_work = AtWork::begin(pool.run(), shared);
    while *orders.borrow() == Order::Run {
        if !shared.work.take(*begun) {
            return false;
        }
        *begun += 1;
        turn(pool, seat, shared, orders).await;
    }
    true
}

/// Runs an iteration each time that the gate lets it in, until it is ordered to go.
pub(super) async fn work_on_arrival(
    pool: &Pool,
    seat: &mut Seat,
    shared: &Arc<Shared>,
    gate: &Gate,
    mut orders: watch::Receiver<Order>,
) {
    loop {
        tokio::select! {
            biased;
            () = gate.enter() => {}
            () = until(&mut orders, Order::ends) => return,
        }
        if *orders.borrow() == Order::Abort {
            return;
        }
        let _at_work = AtWork::begin(pool.run(), shared);
        turn(pool, seat, shared, &mut orders).await;
    }
}

/// Waits for an order of this kind.
async fn until(orders: &mut watch::Receiver<Order>, kind: impl Fn(Order) -> bool) {
    // The scenario keeps its channels until all have left.
    let _ = orders.wait_for(|order| kind(*order)).await;
}

/// Runs an iteration, and rests if it was shorter than it is to be.
async fn turn(
    pool: &Pool,
    seat: &mut Seat,
    shared: &Arc<Shared>,
    orders: &mut watch::Receiver<Order>,
) {
    let started = Instant::now();
    iterate(pool, seat, shared, orders).await;
    if let Some(least) = shared.min_iteration_duration {
        tokio::select! {
            () = sleep_until(started + least) => {}
            () = until(orders, |order| order != Order::Run) => {}
        }
    }
}

/// Runs one iteration, makes its virtual user anew before if there is none, and counts how it ended.
async fn iterate(
    pool: &Pool,
    seat: &mut Seat,
    shared: &Arc<Shared>,
    orders: &mut watch::Receiver<Order>,
) {
    let position = shared.position(seat);
    let Some(user) = revived(pool, seat, shared, orders).await else { return };
    let interrupter = user.interrupter();
    let result = {
        let mut iteration =
            pin!(user.iterate(&shared.scenario.exec, shared.data.as_deref(), position));
        tokio::select! {
            biased;
            result = &mut iteration => result,
            // A guest that calls the host without end leaves nothing of what tokio lets a task do in a turn.
            () = poll_when_woken(until(orders, Order::breaks)) => {
                interrupter.interrupt();
                iteration.await
            }
        }
    };
    if result.as_ref().is_err_and(|error| !error.is_survivable()) || interrupter.is_interrupted() {
        seat.user = None;
    }
    count(pool, shared, result);
}

/// The seat's virtual user, which is made anew if there is none. Without one there is no iteration: the
/// scenario has ended meanwhile, or the user cannot be made; then this has said so, and waited.
async fn revived<'a>(
    pool: &Pool,
    seat: &'a mut Seat,
    shared: &Arc<Shared>,
    orders: &mut watch::Receiver<Order>,
) -> Option<&'a mut VirtualUser> {
    let revived = tokio::select! {
        biased;
        revived = pool.revive(seat) => revived,
        // Its top level may have no end.
        () = unconstrained(until(orders, Order::breaks)) => {
            pool.run().counters.interrupted.fetch_add(1, Ordering::Relaxed);
            return None;
        }
    };
    match revived {
        Ok(user) => Some(user),
        Err(RunError::Stopped) => None,
        Err(error) => {
            shared.say(pool.run(), Level::Error, Source::Runner, error.to_string());
            rest(orders).await;
            None
        }
    }
}

/// Counts an iteration, and says what ended it before its time. One that threw counts as completed.
fn count(pool: &Pool, shared: &Shared, result: Result<(), StageError>) {
    let run = pool.run();
    let say = |source, text| shared.say(run, Level::Error, source, text);
    let is_complete = matches!(result, Ok(()) | Err(StageError::Exception(_)));
    match result {
        Ok(()) | Err(StageError::Interrupted) => {}
        Err(StageError::Exception(text)) => say(Source::Stacktrace, text),
        Err(StageError::Limit(text)) => {
            say(Source::Runner, format!("the iteration was stopped: {text}"));
        }
        Err(StageError::Trap(text)) => {
            let text = format!("the virtual user was stopped and is replaced: {text}");
            say(Source::Runner, text);
        }
    }
    if is_complete {
        run.counters.completed.fetch_add(1, Ordering::Relaxed);
        shared.finished.fetch_add(1, Ordering::Relaxed);
    } else {
        run.counters.interrupted.fetch_add(1, Ordering::Relaxed);
    }
}

/// A pause before the next attempt, if there is to be one.
async fn rest(orders: &mut watch::Receiver<Order>) {
    tokio::select! {
        () = sleep(REVIVAL_PAUSE) => {}
        () = until(orders, Order::breaks) => {}
    }
}

impl Shared {
    /// Says something about the scenario.
    pub(super) fn say(&self, run: &RunContext, level: Level, source: Source, message: String) {
        let fields = vec![
            ("executor".into(), self.executor().to_owned()),
            ("scenario".into(), self.name().to_owned()),
        ];
        run.log.line(Line { level, source, message, fields });
    }
}

/// Counts a virtual user as active for as long as it lives.
struct AtWork<'a> {
    run: &'a Arc<RunContext>,
    shared: &'a Shared,
}

impl<'a> AtWork<'a> {
    fn begin(run: &'a Arc<RunContext>, shared: &'a Shared) -> Self {
        run.counters.active.fetch_add(1, Ordering::Relaxed);
        shared.active.fetch_add(1, Ordering::Relaxed);
        Self { run, shared }
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.run.counters.active.fetch_sub(1, Ordering::Relaxed);
        self.shared.active.fetch_sub(1, Ordering::Relaxed);
    }
}
