//! End-to-end tests: the `wasock` command, real scripts, real sockets.
//!
//! One file per theme. `common` starts the test server and runs the command.

mod api;
mod archive;
mod bad_input;
mod bounds;
mod common;
mod compatibility;
mod compile;
mod components;
mod compression;
mod connections;
mod dashboard;
#[cfg(unix)]
mod deploy;
mod differences;
mod documents;
mod errors;
mod executors;
mod faults;
mod globals;
mod grants;
#[cfg(unix)]
mod hostile;
mod http;
mod k6_ws;
mod lifecycle;
mod limits;
mod misbehaviour;
mod mixed;
mod modules;
#[cfg(unix)]
mod operator;
mod option_sources;
mod options;
mod outputs;
#[cfg(target_os = "linux")]
mod processes;
mod report;
mod round_trips;
mod run;
mod scripts;
mod serve;
mod shown;
#[cfg(unix)]
mod signals;
mod summary;
#[cfg(unix)]
mod terminal;
mod timers;
mod transcripts;
mod web;
mod websocket;
mod wire;
