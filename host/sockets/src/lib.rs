//! WebSockets for WebAssembly components.
//!
//! This crate implements the world `client` of the WIT package `wasock:websocket` for any embedder
//! of wasmtime, on tokio and tokio-tungstenite. A guest makes an event queue, binds sockets and
//! timers to it, and asks for the next events; see `wit/` for what each function promises.
//!
//! It is shaped like wasmtime's own WASI crates: a store's data holds a [`SocketsCtx`], made by a
//! [`SocketsCtxBuilder`], and hands it out through [`SocketsView`]; [`add_to_linker`] does the rest.
//!
//! Nothing is granted until the embedder says so: without
//! [`SocketsCtxBuilder::network`] every connection is refused with `access-denied`.
//!
//! # Example
//!
//! `examples/embed.rs`, which docs/hosts.md leads through:
//!
//! ```no_run
#![doc = include_str!("../examples/embed.rs")]
//! ```
//!
//! # From a socket's handle to its connection
//!
//! - `host` has one file per WIT interface and nothing but the generated traits;
//! - [`EventQueue`], [`Socket`] and [`Timer`] are the resources, free of wasmtime's types;
//! - `connection` dials, shakes hands and moves frames, in one task per socket, over a small
//!   transport trait that nothing else knows the implementation of;
//! - [`Network`] is the embedder's say in where a guest may connect to, and [`SocketObserver`] is
//!   told what a socket does, for measurements;
//! - [`Dialer`] connects for other protocols, by the same rules and on the same account.

#![deny(missing_docs)]

mod alarms;
mod bandwidth;
pub mod bindings;
mod bound;
mod bucket;
mod builder;
mod causes;
pub mod clock;
mod connection;
mod ctx;
mod dialer;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod host;
mod leaving;
pub mod limits;
mod link;
mod network;
mod observer;
mod proxy;
mod queue;
mod queued;
mod room;
mod signal;
mod socket;
mod source;
mod spawner;
#[cfg(test)]
mod tests;
mod timer;
pub mod tls;
mod traffic;

use tokio_tungstenite::tungstenite;

pub use alarms::Alarms;
pub use bound::{Bound, BoundObserver, Unobserved, refusal};
pub use bucket::TokenBucket;
pub use builder::SocketsCtxBuilder;
pub use causes::{chain, innermost};
pub use connection::GIVEN_UP;
pub use connection::{NO_DESCRIPTORS, NO_PORTS, is_out_of_descriptors};
pub use ctx::{SocketsCtx, SocketsCtxView, SocketsView};
pub use dialer::{ByteStream, DialFailure, DialedStream, Dialer, Endpoint, Secured};
pub use error::{SocketError, SocketResult, TrappableError};
pub use host::{add_async_to_linker, add_to_linker};
pub use leaving::Leaving;
pub use network::{AllowAll, Denied, DenyAll, Network, lookup};
pub use observer::{Delivered, DialOutcome, Dialed, FrameKind, SessionEnd, SocketObserver};
pub use proxy::{Proxy, ProxyError, ProxyKind};
pub use queue::EventQueue;
pub use signal::Interrupter;
pub use socket::Socket;
pub use spawner::{Spawner, Task};
pub use timer::Timer;
pub use traffic::Traffic;
