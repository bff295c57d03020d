//! What a socket's handle and the task of its connection share: the state, what is to be sent, and
//! who is told of what.
//!
//! Each change of state, the event that announces it, and the observer's call for it are one step
//! under one lock. So a guest never sees a state whose event is not in its queue yet, an observer
//! hears of a fact before the guest does, and nothing follows the drop of a handle.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::bindings::events::{Closed, Event, Opened};
use crate::bindings::sockets::State;
use crate::bindings::types::ErrorCode;
use crate::bound::Bound;
use crate::clock;
use crate::ctx::Shared;
use crate::limits::{FRAME_OVERHEAD, Limits, MAX_QUEUED_FRAMES};
use crate::observer::{FrameKind, SessionEnd, SocketObserver};
use crate::queue::EventQueue;
use crate::queued::Queued;
use crate::room::{Mark, Room};
use crate::source::{Origin, Source};

pub(crate) struct Link {
    pub(crate) id: u32,
    pub(crate) shared: Arc<Shared>,
    queue: EventQueue,
    origin: Arc<Origin>,
    inner: Mutex<Inner>,
    /// Wakes the connection's task.
    task: AtomicWaker,
    /// Wakes a `send` that waits for the peer.
    sender: AtomicWaker,
    buffered: AtomicU64,
    /// Bytes that the connection holds of a message whose end has not come.
    unfinished: AtomicU64,
}

struct Inner {
    state: State,
    outbox: VecDeque<Message>,
    /// What it has of the bytes that wait on all of the guest's sockets.
    charged: u64,
    /// The guest asked to give the connection up.
    aborted: bool,
}

/// What the guest wants of the connection's task.
#[derive(Clone, Copy)]
pub(crate) struct Wishes {
    /// To end at once.
    pub(crate) aborted: bool,
    /// To end by a closing handshake.
    pub(crate) closing: bool,
    /// To be left alone: the handle is gone.
    pub(crate) detached: bool,
}

/// The guest's side.
impl Link {
    pub(crate) fn new(id: u32, queue: EventQueue, shared: Arc<Shared>) -> Self {
        let inner = Inner {
            state: State::Unconnected,
            outbox: VecDeque::new(),
            charged: 0,
            aborted: false,
        };
        Self {
            id,
            shared,
            queue,
            origin: Arc::default(),
            inner: Mutex::new(inner),
            task: AtomicWaker::new(),
            sender: AtomicWaker::new(),
            buffered: AtomicU64::new(0),
            unfinished: AtomicU64::new(0),
        }
    }

    pub(crate) fn state(&self) -> State {
        self.inner.lock().state
    }

    pub(crate) fn buffered(&self) -> u64 {
        self.buffered.load(Ordering::Acquire)
    }

    pub(crate) fn observe(&self, observer: Arc<dyn SocketObserver>) {
        self.origin.observe(observer);
    }

