//! The guest's side of a connection: what it may ask, and in which state.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::bindings::sockets::{ConnectOptions, State};
use crate::bindings::types::ErrorCode;
use crate::clock;
use crate::connection::{self, Target};
use crate::ctx::Shared;
use crate::limits::{MAX_CLOSE_REASON, MAX_CONTROL_PAYLOAD};
use crate::observer::{FrameKind, SocketObserver};
use crate::queue::EventQueue;

/// A socket's handle. Dropping it ends the connection as `sockets.socket` describes.
pub struct Socket {
    link: Arc<Link>,
    task: Option<AbortHandle>,
}

/// What the handle and the connection's task share.
pub(crate) struct Link {
    pub(crate) id: u32,
    pub(crate) queue: EventQueue,
    pub(crate) shared: Arc<Shared>,
    inner: Mutex<Inner>,
    /// Wakes the connection's task.
    task: AtomicWaker,
    /// Wakes a `send` that waits for the peer.
    sender: AtomicWaker,
    buffered: AtomicU64,
    /// The handle is gone: no event may follow.
    detached: AtomicBool,
}

struct Inner {
    state: State,
    outbox: VecDeque<Message>,
    observer: Option<Arc<dyn SocketObserver>>,
    /// The guest asked to give the connection up.
    aborted: bool,
    observed_end: bool,
}

impl Socket {
    pub(crate) fn new(id: u32, queue: EventQueue, shared: Arc<Shared>) -> Self {
        let inner = Inner {
            state: State::Unconnected,
            outbox: VecDeque::new(),
            observer: None,
            aborted: false,
            observed_end: false,
        };
        let link = Link {
            id,
            queue,
            shared,
            inner: Mutex::new(inner),
            task: AtomicWaker::new(),
            sender: AtomicWaker::new(),
            buffered: AtomicU64::new(0),
            detached: AtomicBool::new(false),
        };
        Self { link: Arc::new(link), task: None }
    }

    /// The number by which events name this socket.
    pub fn id(&self) -> u32 {
        self.link.id
    }

    /// Where the socket is in its life.
    pub fn state(&self) -> State {
        self.link.inner.lock().state
    }

    /// Lets `observer` know what this socket does. To be called before [`Self::connect`].
    pub fn set_observer(&self, observer: Arc<dyn SocketObserver>) {
        self.link.inner.lock().observer = Some(observer);
    }

    /// `socket.connect`.
    ///
    /// # Errors
    ///
    /// As its WIT documentation says.
    pub fn connect(&mut self, url: String, options: ConnectOptions) -> Result<(), ErrorCode> {
        if self.state() != State::Unconnected {
            return Err(ErrorCode::InvalidState);
        }
        let target = Target::new(url, options, &self.link.shared)?;
        self.link.claim()?;
        self.link.inner.lock().state = State::Connecting;
        let task = tokio::spawn(connection::run(self.link.clone(), target));
        self.task = Some(task.abort_handle());
        Ok(())
    }

    /// `socket.send-text` and `socket.send-binary`: accepts the message, then waits while too much
    /// is buffered.
    ///
    /// # Errors
    ///
    /// The socket is not open.
    pub async fn send(&self, message: Message) -> Result<(), ErrorCode> {
        self.link.accept(message)?;
        self.link.until_room().await;
        Ok(())
    }

    /// `socket.ping`.
    ///
    /// # Errors
    ///
    /// The socket is not open, or the payload is too long.
    pub fn ping(&self, payload: Vec<u8>) -> Result<(), ErrorCode> {
        if payload.len() > MAX_CONTROL_PAYLOAD {
            let text = format!("the payload of a ping is longer than {MAX_CONTROL_PAYLOAD} bytes");
            return Err(ErrorCode::InvalidArgument(text));
        }
        self.link.accept(Message::Ping(payload.into()))
    }

    /// `socket.close`.
    ///
    /// # Errors
    ///
    /// As its WIT documentation says.
    pub fn close(&self, code: Option<u16>, reason: &str) -> Result<(), ErrorCode> {
        if reason.len() > MAX_CLOSE_REASON {
            let text = format!("the reason is longer than {MAX_CLOSE_REASON} bytes");
            return Err(ErrorCode::InvalidArgument(text));
        }
        let frame = match code {
            None if reason.is_empty() => None,
            None => {
                let text = "a reason cannot be sent without a code".to_owned();
                return Err(ErrorCode::InvalidArgument(text));
            }
            Some(code) => Some(CloseFrame { code: CloseCode::from(code), reason: reason.into() }),
        };
        self.link.close(frame)
    }

    /// `socket.abort`.
    pub fn abort(&self) {
        self.link.give_up();
    }

