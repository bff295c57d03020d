//! The world `vu` of wasock on WASI 0.2: what a test imports, for one user without a load.
//!
//! A component that is composed with this one needs nothing but a plain host. All happens on the guest's own
//! thread, while it waits: [`reactor`] moves connections, timers and requests on.
//!
//! - [`host`], [`vu`]: the exported interfaces
//! - [`queue`], [`timer`], [`socket`]: what their resources are
//! - [`connection`]: from a URL to the last event
//! - [`http`], [`plan`], [`cookies`]: requests
//! - [`metrics`]: sums

// Files that the host has too name it so.
extern crate tungstenite;

mod bindings;
mod clock;
mod coding;
mod connection;
mod cookies;
mod ctx;
mod dialer;
mod host;
mod http;
mod limits;
mod metrics;
mod options;
mod panics;
#[allow(dead_code, reason = "the host sends some requests again")]
#[path = "../../../../host/http/src/plan.rs"]
mod plan;
mod queue;
mod random;
mod reactor;
#[path = "../../../../host/sockets/src/room.rs"]
mod room;
#[path = "../../../../host/http/src/set_cookie.rs"]
mod set_cookie;
mod socket;
mod timer;
mod tls;
mod vu;

// Files that the host has too name what is here by the crate in which the host has it.
extern crate self as wasock_sockets;
use dialer::Endpoint;

/// What exports all of it.
struct Provider;

bindings::export!(Provider with_types_in bindings);
