//! What the world `vu` has besides sockets, for one user without a load.
//!
//! - [`meter`], [`round_trips`]: what sockets do, counted
//! - [`format`]: values with their units, as the host's summary has them
//! - [`tally`]: the sums at the end
//! - [`stages`]: where the test is
//! - the others are the interfaces of the same names

mod console;
mod cookies;
mod environment;
mod execution;
mod files;
#[allow(dead_code, reason = "the host's summary needs all of it")]
#[path = "../../../../../host/runner/src/summary/format.rs"]
mod format;
mod http;
pub(crate) mod meter;
mod metrics;
#[allow(dead_code, reason = "the host has tags too")]
#[path = "../../../../../host/runner/src/vu/round_trips.rs"]
mod round_trips;
mod secrets;
mod shared_data;
mod stages;
mod summary;
mod tags;
mod tally;
mod trips;
