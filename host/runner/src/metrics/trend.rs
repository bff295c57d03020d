//! The distribution of values in bounded memory.

use std::fmt;

use sketches_ddsketch::{Config, DDSketch};

/// How many values a trend keeps as they are (64 KiB). Beyond that it keeps a sketch, so that the memory of a
/// long run stays bounded.
pub const EXACT_VALUES: usize = 8_192;

/// How far a percentile of the sketch may be off, as a share of the value: 0.1 %.
const SKETCH_ACCURACY: f64 = 0.001;

/// How many bins a sketch may use: 16,384 of 0.2 % each span 14 decades, from nanoseconds to days, in 128 KiB.
/// Values below the widest span are counted in its lowest bin.
const SKETCH_BINS: u32 = 16_384;

/// Values nearer to zero than this count as zero in a sketch: a femtosecond, for times in milliseconds.
const SKETCH_ZERO: f64 = 1e-12;

/// A distribution. Count, sum, smallest and largest value are always exact. Percentiles are exact for up to
/// [`EXACT_VALUES`] values; beyond, they are off by at most 0.1 % of their value (DDSketch with a relative
/// accuracy of 0.001).
#[derive(Debug)]
pub struct Trend {
    values: Values,
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
}

enum Values {
    Exact(Vec<f64>),
    Sketch(Box<DDSketch>),
}

impl fmt::Debug for Values {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Exact(_) => "Exact(..)",
            Self::Sketch(_) => "Sketch(..)",
        })
    }
}

impl Default for Trend {
    fn default() -> Self {
        Self {
            values: Values::Exact(Vec::new()),
            count: 0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Trend {
    /// Adds one finite value.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        match &mut self.values {
            Values::Exact(values) if values.len() < EXACT_VALUES => values.push(value),
            Values::Exact(values) => {
                let mut sketch =
                    DDSketch::new(Config::new(SKETCH_ACCURACY, SKETCH_BINS, SKETCH_ZERO));
                for &earlier in values.iter() {
                    sketch.add(earlier);
                }
                sketch.add(value);
                self.values = Values::Sketch(Box::new(sketch));
            }
            Values::Sketch(sketch) => sketch.add(value),
        }
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The smallest; 0 if there is none.
    pub fn min(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.min }
    }

    /// The largest; 0 if there is none.
    pub fn max(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.max }
    }

    /// Their mean; 0 if there is none.
    pub fn avg(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }

    /// The value that `percent` of all values do not exceed, 0 to 100: between two values, the point on the
    /// line that joins them at rank `percent / 100 · (count − 1)`. It is 0 if there is none.
    pub fn percentile(&self, percent: f64) -> f64 {
        let share = (percent / 100.0).clamp(0.0, 1.0);
        match &self.values {
            _ if self.count == 0 => 0.0,
            Values::Exact(values) => interpolate(values, share),
            Values::Sketch(sketch) => sketch
                .quantile(share)
                .expect("the share was clamped to 0..=1")
                .map_or(0.0, |value| value.clamp(self.min, self.max)),
        }
    }
}

/// The value at rank `share · (n − 1)` of these at least one values.
fn interpolate(values: &[f64], share: f64) -> f64 {
    let rank = share * (values.len() - 1) as f64;
    let below = rank.floor() as usize;
    let mut values = values.to_vec();
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    low + (high - low) * (rank - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(values: impl IntoIterator<Item = f64>) -> Trend {
        let mut trend = Trend::default();
        values.into_iter().for_each(|value| trend.add(value));
        trend
    }

    #[test]
    fn an_empty_trend_is_all_zero() {
        let empty = Trend::default();
        assert_eq!(
            (empty.min(), empty.max(), empty.avg(), empty.percentile(95.0)),
            (0.0, 0.0, 0.0, 0.0)
        );
    }

    #[test]
    fn percentiles_lie_on_the_line_between_two_values() {
        let trend = trend([4.0, 1.0, 3.0, 2.0]);
        assert_eq!(trend.percentile(0.0), 1.0);
        assert_eq!(trend.percentile(50.0), 2.5);
        assert_eq!(trend.percentile(100.0), 4.0);
        assert!((trend.percentile(90.0) - 3.7).abs() < 1e-12);
        assert_eq!(trend.avg(), 2.5);
    }

    #[test]
    fn a_single_value_is_every_percentile() {
        let trend = trend([7.0]);
        assert_eq!((trend.percentile(0.0), trend.percentile(95.0)), (7.0, 7.0));
    }

    #[test]
    fn percentiles_stay_within_a_thousandth_beyond_the_exact_values() {
        let trend = trend((1..=100_000).map(f64::from));
        assert!(matches!(trend.values, Values::Sketch(_)));
        for percent in [1.0, 50.0, 90.0, 95.0, 99.9] {
            let exact = percent * 1_000.0;
            let error = (trend.percentile(percent) - exact).abs() / exact;
            assert!(error <= SKETCH_ACCURACY + 1e-5, "p({percent}) is off by {error}");
        }
    }

    #[test]
    fn count_sum_and_ends_stay_exact_beyond_the_exact_values() {
        let trend = trend((0..20_000).map(f64::from));
        assert_eq!(trend.count(), 20_000);
        assert_eq!(trend.sum(), 199_990_000.0);
        assert_eq!((trend.min(), trend.max()), (0.0, 19_999.0));
        assert_eq!((trend.percentile(0.0), trend.percentile(100.0)), (0.0, 19_999.0));
    }

    #[test]
    fn negative_values_have_percentiles_too() {
        let trend = trend((-10_000..10_000).map(f64::from));
        assert!((trend.percentile(25.0) + 5_000.0).abs() < 10.0);
    }
}
