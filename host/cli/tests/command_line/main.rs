//! The command line, seen from outside.

mod common;
mod completion;
mod exit_codes;
mod flags;
mod help;
mod logs;
mod new;
mod other_commands;
mod results;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod streams;
