//! Runs load tests: options, metrics, thresholds, summary and outputs.

pub mod attempts;
pub mod context;
pub mod control;
pub mod duration;
pub mod executors;
pub mod exit_code;
pub mod files;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod limits;
pub mod log;
pub mod metrics;
pub mod network;
pub mod number;
pub mod options;
pub mod outputs;
mod poll_when_woken;
pub mod processes;
pub mod run;
pub mod samples;
pub mod secrets;
pub mod shared_data;
pub mod summary;
pub mod thresholds;
mod traffic;
pub mod vu;
pub mod written;

pub use wasock_sockets::chain;
