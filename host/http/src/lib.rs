//! HTTP requests for WebAssembly components.
//!
//! This crate implements the interfaces `http` and `cookies` of the WIT package `wasock:websocket` for
//! any embedder of wasmtime, on hyper. It stands on `wasock-sockets`: connections are made by the same
//! rules for names, addresses, proxies and TLS, and their bytes count on the same account.
//!
//! It has the same shape: a store's data holds an [`HttpCtx`], made by an [`HttpCtxBuilder`] from the
//! guest's `SocketsCtx`, and hands it out through [`HttpView`]; [`add_to_linker`] does the rest. A
//! guest whose sockets have no `Network` can make no requests either.
//!
//! # From a request's handle to its answer
//!
//! - `host` has one file per WIT interface and nothing but the generated traits;
//! - [`Request`] and [`CookieJar`] are the resources, free of wasmtime's types;
//! - `client` follows redirections, keeps connections, and times each exchange, in one task per request;
//! - [`HttpObserver`] is told of each exchange, for measurements.

#![deny(missing_docs)]

pub mod bindings;
mod bound;
mod budget;
mod client;
mod coding;
mod cookies;
mod ctx;
mod failure;
mod flight;
mod host;
pub mod limits;
mod observer;
mod pace;
mod plan;
mod request;
mod set_cookie;
#[cfg(test)]
mod tests;

pub use bound::HttpBound;
pub use cookies::CookieJar;
pub use ctx::{HttpCtx, HttpCtxBuilder, HttpCtxView, HttpView};
pub use failure::{HOSTNAME_BLOCKED, IP_BLACKLISTED, refusal_number};
pub use host::add_to_linker;
pub use observer::{Exchange, HttpObserver};
pub use pace::Pace;
pub use request::Request;
