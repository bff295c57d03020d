//! How scenarios spread their work over virtual users.
//!
//! Executors are made of parts, each of which has one question to answer:
//!
//! - `timeline`, `arrivals`: what happens when? They know no clock, so that their times can be compared.
//! - `work`: may another iteration start?
//! - `crew`: which virtual user is to run, to pause, to leave?
//! - `gate`: who takes the iteration that is due?
//! - `worker`: runs iterations, and times them
//!
//! `pool` holds the virtual users, `scenario` puts the parts together for one scenario (`arriving` and
//! `external` for the executors that are not a timeline), [`control`] is how one is controlled from outside, and
//! [`progress`] is what people see of it.

mod arrivals;
mod arriving;
pub mod control;
mod crew;
mod external;
mod gate;
mod pool;
pub mod progress;
mod scenario;
mod timeline;
mod work;
mod worker;

pub(crate) use pool::{Pool, start};
pub(crate) use scenario::ScenarioRun;
