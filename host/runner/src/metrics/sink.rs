//! What becomes of the values of one metric.

use std::time::Duration;

use super::{Aggregation, Kind, Trend};

/// The values of one metric, added up by the rule of its kind.
#[derive(Debug)]
pub enum Sink {
    /// Of a counter.
    Counter {
        /// The sum of the values.
        sum: f64,
        /// How many samples there were.
        samples: u64,
    },
    /// Of a gauge.
    Gauge {
        /// The value added last.
        value: f64,
        /// The smallest value.
        min: f64,
        /// The largest value.
        max: f64,
        /// How many samples there were.
        samples: u64,
    },
    /// Of a rate.
    Rate {
        /// How many values were not 0.
        passes: u64,
        /// How many values there were.
        total: u64,
    },
    /// Of a trend.
    Trend(Box<Trend>),
}

impl Sink {
    /// A sink without values.
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::Counter => Self::Counter { sum: 0.0, samples: 0 },
            Kind::Gauge => Self::Gauge { value: 0.0, min: 0.0, max: 0.0, samples: 0 },
            Kind::Rate => Self::Rate { passes: 0, total: 0 },
            Kind::Trend => Self::Trend(Box::default()),
        }
    }

    /// Adds one value. Values that are not finite are left out: one of them would spoil every sum.
    pub fn add(&mut self, new: f64) {
        if !new.is_finite() {
            return;
        }
        match self {
            Self::Counter { sum, samples } => {
                *sum = added(*sum, new);
                *samples += 1;
            }
            Self::Gauge { value, min, max, samples } => {
                *min = if *samples == 0 { new } else { min.min(new) };
                *max = if *samples == 0 { new } else { max.max(new) };
                *value = new;
                *samples += 1;
            }
            Self::Rate { passes, total } => {
                *passes += u64::from(new != 0.0);
                *total += 1;
            }
            Self::Trend(trend) => trend.add(new),
        }
    }

    /// The kind of metric that it belongs to.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Counter { .. } => Kind::Counter,
            Self::Gauge { .. } => Kind::Gauge,
            Self::Rate { .. } => Kind::Rate,
            Self::Trend(_) => Kind::Trend,
        }
    }

    /// Whether no value was added.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Counter { samples, .. } | Self::Gauge { samples, .. } => *samples == 0,
            Self::Rate { total, .. } => *total == 0,
            Self::Trend(trend) => trend.count() == 0,
        }
    }

    /// One number of it; none if this kind does not have that number. Counters divide by `elapsed`, the time
    /// since the run began, to get their rate.
    pub fn aggregate(&self, aggregation: Aggregation, elapsed: Duration) -> Option<f64> {
        Some(match (self, aggregation) {
            (Self::Counter { sum, .. }, Aggregation::Count) => *sum,
            (Self::Counter { sum, .. }, Aggregation::Rate) => per_second(*sum, elapsed),
            (Self::Gauge { value, .. }, Aggregation::Value) => *value,
            (Self::Gauge { min, .. }, Aggregation::Min) => *min,
            (Self::Gauge { max, .. }, Aggregation::Max) => *max,
            (Self::Rate { passes, total }, Aggregation::Rate) => share(*passes, *total),
            (Self::Trend(trend), aggregation) => match aggregation {
                Aggregation::Count => trend.count() as f64,
                Aggregation::Avg => trend.avg(),
                Aggregation::Min => trend.min(),
                Aggregation::Med => trend.percentile(50.0),
                Aggregation::Max => trend.max(),
                Aggregation::Percentile(percent) => trend.percentile(percent),
                Aggregation::Rate | Aggregation::Value => return None,
            },
            _ => return None,
        })
    }
}

/// A sum that stays finite, so that nobody's values are lost in infinity.
pub(super) fn added(sum: f64, value: f64) -> f64 {
    (sum + value).clamp(f64::MIN, f64::MAX)
}

/// `part / whole`; 0 of nothing is 0.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// `sum` per second of `elapsed`; 0 before any time has passed.
pub(crate) fn per_second(sum: f64, elapsed: Duration) -> f64 {
    if elapsed.is_zero() { 0.0 } else { sum / elapsed.as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELAPSED: Duration = Duration::from_secs(4);

    fn sink(kind: Kind, values: &[f64]) -> Sink {
        let mut sink = Sink::new(kind);
        values.iter().for_each(|&value| sink.add(value));
        sink
    }

    #[test]
    fn a_counter_sums_up() {
        let sink = sink(Kind::Counter, &[1.0, 2.5, 0.5]);
        assert_eq!(sink.aggregate(Aggregation::Count, ELAPSED), Some(4.0));
        assert_eq!(sink.aggregate(Aggregation::Rate, ELAPSED), Some(1.0));
        assert_eq!(sink.aggregate(Aggregation::Rate, Duration::ZERO), Some(0.0));
        assert_eq!(sink.aggregate(Aggregation::Avg, ELAPSED), None);
    }

    #[test]
    fn sums_stay_finite() {
        let values = [f64::MAX, f64::MAX, -f64::MAX, -f64::MAX, -f64::MAX];
        for (kind, aggregation) in
            [(Kind::Counter, Aggregation::Count), (Kind::Trend, Aggregation::Avg)]
        {
            let value = sink(kind, &values).aggregate(aggregation, ELAPSED).unwrap();
            assert!(value.is_finite() && value < 0.0, "{value}");
        }
    }

    #[test]
    fn a_gauge_keeps_last_smallest_and_largest() {
        let sink = sink(Kind::Gauge, &[5.0, -1.0, 3.0]);
        assert_eq!(sink.aggregate(Aggregation::Value, ELAPSED), Some(3.0));
        assert_eq!(sink.aggregate(Aggregation::Min, ELAPSED), Some(-1.0));
        assert_eq!(sink.aggregate(Aggregation::Max, ELAPSED), Some(5.0));
    }

    #[test]
    fn a_rate_is_the_share_of_values_that_are_not_zero() {
        let sink = sink(Kind::Rate, &[1.0, 0.0, -2.0, 0.0]);
        assert_eq!(sink.aggregate(Aggregation::Rate, ELAPSED), Some(0.5));
        assert_eq!(Sink::new(Kind::Rate).aggregate(Aggregation::Rate, ELAPSED), Some(0.0));
    }

    #[test]
    fn values_that_are_not_finite_are_left_out() {
        let sink = sink(Kind::Trend, &[f64::NAN, 2.0, f64::INFINITY]);
        assert_eq!(sink.aggregate(Aggregation::Count, ELAPSED), Some(1.0));
        assert_eq!(sink.aggregate(Aggregation::Max, ELAPSED), Some(2.0));
        assert_eq!(sink.aggregate(Aggregation::Med, ELAPSED), Some(2.0));
    }
}
