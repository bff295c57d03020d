//! What the tables of a page show.
//!
//! - `rows`: tables of results
//! - `status`: what the run is doing, or came to
//! - `shown`: numbers with their units

mod rows;
mod shown;
mod status;

pub(crate) use rows::{PERCENTILES, Tables};
pub(crate) use shown::Shown;
pub(crate) use status::{Counts, ScenarioRow, Status, phase_word, verdict};
