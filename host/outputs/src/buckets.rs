//! Counts of values by size, for collectors that know distributions.

use std::collections::BTreeMap;

/// How fine exponential buckets are: 2³ of them for each doubling, so that each is 9 % wider than the one
/// below. It is the schema 3 of Prometheus and the scale 3 of OpenTelemetry.
pub(crate) const SCALE: i32 = 3;

/// Values nearer to zero than this count as zero: 2⁻¹²⁸, as Prometheus has it. With it there are no more than
/// some nine thousand buckets.
pub(crate) const ZERO_THRESHOLD: f64 = 2.938_735_877_055_719e-39;

/// What all distributions know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Totals {
    pub(crate) count: u64,
    pub(crate) sum: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Default for Totals {
    fn default() -> Self {
        Self { count: 0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Totals {
    fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }
}

/// Buckets whose bounds are powers of 2^(1/8).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exponential {
    pub(crate) totals: Totals,
    pub(crate) zeros: u64,
    /// By the power that is the upper bound of the bucket, which belongs to it.
    pub(crate) positive: BTreeMap<i32, u64>,
    /// The same for values below zero, without their sign.
    pub(crate) negative: BTreeMap<i32, u64>,
}

impl Exponential {
    /// Counts a finite value.
    pub(crate) fn add(&mut self, value: f64) {
        self.totals.add(value);
        let size = value.abs();
        if size <= ZERO_THRESHOLD {
            self.zeros += 1;
            return;
        }
        let power = (size.log2() * f64::from(1 << SCALE)).ceil() as i32;
        let side = if value > 0.0 { &mut self.positive } else { &mut self.negative };
        *side.entry(power).or_default() += 1;
    }
}

/// Buckets with given bounds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Explicit {
    pub(crate) totals: Totals,
    /// One more than there are bounds.
    pub(crate) counts: Vec<u64>,
}

impl Explicit {
    /// The bounds that the SDK specification of OpenTelemetry gives to histograms.
    pub(crate) const BOUNDS: [f64; 15] = [
        0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1_000.0, 2_500.0, 5_000.0,
        7_500.0, 10_000.0,
    ];

    /// Counts a finite value.
    pub(crate) fn add(&mut self, value: f64) {
        self.totals.add(value);
        self.counts[Self::BOUNDS.partition_point(|bound| *bound < value)] += 1;
    }
}

impl Default for Explicit {
    fn default() -> Self {
        Self { totals: Totals::default(), counts: vec![0; Self::BOUNDS.len() + 1] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_bound_of_an_exponential_bucket_belongs_to_it() {
        let mut buckets = Exponential::default();
        for value in [1.0, 1.001, 2.0, 2.0, 0.5, -4.0, 0.0, 1e-300] {
            buckets.add(value);
        }
        assert_eq!(buckets.positive, BTreeMap::from([(-8, 1), (0, 1), (1, 1), (8, 2)]));
        assert_eq!(buckets.negative, BTreeMap::from([(16, 1)]));
        assert_eq!(buckets.zeros, 2);
        let totals = buckets.totals;
        assert_eq!((totals.count, totals.min, totals.max), (8, -4.0, 2.0));
    }

    #[test]
    fn values_lie_between_the_bounds_of_their_bucket() {
        let mut value = 1e-12;
        while value < 1e12 {
            let mut buckets = Exponential::default();
            buckets.add(value);
            let power = f64::from(*buckets.positive.keys().next().unwrap());
            let (below, above) = (((power - 1.0) / 8.0).exp2(), (power / 8.0).exp2());
            assert!(below < value * (1.0 + 1e-12) && value <= above * (1.0 + 1e-12), "{value}");
            value *= 1.013;
        }
    }

    #[test]
    fn the_upper_bound_of_an_explicit_bucket_belongs_to_it() {
        let mut buckets = Explicit::default();
        for value in [0.0, 0.1, 5.0, 5.1, 10_000.0, 10_000.1] {
            buckets.add(value);
        }
        assert_eq!(buckets.counts, [1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(buckets.totals.count, 6);
    }
}
