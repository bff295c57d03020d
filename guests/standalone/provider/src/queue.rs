//! The event queue: what has happened and was not taken, and how far the guest has come.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use crate::bindings::events::{Completed, Event, WaitError};
use crate::limits::{MAX_UNTAKEN_BYTES, MAX_UNTAKEN_EVENTS};
use crate::room::{Mark, Progress, Room, payload_len};
use crate::timer::Ticks;
use crate::vu::meter::Account;
use crate::{clock, ctx, reactor};

/// An event queue; cloning it makes another handle to the same queue.
#[derive(Clone, Default)]
pub(crate) struct EventQueue(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    events: VecDeque<Entry>,
    bytes: usize,
    /// Messages that the guest has taken, until it tells that it has handled them.
    fetched: Vec<Rc<Origin>>,
    progress: Progress,
    /// The guest has dropped the queue: nothing is kept, and nobody is held up.
    closed: bool,
}

struct Entry {
    event: Event,
    source: Source,
}

/// What made an event.
#[derive(Clone)]
pub(crate) enum Source {
    /// A socket.
    Socket(Rc<Origin>),
    /// A timer.
    Timer(Rc<Ticks>),
    /// An operation of another interface; true once its handle is gone.
    Operation(Rc<Cell<bool>>),
}

impl Source {
    /// Whether no event from here may reach the guest any more.
    fn is_gone(&self) -> bool {
        match self {
            Self::Socket(origin) => origin.detached.get(),
            // A timer's event outlives its handle.
            Self::Timer(_) => false,
            Self::Operation(gone) => gone.get(),
        }
    }
}

/// The part of a socket that its waiting events hold on to.
#[derive(Default)]
pub(crate) struct Origin {
    /// Who counts what the socket does.
    pub(crate) account: RefCell<Option<Rc<Account>>>,
    /// The guest has asked for the end: messages that it takes from now on are nothing to it.
    pub(crate) ended: Cell<bool>,
    /// The handle is gone.
    pub(crate) detached: Cell<bool>,
}

impl Origin {
    /// Lets who counts do so.
    pub(crate) fn observe(&self, tell: impl FnOnce(&Account)) {
        if let Some(account) = &*self.account.borrow() {
            tell(account);
        }
    }

    /// The guest has handled a message.
    fn delivered(&self) {
        self.observe(Account::delivered);
    }
}

impl EventQueue {
    /// Puts an event in. It is never refused: who reads from a network asks for [`Self::room`] first.
    pub(crate) fn push(&self, event: Event, source: Source) {
        let mut state = self.0.borrow_mut();
        if state.closed {
            return;
        }
        state.bytes += payload_len(&event);
        state.progress.put_in += 1;
        state.events.push_back(Entry { event, source });
    }

    /// Tells that an operation has ended; nothing is told once `gone` is true.
    pub(crate) fn complete(&self, operation: u32, gone: Rc<Cell<bool>>) {
        let completed = Completed { operation, at: clock::now() };
        self.push(Event::Completed(completed), Source::Operation(gone));
    }

    /// What there is room for.
    pub(crate) fn room(&self) -> Room {
        let state = self.0.borrow();
        if state.closed {
            return Room::UNBOUNDED;
        }
        let limits = &ctx::shared().limits;
        Room {
            bytes: limits.queued_bytes.saturating_sub(state.bytes),
            events: limits.queued_events.saturating_sub(state.events.len()),
        }
    }

    /// Whether the guest takes what comes of its sockets, timers and requests, so that it may have more of
    /// them; the text if it does not.
    pub(crate) fn check_untaken(&self) -> Result<(), String> {
        let limits = &ctx::shared().limits;
        let events = limits.queued_events + MAX_UNTAKEN_EVENTS;
        let bytes = limits.queued_bytes + MAX_UNTAKEN_BYTES;
        let mut state = self.0.borrow_mut();
        if state.events.len() >= events || state.bytes >= bytes {
            state.forget_gone();
        }
        if state.events.len() < events && state.bytes < bytes {
            return Ok(());
        }
        Err(format!(
            "the limit of {events} events or {bytes} bytes that the guest does not take is reached"
        ))
    }

    /// Marks this moment, if the guest is busy with something, or something waits for it.
    pub(crate) fn mark_unseen(&self) -> Option<Mark> {
        let state = self.0.borrow();
        let idle = state.progress.is_waiting && state.events.is_empty();
        let Progress { put_in, waits, .. } = state.progress;
        (!idle && !state.closed).then_some(Mark { put_in, waits })
    }

