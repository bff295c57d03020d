//! HTTP/1.1 requests: one connection each, and no codings.
//!
//! - [`plan`](crate::plan), [`redirect`]: what is asked for, and where a redirection leads; the same files that the
//!   host has
//! - [`flight`]: a request with its redirections
//! - [`exchange`]: one request and its answer over one connection
//! - [`body`]: where a body ends
//! - [`problem`]: failures as numbers and texts

mod body;
mod exchange;
pub(crate) mod flight;
mod problem;
#[path = "../../../../../host/http/src/client/redirect.rs"]
mod redirect;
