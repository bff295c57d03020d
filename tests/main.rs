//! End-to-end tests: the `wasock` command, real scripts, real sockets.
//!
//! One file per theme. `common` starts the test server and runs the command.

mod common;
mod compile;
mod compression;
mod connections;
mod differences;
mod errors;
mod globals;
mod k6_ws;
mod lifecycle;
mod misbehaviour;
mod modules;
mod options;
mod outputs;
mod round_trips;
mod run;
mod sandbox;
mod scripts;
mod serve;
#[cfg(unix)]
mod signals;
mod summary;
mod timers;
mod web;
mod websocket;
mod wire;
