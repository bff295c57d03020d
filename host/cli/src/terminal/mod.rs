//! What people see.
//!
//! - [`area`]: what is redrawn at the end of a terminal
//! - [`banner`]: what a run is going to do
//! - [`findings`]: what stood out in a run
//! - [`log`] and [`logfmt`]: log lines
//! - [`progress`], [`frame`] and [`table`]: how a run goes
//! - [`spinner`]: what takes time before a run
//! - [`screen`], [`writer`] and [`chunks`]: how all of that reaches its readers
//! - [`notices`]: what the libraries have to say

mod area;
pub mod banner;
mod chunks;
pub mod findings;
mod frame;
pub mod log;
mod logfmt;
pub mod notices;
pub mod progress;
mod screen;
pub mod spinner;
mod table;
mod writer;

pub use screen::{LAST_PATIENCE, Screen};
