//! The world `vu` of wasock on WASI 0.2: what a test imports, for one user without a load.
//!
//! A component that is composed with this one needs nothing but a plain host. All happens on the guest's own
//! thread, while it waits: [`reactor`] moves connections, timers and requests on.
//!
//! - [`host`], [`vu`]: the exported interfaces
//! - [`queue`], [`timer`], [`socket`]: what their resources are
//! - [`connection`]: from a URL to the last event
//! - [`metrics`]: sums

mod bindings;
mod clock;
mod connection;
mod ctx;
mod dialer;
mod host;
#[allow(dead_code, reason = "the host has limits that one user has no use for")]
#[path = "../../../../host/sockets/src/limits.rs"]
mod limits;
mod metrics;
mod options;
mod queue;
mod random;
mod reactor;
mod socket;
mod timer;
mod tls;
mod vu;

/// What exports all of it.
struct Provider;

bindings::export!(Provider with_types_in bindings);
