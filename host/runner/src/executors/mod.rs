//! How scenarios spread their work over virtual users.
//!
//! Three questions have an answer each, so that executors are made of parts:
//!
//! - `work`: may another iteration start?
//! - `orders`: when is a virtual user to run, to pause, to leave?
//! - `worker`: runs iterations between the two, and times them
//!
//! `pool` holds the virtual users, `scenario` puts the parts together for one scenario, and
//! [`progress`] is what people see of it.

mod orders;
mod pool;
pub mod progress;
mod ramp;
mod scenario;
mod work;
mod worker;

pub(crate) use pool::{Pool, start};
pub(crate) use scenario::ScenarioRun;
