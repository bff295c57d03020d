//! The command line, seen from outside.

mod common;
mod exit_codes;
mod help;
mod logs;
mod other_commands;
mod results;
#[cfg(unix)]
mod signals;
