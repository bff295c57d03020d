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
//! ```
//! use std::sync::Arc;
//! use wasmtime::component::{Component, Linker, ResourceTable};
//! use wasmtime::{Config, Engine, Result, Store};
//! use wasock_sockets::{AllowAll, SocketsCtx, SocketsCtxView, SocketsView, add_to_linker};
//!
//! struct State {
//!     table: ResourceTable,
//!     sockets: SocketsCtx,
//! }
//!
//! impl SocketsView for State {
//!     fn sockets(&mut self) -> SocketsCtxView<'_> {
//!         SocketsCtxView { ctx: &mut self.sockets, table: &mut self.table }
//!     }
//! }
//!
//! /// A guest in the text format: it asks the clock, and is done.
//! const GUEST: &str = r#"
//!     (component
//!       (import "wasock:websocket/timers@0.1.0" (instance $timers
//!         (export "now" (func (result u64)))))
//!       (core func $now (canon lower (func $timers "now")))
//!       (core module $m
//!         (import "host" "now" (func $now (result i64)))
//!         (func (export "run") (result i64) (call $now)))
//!       (core instance $i (instantiate $m
//!         (with "host" (instance (export "now" (func $now))))))
//!       (func (export "run") (result u64) (canon lift (core func $i "run"))))
//! "#;
//!
//! #[tokio::main]
//! async fn main() -> Result<()> {
//!     let engine = Engine::new(&Config::new())?;
//!     let mut linker = Linker::<State>::new(&engine);
//!     add_to_linker(&mut linker)?;
//!
//!     let sockets = SocketsCtx::builder().network(Arc::new(AllowAll)).build();
//!     let mut store = Store::new(&engine, State { table: ResourceTable::new(), sockets });
//!
//!     let component = Component::new(&engine, GUEST)?;
//!     let instance = linker.instantiate_async(&mut store, &component).await?;
//!     let run = instance.get_typed_func::<(), (u64,)>(&mut store, "run")?;
//!     let (now,) = run.call_async(&mut store, ()).await?;
//!     assert!(now > 0);
//!     Ok(())
//! }
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

mod bandwidth;
pub mod bindings;
mod bound;
mod bucket;
mod causes;
pub mod clock;
mod connection;
mod ctx;
mod dialer;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod host;
pub mod limits;
mod link;
mod network;
mod observer;
mod proxy;
mod queue;
mod socket;
mod source;
#[cfg(test)]
mod tests;
mod timer;
pub mod tls;
mod traffic;

pub use bound::{Bound, BoundObserver};
pub use bucket::TokenBucket;
pub use causes::{chain, innermost};
pub use connection::GIVEN_UP;
pub use ctx::{Interrupter, Leaving, SocketsCtx, SocketsCtxBuilder, SocketsCtxView, SocketsView};
pub use dialer::{ByteStream, DialFailure, DialedStream, Dialer, Endpoint, Secured};
pub use error::{SocketError, SocketResult, TrappableError};
pub use host::add_to_linker;
pub use network::{AllowAll, Denied, DenyAll, Network, lookup};
pub use observer::{Delivered, DialOutcome, Dialed, FrameKind, SessionEnd, SocketObserver};
pub use proxy::{Proxy, ProxyError, ProxyKind};
pub use queue::EventQueue;
pub use socket::Socket;
pub use timer::Timer;
pub use traffic::Traffic;
