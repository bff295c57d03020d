//! The queue that everything goes through on its way to the guest.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;

use crate::bindings::events::{Completed, Event, WaitError};
use crate::clock;
use crate::ctx::{Shared, Signal};
use crate::source::Source;

/// An event queue; cloning it makes another handle to the same queue.
#[derive(Clone)]
pub struct EventQueue(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    signal: Arc<Signal>,
    max_bytes: usize,
    max_events: usize,
}

#[derive(Default)]
struct State {
    events: VecDeque<Entry>,
    bytes: usize,
    /// Connections that stopped reading until there is room, by the number of their socket.
    stalled: HashMap<u32, Waker>,
    /// The guest has dropped the queue: nothing is kept, and nobody is held up.
    closed: bool,
}

struct Entry {
    event: Event,
    source: Source,
}

impl EventQueue {
    pub(crate) fn new(shared: &Shared) -> Self {
        Self(Arc::new(Inner {
            state: Mutex::default(),
            signal: shared.signal.clone(),
            max_bytes: shared.limits.queued_bytes,
            max_events: shared.limits.queued_events,
        }))
    }

    /// Puts an event in. It is never refused: who reads from a network asks
    /// [`Self::poll_room`] first.
    pub(crate) fn push(&self, event: Event, source: Source) {
        {
            let mut state = self.0.state.lock();
            if state.closed {
                return;
            }
            state.bytes += payload_len(&event);
            state.events.push_back(Entry { event, source });
        }
        self.0.signal.waker.wake();
    }

    /// Tells the guest that an operation has ended, which another crate carries out for it. The number
    /// is from [`SocketsCtx::next_operation`](crate::SocketsCtx::next_operation); nothing is told once
    /// `gone` is true.
    pub fn complete(&self, operation: u32, gone: Arc<AtomicBool>) {
        let completed = Completed { operation, at: clock::now() };
        self.push(Event::Completed(completed), Source::Operation(gone));
    }

    /// Ready while there is room for what the connection of this socket may read next.
    pub(crate) fn poll_room(&self, cx: &Context<'_>, socket: u32) -> Poll<()> {
        let mut state = self.0.state.lock();
        let room = state.bytes < self.0.max_bytes && state.events.len() < self.0.max_events;
        if room || state.closed {
            return Poll::Ready(());
        }
        state.stalled.insert(socket, cx.waker().clone());
        Poll::Pending
    }

    /// The guest has dropped its handle: what waits is dropped, and what comes is.
    pub(crate) fn close(&self) {
        let (events, stalled) = {
            let mut state = self.0.state.lock();
            state.closed = true;
            state.bytes = 0;
            (std::mem::take(&mut state.events), std::mem::take(&mut state.stalled))
        };
        drop(events);
        stalled.into_values().for_each(Waker::wake);
    }

    /// `event-queue.wait`.
    ///
    /// # Errors
    ///
    /// The guest was interrupted.
    pub async fn wait(&self, max: u32, timeout: Option<Duration>) -> Result<Vec<Event>, WaitError> {
        // A guest that finds events, or only looks, again and again must not keep the thread from
        // the connections that the events come from.
        tokio::task::coop::consume_budget().await;
        let Some(timeout) = timeout else { return self.next(max).await };
        if timeout.is_zero() {
            return self.check_interrupted().map(|()| self.take(max));
        }
        match tokio::time::timeout(timeout, self.next(max)).await {
            Ok(result) => result,
            Err(_) => self.check_interrupted().map(|()| Vec::new()),
        }
    }

    async fn next(&self, max: u32) -> Result<Vec<Event>, WaitError> {
        poll_fn(|cx| {
            self.0.signal.waker.register(cx.waker());
            if let Err(error) = self.check_interrupted() {
                return Poll::Ready(Err(error));
            }
            let events = self.take(max);
            if events.is_empty() { Poll::Pending } else { Poll::Ready(Ok(events)) }
        })
        .await
    }

    fn check_interrupted(&self) -> Result<(), WaitError> {
        if self.0.signal.interrupted.load(Ordering::Acquire) {
            return Err(WaitError::Interrupted);
        }
        Ok(())
    }

    fn take(&self, max: u32) -> Vec<Event> {
        let (taken, stalled) = {
            let mut state = self.0.state.lock();
            let taken = state.take(max as usize);
            (taken, self.0.no_longer_stalled(&mut state))
        };
        stalled.into_values().for_each(Waker::wake);
        taken.into_iter().map(|entry| entry.source.deliver(entry.event)).collect()
    }
}

impl State {
    fn take(&mut self, max: usize) -> Vec<Entry> {
        let mut taken = Vec::with_capacity(self.events.len().min(max));
        while taken.len() < max
            && let Some(entry) = self.events.pop_front()
        {
            self.bytes -= payload_len(&entry.event);
            if !entry.source.is_gone() {
                taken.push(entry);
            }
        }
        taken
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

fn payload_len(event: &Event) -> usize {
    match event {
        Event::Text(message) => message.data.len(),
        Event::Binary(message) | Event::Ping(message) | Event::Pong(message) => message.data.len(),
        Event::Opened(_)
        | Event::Failed(_)
        | Event::Closed(_)
        | Event::Timer(_)
        | Event::Completed(_) => 0,
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
