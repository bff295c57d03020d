//! One virtual user at work on a scenario.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::orders::Order;
use super::pool::{Pool, Seat};
use super::scenario::Shared;
use crate::context::RunContext;
use crate::log::{Level, Line, Source};
use crate::run::RunError;
use crate::vu::StageError;

/// How long to wait before a virtual user that cannot be made anew is tried again.
const REVIVAL_PAUSE: Duration = Duration::from_secs(1);

/// Runs iterations as ordered until there are no more. Returns how many it has begun.
pub(super) async fn work(
    pool: &Pool,
    seat: &mut Seat,
    shared: &Shared,
    mut orders: watch::Receiver<Order>,
) -> u64 {
    let mut begun = 0;
    loop {
        let told = orders.wait_for(|order| *order == Order::Run || order.ends()).await;
        if told.map_or(true, |order| order.ends()) {
            return begun;
        }
        let _at_work = AtWork::begin(pool.run(), shared);
        while *orders.borrow() == Order::Run {
            if !shared.work.take(begun) {
                return begun;
            }
            let started = Instant::now();
            iterate(pool, seat, shared, &mut orders, begun).await;
            begun += 1;
            if let Some(least) = shared.min_iteration_duration {
                rest(started + least, &mut orders).await;
            }
        }
    }
}

/// Waits for an order of this kind.
async fn until(orders: &mut watch::Receiver<Order>, kind: impl Fn(Order) -> bool) {
    // The scenario keeps its channels until all have left.
    let _ = orders.wait_for(|order| kind(*order)).await;
}

/// Waits until `end`, or for an order that is not to run.
async fn rest(end: Instant, orders: &mut watch::Receiver<Order>) {
    tokio::select! {
        () = sleep_until(end) => {}
        () = until(orders, |order| order != Order::Run) => {}
    }
}

async fn iterate(
    pool: &Pool,
    seat: &mut Seat,
    shared: &Shared,
    orders: &mut watch::Receiver<Order>,
    begun: u64,
) {
    let position = shared.position(begun, seat.iterations);
    seat.iterations += 1;
    let user = match pool.revive(seat).await {
        Ok(user) => user,
        Err(RunError::Stopped) => return,
        Err(error) => {
            complain(pool.run(), shared, Source::Runner, error.to_string());
            return sleep(REVIVAL_PAUSE).await;
        }
    };
    let interrupter = user.interrupter();
    let result = {
        let mut iteration = pin!(user.iterate(&shared.exec, shared.data.as_deref(), position));
        tokio::select! {
            biased;
            result = &mut iteration => result,
            () = until(orders, Order::breaks) => {
                interrupter.interrupt();
                iteration.await
            }
        }
    };
    let counters = &pool.run().counters;
    if result.as_ref().is_err_and(|error| !error.is_survivable()) || interrupter.is_interrupted() {
        seat.user = None;
    }
    match result {
        Ok(()) => {}
        Err(StageError::Exception(text)) => complain(pool.run(), shared, Source::Stacktrace, text),
        Err(StageError::Interrupted) => {
            counters.interrupted.fetch_add(1, Ordering::Relaxed);
            return;
        }
        Err(StageError::Trap(text)) => {
            let text = format!("the virtual user was stopped and is replaced: {text}");
            complain(pool.run(), shared, Source::Runner, text);
            counters.interrupted.fetch_add(1, Ordering::Relaxed);
            return;
        }
    }
    counters.completed.fetch_add(1, Ordering::Relaxed);
    shared.finished.fetch_add(1, Ordering::Relaxed);
}

fn complain(run: &Arc<RunContext>, shared: &Shared, source: Source, message: String) {
    let fields = vec![("executor", shared.executor.to_owned()), ("scenario", shared.name.clone())];
    run.log.line(Line { level: Level::Error, source, message, fields });
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
