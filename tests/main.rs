//! End-to-end tests: the `wasock` command, real scripts, real sockets.
//!
//! One file per theme. `common` starts the test server and runs the command.

mod common;
mod connections;
mod errors;
mod options;
#[cfg(unix)]
mod signals;
mod summary;
mod lifecycle;
mod compile;
mod sandbox;
mod globals;
mod k6_ws;
mod modules;
mod timers;
mod websocket;
