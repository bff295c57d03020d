//! The queue that everything goes through on its way to the guest.

use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::future::{Either, select};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::alarms::Alarms;
use crate::bindings::events::{Completed, Event, WaitError};
use crate::bound::Bound;
use crate::clock;
use crate::ctx::Shared;
use crate::limits::{MAX_UNTAKEN_BYTES, MAX_UNTAKEN_EVENTS};
use crate::observer::Delivered;
use crate::queued::Queued;
use crate::room::{Mark, Progress, Room};
use crate::signal::Interrupter;
use crate::source::{Origin, Source};

/// An event queue; cloning it makes another handle to the same queue.
#[derive(Clone)]
pub struct EventQueue(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    /// Wakes `async` waits when there are new events.
    arrival: Notify,
    shared: Arc<Shared>,
    max_bytes: usize,
    max_events: usize,
}

#[derive(Default)]
struct State {
    events: VecDeque<Entry>,
    bytes: usize,
    /// Connections that stopped reading until there is room, by the number of their socket.
    stalled: HashMap<u32, Waker>,
    /// Messages that the guest has taken, until it tells that it has handled them.
    fetched: Vec<Fetched>,
    progress: Progress,
    /// Connections that wait until the guest has seen what was put in before, by the number of their
    /// socket.
    marks: HashMap<u32, (Mark, Waker)>,
    /// The guest has dropped the queue: nothing is kept, and nobody is held up.
    closed: bool,
}

struct Entry {
    event: Queued,
    source: Source,
}

/// A message that the guest has taken.
struct Fetched {
    origin: Arc<Origin>,
    message: Delivered,
}

/// Tells who observes these messages that they are handled.
fn handled(messages: &[Fetched]) {
    for same in messages.chunk_by(|a, b| Arc::ptr_eq(&a.origin, &b.origin)) {
        same[0].origin.delivered(&mut same.iter().map(|one| one.message));
    }
}

