//! The queue that everything goes through on its way to the guest.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;

use crate::bindings::events::{Event, WaitError};
use crate::ctx::{Shared, Signal};
use crate::observer::{FrameKind, SocketObserver};

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
    /// Connections that stopped reading until there is room.
    stalled: Vec<Waker>,
}

struct Entry {
    event: Event,
    observer: Option<Arc<dyn SocketObserver>>,
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
    pub(crate) fn push(&self, event: Event, observer: Option<Arc<dyn SocketObserver>>) {
        {
            let mut state = self.0.state.lock();
            state.bytes += payload_len(&event);
            state.events.push_back(Entry { event, observer });
        }
        self.0.signal.waker.wake();
    }

    /// Counts a further period onto an event of this timer that still waits. Tells whether there
    /// was one.
    pub(crate) fn coalesce_timer(&self, id: u32) -> bool {
        let mut state = self.0.state.lock();
        for entry in &mut state.events {
            if let Event::Timer(fired) = &mut entry.event
                && fired.timer == id
            {
                fired.missed += 1;
                return true;
            }
        }
        false
    }

    /// Ready while there is room for what a connection may read next.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.state.lock();
        if state.bytes < self.0.max_bytes && state.events.len() < self.0.max_events {
            return Poll::Ready(());
        }
        if !state.stalled.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.stalled.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// `event-queue.wait`.
    ///
    /// # Errors
    ///
    /// The guest was interrupted.
    pub async fn wait(
        &self,
        max: u32,
        timeout: Option<Duration>,
    ) -> Result<Vec<Event>, WaitError> {
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
            let count = state.events.len().min(max as usize);
            if count == 0 {
                return Vec::new();
            }
            let taken: Vec<Entry> = state.events.drain(..count).collect();
            state.bytes -= taken.iter().map(|entry| payload_len(&entry.event)).sum::<usize>();
            (taken, std::mem::take(&mut state.stalled))
        };
        for waker in stalled {
            waker.wake();
        }
        taken.into_iter().map(deliver).collect()
    }
}

/// Tells the observer that the guest takes this event.
fn deliver(entry: Entry) -> Event {
    let Some(observer) = entry.observer else { return entry.event };
    match &entry.event {
        Event::Text(message) => {
            observer.delivered(FrameKind::Text, message.data.len(), message.at);
        }
        Event::Binary(message) => {
            observer.delivered(FrameKind::Binary, message.data.len(), message.at);
        }
        _ => {}
    }
    entry.event
}

fn payload_len(event: &Event) -> usize {
    match event {
        Event::Text(message) => message.data.len(),
        Event::Binary(message) | Event::Ping(message) | Event::Pong(message) => message.data.len(),
        Event::Opened(_) | Event::Failed(_) | Event::Closed(_) | Event::Timer(_) => 0,
    }
}
