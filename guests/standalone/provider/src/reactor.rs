//! All that is under way, moved on while the guest waits: there is one thread, and it is the guest's.

use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::{Pollable, poll};

use crate::clock;
use crate::timer::Ticks;

/// How long events that wait already may keep the guest from the network, in nanoseconds: a guest that finds a
/// timer due each time would else never see a message.
const LONGEST_NEGLECT: u64 = 5_000_000;

/// Something that goes on until it ends.
pub(crate) trait Activity {
    /// Goes on as far as it can without waiting. False when it has ended.
    fn advance(&self, now: u64) -> bool;

    /// Whether it can go on without waiting for anything.
    fn is_ready(&self) -> bool;

    /// When it has to go on though nothing happens.
    fn deadline(&self) -> Option<u64>;

    /// What it waits for.
    fn sources(&self) -> [Option<Ref<'_, Pollable>>; 2];
}

/// At most two things that can be waited for.
pub(crate) type Sources<'a> = [Option<&'a Pollable>; 2];

#[derive(Default)]
struct Reactor {
    activities: RefCell<Vec<Rc<dyn Activity>>>,
    timers: RefCell<BTreeMap<(u64, u32), Rc<Ticks>>>,

    /// When the network was looked at last.
    looked: Cell<u64>,
    /// When the clock was read last.
    read: Cell<u64>,
}

thread_local! {
    static REACTOR: Reactor = Reactor::default();
}

/// Keeps something going until it ends.
pub(crate) fn add(activity: Rc<dyn Activity>) {
    REACTOR.with(|reactor| reactor.activities.borrow_mut().push(activity));
}

/// Lets a timer fire when it is due.
pub(crate) fn arm(due: u64, ticks: Rc<Ticks>) {
    REACTOR.with(|reactor| reactor.timers.borrow_mut().insert((due, ticks.id()), ticks));
}

/// Lets it fire no more.
pub(crate) fn disarm(due: u64, id: u32) {
    let gone = REACTOR.with(|reactor| reactor.timers.borrow_mut().remove(&(due, id)));
    drop(gone);
}

/// When the clock was read last.
pub(crate) fn looked() -> u64 {
    REACTOR.with(|reactor| reactor.read.get())
}

/// Moves on what can go on, without waiting.
pub(crate) fn look() {
    run(Some(0), || None::<()>);
}

/// Whether nothing is under way but timers.
pub(crate) fn is_idle() -> bool {
    REACTOR.with(|reactor| reactor.activities.borrow().is_empty())
}

/// Goes on until `done` has something, or the deadline has passed. What is there already is found without a look
/// at the network, unless that is long ago.
pub(crate) fn run<T>(deadline: Option<u64>, mut done: impl FnMut() -> Option<T>) -> Option<T> {
    REACTOR.with(|reactor| {
        let now = reactor.fire_timers();
        if now.saturating_sub(reactor.looked.get()) > LONGEST_NEGLECT {
            reactor.turn(Some(now));
        }
        loop {
            let now = reactor.fire_timers();
            if let Some(found) = done() {
                return Some(found);
            }
            let is_last = deadline.is_some_and(|deadline| deadline <= now);
            reactor.turn(deadline);
            if is_last {
                reactor.fire_timers();
                return done();
            }
        }
    })
}

impl Reactor {
    /// Puts the events of timers that are due into their queues. Returns the time.
    fn fire_timers(&self) -> u64 {
        let now = clock::now();
        self.read.set(now);
        loop {
            let mut timers = self.timers.borrow_mut();
            match timers.first_entry() {
                Some(first) if first.key().0 <= now => {
                    let ticks = first.remove();
                    drop(timers);
                    ticks.fire();
                }
                _ => return now,
            }
        }
    }

    /// Waits until something can go on, or the deadline has passed, and moves it on.
    fn turn(&self, deadline: Option<u64>) {
        let activities = self.activities.borrow().clone();
        let next_timer = self.timers.borrow().keys().next().map(|(due, _)| *due);
        let deadlines = activities.iter().filter_map(|activity| activity.deadline());
        let wake = deadlines.chain(next_timer).chain(deadline).min();
        let can_go_on: Vec<bool> = activities.iter().map(|activity| activity.is_ready()).collect();
        let wake = if can_go_on.contains(&true) { Some(0) } else { wake };
        let ready = wait(&activities, wake);
        let now = clock::now();
        self.looked.set(now);
        let mut ended = Vec::new();
        for (number, activity) in activities.iter().enumerate() {
            let is_due = activity.deadline().is_some_and(|deadline| deadline <= now);
            if (can_go_on[number] || is_due || ready[number]) && !activity.advance(now) {
                ended.push(activity);
            }
        }
        if !ended.is_empty() {
            let is_over = |one: &Rc<dyn Activity>| ended.iter().any(|other| Rc::ptr_eq(one, other));
            self.activities.borrow_mut().retain(|one| !is_over(one));
        }
    }
}

/// Waits for the sources of activities, until a time if there is one. Tells which of them have something.
fn wait(activities: &[Rc<dyn Activity>], wake: Option<u64>) -> Vec<bool> {
    let clock = wake.map(monotonic_clock::subscribe_instant);
    let sources: Vec<(usize, Ref<'_, Pollable>)> = activities
        .iter()
        .enumerate()
        .flat_map(|(number, activity)| {
            activity.sources().into_iter().flatten().map(move |source| (number, source))
        })
        .collect();
    let mut pollables: Vec<&Pollable> = sources.iter().map(|(_, source)| &**source).collect();
    pollables.extend(&clock);
    // A host has nothing to wait for either, and would stop the guest without a word.
    assert!(!pollables.is_empty(), "the guest waits without end: no socket and no timer is left");
    let mut ready = vec![false; activities.len()];
    for index in poll(&pollables) {
        if let Some((number, _)) = sources.get(index as usize) {
            ready[*number] = true;
        }
    }
    ready
}