impl EventQueue {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::new(Inner {
            state: Mutex::default(),
            arrival: Notify::new(),
            shared: shared.clone(),
            max_bytes: shared.limits.queued_bytes,
            max_events: shared.limits.queued_events,
        }))
    }

    pub(crate) fn alarms(&self) -> &Alarms {
        &self.0.shared.alarms
    }

    /// Puts an event in. It is never refused: who reads from a network asks
    /// [`Self::poll_room`] first.
    pub(crate) fn push(&self, event: Event, source: Source) {
        self.extend([Entry { event: event.into(), source }].into_iter());
    }

    /// Puts in what a socket has received.
    pub(crate) fn push_all(&self, events: impl Iterator<Item = Queued>, origin: &Arc<Origin>) {
        let source = || Source::Socket(origin.clone());
        self.extend(events.map(|event| Entry { event, source: source() }));
    }

    fn extend(&self, entries: impl Iterator<Item = Entry>) {
        {
            let mut state = self.0.state.lock();
            if state.closed {
                return;
            }
            for entry in entries {
                state.bytes += entry.event.payload_len();
                state.progress.put_in += 1;
                state.events.push_back(entry);
            }
        }
        self.0.shared.signal.waker.wake();
        self.0.arrival.notify_waiters();
    }

    /// Whether the guest takes what comes of its sockets, timers and requests, so that it may have
    /// more of them.
    ///
    /// # Errors
    ///
    /// It does not: the text for it.
    pub fn check_untaken(&self) -> Result<(), String> {
        let (events, bytes) =
            (self.0.max_events + MAX_UNTAKEN_EVENTS, self.0.max_bytes + MAX_UNTAKEN_BYTES);
        {
            let mut state = self.0.state.lock();
            if state.events.len() < events && state.bytes < bytes {
                return Ok(());
            }
            state.forget_gone();
            if state.events.len() < events && state.bytes < bytes {
                return Ok(());
            }
        }
        let most = format_args!("{events} events or {bytes} bytes that the guest does not take");
        Err(self.0.shared.refusal(Bound::Events, most))
    }

    /// Tells the guest that an operation has ended, which another crate carries out for it. The number
    /// is from [`SocketsCtx::next_operation`](crate::SocketsCtx::next_operation); nothing is told once
    /// `gone` is true.
    pub fn complete(&self, operation: u32, gone: Arc<AtomicBool>) {
        let completed = Completed { operation, at: clock::now() };
        self.push(Event::Completed(completed), Source::Operation(gone));
    }

    /// Ready while there is room for what the connection of this socket may read next.
    pub(crate) fn poll_room(&self, cx: &Context<'_>, socket: u32) -> Poll<Room> {
        let mut state = self.0.state.lock();
        if state.closed {
            return Poll::Ready(Room::UNBOUNDED);
        }
        let room = Room {
            bytes: self.0.max_bytes.saturating_sub(state.bytes),
            events: self.0.max_events.saturating_sub(state.events.len()),
        };
        if room.is_some() {
            return Poll::Ready(room);
        }
        state.stalled.insert(socket, cx.waker().clone());
        Poll::Pending
    }

    /// Marks this moment, if the guest is busy with something, or something waits for it.
    pub(crate) fn mark_unseen(&self) -> Option<Mark> {
        let state = self.0.state.lock();
        let idle = state.progress.is_waiting && state.events.is_empty();
        let Progress { put_in, waits, .. } = state.progress;
        (!idle && !state.closed).then_some(Mark { put_in, waits })
    }

    /// Ready when the guest has handled what was put in before the mark, which its next wait tells.
    pub(crate) fn poll_seen(&self, cx: &Context<'_>, socket: u32, mark: &Mark) -> Poll<()> {
        let mut state = self.0.state.lock();
        if state.closed || state.progress.is_past(*mark) {
            return Poll::Ready(());
        }
        state.marks.insert(socket, (*mark, cx.waker().clone()));
        Poll::Pending
    }

    /// The guest does not handle the last messages of this origin that it has taken.
    pub(crate) fn skip(&self, origin: &Arc<Origin>, messages: usize) {
        let mut state = self.0.state.lock();
        let is_of = |one: &Fetched| Arc::ptr_eq(&one.origin, origin);
        let taken = state.fetched.iter().filter(|one| is_of(one)).count();
        let mut handled = taken.saturating_sub(messages);
        state.fetched.retain(|one| {
            let keeps = !is_of(one) || handled > 0;
            handled -= usize::from(keeps && is_of(one));
            keeps
        });
    }

    /// The guest takes nothing more of this origin: what it has taken is handled.
    pub(crate) fn settle(&self, origin: &Arc<Origin>) {
        let is_of = |one: &mut Fetched| Arc::ptr_eq(&one.origin, origin);
        let of_origin: Vec<_> = self.0.state.lock().fetched.extract_if(.., is_of).collect();
        handled(&of_origin);
    }

    /// The guest has dropped its handle: what waits is dropped, and what comes is.
    pub(crate) fn close(&self) {
        let (events, stalled, marks) = {
            let mut state = self.0.state.lock();
            state.closed = true;
            state.bytes = 0;
            let events = std::mem::take(&mut state.events);
            (events, std::mem::take(&mut state.stalled), std::mem::take(&mut state.marks))
        };
        drop(events);
        stalled.into_values().for_each(Waker::wake);
        marks.into_values().for_each(|(_, waker)| waker.wake());
    }

    /// `event-queue.wait`.
    ///
    /// # Errors
    ///
    /// The guest was interrupted.
    pub async fn wait(&self, max: u32, timeout: Option<Duration>) -> Result<Vec<Event>, WaitError> {
        self.wait_for(self.next(max), max, timeout).await
    }

    /// `async-events.wait`: as [`Self::wait`], for one of several that wait while the guest goes on with
    /// other things.
    ///
    /// # Errors
    ///
    /// The guest was interrupted.
    pub async fn wait_beside(
        &self,
        max: u32,
        timeout: Option<Duration>,
    ) -> Result<Vec<Event>, WaitError> {
        self.wait_for(self.next_beside(max), max, timeout).await
    }

    async fn wait_for(
        &self,
        next: impl Future<Output = Result<Vec<Event>, WaitError>>,
        max: u32,
        timeout: Option<Duration>,
    ) -> Result<Vec<Event>, WaitError> {
        // A guest that finds events, or only looks, again and again must not keep the thread from
        // the connections that the events come from.
        tokio::task::coop::consume_budget().await;
        let _waiting = (max > 0).then(|| self.begin_wait());
        let Some(timeout) = timeout else { return next.await };
        if timeout.is_zero() {
            // Who only looks does not wait, and has computed all the while.
            return self.check_interrupted().map(|()| self.take(max));
        }
        match self.alarms().within(timeout, pin!(next)).await {
            Some(result) => result,
            None => self.check_interrupted().map(|()| Vec::new()),
        }
    }

    /// Who waits for more has handled what it has. It waits until what this returns is dropped.
    fn begin_wait(&self) -> Waiting<'_> {
        let seen = {
            let mut state = self.0.state.lock();
            handled(&state.fetched);
            state.fetched.clear();
            state.has_seen_all()
        };
        seen.into_iter().for_each(Waker::wake);
        Waiting(self)
    }

    async fn next_beside(&self, max: u32) -> Result<Vec<Event>, WaitError> {
        self.0.shared.signal.note_wait();
        let interrupter = Interrupter::of(&self.0.shared);
        let interrupted = pin!(interrupter.interrupted());
        let next = pin!(async {
            loop {
                let arrival = self.0.arrival.notified();
                let events = self.take(max);
                if !events.is_empty() {
                    return events;
                }
                arrival.await;
            }
        });
        match select(interrupted, next).await {
            Either::Left(((), _)) => Err(WaitError::Interrupted),
            Either::Right((events, _)) => Ok(events),
        }
    }

    async fn next(&self, max: u32) -> Result<Vec<Event>, WaitError> {
        self.0.shared.signal.note_wait();
        poll_fn(|cx| {
            self.0.shared.signal.waker.register(cx.waker());
            if let Err(error) = self.check_interrupted() {
                return Poll::Ready(Err(error));
            }
            let events = self.take(max);
            if !events.is_empty() {
                return Poll::Ready(Ok(events));
            }
            if self.0.shared.signal.takes_rest()
                && let Some(rest) = self.0.shared.rest
            {
                rest();
            }
            Poll::Pending
        })
        .await
    }

    fn check_interrupted(&self) -> Result<(), WaitError> {
        if self.0.shared.signal.interrupted.load(Ordering::Acquire) {
            return Err(WaitError::Interrupted);
        }
        Ok(())
    }

    fn take(&self, max: u32) -> Vec<Event> {
        let (taken, stalled, seen) = {
            let mut state = self.0.state.lock();
            let taken = state.take(max as usize);
            // What was there was for nobody any more.
            let waits_on = taken.is_empty() && state.progress.is_waiting;
            let seen = if waits_on { state.has_seen_all() } else { Vec::new() };
            (taken, self.0.no_longer_stalled(&mut state), seen)
        };
        stalled.into_values().chain(seen).for_each(Waker::wake);
        taken
    }
}

