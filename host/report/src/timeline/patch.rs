//! A part of a timeline as JSON, in the shape that `docs/report.md` describes.

use serde::{Serialize, Serializer};
use wasock_runner::metrics::Kind;

use super::Timeline;
use super::cell::Cell;
use super::series::Series;

/// Nanoseconds in a second and in a millisecond.
const SECOND: f64 = 1e9;
const MILLISECOND: i64 = 1_000_000;

/// How many digits of a percentile are told. It is off by up to 1 %, so more would say nothing.
const DIGITS: i32 = 4;

/// The intervals of a timeline from one on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Patch {
    /// What to ask with for what comes after this.
    pub revision: u64,
    /// When the run began: milliseconds since 1970.
    start: i64,
    /// How long an interval is, in seconds.
    interval: f64,
    /// How long the run has lasted, in seconds: the last interval may be shorter than the others.
    elapsed: f64,
    /// How many intervals there are.
    count: usize,
    /// The first of those that this patch has.
    first: usize,
    /// How many series there was no room for.
    left_out: usize,
    series: Vec<Line>,
}

/// One series.
#[derive(Debug, Serialize)]
struct Line {
    metric: String,
    #[serde(rename = "type")]
    kind: &'static str,
    contains: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<(&'static str, String)>,
    values: Values,
}

/// Numbers by interval.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Values {
    Counter { sum: Vec<Number> },
    Gauge { last: Vec<Number>, min: Vec<Number>, max: Vec<Number> },
    Rate { passes: Vec<Number>, total: Vec<Number> },
    Trend(Trend),
}

#[derive(Debug, Default, Serialize)]
struct Trend {
    count: Vec<Number>,
    min: Vec<Number>,
    p50: Vec<Number>,
    p90: Vec<Number>,
    p95: Vec<Number>,
    p99: Vec<Number>,
    max: Vec<Number>,
}

/// A number that is written without a point if it is whole, and as null if it is none.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Number(f64);

impl Number {
    const NONE: Self = Self(f64::NAN);

    /// The number with [`DIGITS`] digits.
    fn rough(value: f64) -> Self {
        if value == 0.0 {
            return Self(0.0);
        }
        let magnitude = value.abs().log10().floor() as i32;
        let digits = DIGITS - 1 - magnitude;
        // Dividing by a whole power of ten is exact where multiplying by its inverse is not.
        let power = 10f64.powi(digits.abs());
        Self(if digits < 0 {
            (value / power).round() * power
        } else {
            (value * power).round() / power
        })
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_nan() {
            serializer.serialize_none()
        } else if self.0.fract() == 0.0 && self.0.abs() < 1e15 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl Patch {
    pub(super) fn new(timeline: &Timeline, revision: u64, first: usize) -> Self {
        let count = timeline.changed.len();
        let lines = timeline.lines.all().iter();
        Self {
            revision,
            start: timeline.start.div_euclid(MILLISECOND),
            interval: timeline.interval as f64 / SECOND,
            elapsed: timeline.elapsed.as_secs_f64(),
            count,
            first,
            left_out: timeline.lines.left_out(),
            series: lines.map(|series| Line::new(series, first, count)).collect(),
        }
    }
}

#[cfg(test)]
impl Patch {
    /// The first interval that it has.
    pub(super) fn first(&self) -> usize {
        self.first
    }
}

impl Line {
    fn new(series: &Series, first: usize, count: usize) -> Self {
        Self {
            metric: series.name.to_string(),
            kind: series.kind.name(),
            contains: series.contents.name(),
            tag: series.tag.as_ref().map(|(name, value)| (*name, value.to_string())),
            values: Values::new(series, first, count),
        }
    }
}

impl Values {
    fn new(series: &Series, first: usize, count: usize) -> Self {
        let cells = (first..count).map(|index| series.cells.get(index).and_then(Option::as_ref));
        match series.kind {
            Kind::Counter => Self::Counter {
                sum: cells
                    .map(|cell| match cell {
                        Some(Cell::Counter { sum }) => Number(*sum),
                        _ => Number(0.0),
                    })
                    .collect(),
            },
            Kind::Rate => Self::rates(cells),
            Kind::Gauge => Self::gauges(series, first, count),
            Kind::Trend => {
                let mut values = Trend::default();
                cells.for_each(|cell| values.push(cell));
                Self::Trend(values)
            }
        }
    }

    fn rates<'a>(cells: impl Iterator<Item = Option<&'a Cell>>) -> Self {
        let both = cells.map(|cell| match cell {
            Some(Cell::Rate { passes, total }) => (Number(*passes as f64), Number(*total as f64)),
            _ => (Number(0.0), Number(0.0)),
        });
        let (passes, total) = both.unzip();
        Self::Rate { passes, total }
    }

    /// A gauge stays where it is until it is set again.
    fn gauges(series: &Series, first: usize, count: usize) -> Self {
        let (mut last, mut min, mut max) = (Vec::new(), Vec::new(), Vec::new());
        let mut current = Number::NONE;
        for index in 0..count {
            let (low, high) = match series.cells.get(index) {
                Some(Some(Cell::Gauge { last, min, max })) => {
                    current = Number(*last);
                    (Number(*min), Number(*max))
                }
                _ => (current, current),
            };
            if index >= first {
                last.push(current);
                min.push(low);
                max.push(high);
            }
        }
        Self::Gauge { last, min, max }
    }
}

impl Trend {
    fn push(&mut self, cell: Option<&Cell>) {
        let Some(Cell::Trend(trend)) = cell else {
            self.count.push(Number(0.0));
            let percentiles = [&mut self.min, &mut self.p50, &mut self.p90, &mut self.p95];
            percentiles.into_iter().for_each(|values| values.push(Number::NONE));
            [&mut self.p99, &mut self.max].into_iter().for_each(|values| values.push(Number::NONE));
            return;
        };
        let quantile = |share| Number::rough(trend.quantile(share));
        self.count.push(Number(trend.count as f64));
        self.min.push(Number(trend.min));
        self.p50.push(quantile(0.5));
        self.p90.push(quantile(0.9));
        self.p95.push(quantile(0.95));
        self.p99.push(quantile(0.99));
        self.max.push(Number(trend.max));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let text = |number: Number| serde_json::to_string(&number).unwrap();
        assert_eq!(text(Number(3.0)), "3");
        assert_eq!(text(Number::NONE), "null");
        assert_eq!(text(Number::rough(0.0)), "0");
        assert_eq!(text(Number::rough(1.234_567)), "1.235");
        assert_eq!(text(Number::rough(0.001_234_56)), "0.001235");
        assert_eq!(text(Number::rough(123_456.0)), "123500");
        assert_eq!(text(Number::rough(-98.765_4)), "-98.77");
    }
}