    /// Moves on to `connecting`, which takes one of the guest's sockets.
    pub(crate) fn begin(&self) -> Result<(), ErrorCode> {
        self.queue.check_untaken().map_err(ErrorCode::LimitReached)?;
        let limit = self.shared.limits.sockets;
        let claimed = self
            .shared
            .sockets
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < limit).then_some(n + 1));
        if claimed.is_err() {
            let text = self.shared.refusal(Bound::Sockets, format_args!("{limit} open sockets"));
            return Err(ErrorCode::LimitReached(text));
        }
        self.inner.lock().state = State::Connecting;
        Ok(())
    }

    /// Takes a message that the task is to send.
    pub(crate) fn accept(&self, message: Message) -> Result<(), ErrorCode> {
        let (kind, bytes) = kind_and_len(&message);
        let accepted = {
            let mut inner = self.inner.lock();
            if inner.state != State::Open {
                Err(ErrorCode::InvalidState)
            } else if self.is_full(&inner) {
                Err(ErrorCode::LimitReached(self.too_much_waits()))
            } else {
                let cost = bytes as u64 + FRAME_OVERHEAD;
                inner.charged += cost;
                self.shared.buffered.fetch_add(cost, Ordering::AcqRel);
                if is_data(kind) {
                    self.buffered.fetch_add(bytes as u64, Ordering::AcqRel);
                }
                inner.outbox.push_back(message);
                Ok(())
            }
        };
        if let Some(observer) = self.origin.observer() {
            observer.sent(kind, bytes, accepted.is_ok());
        }
        accepted?;
        self.task.wake();
        Ok(())
    }

    fn is_full(&self, inner: &Inner) -> bool {
        self.buffered() >= self.shared.limits.buffered_bytes
            || inner.outbox.len() >= MAX_QUEUED_FRAMES
            || self.shared.buffered.load(Ordering::SeqCst) >= self.shared.limits.all_buffered_bytes
    }

    fn too_much_waits(&self) -> String {
        let Limits { buffered_bytes, all_buffered_bytes, .. } = self.shared.limits;
        let most = format_args!(
            "{buffered_bytes} bytes or {MAX_QUEUED_FRAMES} frames that wait to be sent on a socket, \
             and {all_buffered_bytes} bytes on all of them"
        );
        self.shared.refusal(Bound::Buffered, most)
    }

    /// Waits until the peer has taken enough, the socket is not open any more, or the guest is
    /// interrupted.
    pub(crate) async fn until_room(&self) {
        if self.may_send() {
            return;
        }
        self.shared.signal.note_wait();
        let _awaits = self.shared.awaits_buffer();
        poll_fn(|cx| {
            self.sender.register(cx.waker());
            self.shared.signal.waker.register(cx.waker());
            if self.may_send() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// As [`Self::until_room`], for one of several that wait.
    pub(crate) async fn until_room_beside(&self) {
        if self.may_send() {
            return;
        }
        self.shared.signal.note_wait();
        let _awaits = self.shared.awaits_buffer();
        loop {
            let room = self.shared.signal.room.notified();
            if self.may_send() {
                return;
            }
            room.await;
        }
    }

    /// Whether a `send` need not wait, or not any longer.
    fn may_send(&self) -> bool {
        let inner = self.inner.lock();
        inner.state != State::Open
            || inner.aborted
            || !self.is_full(&inner)
            || self.shared.signal.interrupted.load(Ordering::Acquire)
    }

    pub(crate) fn close(&self, frame: Option<CloseFrame>) -> Result<(), ErrorCode> {
        {
            let mut inner = self.inner.lock();
            match inner.state {
                State::Unconnected => return Err(ErrorCode::InvalidState),
                State::Connecting => inner.aborted = true,
                State::Open => {
                    inner.state = State::Closing;
                    inner.outbox.push_back(Message::Close(frame));
                }
                // The connection may be over while its last messages still wait for the guest.
                State::Closing | State::Closed => {}
            }
            self.origin.end();
        }
        self.task.wake();
        self.wake_senders();
        Ok(())
    }

    pub(crate) fn give_up(&self) {
        {
            let mut inner = self.inner.lock();
            self.origin.end();
            if matches!(inner.state, State::Unconnected | State::Closed) {
                return;
            }
            inner.aborted = true;
        }
        self.task.wake();
        self.wake_senders();
    }

    fn wake_senders(&self) {
        self.sender.wake();
        if self.shared.is_buffer_awaited() {
            self.shared.signal.room.notify_waiters();
        }
    }

    /// The guest does not handle the last messages that it has taken.
    pub(crate) fn skip(&self, messages: usize) {
        self.queue.skip(&self.origin, messages);
    }

    /// The handle is dropped: no event follows. Tells whether the task is to be ended from outside;
    /// one that is closing ends by itself when all is sent.
    pub(crate) fn detach(&self) -> bool {
        self.queue.settle(&self.origin);
        let end_task = {
            let mut inner = self.inner.lock();
            self.origin.detach();
            match inner.state {
                State::Unconnected | State::Closed => return false,
                State::Closing => {
                    self.shared.leaving.begin();
                    self.end_observation(self.end_of_close());
                }
                State::Open if let Some(code) = self.shared.farewell => {
                    inner.state = State::Closing;
                    let frame = CloseFrame { code: code.into(), reason: "".into() };
                    inner.outbox.push_back(Message::Close(Some(frame)));
                    self.shared.leaving.begin();
                    self.end_observation(SessionEnd::GivenUp);
                }
                State::Connecting => {
                    self.give_back(&mut inner);
                    self.end_observation(SessionEnd::Unopened);
                }
                State::Open => {
                    self.give_back(&mut inner);
                    self.end_observation(SessionEnd::GivenUp);
                }
            }
            inner.state == State::Closed
        };
        self.task.wake();
        end_task
    }
}

/// The task's side.
impl Link {
    /// What the guest wants; the task is woken when that changes.
    pub(crate) fn wishes(&self, cx: &Context<'_>) -> Wishes {
        self.task.register(cx.waker());
        let inner = self.inner.lock();
        Wishes {
            aborted: inner.aborted,
            closing: inner.state == State::Closing,
            detached: self.origin.is_detached(),
        }
    }

    pub(crate) fn observer(&self) -> Option<&dyn SocketObserver> {
        self.origin.observer()
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

    /// Gives bytes back to the guest's other sockets.
    fn discharge(&self, inner: &mut Inner, bytes: u64) {
        let bytes = bytes.min(inner.charged);
        inner.charged -= bytes;
        self.shared.unbuffer(bytes);
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

    /// Moves on to `closed` with its last event. Nothing is told once the handle is gone.
    pub(crate) fn finish(&self, last: impl FnOnce(Option<&dyn SocketObserver>) -> Event) {
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
                self.push(event);
            }
        }
        self.wake_senders();
    }

    /// Gives back what a socket holds from `connecting` to `closed`.
    fn give_back(&self, inner: &mut Inner) {
        inner.state = State::Closed;
        inner.outbox = VecDeque::new();
        self.discharge(inner, u64::MAX);
        let unfinished = self.unfinished.swap(0, Ordering::Relaxed);
        self.shared.unfinished.fetch_sub(unfinished, Ordering::Relaxed);
        self.shared.sockets.fetch_sub(1, Ordering::AcqRel);
    }

    /// What it is when the guest leaves a closing handshake. An interrupted guest has not asked for it
    /// by itself.
    fn end_of_close(&self) -> SessionEnd<'static> {
        match self.shared.signal.interrupted.load(Ordering::Acquire) {
            true => SessionEnd::GivenUp,
            false => SessionEnd::Closed,
        }
    }

    fn end_observation(&self, end: SessionEnd<'_>) {
        if let Some(observer) = self.observer() {
            observer.ended(end, clock::now());
        }
    }

    fn push(&self, event: Event) {
        if !self.origin.is_detached() {
            self.queue.push(event, Source::Socket(self.origin.clone()));
        }
    }
}

/// What a message counts as, and the length of its payload.
pub(crate) fn kind_and_len(message: &Message) -> (FrameKind, usize) {
    match message {
        Message::Text(text) => (FrameKind::Text, text.len()),
        Message::Binary(data) => (FrameKind::Binary, data.len()),
        Message::Ping(data) => (FrameKind::Ping, data.len()),
        Message::Pong(data) => (FrameKind::Pong, data.len()),
        Message::Close(_) | Message::Frame(_) => (FrameKind::Close, 0),
    }
}

/// Only data messages count towards the buffered amount, as in the WHATWG standard.
pub(crate) fn is_data(kind: FrameKind) -> bool {
    matches!(kind, FrameKind::Text | FrameKind::Binary)
}
