//! The built-in modules beside the two WebSocket ones.

mod encoding;
mod execution;
mod k6;
mod k6_utils;
mod metrics;
