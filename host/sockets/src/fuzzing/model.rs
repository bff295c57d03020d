//! What a guest may be told of a socket, and when.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::bindings::events::Event;
use crate::bindings::sockets::State;
use crate::observer::{Delivered, DialOutcome, Dialed, FrameKind, SessionEnd, SocketObserver};

/// How far a guest has been told that a socket has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Unconnected,
    Connecting,
    Open,
    Over,
}

/// A socket as a guest sees it.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) phase: Phase,
    /// The guest has closed or aborted it: what comes may be dropped.
    pub(super) is_leaving: bool,
    /// The data messages that it was told of.
    pub(super) messages: Vec<Vec<u8>>,
}

impl Model {
    pub(super) fn new() -> Self {
        Self { phase: Phase::Unconnected, is_leaving: false, messages: Vec::new() }
    }

    /// The guest is told of this.
    pub(super) fn told(&mut self, event: Event) {
        let phase = self.phase;
        let at = |allowed: Phase| assert_eq!(phase, allowed, "{event:?} in {self:?}");
        match &event {
            Event::Opened(_) => {
                at(Phase::Connecting);
                self.phase = Phase::Open;
            }
            Event::Failed(_) => {
                at(Phase::Connecting);
                self.phase = Phase::Over;
            }
            Event::Closed(closed) => {
                at(Phase::Open);
                assert_eq!(closed.was_clean, closed.failure.is_none(), "{closed:?}");
                assert_eq!(closed.code == 1006, closed.failure.is_some(), "{closed:?}");
                self.phase = Phase::Over;
            }
            Event::Ping(_) | Event::Pong(_) => at(Phase::Open),
            Event::Text(message) => {
                at(Phase::Open);
                self.messages.push(message.data.clone().into_bytes());
            }
            Event::Binary(message) => {
                at(Phase::Open);
                self.messages.push(message.data.clone());
            }
            Event::Timer(_) | Event::Completed(_) => panic!("nobody asked for {event:?}"),
        }
    }

    /// A state that the socket can be in, as far as the guest knows: events may wait for it.
    pub(super) fn allows(&self, state: State) -> bool {
        match self.phase {
            Phase::Unconnected => state == State::Unconnected,
            Phase::Connecting => state != State::Unconnected,
            Phase::Open => matches!(state, State::Open | State::Closing | State::Closed),
            Phase::Over => state == State::Closed,
        }
    }
}

/// What an observer was told of a socket.
#[derive(Debug, Default)]
pub(super) struct Watch(Mutex<Watched>);

#[derive(Debug, Default)]
struct Watched {
    begun: usize,
    dialed: usize,
    opened: bool,
    ended: usize,
    /// Kind and length of what is going to be sent.
    accepted: Vec<(FrameKind, usize)>,
    delivered: usize,
}

impl Watch {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(super) fn accepted(&self) -> Vec<(FrameKind, usize)> {
        self.0.lock().accepted.clone()
    }

    pub(super) fn delivered(&self) -> usize {
        self.0.lock().delivered
    }

    /// What was begun has ended, and it was told what became of the attempt unless its handle was
    /// dropped before.
    pub(super) fn is_balanced(&self) {
        let watched = self.0.lock();
        assert_eq!(watched.begun, watched.ended, "{watched:?}");
    }
}

impl SocketObserver for Watch {
    fn begun(&self, _url: &str, _at: u64) {
        self.0.lock().begun += 1;
    }

    fn dialed(&self, dialed: &Dialed<'_>) {
        let mut watched = self.0.lock();
        assert_eq!((watched.begun, watched.dialed, watched.ended), (1, 0, 0), "{watched:?}");
        watched.dialed = 1;
        watched.opened = matches!(dialed.outcome, DialOutcome::Opened(_));
    }

    fn sent(&self, kind: FrameKind, bytes: usize, accepted: bool) {
        let mut watched = self.0.lock();
        assert!(!accepted || watched.opened, "{watched:?}");
        if accepted {
            watched.accepted.push((kind, bytes));
        }
    }

    fn delivered(&self, messages: &mut dyn Iterator<Item = Delivered>) {
        let count = messages.count();
        assert!(count > 0, "nothing was delivered");
        self.0.lock().delivered += count;
    }

    fn ended(&self, end: SessionEnd<'_>, _at: u64) {
        let mut watched = self.0.lock();
        assert_eq!((watched.begun, watched.ended), (1, 0), "{watched:?}");
        assert_eq!(watched.opened, !matches!(end, SessionEnd::Unopened), "{end:?} {watched:?}");
        watched.ended = 1;
    }
}
