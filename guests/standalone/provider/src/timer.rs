//! Timers.

use std::cell::Cell;
use std::rc::Rc;

use crate::bindings::events::{Event, TimerFired};
use crate::clock;
use crate::queue::{EventQueue, Source};
use crate::reactor;

/// The shortest period, in nanoseconds: a shorter one would leave no time for anything else.
const MIN_PERIOD: u64 = 1_000_000;

/// A timer; dropping it stops it.
pub(crate) struct Timer {
    pub(crate) id: u32,
    ticks: Rc<Ticks>,
}

/// When a timer fires. One event of it waits at most; what goes by meanwhile is counted when that is taken.
pub(crate) struct Ticks {
    id: u32,
    queue: EventQueue,
    period: Option<u64>,
    /// When the last event was due, or the next one is.
    due: Cell<u64>,
    /// When the timer was dropped.
    stopped: Cell<Option<u64>>,
}

impl Timer {
    /// Makes one that fires after `first` nanoseconds, then every `period`.
    pub(crate) fn start(id: u32, queue: EventQueue, first: u64, period: Option<u64>) -> Self {
        let ticks = Rc::new(Ticks {
            id,
            queue,
            period: period.map(|period| period.max(MIN_PERIOD)),
            due: Cell::new(clock::now().saturating_add(first)),
            stopped: Cell::new(None),
        });
        reactor::arm(ticks.due.get(), ticks.clone());
        Self { id, ticks }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // A destructor does not call the host.
        self.ticks.stopped.set(Some(reactor::looked()));
        reactor::disarm(self.ticks.due.get(), self.id);
    }
}

impl Ticks {
    /// The number by which events name the timer.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// It is due.
    pub(crate) fn fire(self: Rc<Self>) {
        let fired = TimerFired { timer: self.id, due: self.due.get(), missed: 0 };
        self.queue.clone().push(Event::Timer(fired), Source::Timer(self));
    }

    /// Its event is taken: how many periods had gone by besides the one that made it.
    pub(crate) fn take(&self) -> u64 {
        let Some(period) = self.period else { return 0 };
        let until = self.stopped.get().unwrap_or_else(clock::now);
        let missed = until.saturating_sub(self.due.get()) / period;
        self.due.set(self.due.get().saturating_add(missed.saturating_mul(period)));
        missed
    }

    /// Runs on to the next period, once the event of the last is taken.
    pub(crate) fn rearm(self: Rc<Self>) {
        let Some(period) = self.period.filter(|_| self.stopped.get().is_none()) else { return };
        self.due.set(self.due.get().saturating_add(period));
        reactor::arm(self.due.get(), self);
    }
}
