//! What the task of a connection does with its socket.

use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use tokio_tungstenite::tungstenite::Message;

use super::{Link, TaskSignals, is_data, kind_and_len};
use crate::bindings::events::{Closed, Event, Opened};
use crate::bindings::sockets::State;
use crate::bindings::types::ErrorCode;
use crate::bound::Bound;
use crate::limits::FRAME_OVERHEAD;
use crate::observer::{SessionEnd, SocketObserver};
use crate::queued::Queued;
use crate::room::{Mark, Room};

impl Link {
    /// What the guest wants; the task is woken when that changes.
    pub(crate) fn signals(&self, cx: &Context<'_>) -> TaskSignals {
        self.task.register(cx.waker());
        let inner = self.inner.lock();
        TaskSignals {
            aborted: inner.aborted,
            closing: inner.state == State::Closing,
            detached: self.origin.is_detached(),
        }
    }

    pub(crate) fn next_outgoing(&self) -> Option<Message> {
        let mut inner = self.inner.lock();
        let message = inner.outbox.pop_front()?;
        let (kind, bytes) = kind_and_len(&message);
        // Messages wait on until they are flushed.
        let control = if is_data(kind) { 0 } else { bytes as u64 };
        self.discharge(&mut inner, FRAME_OVERHEAD + control);
        Some(message)
    }

    /// All that was encoded, with these bytes of payload, is with the operating system.
    pub(crate) fn flushed(&self, bytes: u64) {
        self.buffered.fetch_sub(bytes, Ordering::AcqRel);
        if bytes > 0 {
            self.discharge(&mut self.inner.lock(), bytes);
        }
        self.wake_senders();
    }

    /// Notes how many bytes the connection holds of a message whose end has not come.
    ///
    /// # Errors
    ///
    /// All of the guest's connections together hold too much.
    pub(crate) fn hold_unfinished(&self, bytes: u64) -> Result<(), ErrorCode> {
        let before = self.unfinished.load(Ordering::Relaxed);
        if before == bytes {
            return Ok(());
        }
        self.unfinished.store(bytes, Ordering::Relaxed);
        // Wraps around where there is less than before.
        let change = bytes.wrapping_sub(before);
        let all = self.shared.unfinished.fetch_add(change, Ordering::Relaxed).wrapping_add(change);
        let limit = self.shared.limits.unfinished_bytes;
        if all <= limit || bytes < before {
            return Ok(());
        }
        let most = format_args!("{limit} bytes in incomplete messages");
        Err(ErrorCode::LimitReached(self.shared.refusal(Bound::Unfinished, most)))
    }

    /// See [`EventQueue::poll_room`].
    pub(crate) fn poll_room(&self, cx: &Context<'_>) -> Poll<Room> {
        self.queue.poll_room(cx, self.id)
    }

    /// See [`EventQueue::mark_unseen`].
    pub(crate) fn mark_unseen(&self) -> Option<Mark> {
        self.queue.mark_unseen()
    }

    /// See [`EventQueue::poll_seen`].
    pub(crate) fn poll_seen(&self, cx: &Context<'_>, mark: &Mark) -> Poll<()> {
        self.queue.poll_seen(cx, self.id, mark)
    }

    /// Puts what arrived into the guest's queue. Messages after `close` are dropped (WHATWG, "when
    /// a message has been received"), pings and pongs are not.
    pub(crate) fn deliver(&self, events: impl Iterator<Item = Queued>) {
        let inner = self.inner.lock();
        if self.origin.is_detached() {
            return;
        }
        let is_open = inner.state == State::Open;
        self.queue.push_all(events.filter(|event| is_open || !event.is_message()), &self.origin);
    }

    /// Moves on to `open`. If the guest has given up meanwhile, it gets back what would have been
    /// told.
    pub(crate) fn open(
        &self,
        opened: Opened,
        tell: impl FnOnce(&dyn SocketObserver, &Opened),
    ) -> Result<(), Box<Opened>> {
        let mut inner = self.inner.lock();
        if inner.aborted || inner.state != State::Connecting {
            return Err(Box::new(opened));
        }
        if let Some(observer) = self.observer() {
            tell(observer, &opened);
        }
        inner.state = State::Open;
        self.push(Event::Opened(opened));
        Ok(())
    }

    /// Moves on to `closed` with its last event, of which the guest gets what `told` makes of it. Nothing is told once the
    /// handle is gone.
    pub(crate) fn finish(
        &self,
        last: impl FnOnce(Option<&dyn SocketObserver>) -> Event,
        told: impl FnOnce(Event) -> Event,
    ) {
        {
            let mut inner = self.inner.lock();
            if inner.state == State::Closed {
                return;
            }
            self.give_back(&mut inner);
            if self.origin.is_detached() {
                self.shared.leaving.end();
            } else {
                let event = last(self.observer());
                self.end_observation(match &event {
                    Event::Closed(Closed { failure: None, .. }) => SessionEnd::Closed,
                    Event::Closed(_) if inner.aborted => SessionEnd::GivenUp,
                    Event::Closed(Closed { failure: Some(failure), .. }) => {
                        SessionEnd::Broken(failure)
                    }
                    _ => SessionEnd::Unopened,
                });
                self.push(told(event));
            }
        }
        self.wake_senders();
    }
}