/// A wait, which has come to its end when this is dropped.
struct Waiting<'a>(&'a EventQueue);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.0.state.lock().progress.is_waiting = false;
    }
}

impl State {
    /// Drops events that can reach nobody any more.
    fn forget_gone(&mut self) {
        let Self { events, bytes, progress, .. } = self;
        events.retain(|Entry { event, source }| {
            let stays = !source.is_gone();
            if !stays {
                *bytes -= event.payload_len();
                progress.taken += 1;
            }
            stays
        });
    }

    fn take(&mut self, max: usize) -> Vec<Event> {
        let mut taken = Vec::with_capacity(self.events.len().min(max));
        while taken.len() < max
            && let Some(Entry { event, source }) = self.events.pop_front()
        {
            self.bytes -= event.payload_len();
            self.progress.taken += 1;
            if !source.is_gone() {
                taken.push(self.hand_out(event, source));
            }
        }
        // On its way out with something: a mark that is made from now on has to wait for it.
        self.progress.is_waiting &= taken.is_empty();
        taken
    }

    /// Completes an event that the guest takes.
    fn hand_out(&mut self, mut event: Queued, source: Source) -> Event {
        match source {
            Source::Timer(ticks) => {
                if let Queued::Timer(fired) = &mut event {
                    fired.missed = ticks.take();
                }
            }
            Source::Socket(origin) if origin.counts() => {
                if let Some(message) = event.message() {
                    self.fetched.push(Fetched { origin, message });
                }
            }
            Source::Socket(_) | Source::Operation(_) => {}
        }
        event.into()
    }

    /// The guest waits, and is done with all that it has taken. Returns who waits for that.
    fn has_seen_all(&mut self) -> Vec<Waker> {
        let Self { marks, progress, .. } = self;
        progress.is_waiting = true;
        progress.waits += 1;
        progress.handled = progress.taken;
        marks
            .extract_if(|_, (mark, _)| progress.is_past(*mark))
            .map(|(_, (_, waker))| waker)
            .collect()
    }
}

impl Inner {
    /// Who may read on. Nobody before half of the queue is free: thousands would be woken to find
    /// room for one.
    fn no_longer_stalled(&self, state: &mut State) -> HashMap<u32, Waker> {
        let half_free =
            state.bytes <= self.max_bytes / 2 && state.events.len() <= self.max_events / 2;
        if half_free { std::mem::take(&mut state.stalled) } else { HashMap::new() }
    }
}

#[cfg(test)]
impl EventQueue {
    /// The bytes of payload and the events that wait.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        let state = self.0.state.lock();
        (state.bytes, state.events.len())
    }
}
