//! The bounds of sockets and of requests, as the host has them.

#[allow(dead_code, reason = "the host has limits that one user has no use for")]
#[path = "../../../../host/http/src/limits.rs"]
mod requests;
#[allow(dead_code, reason = "the host has limits that one user has no use for")]
#[path = "../../../../host/sockets/src/limits.rs"]
mod sockets;

pub(crate) use requests::*;
pub(crate) use sockets::*;
