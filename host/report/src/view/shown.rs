//! Numbers as people read them, with what they are exactly.

use wasock_runner::metrics::{Contents, Kind};
use wasock_runner::options::TimeUnit;
use wasock_runner::summary::format;

/// A number as text, and exactly.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    /// With its unit, rounded as in the summary at the end of a run.
    pub(crate) text: String,
    /// The number itself.
    pub(crate) exact: f64,
}

impl Shown {
    /// A plain number.
    pub(crate) fn number(exact: f64) -> Self {
        Self { text: format::number(exact), exact }
    }

    /// A number of things.
    pub(crate) fn count(count: u64) -> Self {
        Self { text: count.to_string(), exact: count as f64 }
    }

    /// A share from 0 to 1.
    pub(crate) fn share(exact: f64) -> Self {
        Self { text: format::percent(exact), exact }
    }

    /// A number in the unit of a metric.
    pub(crate) fn value(exact: f64, contents: Contents, unit: Option<TimeUnit>) -> Self {
        Self { text: format::value(exact, contents, unit), exact }
    }

    /// One of the numbers that sum up a metric, which is named as in the summary.
    pub(crate) fn statistic(
        exact: f64,
        name: &str,
        kind: Kind,
        contents: Contents,
        unit: Option<TimeUnit>,
    ) -> Self {
        match (kind, name) {
            (Kind::Rate, "rate") => Self::share(exact),
            (Kind::Rate, _) | (Kind::Trend, "count") => Self::number(exact),
            (Kind::Counter, "rate") => Self { text: format::rate(exact, contents, unit), exact },
            _ => Self::value(exact, contents, unit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_have_the_unit_of_their_metric() {
        let text =
            |exact, name, kind, contents| Shown::statistic(exact, name, kind, contents, None).text;
        assert_eq!(text(0.5, "rate", Kind::Rate, Contents::Default), "50.00%");
        assert_eq!(text(3.0, "passes", Kind::Rate, Contents::Default), "3");
        assert_eq!(text(2.0, "rate", Kind::Counter, Contents::Default), "2/s");
        assert_eq!(text(1_500.0, "count", Kind::Counter, Contents::Data), "1.5 kB");
        assert_eq!(text(7.0, "count", Kind::Trend, Contents::Time), "7");
        assert_eq!(text(1_500.0, "p(95)", Kind::Trend, Contents::Time), "1.5s");
    }
}
