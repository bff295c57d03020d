//! Charts of a load test: an HTML report in one file, and a live page while the test runs.
//!
//! A [`Recording`] is an output of the run. A [`ReportFile`] is written from it when the run has ended; a
//! [`Dashboard`] shows it to browsers meanwhile. Both are the same page: its tables come from templates, its charts
//! are drawn by `web/`, and its data have the shape that `docs/report.md` describes.
//!
//! - `recording`: what is kept of a run
//! - `timeline`: metrics by interval
//! - `tallies`: errors and scenarios
//! - `view`: what the tables show
//! - `page`: templates
//! - `file`, `dashboard`: where pages go

mod assets;
mod dashboard;
mod file;
mod page;
mod recording;
mod tallies;
mod timeline;
mod view;

pub use dashboard::{DEFAULT_ADDRESS, Dashboard, DashboardError};
pub use file::{ReportError, ReportFile};
pub use recording::Recording;
pub use timeline::{FIRST_INTERVAL, MAX_INTERVALS};
