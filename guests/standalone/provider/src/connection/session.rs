//! An open connection: messages both ways until it ends.

use std::task::Poll;

use tungstenite::Message;
use tungstenite::protocol::CloseFrame;

use super::Target;
use super::ending::{Ending, close_code_for};
use super::keepalive::Keepalive;
use super::link::{Link, is_data};
use super::stream::Stream;
use super::transport::{Received, Transport};
use crate::bindings::events::{BinaryMessage, Event, TextMessage};
use crate::bindings::types::ErrorCode;
use crate::clock;
use crate::limits::{MAX_UNSENT_PONGS, TCP_CLOSE_WAIT};
use crate::reactor::Sources;
use crate::room::{Mark, Room, payload_len};
use crate::vu::meter::Account;

/// How many messages are moved before others get a turn.
const TURN: usize = 1024;

/// How many messages that are read in one go have the same stamp: a look at the clock is a call of the host.
const MESSAGES_PER_STAMP: usize = 16;

/// An open connection. Times are in nanoseconds.
pub(super) struct Session {
    transport: Transport,
    close_timeout: u64,
    keepalive: Option<Keepalive>,
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
    held: Option<Event>,
    /// There may be more to read than was read.
    unread: bool,
    /// When to stop waiting for the peer.
    deadline: Option<u64>,
}

impl Session {
    pub(super) fn new(stream: Stream, read_ahead: Vec<u8>, target: &Target) -> Self {
        let nanos = target.close_timeout.as_nanos();
        let now = clock::now();
        Self {
            transport: Transport::new(stream, read_ahead, target.max_message_size),
            close_timeout: u64::try_from(nanos).unwrap_or(u64::MAX),
            keepalive: Keepalive::new(target.ping_interval, target.pong_timeout, now),
            unflushed: 0,
            unsent_pongs: 0,
            blocked: false,
            broken: None,
            close_sent: false,
            received: None,
            holds_answer: target.hold_close_answer,
            unanswered: None,
            held: None,
            unread: true,
            deadline: None,
        }
    }

    /// Moves messages as far as it can. Tells how the connection has ended, if it has.
    pub(super) fn advance(&mut self, link: &mut Link, now: u64) -> Option<Ending> {
        self.transport.look();
        self.unread = true;
        let Poll::Ready(result) = self.step(link, now) else { return None };
        let failure = result.err();
        if let Some(code) = failure.as_ref().and_then(close_code_for) {
            // Best effort: the peer may be gone, or a close frame sent (RFC 6455, section 7.1.7).
            let frame = CloseFrame { code, reason: "".into() };
            let _ = self.transport.send(Message::Close(Some(frame)));
            let _ = self.transport.flush();
        }
        Some(Ending::new(self.received.take(), failure))
    }

    fn step(&mut self, link: &mut Link, now: u64) -> Poll<Result<(), ErrorCode>> {
        if link.aborted {
            return Poll::Ready(Err(ErrorCode::UnexpectedEnd));
        }
        // Looked at first, since a peer that never stops sending must not outrun it.
        if let Poll::Ready(result) = self.check_deadline(now) {
            return Poll::Ready(result);
        }
        self.keep_alive(link, now);
        let mut left = TURN;
        while left > 0 {
            let all_sent = self.send_and_answer(link);
            if link.is_detached() && all_sent && (self.close_sent || self.broken.is_some()) {
                return Poll::Ready(Ok(()));
            }
            self.arm_deadline(link.is_closing(), now);
            match self.receive_many(link, &mut left) {
                // What was read may want an answer: a ping a pong, a close frame its like.
                Ok(Some(true)) => {}
                Ok(Some(false)) => return self.over(ErrorCode::UnexpectedEnd),
                Err(error) => return self.over(error),
                Ok(None) => {
                    let expired = self.keepalive.as_ref().and_then(|pings| pings.expired(now));
                    return expired.map_or(Poll::Pending, |error| self.over(error));
                }
            }
        }
        Poll::Pending
    }

