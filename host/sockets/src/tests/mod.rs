//! Tests of the crate's own types over real sockets: against the test server, and, for what no
//! sound server does, against peers that write their bytes by hand.

mod async_events;
mod async_sockets;
mod backpressure;
mod bounding;
mod breaches;
mod closing;
mod compressing;
mod dropping;
mod endings;
mod faults;
mod faulty;
mod granting;
mod guest;
mod handling;
#[path = "../../../../tests/common/identity.rs"]
mod identity;
mod observing;
mod opening;
mod peer;
mod pinging;
#[path = "../../../../tests/common/proxy.rs"]
mod proxy;
mod proxying;
mod queueing;
mod reaching;
mod refusals;
mod securing;
mod ticking;
mod unfinished;
#[path = "../../../../tests/common/unix.rs"]
mod unix;