    /// `socket.buffered-amount`, in bytes.
    pub fn buffered_amount(&self) -> u64 {
        self.link.buffered.load(Ordering::Acquire)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let Some(task) = self.task.take() else { return };
        self.link.detached.store(true, Ordering::Release);
        let state = self.link.inner.lock().state;
        match state {
            // The task sends what is accepted and the close frame, then ends by itself.
            State::Closing => self.link.task.wake(),
            State::Closed => {}
            State::Unconnected | State::Connecting | State::Open => {
                task.abort();
                self.link.release();
            }
        }
        self.link.end_observation();
    }
}

impl Link {
    /// Takes one of the guest's sockets.
    fn claim(&self) -> Result<(), ErrorCode> {
        let limit = self.shared.limits.sockets;
        let claimed = self.shared.sockets.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| {
            (n < limit).then_some(n + 1)
        });
        claimed.map(drop).map_err(|_| ErrorCode::LimitReached(format!("{limit} open sockets")))
    }

    /// Gives it back.
    fn release(&self) {
        self.shared.sockets.fetch_sub(1, Ordering::AcqRel);
    }

    fn accept(&self, message: Message) -> Result<(), ErrorCode> {
        let (kind, bytes) = kind_and_len(&message);
        let (accepted, observer) = {
            let mut inner = self.inner.lock();
            let accepted = inner.state == State::Open;
            if accepted {
                if is_data(kind) {
                    self.buffered.fetch_add(bytes as u64, Ordering::AcqRel);
                }
                inner.outbox.push_back(message);
            }
            (accepted, inner.observer.clone())
        };
        if let Some(observer) = observer {
            observer.sent(kind, bytes, accepted);
        }
        if !accepted {
            return Err(ErrorCode::InvalidState);
        }
        self.task.wake();
        Ok(())
    }

    async fn until_room(&self) {
        let limit = self.shared.limits.buffered_bytes;
        let has_room = || {
            self.buffered.load(Ordering::Acquire) < limit
                || self.inner.lock().state != State::Open
                || self.shared.signal.interrupted.load(Ordering::Acquire)
        };
        if has_room() {
            return;
        }
        poll_fn(|cx| {
            self.sender.register(cx.waker());
            self.shared.signal.waker.register(cx.waker());
            if has_room() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn close(&self, frame: Option<CloseFrame>) -> Result<(), ErrorCode> {
        {
            let mut inner = self.inner.lock();
            match inner.state {
                State::Unconnected => return Err(ErrorCode::InvalidState),
                State::Connecting => inner.aborted = true,
                State::Open => {
                    inner.state = State::Closing;
                    inner.outbox.push_back(Message::Close(frame));
                }
                State::Closing | State::Closed => return Ok(()),
            }
        }
        self.task.wake();
        Ok(())
    }

    fn give_up(&self) {
        {
            let mut inner = self.inner.lock();
            if matches!(inner.state, State::Unconnected | State::Closed) {
                return;
            }
            inner.aborted = true;
        }
        self.task.wake();
    }

    /// Registers the connection's task for the next wake-up.
    pub(crate) fn register_task(&self, cx: &Context<'_>) {
        self.task.register(cx.waker());
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.inner.lock().aborted
    }

    pub(crate) fn is_detached(&self) -> bool {
        self.detached.load(Ordering::Acquire)
    }

    pub(crate) fn state(&self) -> State {
        self.inner.lock().state
    }

    pub(crate) fn next_outgoing(&self) -> Option<Message> {
        self.inner.lock().outbox.pop_front()
    }

    pub(crate) fn observer(&self) -> Option<Arc<dyn SocketObserver>> {
        self.inner.lock().observer.clone()
    }

    /// These bytes of payload were handed to the operating system.
    pub(crate) fn flushed(&self, bytes: u64) {
        if bytes > 0 {
            self.buffered.fetch_sub(bytes, Ordering::AcqRel);
            self.sender.wake();
        }
    }

    /// Moves on to `open`; not if the guest has given up meanwhile.
    pub(crate) fn open(&self) -> bool {
        let mut inner = self.inner.lock();
        if inner.aborted {
            return false;
        }
        inner.state = State::Open;
        true
    }

    /// Moves on to `closed` and gives up what the socket held.
    pub(crate) fn finish(&self) {
        {
            let mut inner = self.inner.lock();
            inner.state = State::Closed;
            inner.outbox = VecDeque::new();
        }
        self.sender.wake();
        self.release();
        self.end_observation();
    }

    fn end_observation(&self) {
        let observer = {
            let mut inner = self.inner.lock();
            if std::mem::replace(&mut inner.observed_end, true) {
                return;
            }
            inner.observer.clone()
        };
        if let Some(observer) = observer {
            observer.ended(clock::now());
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
