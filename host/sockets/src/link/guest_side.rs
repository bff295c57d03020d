//! What a socket's handle does with its connection.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::{Inner, Link, is_data, kind_and_len};
use crate::bindings::sockets::State;
use crate::bindings::types::ErrorCode;
use crate::bound::Bound;
use crate::limits::{FRAME_OVERHEAD, Limits, MAX_QUEUED_FRAMES};
use crate::observer::{SessionEnd, SocketObserver};

impl Link {
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
                State::Open if let Some(code) = self.shared.close_code_on_drop => {
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
