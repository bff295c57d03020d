//! What a socket's handle and the task of its connection share: the state, what is to be sent, and
//! who is told of what.
//!
//! Each change of state, the event that announces it, and the observer's call for it are one step
//! under one lock. So a guest never sees a state whose event is not in its queue yet, an observer
//! hears of a fact before the guest does, and nothing follows the drop of a handle.

mod connection_side;
mod guest_side;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use tokio_tungstenite::tungstenite::Message;

use crate::bindings::events::Event;
use crate::bindings::sockets::State;
use crate::clock;
use crate::ctx::Shared;
use crate::observer::{FrameKind, SessionEnd, SocketObserver};
use crate::queue::EventQueue;
use crate::source::{Origin, Source};

/// A socket as its handle and its connection's task see it.
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
pub(crate) struct TaskSignals {
    /// To end at once.
    pub(crate) aborted: bool,
    /// To end by a closing handshake.
    pub(crate) closing: bool,
    /// To be left alone: the handle is gone.
    pub(crate) detached: bool,
}

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

    pub(crate) fn observer(&self) -> Option<&dyn SocketObserver> {
        self.origin.observer()
    }

    /// Gives bytes back to the guest's other sockets.
    fn discharge(&self, inner: &mut Inner, bytes: u64) {
        let bytes = bytes.min(inner.charged);
        inner.charged -= bytes;
        self.shared.unbuffer(bytes);
    }

    fn wake_senders(&self) {
        self.sender.wake();
        if self.shared.is_buffer_awaited() {
            self.shared.signal.room.notify_waiters();
        }
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
