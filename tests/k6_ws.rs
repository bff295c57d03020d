//! The module `k6/ws`: `connect`, the socket of its callback, and the samples of its sessions.

mod connect;
mod events;
mod messages;
mod metrics;