    /// Pings end with the closing handshake, which has its own time.
    fn keep_alive(&mut self, link: &Link, now: u64) {
        if link.is_closing() || link.is_detached() || self.received.is_some() {
            self.keepalive = None;
        }
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.tick(now);
        }
    }

    /// Sends what the guest has sent, and behind it the answer to the peer's close frame as soon as the guest can
    /// have nothing more to send before it. True when nothing is left.
    pub(super) fn send_and_answer(&mut self, link: &mut Link) -> bool {
        // Asked before what it has sent is taken, or its last words could be left behind.
        let has_finished = match &self.unanswered {
            Some(mark) => link.queue.has_seen(mark) || link.is_detached(),
            None => return self.send(link),
        };
        if !self.send(link) || (!has_finished && !self.close_sent && self.broken.is_none()) {
            return false;
        }
        self.answer_close();
        self.send(link)
    }

    fn answer_close(&mut self) {
        self.unanswered = None;
        if !self.close_sent && self.broken.is_none() {
            let frame = self.received.clone().flatten();
            self.transport.answer_close(frame);
            self.close_sent = true;
        }
    }

    /// Encodes what the guest has sent, then flushes. True when nothing is left, or nothing more can be written.
    fn send(&mut self, link: &mut Link) -> bool {
        if self.broken.is_some() {
            return true;
        }
        self.write(link).unwrap_or_else(|error| {
            self.broken = Some(error);
            true
        })
    }

    fn write(&mut self, link: &mut Link) -> Result<bool, ErrorCode> {
        if self.blocked {
            if !self.transport.flush()? {
                return Ok(false);
            }
            self.flushed(link);
        }
        loop {
            let due = self.keepalive.as_mut().and_then(Keepalive::take_due).map(Message::Ping);
            let Some(message) = due.or_else(|| link.next_outgoing()) else { break };
            // Nothing follows a close frame (RFC 6455, section 5.5.1).
            if self.close_sent {
                continue;
            }
            if is_data(&message) {
                self.unflushed += message.len() as u64;
            }
            self.close_sent |= message.is_close();
            link.origin.observe(|account| account.encoded(&message));
            if !self.transport.send(message)? {
                self.blocked = true;
                return Ok(false);
            }
        }
        self.blocked = !self.transport.flush()?;
        if !self.blocked {
            self.flushed(link);
        }
        Ok(!self.blocked)
    }

    fn flushed(&mut self, link: &mut Link) {
        self.blocked = false;
        self.unsent_pongs = 0;
        link.flushed(std::mem::take(&mut self.unflushed));
        link.origin.observe(Account::flushed);
    }

    /// Reads messages, if there is room for what comes of them, until one wants an answer or many are read:
    /// then true. False when the connection has ended, and none when there is nothing more to read for now.
    fn receive_many(
        &mut self,
        link: &mut Link,
        left: &mut usize,
    ) -> Result<Option<bool>, ErrorCode> {
        if !self.may_read() {
            return Ok(None);
        }
        let mut room = self.room(link);
        if !room.is_some() {
            if let Some(keepalive) = &mut self.keepalive {
                keepalive.excuse();
            }
            return Ok(None);
        }
        if let Some(event) = self.held.take() {
            link.deliver(event);
        }
        let mut at = 0;
        for number in 0..*left {
            let message = match self.transport.receive()? {
                Received::Message(message) => message,
                Received::Nothing => {
                    self.unread = false;
                    return Ok(None);
                }
                Received::End => return Ok(Some(false)),
            };
            *left -= 1;
            if number % MESSAGES_PER_STAMP == 0 {
                at = clock::now();
            }
            self.unsent_pongs += usize::from(message.is_ping());
            if let Message::Close(frame) = message {
                self.received = Some(frame);
                self.closed_by_peer(link);
                break;
            }
            let wants_answer = message.is_ping();
            if let Some(event) = self.event_of(link, message, at) {
                room = room.without(payload_len(&event));
                if link.is_closing() && !link.queue.room().is_some() {
                    self.held = Some(event);
                } else {
                    link.deliver(event);
                }
            }
            if wants_answer || !room.is_some() || self.held.is_some() {
                break;
            }
        }
        Ok(Some(true))
    }

    /// The peer's close frame came: it is answered, now or when the guest has seen what came before.
    fn closed_by_peer(&mut self, link: &Link) {
        let all_is_written = !self.blocked && self.unsent_pongs == 0 && self.broken.is_none();
        let may_hold = self.holds_answer && !self.close_sent && all_is_written;
        if may_hold && !link.is_closing() && !link.is_detached() {
            self.unanswered = link.queue.mark_unseen();
        }
        if self.unanswered.is_some() {
            self.transport.hold_answer();
        } else {
            self.answer_close();
        }
    }

    /// What the guest is told of a message.
    fn event_of(&mut self, link: &Link, message: Message, at: u64) -> Option<Event> {
        let socket = link.id;
        let binary = |data: Vec<u8>| BinaryMessage { socket, data, at };
        Some(match message {
            Message::Text(_) | Message::Binary(_) if link.is_closing() => return None,
            Message::Text(text) => {
                Event::Text(TextMessage { socket, data: text.as_str().to_owned(), at })
            }
            Message::Binary(data) => Event::Binary(binary(data.into())),
            Message::Ping(data) => Event::Ping(binary(data.into())),
            Message::Pong(data) => {
                link.origin.observe(|account| account.pong(&data, at));
                if let Some(keepalive) = &mut self.keepalive {
                    keepalive.answered(&data);
                }
                Event::Pong(binary(data.into()))
            }
            Message::Close(_) | Message::Frame(_) => return None,
        })
    }

    /// The peer's answer to a close frame is waited for, and its end of TCP, but not for ever.
    fn arm_deadline(&mut self, closing: bool, now: u64) {
        let tcp_close_wait = TCP_CLOSE_WAIT.as_nanos() as u64;
        let wait = if self.unanswered.is_some() {
            self.close_timeout
        } else if self.received.is_some() || self.broken.is_some() {
            tcp_close_wait
        } else if closing {
            self.close_timeout
        } else {
            return;
        };
        let deadline = now.saturating_add(wait);
        self.deadline = Some(self.deadline.map_or(deadline, |armed| armed.min(deadline)));
    }

    fn check_deadline(&mut self, now: u64) -> Poll<Result<(), ErrorCode>> {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return Poll::Pending;
        }
        if self.unanswered.is_some() {
            // The guest has had its time, the peer gets its answer.
            self.answer_close();
            self.deadline = None;
            return Poll::Pending;
        }
        self.over(ErrorCode::Timeout)
    }

    /// The end. An error after a close frame of the peer is no failure; else what broke first is the cause.
    fn over(&mut self, error: ErrorCode) -> Poll<Result<(), ErrorCode>> {
        Poll::Ready(match self.received {
            Some(_) => Ok(()),
            None => Err(self.broken.take().unwrap_or(error)),
        })
    }

    /// Whether it can go on without waiting for anything.
    pub(super) fn is_ready(&self, link: &Link) -> bool {
        let answers = self
            .unanswered
            .as_ref()
            .is_some_and(|mark| link.queue.has_seen(mark) || link.is_detached());
        let reads = self.unread && self.may_read() && self.room(link).is_some();
        answers || link.aborted || reads
    }

    /// When it has to go on though nothing happens.
    pub(super) fn deadline(&self) -> Option<u64> {
        let pings = self.keepalive.as_ref().map(Keepalive::wakes);
        self.deadline.into_iter().chain(pings).min()
    }

    /// What it waits for.
    pub(super) fn sources(&self, link: &Link) -> Sources<'_> {
        self.transport.sources(self.may_read() && self.room(link).is_some())
    }

    /// Whether it is its turn: the end of TCP is not looked at before the close frame is answered, and answers to
    /// pings do not pile up.
    fn may_read(&self) -> bool {
        self.unsent_pongs < MAX_UNSENT_PONGS && self.unanswered.is_none()
    }

    /// In the closing handshake messages are dropped, so there is always room for them.
    fn room(&self, link: &Link) -> Room {
        if link.is_detached() || (link.is_closing() && self.held.is_none()) {
            Room::UNBOUNDED
        } else {
            link.queue.room()
        }
    }
}
