//! An open connection: messages both ways until it ends.

use std::cell::Cell;
use std::future::poll_fn;
use std::iter;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
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
use crate::bindings::events::{BinaryMessage, TextMessage};
use crate::bindings::types::ErrorCode;
use crate::clock;
use crate::limits::{MAX_UNSENT_PONGS, TCP_CLOSE_WAIT};
use crate::link::{Link, Wishes, is_data, kind_and_len};
use crate::observer::FrameKind;
use crate::queued::Queued;
use crate::room::{Mark, Room};

/// How many messages are moved before other tasks get a turn.
const TURN: usize = 128;

thread_local! {
    /// What was received in this turn. It is empty between two turns.
    static EVENTS: Cell<Vec<Queued>> = const { Cell::new(Vec::new()) };
}

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
                let gone = link.wishes(cx).aborted;
                if gone { Poll::Ready(Ok(())) } else { self.transport.poll_flush(cx) }
            });
            let _ = tokio::time::timeout(TCP_CLOSE_WAIT, flushed).await;
        }
        Ending::new(self.received, failure)
    }

    fn poll(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<Result<(), ErrorCode>> {
        let wishes = link.wishes(cx);
        if wishes.aborted {
            return Poll::Ready(Err(ErrorCode::UnexpectedEnd));
        }
        // Looked at first, since a peer that never stops sending must not outrun it.
        if let Poll::Ready(result) = self.poll_deadline(cx) {
            return Poll::Ready(result);
        }
        self.keep_alive(cx, wishes);
        let mut left = TURN;
        while left > 0 {
            let all_sent = self.poll_send_and_answer(cx, link).is_ready();
            if wishes.detached && all_sent && (self.close_sent || self.broken.is_some()) {
                return Poll::Ready(Ok(()));
            }
            self.arm_deadline(wishes.closing);
            match self.poll_receive_many(cx, link, wishes, &mut left) {
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
    fn keep_alive(&mut self, cx: &mut Context<'_>, wishes: Wishes) {
        if wishes.closing || wishes.detached || self.received.is_some() {
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

    /// Sends what the guest has sent, and behind it the answer to the peer's close frame as soon as
    /// the guest can have nothing more to send before it.
    fn poll_send_and_answer(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<()> {
        // Asked before what it has sent is taken, or its last words could be left behind.
        let has_finished = match &self.unanswered {
            Some(mark) => link.poll_seen(cx, mark).is_ready(),
            None => return self.poll_send(cx, link),
        };
        ready!(self.poll_send(cx, link));
        if !has_finished && !self.close_sent && self.broken.is_none() {
            return Poll::Pending;
        }
        self.answer_close();
        self.poll_send(cx, link)
    }

    fn answer_close(&mut self) {
        self.unanswered = None;
        if !self.close_sent && self.broken.is_none() {
            let frame = self.received.clone().flatten();
            self.broken = self.transport.answer_close(frame).err();
            self.close_sent = true;
        }
    }

    /// Encodes what the guest has sent, then flushes. Ready when nothing is left, or nothing more
    /// can be written.
    fn poll_send(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<()> {
        if self.broken.is_some() {
            return Poll::Ready(());
        }
        match self.poll_write(cx, link) {
            Poll::Ready(Ok(())) => Poll::Ready(()),
            Poll::Ready(Err(error)) => {
                self.broken = Some(error);
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<Result<(), ErrorCode>> {
        self.unwritten.stamp();
        let result = self.poll_encode(cx, link);
        self.unwritten.tell(self.transport.written(), link.observer());
        result
    }

    fn poll_encode(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<Result<(), ErrorCode>> {
        loop {
            match self.transport.poll_ready(cx) {
                // The library is ready again only when it has flushed everything.
                Poll::Ready(Ok(())) if std::mem::take(&mut self.blocked) => self.flushed(link),
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.blocked = true;
                    return Poll::Pending;
                }
            }
            let due = self.keepalive.as_mut().and_then(Keepalive::take_due).map(Message::Ping);
            let Some(message) = due.or_else(|| link.next_outgoing()) else { break };
            // Nothing follows a close frame (RFC 6455, section 5.5.1).
            if !self.close_sent {
                self.encode(message, link)?;
            }
        }
        self.unwritten.stamp();
        ready!(self.transport.poll_flush(cx))?;
        self.flushed(link);
        Poll::Ready(Ok(()))
    }

    fn flushed(&mut self, link: &Link) {
        self.unsent_pongs = 0;
        link.flushed(std::mem::take(&mut self.unflushed));
    }

    fn encode(&mut self, message: Message, link: &Link) -> Result<(), ErrorCode> {
        let (kind, bytes) = kind_and_len(&message);
        let ping = if let Message::Ping(data) = &message { data.clone() } else { Bytes::new() };
        self.transport.start_send(message)?;
        if is_data(kind) {
            self.unflushed += bytes as u64;
        }
        self.close_sent |= kind == FrameKind::Close;
        if link.observer().is_some() {
            self.unwritten.push(self.transport.encoded(), kind, ping);
        }
        Ok(())
    }

    /// Reads messages, if there is room for what comes of them, until one wants an answer or many
    /// are read. `false` when the connection has ended.
    fn poll_receive_many(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
        wishes: Wishes,
        left: &mut usize,
    ) -> Poll<Result<bool, ErrorCode>> {
        // Handed over together: the guest is woken once.
        let mut events = EVENTS.take();
        let result = self.poll_receive(cx, link, wishes, left, &mut events);
        if !events.is_empty() {
            link.deliver(events.drain(..));
        }
        EVENTS.set(events);
        result
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
        wishes: Wishes,
        left: &mut usize,
        events: &mut Vec<Queued>,
    ) -> Poll<Result<bool, ErrorCode>> {
        // The end of TCP is not looked at before the close frame is answered.
        if self.unsent_pongs >= MAX_UNSENT_PONGS || self.unanswered.is_some() {
            return Poll::Pending;
        }
        let Poll::Ready(mut room) = self.poll_room(cx, link, wishes) else {
            if let Some(keepalive) = &mut self.keepalive {
                keepalive.excuse();
            }
            return Poll::Pending;
        };
        // Before what is read now, which may go into the queue by itself.
        if let Some(event) = self.held.take() {
            link.deliver(iter::once(event));
        }
        // Messages that one read has brought have one stamp: a look at the clock takes as long as a look at a
        // small message.
        let (mut stamped, mut at) = (None, 0);
        for _ in 0..*left {
            let next = ready!(self.transport.poll_receive(cx));
            let Some(message) = next.transpose()? else { return Poll::Ready(Ok(false)) };
            *left -= 1;
            let read = Some(self.transport.read());
            if stamped != read {
                (stamped, at) = (read, clock::now());
            }
            self.unsent_pongs += usize::from(message.is_ping());
            if let Message::Close(frame) = message {
                // What came before it is in the queue when it is answered, or waits to be.
                link.deliver(events.drain(..));
                self.received = Some(frame);
                self.closed_by_peer(link, wishes);
                break;
            }
            let wants_answer = message.is_ping();
            if !wishes.detached
                && let Some(event) = self.event_of(link, wishes, message, at)
            {
                room = room.without(event.payload_len());
                self.keep(cx, link, wishes, event, events);
            }
            if wants_answer || !room.is_some() || self.held.is_some() {
                break;
            }
        }
        Poll::Ready(Ok(true))
    }

    /// In the closing handshake messages are dropped, so there is always room for them.
    fn poll_room(&self, cx: &Context<'_>, link: &Link, wishes: Wishes) -> Poll<Room> {
        if wishes.detached || (wishes.closing && self.held.is_none()) {
            Poll::Ready(Room::UNBOUNDED)
        } else {
            link.poll_room(cx)
        }
    }

    /// The peer's close frame came: it is answered, now or when the guest has seen what came before.
    fn closed_by_peer(&mut self, link: &Link, wishes: Wishes) {
        // What the library has not written yet would be lost: a frame may be half way out.
        let is_written = self.transport.written() >= self.transport.encoded();
        let all_is_written =
            is_written && !self.blocked && self.unsent_pongs == 0 && self.broken.is_none();
        let may_hold = self.holds_answer && !self.close_sent && all_is_written;
        if may_hold && !wishes.closing && !wishes.detached {
            self.unanswered = link.mark_unseen();
        }
        if self.unanswered.is_some() {
            self.transport.hold_answer();
        } else {
            self.answer_close();
        }
    }

    /// What the guest is told of a message.
    fn event_of(
        &mut self,
        link: &Link,
        wishes: Wishes,
        message: Message,
        at: u64,
    ) -> Option<Queued> {
        let socket = link.id;
        let binary = |data: Vec<u8>| BinaryMessage { socket, data, at };
        Some(match message {
            Message::Text(_) | Message::Binary(_) if wishes.closing => return None,
            Message::Text(text) => {
                Queued::Text(TextMessage { socket, data: text.as_str().to_owned(), at })
            }
            Message::Binary(data) => Queued::Binary(binary(data.into())),
            Message::Ping(data) => Queued::Ping(binary(data.into())),
            Message::Pong(data) => {
                if let Some(observer) = link.observer() {
                    observer.pong(&data, at);
                }
                if let Some(keepalive) = &mut self.keepalive {
                    keepalive.answered(&data);
                }
                Queued::Pong(binary(data.into()))
            }
            Message::Close(_) | Message::Frame(_) => return None,
        })
    }

    /// Keeps an event for the queue. In the closing handshake one may have to wait for room.
    fn keep(
        &mut self,
        cx: &Context<'_>,
        link: &Link,
        wishes: Wishes,
        event: Queued,
        events: &mut Vec<Queued>,
    ) {
        if wishes.closing && link.poll_room(cx).is_pending() {
            self.held = Some(event);
        } else if wishes.closing {
            link.deliver(iter::once(event));
        } else {
            events.push(event);
        }
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
