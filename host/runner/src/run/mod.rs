//! A whole test: its plan, its execution, its results.
//!
//! - `plan`: what a script and its options come to, checked before anything runs
//! - `execute`: `setup`, scenarios, `teardown`, and `handleSummary`
//! - `load`: what makes the load: virtual users here, or other processes
//! - `progress`: how far it is
//! - `guests`: the programs of a test
//! - `stages`: `setup`, `teardown` and `handleSummary`
//! - `collector`: adds samples up and hands them to outputs
//! - `live`: looks at the sums while they grow
//! - `error`: what can go wrong, with exit codes and hints

mod collector;
mod error;
mod execute;
mod guests;
mod live;
mod load;
mod plan;
mod progress;
mod stages;

pub use error::RunError;
pub use execute::{Execution, Report, Results, SummaryFile};
pub use guests::{Guest, GuestError, GuestSource};
pub(crate) use live::Live;
pub use live::LiveResults;
pub use plan::{Plan, PlanInputs};
pub use progress::{Phase, Progress, ProgressView};
pub(crate) use stages::Stages;
