//! The bounds of a guest's sockets by name, and who is told that it has come to one.

use std::fmt;

/// A bound of a guest's sockets, timers and queues.
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
}

/// Is told when a guest comes to a bound, and knows how its embedder's users raise it. Crates for other protocols
/// have bounds of their own, `B`.
pub trait BoundObserver<B = Bound>: Send + Sync {
    /// Something of the guest's was refused, or made to wait.
    fn reached(&self, bound: B);

    /// How to raise a bound, for the end of a message: `--sockets raises it`.
    fn advice(&self, bound: B) -> Option<String> {
        let _ = bound;
        None
    }
}

/// Tells nobody.
pub struct Unobserved;

impl<B> BoundObserver<B> for Unobserved {
    fn reached(&self, _bound: B) {}
}

/// Tells that a bound is reached. The text is for the guest: what is the most, and how to raise that.
pub fn refusal<B: Copy>(
    observer: &dyn BoundObserver<B>,
    bound: B,
    most: impl fmt::Display,
) -> String {
    observer.reached(bound);
    let advice = observer.advice(bound).map(|advice| format!("; {advice}")).unwrap_or_default();
    format!("the limit of {most} is reached{advice}")
}
