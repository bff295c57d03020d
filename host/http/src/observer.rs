//! What a request tells about itself: the choke point for measurements.

use std::net::SocketAddr;

use crate::bindings::http::{Answer, Failure, Sent, Timings, TlsInfo};

/// A request and its answer, or what came instead.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// What was sent, or was going to be.
    pub sent: &'a Sent,
    /// When it began, by the clock of the events.
    pub started: u64,
    /// When it had ended.
    pub ended: u64,
    /// How long each part took.
    pub timings: &'a Timings,
    /// The address at the other end, once it was known.
    pub peer: Option<SocketAddr>,
    /// None without TLS.
    pub tls: Option<&'a TlsInfo>,
    /// What the server answered, or why there is no answer.
    pub answer: Result<&'a Answer, &'a Failure>,
    /// It is made to be asked who the user is: 401 is what it is for.
    pub expects_challenge: bool,
}

/// Is told what a request does.
///
/// The calls come from the guest's thread and from the request's, never two at a time, and some while
/// the request is locked: an observer must not block.
pub trait HttpObserver: Send + Sync {
    /// An exchange begins that sends this body.
    fn begun(&self, sent: &Sent, body: &[u8]) {
        let _ = (sent, body);
    }

    /// An exchange has ended; called once for each that has begun. One that the guest has given up ends
    /// with a failure.
    fn ended(&self, exchange: &Exchange<'_>);
}
