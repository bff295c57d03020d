//! A whole test: its plan, its execution, its results.
//!
//! - `plan`: what a script and its options come to, checked before anything runs
//! - `execute`: `setup`, scenarios, `teardown`, and `handleSummary`
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
mod plan;
mod stages;

pub use error::RunError;
pub use execute::{Execution, Phase, Progress, ProgressView, Report, Results, SummaryFile};
pub use guests::{Guest, GuestError, GuestSource};
pub(crate) use live::Live;
pub use live::LiveResults;
pub use plan::{Plan, PlanInputs};
pub(crate) use stages::Stages;
