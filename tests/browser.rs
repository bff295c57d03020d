//! The report and the dashboard in headless Chromium: `make browser`. They need the program `chromium`, so
//! `cargo test` leaves them out.

#[path = "browser/chromium.rs"]
mod chromium;
#[allow(dead_code, unused_imports, reason = "the end-to-end tests use the rest")]
mod common;
#[path = "browser/dashboard.rs"]
mod dashboard;
#[path = "browser/report.rs"]
mod report;
