//! `setTimeout` and `setInterval`, kept inside the instance: the loop's `wait` ends when the next
//! one is due, so a timer costs the host nothing.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rquickjs::{Ctx, Function, Persistent};

use crate::bindings::wasock::websocket::console::{self, Level, Source};
use crate::event_loop::NANOS_PER_MILLI;
use crate::{event_loop, failure, platform};

struct Timer {
    callback: Persistent<Function<'static>>,
    due: u64,
    /// Nanoseconds between two calls of an interval; none for a timeout.
    period: Option<u64>,
}

thread_local! {
    static LAST_ID: Cell<u32> = const { Cell::new(0) };
    static LAST_TURN: Cell<u64> = const { Cell::new(0) };
    static TIMERS: RefCell<BTreeMap<u32, Timer>> = const { RefCell::new(BTreeMap::new()) };
    /// Due time, turn and id. Entries whose timer is gone, or due at another time, are stale.
    static SCHEDULE: RefCell<BinaryHeap<Reverse<(u64, u64, u32)>>> =
        const { RefCell::new(BinaryHeap::new()) };
}

/// The next timer id. Failed calls consume one too, as in k6.
pub fn take_id() -> u32 {
    LAST_ID.set(LAST_ID.get() + 1);
    LAST_ID.get()
}

/// Schedules a callback, once or again and again. While a failed stage is being cleaned up, new
/// timers do not start.
pub fn set<'js>(ctx: &Ctx<'js>, callback: Function<'js>, millis: f64, repeat: bool) -> u32 {
    let id = take_id();
    if failure::is_recorded() {
        return id;
    }
    let delay = (millis.max(0.0) * NANOS_PER_MILLI) as u64;
    let due = platform::now().saturating_add(delay);
    // An interval of 0 would never let the loop fetch events.
    let period = repeat.then(|| delay.max(1_000));
    let callback = Persistent::save(ctx, callback);
    let timer = Timer { callback, due, period };
    TIMERS.with_borrow_mut(|timers| timers.insert(id, timer));
    schedule(due, id);
    id
}

/// Whether there is a timer that the stage waits for.
pub fn any() -> bool {
    TIMERS.with_borrow(|timers| !timers.is_empty())
}

/// Forgets a timer. An id that is not set is no error.
pub fn clear(id: u32) {
    TIMERS.with_borrow_mut(|timers| timers.remove(&id));
}

/// Nanoseconds until the next timer is due; none without timers.
pub fn until_next() -> Option<u64> {
    drop_stale();
    let due = SCHEDULE.with_borrow(|heap| heap.peek().map(|Reverse((due, _, _))| *due))?;
    Some(due.saturating_sub(platform::now()))
}

/// Calls the timer that has been due for longest. Tells whether there was one.
pub fn run_one_due(ctx: &Ctx<'_>) -> bool {
    drop_stale();
    let next = SCHEDULE.with_borrow(|heap| heap.peek().map(|Reverse(entry)| *entry));
    let Some((due, _, id)) = next else { return false };
    let now = platform::now();
    if due > now {
        return false;
    }
    SCHEDULE.with_borrow_mut(BinaryHeap::pop);
    let Some(callback) = take_turn(id, now) else { return false };
    event_loop::begin_turn();
    let called = callback.restore(ctx).and_then(|callback| callback.call::<_, ()>(()));
    if let Err(error) = called {
        event_loop::report(ctx, error);
    }
    true
}

/// Readies a due timer for its call: a timeout is over, an interval moves to the next point of its
/// grid that lies ahead.
fn take_turn(id: u32, now: u64) -> Option<Persistent<Function<'static>>> {
    TIMERS.with_borrow_mut(|timers| {
        let timer = timers.get_mut(&id)?;
        let Some(period) = timer.period else {
            let timer = timers.remove(&id)?;
            return Some(timer.callback);
        };
        let passed = (now - timer.due) / period + 1;
        timer.due += passed * period;
        schedule(timer.due, id);
        Some(timer.callback.clone())
    })
}

fn schedule(due: u64, id: u32) {
    LAST_TURN.set(LAST_TURN.get() + 1);
    SCHEDULE.with_borrow_mut(|heap| heap.push(Reverse((due, LAST_TURN.get(), id))));
}

fn drop_stale() {
    TIMERS.with_borrow(|timers| {
        SCHEDULE.with_borrow_mut(|heap| {
            while let Some(Reverse((due, _, id))) = heap.peek() {
                if timers.get(id).is_some_and(|timer| timer.due == *due) {
                    break;
                }
                heap.pop();
            }
        });
    });
}

/// Drops the stage's timers because it has failed, and says so.
pub fn stop_all() {
    for (id, timer) in TIMERS.take() {
        let name = if timer.period.is_some() { "setInterval" } else { "setTimeout" };
        let line = format!("{name} {id} was stopped because the VU iteration was interrupted");
        console::log(Level::Warn, Source::Runtime, &line);
    }
}

/// Drops all timers.
pub fn clear_all() {
    TIMERS.take();
    SCHEDULE.take();
}
