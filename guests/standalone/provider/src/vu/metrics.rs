//! `wasock:websocket/metrics`.

use super::console::say;
use super::meter::Meter;
use crate::Provider;
use crate::bindings::console::Level;
use crate::bindings::metrics::{
    Contents as GuestContents, Guest, Kind as GuestKind, RequestBorrow, StatusRange, Tag,
};
use crate::metrics::{self, Contents, Kind, MetricId};

impl Guest for Provider {
    type Meter = Meter;

    fn declare(name: String, kind: GuestKind, contents: GuestContents) -> Result<u32, String> {
        let kind = match kind {
            GuestKind::Counter => Kind::Counter,
            GuestKind::Gauge => Kind::Gauge,
            GuestKind::Rate => Kind::Rate,
            GuestKind::Trend => Kind::Trend,
        };
        metrics::declare(&name, kind, contents_of(contents)).map(|MetricId(number)| number)
    }

    fn add(metric: u32, value: f64, _tags: Vec<Tag>) {
        if value.is_finite() {
            metrics::add(MetricId(metric), value);
        } else {
            say(Level::Warn, &format!("{value} is an invalid value for a metric and is left out"));
        }
    }

    fn check(name: String, passed: bool, _tags: Vec<Tag>) {
        metrics::check(name, passed);
    }

    fn measure_request(
        request: RequestBorrow<'_>,
        _tags: Vec<Tag>,
        expected: Option<Vec<StatusRange>>,
    ) {
        request.get::<super::http::Request>().measure(expected);
    }
}

/// What the values of a metric are, as this crate has it.
pub(super) fn contents_of(contents: GuestContents) -> Contents {
    match contents {
        GuestContents::Default => Contents::Default,
        GuestContents::Time => Contents::Time,
        GuestContents::Data => Contents::Data,
    }
}
