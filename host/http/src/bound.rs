//! The bounds of a guest's requests by name.

/// A bound of a guest's requests and cookies. Whoever is told that one is reached implements
/// [`BoundObserver`](wasock_sockets::BoundObserver) for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HttpBound {
    /// Requests at one time; see [`HttpCtxBuilder::requests`](crate::HttpCtxBuilder::requests).
    Requests,
    /// Bytes in all requests and answers; see
    /// [`HttpCtxBuilder::held_bytes`](crate::HttpCtxBuilder::held_bytes).
    Bodies,
    /// Bytes in one body; see [`MAX_BODY`](crate::limits::MAX_BODY).
    BodySize,
    /// Cookies in one jar.
    Cookies,
}
