//! What people see.
//!
//! - [`banner`]: what a run is going to do
//! - [`log`] and [`logfmt`]: log lines
//! - [`progress`]: how a run goes
//! - [`spinner`]: what takes time before a run
//! - [`notices`]: what the libraries have to say

pub mod banner;
pub mod log;
mod logfmt;
pub mod notices;
pub mod progress;
mod screen;
pub mod spinner;

pub use screen::Screen;
