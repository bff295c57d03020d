//! A whole test: its plan, its execution, its results.
//!
//! - `plan`: what a script and its options come to, checked before anything runs
//! - `execute`: `setup`, scenarios, `teardown`, and `handleSummary`
//! - `collector`: adds samples up and hands them to outputs
//! - `error`: what can go wrong, with exit codes and hints

mod collector;
mod error;
mod execute;
mod plan;

pub use error::RunError;
pub use execute::{Execution, Phase, Progress, ProgressView, Report, Results, SummaryFile};
pub use plan::{Plan, PlanInputs};
