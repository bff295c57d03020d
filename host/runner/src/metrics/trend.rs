//! The distribution of values in bounded memory.

use std::fmt;

use sketches_ddsketch::{Config, DDSketch};

use super::sink::added;

/// How many values a trend keeps as they are (64 KiB). Beyond that it keeps a sketch, so that the memory of a
/// long run stays bounded.
pub const EXACT_VALUES: usize = 8_192;

/// How far a percentile of the sketch may be off, as a share of the value: 0.1 %, which is less than two runs of the
/// same test differ by.
const SKETCH_ACCURACY: f64 = 0.001;

/// How many bins a sketch may use: 16,384 of 0.2 % each span 14 decades, from nanoseconds to days, in 128 KiB.
/// Values below the widest span are counted in its lowest bin.
const SKETCH_BINS: u32 = 16_384;

/// Values nearer to zero than this count as zero in a sketch: a femtosecond, for times in milliseconds.
const SKETCH_ZERO: f64 = 1e-12;

/// How exact the percentiles of a [`Trend`] are, and so how much memory it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// For up to so many values they are exact.
    pub exact_values: usize,
    /// Beyond that they are off by at most this share of their value.
    pub accuracy: f64,
}

impl Default for Precision {
    fn default() -> Self {
        Self { exact_values: EXACT_VALUES, accuracy: SKETCH_ACCURACY }
    }
}

/// A distribution. Count, sum, smallest and largest value are always exact. Percentiles are exact for up to
/// [`EXACT_VALUES`] values; beyond, they are off by at most 0.1 % of their value (DDSketch with a relative
/// accuracy of 0.001), unless it was made with another [`Precision`].
#[derive(Debug)]
pub struct Trend {
    precision: Precision,
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
        Self::new(Precision::default())
    }
}

impl Trend {
    /// A distribution without values.
    pub fn new(precision: Precision) -> Self {
        Self {
            precision,
            values: Values::Exact(Vec::new()),
            count: 0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }

    /// Adds one finite value.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum = added(self.sum, value);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        match &mut self.values {
            Values::Exact(values) if values.len() < self.precision.exact_values => {
                values.push(value)
            }
            Values::Exact(values) => {
                let accuracy = self.precision.accuracy;
                let mut sketch = DDSketch::new(Config::new(accuracy, SKETCH_BINS, SKETCH_ZERO));
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

    /// Numbers between 0 and 1 that look random and are the same in every run (SplitMix64).
    fn unit(state: &mut u64) -> f64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A value of the normal distribution (Box and Muller).
    fn normal(state: &mut u64) -> f64 {
        let radius = (-2.0 * (1.0 - unit(state)).ln()).sqrt();
        radius * (std::f64::consts::TAU * unit(state)).cos()
    }

    /// Compares every percentile that people ask for with those of the sorted values.
    fn assert_close(mut values: Vec<f64>, what: &str) {
        let trend = trend(values.iter().copied());
        assert!(matches!(trend.values, Values::Sketch(_)), "{what}");
        values.sort_by(f64::total_cmp);
        for percent in [0.1, 1.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99] {
            let rank = percent / 100.0 * (values.len() - 1) as f64;
            let (below, above) = (values[rank.floor() as usize], values[rank.ceil() as usize]);
            let least = below * (1.0 - SKETCH_ACCURACY) - 1e-9;
            let most = above * (1.0 + SKETCH_ACCURACY) + 1e-9;
            let found = trend.percentile(percent);
            assert!(
                (least..=most).contains(&found),
                "{what}: p({percent}) {found} {below} {above}"
            );
        }
    }

    #[test]
    fn percentiles_of_latencies_are_as_exact_as_is_stated() {
        const COUNT: usize = 300_000;
        let mut state = 7;
        let mut values = |value: fn(&mut u64) -> f64| -> Vec<f64> {
            (0..COUNT).map(|_| value(&mut state)).collect()
        };
        assert_close(values(|state| (2.0 + 0.8 * normal(state)).exp()), "log-normal");
        assert_close(values(|state| (1.0 + 3.0 * normal(state)).exp()), "wide log-normal");
        assert_close(values(|state| 0.05 * (1.0 - unit(state)).powf(-1.0 / 1.2)), "Pareto");
        let two_humps = |state: &mut u64| match unit(state) {
            share if share < 0.98 => 1.5 + 0.2 * normal(state),
            _ => 5_000.0 + 300.0 * normal(state),
        };
        assert_close(values(two_humps), "two humps");
    }

    /// Times of messages of 20 virtual users on a busy machine, there and back, in microseconds as they came.
    const RECORDED: &str = include_str!("../../testdata/round-trips.txt");

    #[test]
    fn percentiles_of_recorded_times_are_as_exact_as_is_stated() {
        let values: Vec<f64> = RECORDED.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(values.len(), 20_000);
        assert_close(values, "recorded");
    }

    #[test]
    fn the_precision_can_be_chosen() {
        let mut trend = Trend::new(Precision { exact_values: 10, accuracy: 0.01 });
        (1..=10).map(f64::from).for_each(|value| trend.add(value));
        assert_eq!(trend.percentile(50.0), 5.5);
        (11..=1_000).map(f64::from).for_each(|value| trend.add(value));
        assert!((trend.percentile(90.0) - 900.0).abs() <= 9.1);
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