    /// Whether the guest has handled what was put in before the mark, and has waited since.
    pub(crate) fn has_seen(&self, mark: &Mark) -> bool {
        let state = self.0.borrow();
        state.closed || state.progress.is_past(*mark)
    }

    /// The guest does not handle the last messages of this origin that it has taken.
    pub(crate) fn skip(&self, origin: &Rc<Origin>, messages: usize) {
        let mut state = self.0.borrow_mut();
        let taken = state.fetched.iter().filter(|one| Rc::ptr_eq(one, origin)).count();
        let mut handled = taken.saturating_sub(messages);
        state.fetched.retain(|one| {
            let is_of = Rc::ptr_eq(one, origin);
            let keeps = !is_of || handled > 0;
            handled -= usize::from(keeps && is_of);
            keeps
        });
    }

    /// The guest takes nothing more of this origin: what it has taken is handled.
    pub(crate) fn settle(&self, origin: &Rc<Origin>) {
        let is_of = |one: &mut Rc<Origin>| Rc::ptr_eq(one, origin);
        let settled: Vec<_> = self.0.borrow_mut().fetched.extract_if(.., is_of).collect();
        settled.iter().for_each(|origin| origin.delivered());
    }

    /// The guest has dropped its handle: what waits is dropped, and what comes is.
    pub(crate) fn close(&self) {
        let mut state = self.0.borrow_mut();
        state.closed = true;
        state.bytes = 0;
        let events = std::mem::take(&mut state.events);
        drop(state);
        drop(events);
    }

    /// `event-queue.wait`.
    ///
    /// # Errors
    ///
    /// The guest was interrupted.
    pub(crate) fn wait(&self, max: u32, timeout: Option<u64>) -> Result<Vec<Event>, WaitError> {
        let deadline = timeout.map(|timeout| clock::now().saturating_add(timeout));
        if max > 0 {
            self.begin_wait();
        }
        let waited = reactor::run(deadline, || {
            if ctx::is_interrupted() {
                return Some(Err(WaitError::Interrupted));
            }
            let events = self.take(max);
            (!events.is_empty()).then_some(Ok(events))
        });
        self.0.borrow_mut().progress.is_waiting = false;
        waited.unwrap_or_else(|| Ok(Vec::new()))
    }

    /// Who waits for more has handled what it has.
    fn begin_wait(&self) {
        let fetched = {
            let mut state = self.0.borrow_mut();
            state.has_seen_all();
            std::mem::take(&mut state.fetched)
        };
        fetched.iter().for_each(|origin| origin.delivered());
    }

    fn take(&self, max: u32) -> Vec<Event> {
        let (taken, timers) = self.0.borrow_mut().take(max as usize);
        timers.into_iter().for_each(Ticks::rearm);
        taken
    }
}

impl State {
    /// Drops events that can reach nobody any more.
    fn forget_gone(&mut self) {
        let Self { events, bytes, progress, .. } = self;
        events.retain(|Entry { event, source }| {
            let stays = !source.is_gone();
            if !stays {
                *bytes -= payload_len(event);
                progress.taken += 1;
            }
            stays
        });
    }

    /// Takes events, and the timers that run on now.
    fn take(&mut self, max: usize) -> (Vec<Event>, Vec<Rc<Ticks>>) {
        let (mut taken, mut timers) = (Vec::new(), Vec::new());
        while taken.len() < max
            && let Some(Entry { mut event, source }) = self.events.pop_front()
        {
            self.bytes -= payload_len(&event);
            self.progress.taken += 1;
            if source.is_gone() {
                continue;
            }
            match source {
                Source::Timer(ticks) => {
                    if let Event::Timer(fired) = &mut event {
                        fired.missed = ticks.take();
                    }
                    timers.push(ticks);
                }
                Source::Socket(origin) => {
                    let is_message = matches!(event, Event::Text(_) | Event::Binary(_));
                    if is_message && !origin.ended.get() && origin.account.borrow().is_some() {
                        self.fetched.push(origin);
                    }
                }
                Source::Operation(_) => {}
            }
            taken.push(event);
        }
        // What was there was for nobody any more.
        if taken.is_empty() && self.progress.is_waiting {
            self.has_seen_all();
        }
        // On its way out with something: a mark that is made from now on has to wait for it.
        self.progress.is_waiting &= taken.is_empty();
        (taken, timers)
    }

    /// The guest waits, and is done with all that it has taken.
    fn has_seen_all(&mut self) {
        let progress = &mut self.progress;
        progress.is_waiting = true;
        progress.waits += 1;
        progress.handled = progress.taken;
    }
}
