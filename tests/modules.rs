//! The built-in modules beside the two WebSocket ones.

mod absent;
mod crypto;
mod data;
mod encoding;
mod execution;
mod experimental_files;
mod k6;
mod k6_summary;
mod k6_utils;
mod metrics;
mod open;
mod secrets;
