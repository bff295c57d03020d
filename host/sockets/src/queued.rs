//! An event while it waits. Most are messages, and hundreds are moved from hand to hand at a time, so it is as small as
//! these: the events of the WIT are as large as the answer to a handshake.

use crate::bindings::events::{BinaryMessage, Event, TextMessage, TimerFired};
use crate::observer::{Delivered, FrameKind};
use crate::room;

/// An event that waits, or is on its way there.
pub(crate) enum Queued {
    Text(TextMessage),
    Binary(BinaryMessage),
    Ping(BinaryMessage),
    Pong(BinaryMessage),
    Timer(TimerFired),
    /// What comes seldom.
    Other(Box<Event>),
}

impl Queued {
    /// See [`room::payload_len`].
    pub(crate) fn payload_len(&self) -> usize {
        match self {
            Self::Text(message) => message.data.len(),
            Self::Binary(message) | Self::Ping(message) | Self::Pong(message) => message.data.len(),
            Self::Timer(_) => 0,
            Self::Other(event) => room::payload_len(event),
        }
    }

    pub(crate) fn is_message(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Binary(_))
    }

    /// What it is if it is a message.
    pub(crate) fn message(&self) -> Option<Delivered> {
        let (kind, bytes, at) = match self {
            Self::Text(message) => (FrameKind::Text, message.data.len(), message.at),
            Self::Binary(message) => (FrameKind::Binary, message.data.len(), message.at),
            _ => return None,
        };
        Some(Delivered { kind, bytes, at })
    }
}

impl From<Event> for Queued {
    fn from(event: Event) -> Self {
        match event {
            Event::Text(message) => Self::Text(message),
            Event::Binary(message) => Self::Binary(message),
            Event::Ping(message) => Self::Ping(message),
            Event::Pong(message) => Self::Pong(message),
            Event::Timer(fired) => Self::Timer(fired),
            event => Self::Other(Box::new(event)),
        }
    }
}

impl From<Queued> for Event {
    fn from(queued: Queued) -> Self {
        match queued {
            Queued::Text(message) => Self::Text(message),
            Queued::Binary(message) => Self::Binary(message),
            Queued::Ping(message) => Self::Ping(message),
            Queued::Pong(message) => Self::Pong(message),
            Queued::Timer(fired) => Self::Timer(fired),
            Queued::Other(event) => *event,
        }
    }
}
