//! An open connection: messages both ways until it ends.

mod receiving;
mod sending;

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::Target;
use super::ending::{Ending, close_code_for};
use super::extension::Agreement;
use super::keepalive::Keepalive;
use super::stream::Stream;
use super::transport::{AnyTransport, Transport};
use super::unwritten::Unwritten;
use crate::bindings::types::ErrorCode;
use crate::limits::TCP_CLOSE_WAIT;
use crate::link::{Link, TaskSignals};
use crate::queued::Queued;
use crate::room::Mark;

/// How many messages are moved before other tasks get a turn: as many steps as tokio itself allows a task in a turn.
const TURN: usize = 128;

/// An open connection.
pub(crate) struct Session {
    transport: AnyTransport,
    close_timeout: Duration,
    keepalive: Option<Keepalive>,
    unwritten: Unwritten,
    /// Payload that was encoded and not yet flushed, in bytes.
    unflushed: u64,
    /// Pings whose answers may not be flushed yet.
    unsent_pongs: usize,
    /// The peer has not taken what was written before.
    blocked: bool,
    /// Why nothing more can be written. What the peer sent before that can still be read.
    broken: Option<ErrorCode>,
    close_sent: bool,
    received: Option<Option<CloseFrame>>,
    /// The peer's close frame is answered late if the guest is still busy with what came before it.
    holds_answer: bool,
    unanswered: Option<Mark>,
    /// A ping or pong that arrived in the closing handshake while the queue was full.
    held: Option<Queued>,
    /// When to stop waiting for the peer.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Session {
    pub(super) async fn new(
        stream: Stream,
        read_ahead: Vec<u8>,
        target: &Target,
        deflate: Option<&Agreement>,
    ) -> Self {
        let size = target.max_message_size;
        let transport = AnyTransport::new(stream, read_ahead, size, deflate).await;
        Self {
            transport,
            close_timeout: target.close_timeout,
            keepalive: Keepalive::new(target.ping_interval, target.pong_timeout),
            unwritten: Unwritten::default(),
            unflushed: 0,
            unsent_pongs: 0,
            blocked: false,
            broken: None,
            close_sent: false,
            received: None,
            holds_answer: target.hold_close_answer,
            unanswered: None,
            held: None,
            deadline: None,
        }
    }

    /// Moves messages until the connection has ended, and tells how.
    pub(crate) async fn run(mut self: Box<Self>, link: &Link) -> Ending {
        let failure = poll_fn(|cx| self.poll(cx, link)).await.err();
        if let Some(code) = failure.as_ref().and_then(close_code_for) {
            // Best effort: the peer may be gone, or a close frame sent (RFC 6455, section 7.1.7).
            let frame = CloseFrame { code, reason: "".into() };
            let _ = self.transport.start_send(Message::Close(Some(frame)));
            let flushed = poll_fn(|cx| {
                let gone = link.signals(cx).aborted;
                if gone { Poll::Ready(Ok(())) } else { self.transport.poll_flush(cx) }
            });
            let _ = tokio::time::timeout(TCP_CLOSE_WAIT, flushed).await;
        }
        Ending::new(self.received, failure)
    }

    fn poll(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<Result<(), ErrorCode>> {
        let signals = link.signals(cx);
        if signals.aborted {
            return Poll::Ready(Err(ErrorCode::UnexpectedEnd));
        }
        // Looked at first, since a peer that never stops sending must not outrun it.
        if let Poll::Ready(result) = self.poll_deadline(cx) {
            return Poll::Ready(result);
        }
        self.keep_alive(cx, signals);
        let mut left = TURN;
        while left > 0 {
            let all_sent = self.poll_send_and_answer(cx, link).is_ready();
            if signals.detached && all_sent && (self.close_sent || self.broken.is_some()) {
                return Poll::Ready(Ok(()));
            }
            self.arm_deadline(signals.closing);
            match self.poll_receive_many(cx, link, signals, &mut left) {
                // What was read may want an answer: a ping a pong, a close frame its like.
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => return self.over(ErrorCode::UnexpectedEnd),
                Poll::Ready(Err(error)) => return self.over(error),
                Poll::Pending => return self.poll_times(cx),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Pings end with the closing handshake, which has its own time.
    fn keep_alive(&mut self, cx: &mut Context<'_>, signals: TaskSignals) {
        if signals.closing || signals.detached || self.received.is_some() {
            self.keepalive = None;
        }
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.poll_tick(cx);
        }
    }

    /// When all is read that has come: whether what has not come is late.
    fn poll_times(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        if let Some(keepalive) = &mut self.keepalive
            && let Poll::Ready(error) = keepalive.poll_expired(cx)
        {
            return self.over(error);
        }
        self.poll_deadline(cx)
    }

    /// The peer's answer to a close frame is waited for, and its end of TCP, but not for ever. The
    /// time runs from the guest's `close`, since the frame itself may have to wait for the peer.
    fn arm_deadline(&mut self, closing: bool) {
        let wait = if self.unanswered.is_some() {
            self.close_timeout
        } else if self.received.is_some() || self.broken.is_some() {
            TCP_CLOSE_WAIT
        } else if closing {
            self.close_timeout
        } else {
            return;
        };
        let deadline = Instant::now() + wait;
        match &mut self.deadline {
            None => self.deadline = Some(Box::pin(sleep_until(deadline))),
            Some(sleep) if sleep.deadline() > deadline => sleep.as_mut().reset(deadline),
            Some(_) => {}
        }
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        let Some(deadline) = &mut self.deadline else { return Poll::Pending };
        ready!(deadline.as_mut().poll(cx));
        if self.unanswered.is_some() {
            // The guest has had its time, the peer gets its answer.
            self.answer_close();
            self.deadline = None;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.over(ErrorCode::Timeout)
    }

    /// The end. An error after a close frame of the peer is no failure; else what broke first is
    /// the cause.
    fn over(&mut self, error: ErrorCode) -> Poll<Result<(), ErrorCode>> {
        Poll::Ready(match self.received {
            Some(_) => Ok(()),
            None => Err(self.broken.take().unwrap_or(error)),
        })
    }
}
