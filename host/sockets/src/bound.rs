//! The bounds of a guest by name, and who is told that it has come to one.

use std::fmt;

/// A bound of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// The embedder's [`Network`](crate::Network) denied a target.
    Network,
    /// [`Limits::sockets`](crate::limits::Limits::sockets).
    Sockets,
    /// [`Limits::timers`](crate::limits::Limits::timers).
    Timers,
    /// [`Limits::queues`](crate::limits::Limits::queues).
    Queues,
    /// Events that the guest does not take; see
    /// [`MAX_UNTAKEN_EVENTS`](crate::limits::MAX_UNTAKEN_EVENTS).
    Events,
    /// [`Limits::buffered_bytes`](crate::limits::Limits::buffered_bytes) and
    /// [`Limits::all_buffered_bytes`](crate::limits::Limits::all_buffered_bytes).
    Buffered,
    /// [`Limits::message_size`](crate::limits::Limits::message_size).
    MessageSize,
    /// [`Limits::unfinished_bytes`](crate::limits::Limits::unfinished_bytes).
    Unfinished,
    /// [`Limits::bandwidth`](crate::limits::Limits::bandwidth): a transfer was made to wait.
    Bandwidth,
    /// Requests of another protocol at one time.
    Requests,
    /// Bodies of requests of another protocol.
    Bodies,
    /// One body of a request of another protocol.
    BodySize,
    /// Cookies in one jar.
    Cookies,
}

/// Is told when a guest comes to a bound, and knows how its embedder's users raise it.
pub trait BoundObserver: Send + Sync {
    /// Something of the guest's was refused, or made to wait.
    fn reached(&self, bound: Bound);

    /// How to raise a bound, for the end of a message: `--sockets raises it`.
    fn advice(&self, bound: Bound) -> Option<String> {
        let _ = bound;
        None
    }
}

/// Tells nobody.
pub(crate) struct Unobserved;

impl BoundObserver for Unobserved {
    fn reached(&self, _bound: Bound) {}
}

/// The text of a refusal: what is the most, and how to raise that.
pub(crate) fn refusal(
    observer: &dyn BoundObserver,
    bound: Bound,
    most: impl fmt::Display,
) -> String {
    observer.reached(bound);
    let advice = observer.advice(bound).map(|advice| format!("; {advice}")).unwrap_or_default();
    format!("the limit of {most} is reached{advice}")
}
