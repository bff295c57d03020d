//! What a socket tells about itself while it lives: the choke point for measurements.

use std::net::SocketAddr;

use crate::bindings::types::{Failure, Handshake, Timings};

/// Which frame or message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A text message.
    Text,
    /// A binary message.
    Binary,
    /// A ping frame.
    Ping,
    /// A pong frame.
    Pong,
    /// A close frame.
    Close,
}

/// How a connection attempt went.
#[derive(Clone, Copy, Debug)]
pub enum DialOutcome<'a> {
    /// The connection is open.
    Opened(&'a Handshake),
    /// It is not, and this is what the server said if it spoke HTTP.
    Failed(&'a Failure, Option<&'a Handshake>),
    /// The guest has given it up, or its end has: no fault of the server's. This is what the server had said by then.
    GivenUp(Option<&'a Handshake>),
}

/// A message that the guest has handled.
#[derive(Clone, Copy, Debug)]
pub struct Delivered {
    /// Text or binary.
    pub kind: FrameKind,
    /// The length of its payload.
    pub bytes: usize,
    /// When it arrived.
    pub at: u64,
}

/// A connection attempt that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Dialed<'a> {
    /// The URL as the guest gave it.
    pub url: &'a str,
    /// When each step ended.
    pub timings: &'a Timings,
    /// The address of the peer, once it was known.
    pub peer: Option<SocketAddr>,
    /// How it went.
    pub outcome: DialOutcome<'a>,
}

/// How the life of a socket ended.
#[derive(Clone, Copy, Debug)]
pub enum SessionEnd<'a> {
    /// The connection was never open, as [`SocketObserver::dialed`] has told; or the handle was dropped
    /// before that.
    Unopened,
    /// By a closing handshake: the peer's close frame came, or the guest has sent its own and did not
    /// wait for the answer.
    Closed,
    /// The open connection broke.
    Broken(&'a Failure),
    /// The guest aborted the open connection, was interrupted, or dropped the handle.
    GivenUp,
}

/// Is told what a socket does. Stamps are those of [`crate::clock`].
///
/// The calls come from the guest's thread and from the connection's, never two at a time for the
/// same fact, and some while the socket is locked: an observer must not block.
pub trait SocketObserver: Send + Sync {
    /// The connection attempt begins. Called at most once, before all else.
    fn begun(&self, url: &str, at: u64) {
        let _ = (url, at);
    }

    /// The connection attempt has ended. Called at most once; not at all if the handle is dropped
    /// before.
    fn dialed(&self, dialed: &Dialed<'_>) {
        let _ = dialed;
    }

    /// The guest asked to send a message; `accepted` tells whether it is going to be: the socket was
    /// open, and not too much was buffered.
    fn sent(&self, kind: FrameKind, bytes: usize, accepted: bool) {
        let _ = (kind, bytes, accepted);
    }

    /// The last byte of a frame was handed to the operating system, or to TLS on its way there, right after `at`.
    fn written(&self, kind: FrameKind, payload: &[u8], at: u64) {
        let _ = (kind, payload, at);
    }

    /// A pong frame arrived.
    fn pong(&self, payload: &[u8], at: u64) {
        let _ = (payload, at);
    }

    /// The guest handled messages, in this order: it has taken them, and since then has waited again or
    /// dropped the socket, without having skipped them. What it takes after its own `close` or `abort`
    /// does not count.
    fn delivered(&self, messages: &mut dyn Iterator<Item = Delivered>) {
        let _ = messages;
    }

    /// The socket's life is over: its connection has ended, or its handle was dropped. Called once
    /// for each socket whose connection attempt was begun, before the guest hears of it.
    ///
    /// What the guest had not handled by then may still be `delivered`, and what a dropped handle had
    /// accepted before its `close` is still `written`.
    fn ended(&self, end: SessionEnd<'_>, at: u64) {
        let _ = (end, at);
    }
}
