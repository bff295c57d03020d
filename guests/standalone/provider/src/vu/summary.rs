//! `wasock:websocket/summary`.

use super::format;
use super::metrics::contents_of;
use crate::Provider;
use crate::bindings::summary::{Contents, Guest};
use crate::options::TimeUnit;

impl Guest for Provider {
    fn text(_colours: bool, _metrics: Vec<String>) -> Option<String> {
        None
    }

    fn value(value: f64, contents: Contents, unit: Option<String>) -> String {
        let unit = match unit.as_deref() {
            Some("s") => Some(TimeUnit::Seconds),
            Some("ms") => Some(TimeUnit::Milliseconds),
            Some("us") => Some(TimeUnit::Microseconds),
            _ => None,
        };
        format::value(value, contents_of(contents), unit)
    }

    fn share(share: f64) -> String {
        format::percent(share)
    }
}
