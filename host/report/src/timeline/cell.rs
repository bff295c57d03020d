//! What one interval knows of one series.

use std::fmt;

use sketches_ddsketch::{Config, DDSketch};
use wasock_runner::metrics::Kind;

/// How far a percentile of an interval may be off, as a share of the value: 1 %, which is less than a pixel of a
/// chart. The totals of a run come from the runner and are finer.
const ACCURACY: f64 = 0.01;

/// How many bins the sketch of an interval may use: 1,024 of 2 % each span nine decades in 8 KiB. Most intervals
/// need 128 or 256 of them.
const BINS: u32 = 1_024;

/// Values nearer to zero than this count as zero.
const ZERO: f64 = 1e-9;

/// The values of one series in one interval.
#[derive(Clone)]
pub(super) enum Cell {
    Counter { sum: f64 },
    Gauge { last: f64, min: f64, max: f64 },
    Rate { passes: u64, total: u64 },
    Trend(Box<Distribution>),
}

impl fmt::Debug for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counter { sum } => write!(formatter, "Counter({sum})"),
            Self::Gauge { last, .. } => write!(formatter, "Gauge({last})"),
            Self::Rate { passes, total } => write!(formatter, "Rate({passes}/{total})"),
            Self::Trend(trend) => write!(formatter, "Trend({})", trend.count),
        }
    }
}

/// The distribution of values in one interval.
#[derive(Clone)]
pub(super) struct Distribution {
    pub(super) count: u64,
    pub(super) min: f64,
    pub(super) max: f64,
    sketch: DDSketch,
}

impl Cell {
    /// A cell with one value.
    pub(super) fn new(kind: Kind, value: f64) -> Self {
        match kind {
            Kind::Counter => Self::Counter { sum: value },
            Kind::Gauge => Self::Gauge { last: value, min: value, max: value },
            Kind::Rate => Self::Rate { passes: u64::from(value != 0.0), total: 1 },
            Kind::Trend => {
                let mut sketch = DDSketch::new(Config::new(ACCURACY, BINS, ZERO));
                sketch.add(value);
                Self::Trend(Box::new(Distribution { count: 1, min: value, max: value, sketch }))
            }
        }
    }

    /// Adds a value.
    pub(super) fn add(&mut self, value: f64) {
        match self {
            Self::Counter { sum } => *sum += value,
            Self::Gauge { last, min, max } => {
                *last = value;
                *min = min.min(value);
                *max = max.max(value);
            }
            Self::Rate { passes, total } => {
                *passes += u64::from(value != 0.0);
                *total += 1;
            }
            Self::Trend(trend) => {
                trend.count += 1;
                trend.min = trend.min.min(value);
                trend.max = trend.max.max(value);
                trend.sketch.add(value);
            }
        }
    }

    /// Takes in the interval that follows.
    pub(super) fn merge(&mut self, later: &Self) {
        match (self, later) {
            (Self::Counter { sum }, Self::Counter { sum: more }) => *sum += more,
            (Self::Gauge { last, min, max }, Self::Gauge { last: later, min: low, max: high }) => {
                *last = *later;
                *min = min.min(*low);
                *max = max.max(*high);
            }
            (Self::Rate { passes, total }, Self::Rate { passes: more, total: all }) => {
                *passes += more;
                *total += all;
            }
            (Self::Trend(trend), Self::Trend(later)) => {
                trend.count += later.count;
                trend.min = trend.min.min(later.min);
                trend.max = trend.max.max(later.max);
                trend.sketch.merge(&later.sketch).expect("all sketches have one configuration");
            }
            _ => unreachable!("the cells of a series are of one kind"),
        }
    }
}

impl Distribution {
    /// The value that this share of all values do not exceed, 0 to 1.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let value = self.sketch.quantile(share).ok().flatten().unwrap_or(self.min);
        value.clamp(self.min, self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(kind: Kind, values: impl IntoIterator<Item = f64>) -> Cell {
        let mut values = values.into_iter();
        let mut cell = Cell::new(kind, values.next().expect("at least one value"));
        values.for_each(|value| cell.add(value));
        cell
    }

    #[test]
    fn merged_cells_are_those_of_all_values() {
        for kind in [Kind::Counter, Kind::Gauge, Kind::Rate] {
            let mut merged = cell(kind, [1.0, 5.0, 0.0]);
            merged.merge(&cell(kind, [2.0, 3.0]));
            let all = cell(kind, [1.0, 5.0, 0.0, 2.0, 3.0]);
            assert_eq!(format!("{merged:?}"), format!("{all:?}"));
        }
    }

    #[test]
    fn percentiles_of_merged_cells_stay_within_a_hundredth() {
        let mut merged = cell(Kind::Trend, (1..=500).map(f64::from));
        merged.merge(&cell(Kind::Trend, (501..=1_000).map(f64::from)));
        let Cell::Trend(trend) = merged else { panic!("it is a trend") };
        assert_eq!((trend.count, trend.min, trend.max), (1_000, 1.0, 1_000.0));
        for share in [0.5, 0.95, 0.99] {
            let off = (trend.quantile(share) / (share * 1_000.0) - 1.0).abs();
            assert!(off <= 0.012, "{share} is off by {off}");
        }
        assert_eq!(trend.quantile(1.0), 1_000.0);
    }
}
