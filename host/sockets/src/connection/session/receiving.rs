//! What an open connection receives, and what the guest is told of it.

use std::cell::Cell;
use std::iter;
use std::task::{Context, Poll, ready};

use tokio_tungstenite::tungstenite::Message;

use super::Session;
use crate::bindings::events::{BinaryMessage, TextMessage};
use crate::bindings::types::ErrorCode;
use crate::clock;
use crate::connection::transport::Transport;
use crate::limits::MAX_UNSENT_PONGS;
use crate::link::{Link, TaskSignals};
use crate::queued::Queued;
use crate::room::Room;

thread_local! {
    /// What was received in this turn. It is empty between two turns.
    static EVENTS: Cell<Vec<Queued>> = const { Cell::new(Vec::new()) };
}

impl Session {
    /// Reads messages, if there is room for what comes of them, until one wants an answer or many
    /// are read. `false` when the connection has ended.
    pub(super) fn poll_receive_many(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
        signals: TaskSignals,
        left: &mut usize,
    ) -> Poll<Result<bool, ErrorCode>> {
        // Handed over together: the guest is woken once.
        let mut events = EVENTS.take();
        let result = self.poll_receive(cx, link, signals, left, &mut events);
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
        signals: TaskSignals,
        left: &mut usize,
        events: &mut Vec<Queued>,
    ) -> Poll<Result<bool, ErrorCode>> {
        let mut room = ready!(self.poll_may_read(cx, link, signals));
        // Before what is read now, which may go into the queue by itself.
        if let Some(event) = self.held.take() {
            link.deliver(iter::once(event));
        }
        // Messages that one read has brought have one stamp: a look at the clock takes as long as a look at a
        // small message.
        let (mut stamped, mut at) = (None, 0);
        for _ in 0..*left {
            let next = ready!(self.poll_next(cx, link));
            let Some(message) = next? else { return Poll::Ready(Ok(false)) };
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
                self.closed_by_peer(link, signals);
                break;
            }
            let wants_answer = message.is_ping();
            if !signals.detached
                && let Some(event) = self.event_of(link, signals, message, at)
            {
                room = room.without(event.payload_len());
                self.keep(cx, link, signals, event, events);
            }
            if wants_answer || !room.is_some() || self.held.is_some() {
                break;
            }
        }
        Poll::Ready(Ok(true))
    }

    /// Whether anything may be read now, and how much room there is for what comes of it.
    fn poll_may_read(&mut self, cx: &Context<'_>, link: &Link, signals: TaskSignals) -> Poll<Room> {
        // The end of TCP is not looked at before the close frame is answered.
        if self.unsent_pongs >= MAX_UNSENT_PONGS || self.unanswered.is_some() {
            return Poll::Pending;
        }
        let room = self.poll_room(cx, link, signals);
        if let (true, Some(keepalive)) = (room.is_pending(), &mut self.keepalive) {
            keepalive.excuse();
        }
        room
    }

    /// The next message; none when the connection has ended. What has come of one that is not complete counts
    /// towards the guest's limit.
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
    ) -> Poll<Result<Option<Message>, ErrorCode>> {
        let next = self.transport.poll_receive(cx);
        // Between two messages nothing is held that would count.
        let unfinished = if next.is_pending() { self.transport.unfinished() } else { 0 };
        link.hold_unfinished(unfinished)?;
        next.map(Option::transpose)
    }

    /// In the closing handshake messages are dropped, so there is always room for them.
    fn poll_room(&self, cx: &Context<'_>, link: &Link, signals: TaskSignals) -> Poll<Room> {
        if signals.detached || (signals.closing && self.held.is_none()) {
            Poll::Ready(Room::UNBOUNDED)
        } else {
            link.poll_room(cx)
        }
    }

    /// The peer's close frame came: it is answered, now or when the guest has seen what came before.
    fn closed_by_peer(&mut self, link: &Link, signals: TaskSignals) {
        // What the library has not written yet would be lost: a frame may be half way out.
        let is_written = self.transport.written() >= self.transport.encoded();
        let all_is_written =
            is_written && !self.blocked && self.unsent_pongs == 0 && self.broken.is_none();
        let may_hold = self.holds_answer && !self.close_sent && all_is_written;
        if may_hold && !signals.closing && !signals.detached {
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
        signals: TaskSignals,
        message: Message,
        at: u64,
    ) -> Option<Queued> {
        let socket = link.id;
        let binary = |data: Vec<u8>| BinaryMessage { socket, data, at };
        Some(match message {
            Message::Text(_) | Message::Binary(_) if signals.closing => return None,
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
        signals: TaskSignals,
        event: Queued,
        events: &mut Vec<Queued>,
    ) {
        if signals.closing && link.poll_room(cx).is_pending() {
            self.held = Some(event);
        } else if signals.closing {
            link.deliver(iter::once(event));
        } else {
            events.push(event);
        }
    }
}
