//! How much a queue can take, and how far its guest has come. Nothing waits here: the provider in
//! `guests/standalone` counts the same.

use crate::bindings::events::Event;
use crate::bindings::types::Handshake;

/// What a queue can still take before those who read from a network have to stop.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    pub(crate) bytes: usize,
    pub(crate) events: usize,
}

impl Room {
    /// Of a queue that drops all it gets.
    pub(crate) const UNBOUNDED: Self = Self { bytes: usize::MAX, events: usize::MAX };

    /// Whether one more event may go in, whatever its size.
    pub(crate) fn is_some(self) -> bool {
        self.bytes > 0 && self.events > 0
    }

    /// What is left when an event with so many bytes of payload has gone in.
    pub(crate) fn without(self, bytes: usize) -> Self {
        Self { bytes: self.bytes.saturating_sub(bytes), events: self.events.saturating_sub(1) }
    }
}

/// How far the guest has come, in numbers of all events and waits so far.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) put_in: u64,
    pub(crate) taken: u64,
    /// What was taken when the last wait began: the guest is done with it.
    pub(crate) handled: u64,
    pub(crate) waits: u64,
    /// The guest is in its last wait, and not on its way out of it.
    pub(crate) is_waiting: bool,
}

/// A moment in the life of a queue that the guest may have yet to see.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) put_in: u64,
    pub(crate) waits: u64,
}

impl Progress {
    /// Whether the guest has handled all that was put in before the mark, and has waited since.
    pub(crate) fn is_past(&self, mark: Mark) -> bool {
        self.waits > mark.waits && self.handled >= mark.put_in
    }
}

/// How many bytes of payload an event holds.
pub(crate) fn payload_len(event: &Event) -> usize {
    match event {
        Event::Text(message) => message.data.len(),
        Event::Binary(message) | Event::Ping(message) | Event::Pong(message) => message.data.len(),
        Event::Opened(opened) => handshake_len(&opened.handshake),
        Event::Failed(failed) => failed.handshake.as_ref().map_or(0, handshake_len),
        Event::Closed(_) | Event::Timer(_) | Event::Completed(_) => 0,
    }
}

fn handshake_len(handshake: &Handshake) -> usize {
    let fields = handshake.headers.iter();
    fields.map(|field| field.name.len() + field.value.len()).sum::<usize>() + handshake.body.len()
}
