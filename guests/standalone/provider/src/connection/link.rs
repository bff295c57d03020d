//! What a socket's handle and its connection share: the state, what is to be sent, and who is told of what.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;

use tungstenite::Message;
use tungstenite::protocol::CloseFrame;

use crate::bindings::events::Event;
use crate::bindings::sockets::State;
use crate::bindings::types::ErrorCode;
use crate::ctx;
use crate::limits::{FRAME_OVERHEAD, Limits, MAX_QUEUED_FRAMES};
use crate::queue::{EventQueue, Origin, Source};

pub(crate) struct Link {
    pub(crate) id: u32,
    pub(crate) queue: EventQueue,
    pub(crate) origin: Rc<Origin>,
    pub(crate) state: State,
    outbox: VecDeque<Message>,
    /// What it has of the bytes that wait on all sockets.
    charged: u64,
    /// Bytes of messages that are accepted and not yet flushed.
    pub(crate) buffered: u64,
    /// The guest asked to give the connection up.
    pub(crate) aborted: bool,
    told_left: bool,
    /// The address at the other end, once it was known.
    pub(crate) peer: Option<SocketAddr>,
}

impl Link {
    pub(crate) fn new(id: u32, queue: EventQueue) -> Self {
        Self {
            id,
            queue,
            origin: Rc::default(),
            state: State::Unconnected,
            outbox: VecDeque::new(),
            charged: 0,
            buffered: 0,
            aborted: false,
            told_left: false,
            peer: None,
        }
    }

    /// The handle is gone.
    pub(crate) fn is_detached(&self) -> bool {
        self.origin.detached.get()
    }

    /// The handle is gone, and nothing has come of that yet.
    pub(crate) fn is_left(&self) -> bool {
        self.is_detached() && !self.told_left
    }

    /// Tells who counts that the handle is gone.
    pub(crate) fn tell_left(&mut self) {
        self.told_left = true;
        let opened = self.state != State::Connecting;
        self.origin.observe(|account| account.left(opened));
    }

    /// The guest has asked for a closing handshake.
    pub(crate) fn is_closing(&self) -> bool {
        self.state == State::Closing
    }

    /// Takes a message that is to be sent.
    pub(crate) fn accept(&mut self, message: Message) -> Result<(), ErrorCode> {
        if self.state != State::Open {
            return Err(ErrorCode::InvalidState);
        }
        if self.is_full() {
            let Limits { buffered_bytes, all_buffered_bytes, .. } = ctx::shared().limits;
            return Err(ErrorCode::LimitReached(format!(
                "the limit of {buffered_bytes} bytes or {MAX_QUEUED_FRAMES} frames that wait to be sent on a \
                 socket, and {all_buffered_bytes} bytes on all of them, is reached"
            )));
        }
        let bytes = message.len() as u64;
        self.charged += bytes + FRAME_OVERHEAD;
        ctx::buffer(bytes + FRAME_OVERHEAD);
        if is_data(&message) {
            self.buffered += bytes;
        }
        self.outbox.push_back(message);
        Ok(())
    }

    /// Whether a message has to wait for the peer to take others.
    pub(crate) fn is_full(&self) -> bool {
        let limits = &ctx::shared().limits;
        self.buffered >= limits.buffered_bytes
            || self.outbox.len() >= MAX_QUEUED_FRAMES
            || ctx::buffered() >= limits.all_buffered_bytes
    }

    /// Begins the closing handshake.
    pub(crate) fn close(&mut self, frame: Option<CloseFrame>) -> Result<(), ErrorCode> {
        match self.state {
            State::Unconnected => return Err(ErrorCode::InvalidState),
            State::Connecting => self.aborted = true,
            State::Open => {
                self.state = State::Closing;
                self.outbox.push_back(Message::Close(frame));
            }
            State::Closing | State::Closed => {}
        }
        self.origin.ended.set(true);
        Ok(())
    }

    pub(crate) fn next_outgoing(&mut self) -> Option<Message> {
        let message = self.outbox.pop_front()?;
        // Messages wait on until they are flushed.
        let control = if is_data(&message) { 0 } else { message.len() as u64 };
        self.discharge(FRAME_OVERHEAD + control);
        Some(message)
    }

    /// All that was encoded, with these bytes of payload, is with the host.
    pub(crate) fn flushed(&mut self, bytes: u64) {
        self.buffered = self.buffered.saturating_sub(bytes);
        self.discharge(bytes);
    }

    fn discharge(&mut self, bytes: u64) {
        let bytes = bytes.min(self.charged);
        self.charged -= bytes;
        ctx::unbuffer(bytes);
    }

    /// Puts what arrived into the guest's queue. Messages after `close` are dropped, pings and pongs are not.
    pub(crate) fn deliver(&self, event: Event) {
        let is_message = matches!(event, Event::Text(_) | Event::Binary(_));
        if !self.is_detached() && (self.state == State::Open || !is_message) {
            self.queue.push(event, Source::Socket(self.origin.clone()));
        }
    }

    /// Moves on to `closed` with the last event.
    pub(crate) fn finish(&mut self, last: Event) {
        if self.state == State::Closed {
            return;
        }
        self.give_back();
        self.deliver(last);
    }

    /// Gives back what a socket holds from `connecting` to `closed`.
    pub(crate) fn give_back(&mut self) {
        self.state = State::Closed;
        self.outbox = VecDeque::new();
        self.discharge(u64::MAX);
    }
}

/// Only data messages count towards the buffered amount, as in the WHATWG standard.
pub(crate) fn is_data(message: &Message) -> bool {
    message.is_text() || message.is_binary()
}
