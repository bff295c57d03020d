//! What runs when: events, timers and promise jobs, one at a time.
//!
//! Promise jobs are drained after every handler. Events that were fetched but not yet dispatched
//! wait in one list, which a nested loop (`k6/ws` blocks in one) goes on with, so that no event
//! overtakes another.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;

use rquickjs::{Ctx, Error, Exception, Result, qjs};

use crate::bindings::wasock::websocket::events::{Event, EventQueue};
use crate::bindings::wasock::websocket::execution;
use crate::{failure, platform, requests, sockets, timers};

/// How many events one call fetches: enough to spread the cost of the call thin, few enough that
/// timers, which are looked at between two calls, stay punctual.
const BATCH: u32 = 64;

/// Nanoseconds in a millisecond, the unit of time in JavaScript.
pub const NANOS_PER_MILLI: f64 = 1e6;

thread_local! {
    static QUEUE: OnceCell<EventQueue> = const { OnceCell::new() };
    static FETCHED: RefCell<VecDeque<Event>> = const { RefCell::new(VecDeque::new()) };
    static INTERRUPTED: Cell<bool> = const { Cell::new(false) };
    static TURN: Cell<u64> = const { Cell::new(0) };
}

/// Runs `f` with the queue of this instance, which is made when it is first needed.
pub fn with_queue<R>(f: impl FnOnce(&EventQueue) -> R) -> R {
    QUEUE.with(|cell| f(cell.get_or_init(EventQueue::new)))
}

/// Notes that another task runs: a stage, the handlers of an event, a timer.
pub fn begin_turn() {
    TURN.set(TURN.get() + 1);
}

/// The number of the task that runs.
pub fn turn() -> u64 {
    TURN.get()
}

/// Whether the host asked this instance to finish.
pub fn is_interrupted() -> bool {
    INTERRUPTED.get()
}

/// QuickJS asks this every few thousand instructions; `true` unwinds the script.
pub fn should_stop() -> bool {
    if platform::is_awake() && !INTERRUPTED.get() && execution::interrupted() {
        INTERRUPTED.set(true);
    }
    INTERRUPTED.get()
}

/// The error that unwinds a script past its `catch` clauses.
pub fn unwind(ctx: &Ctx<'_>) -> Error {
    let error = Exception::throw_message(ctx, "interrupted");
    let thrown = ctx.catch();
    // SAFETY: context and value belong together.
    unsafe { qjs::JS_SetUncatchableError(ctx.as_raw().as_ptr(), thrown.as_raw()) };
    ctx.throw(thrown);
    error
}

/// Runs what is due until `done`, until nothing that the stage waits for can happen any more, or until
/// the host interrupts.
pub fn run(ctx: &Ctx<'_>, done: impl Fn() -> bool) {
    run_while(ctx, done, sockets::any_holds);
}

/// As [`run`], but sockets that outlive their stage are waited for as well.
pub fn run_with_all(ctx: &Ctx<'_>, done: impl Fn() -> bool) {
    run_while(ctx, done, sockets::any_open);
}

fn run_while(ctx: &Ctx<'_>, done: impl Fn() -> bool, waits: fn() -> bool) {
    // What has come for sockets that nobody waits for is taken once, at the end.
    let mut looked = false;
    loop {
        settle(ctx);
        if INTERRUPTED.get() || done() {
            return;
        }
        if let Some(event) = FETCHED.with_borrow_mut(VecDeque::pop_front) {
            dispatch(ctx, event);
        } else if !timers::run_one_due(ctx) {
            let timeout = timers::until_next();
            if timers::any() || requests::any_awaited() || waits() {
                fetch(timeout);
            } else if !looked && sockets::any_open() {
                looked = true;
                fetch(Some(0));
            } else {
                return;
            }
        }
    }
}

/// Blocks for `millis` without running anything, or until the host interrupts.
pub fn sleep(ctx: &Ctx<'_>, millis: f64) -> Result<()> {
    let nanos = (millis.max(0.0) * NANOS_PER_MILLI) as u64;
    if with_queue(|queue| queue.wait(0, Some(nanos))).is_err() {
        INTERRUPTED.set(true);
    }
    if INTERRUPTED.get() { Err(unwind(ctx)) } else { Ok(()) }
}

/// Blocks until one of these requests has ended, without running anything, and returns their places; or
/// until the host interrupts.
pub fn wait_for(ctx: &Ctx<'_>, ids: &[u32]) -> Result<Vec<u32>> {
    match requests::wait(ids) {
        Ok(places) => Ok(places),
        Err(_) => {
            INTERRUPTED.set(true);
            Err(unwind(ctx))
        }
    }
}

/// Runs promise jobs until there are none, then looks for rejections that nobody handles.
pub fn settle(ctx: &Ctx<'_>) {
    loop {
        let mut raw = std::ptr::null_mut();
        // SAFETY: the runtime belongs to the context, which is alive.
        let status = unsafe {
            qjs::JS_ExecutePendingJob(qjs::JS_GetRuntime(ctx.as_raw().as_ptr()), &mut raw)
        };
        match status {
            0 => break,
            1.. => continue,
            _ => report(ctx, Error::Exception),
        }
        if INTERRUPTED.get() {
            return;
        }
    }
    for exception in failure::take_rejections(ctx) {
        end_stage(ctx, exception);
    }
}

/// An exception that nobody caught: the stage fails, and what it has open is closed.
pub fn report(ctx: &Ctx<'_>, error: Error) {
    let exception = failure::catch(ctx, error);
    end_stage(ctx, exception);
}

/// As [`report`], for an exception that is already in words.
pub fn end_stage(
    ctx: &Ctx<'_>,
    exception: crate::bindings::exports::wasock::websocket::lifecycle::Exception,
) {
    if should_stop() {
        return;
    }
    if failure::record(exception) {
        timers::stop_all();
        requests::give_up_awaited();
        sockets::interrupt_all(ctx);
    }
}

fn fetch(timeout: Option<u64>) {
    match with_queue(|queue| queue.wait(BATCH, timeout)) {
        Ok(events) => FETCHED.with_borrow_mut(|fetched| fetched.extend(events)),
        Err(_) => INTERRUPTED.set(true),
    }
}

/// Drops the messages that were fetched for a socket and are not yet dispatched. Returns how many.
pub fn drop_messages(socket: u32) -> u32 {
    let is_message = |event: &Event| match event {
        Event::Text(message) => message.socket == socket,
        Event::Binary(message) => message.socket == socket,
        _ => false,
    };
    FETCHED.with_borrow_mut(|fetched| {
        let before = fetched.len();
        fetched.retain(|event| !is_message(event));
        (before - fetched.len()) as u32
    })
}

fn dispatch(ctx: &Ctx<'_>, event: Event) {
    begin_turn();
    let dispatched = match event {
        Event::Completed(completed) => requests::completed(ctx, completed.operation),
        event => sockets::dispatch(ctx, event),
    };
    if let Err(error) = dispatched {
        report(ctx, error);
    }
}

/// What is left when the host interrupts: connections are closed in order, nothing else runs.
pub fn abandon() {
    timers::clear_all();
    requests::give_up_all();
    sockets::close_all();
    FETCHED.take();
}

/// Milliseconds of the monotonic clock.
pub fn now_millis() -> f64 {
    platform::now() as f64 / NANOS_PER_MILLI
}
