//! Which units of work (users, iterations, arrivals) belong to one process of several.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::segment::{ExecutionSegment, ExecutionSegmentSequence, Fraction, gcd};
use super::{OptionError, Options};

/// The longest pattern in which units are dealt out, 4 bytes each: enough for segments in millionths. What needs
/// more comes from fractions that have nothing in common, and would not be even to the eye.
const MAX_PATTERN: u64 = 1 << 20;

/// One process's share of the whole.
///
/// Units 0, 1, 2, … are dealt out in a pattern that repeats. Each process gets units in proportion to its
/// segment, spread as evenly as possible, and can tell alone which are its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Who owns each unit of the pattern.
    pattern: Arc<[u32]>,
    /// Which owner this is.
    index: u32,
    /// The units of the pattern that are its own.
    own: Arc<[u32]>,
}

impl Default for Share {
    fn default() -> Self {
        Self::whole()
    }
}

impl Share {
    /// All of it.
    pub fn whole() -> Self {
        Self::dealt(&[1], 0)
    }

    /// The share of the owner at `index`, where owners have `weights`. The sum of those is the length of the
    /// pattern.
    ///
    /// In the pattern, an owner of `w` units of `n` wants its units at 0, n/w, 2n/w, …. Each place goes to one
    /// whose next unit is due there or was due before, to the one with the greatest weight first, and to the
    /// first in the sequence among equals.
    fn dealt(weights: &[u64], index: usize) -> Self {
        let length: u64 = weights.iter().sum();
        let mut ranks: Vec<_> = (0..weights.len()).filter(|&owner| weights[owner] > 0).collect();
        ranks.sort_by_key(|&owner| Reverse(weights[owner]));
        // Where the unit `count` of an owner is due, and the owner's rank.
        let wish = |rank: usize, count: u64| {
            Reverse(((count * length).div_ceil(weights[ranks[rank]]), rank, count))
        };
        let mut later: BinaryHeap<_> = (0..ranks.len()).map(|rank| wish(rank, 0)).collect();
        let mut due = BinaryHeap::new();
        let mut pattern = Vec::new();
        for place in 0..length {
            while let Some(&Reverse((at, rank, count))) = later.peek()
                && at <= place
            {
                later.pop();
                due.push(Reverse((rank, count)));
            }
            // Up to each place at least one more unit is due than there are places before it.
            let Some(Reverse((rank, count))) = due.pop() else { break };
            pattern.push(u32::try_from(ranks[rank]).unwrap_or(u32::MAX));
            if count + 1 < weights[ranks[rank]] {
                later.push(wish(rank, count + 1));
            }
        }
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let own = (0..).zip(&pattern).filter(|&(_, &owner)| owner == index).map(|(place, _)| place);
        Self { own: own.collect(), pattern: pattern.into(), index }
    }

    /// The share of a segment in a sequence of segments.
    ///
    /// # Errors
    ///
    /// The sequence does not have the segment, or its segments have too little in common.
    pub fn new(
        segment: Option<ExecutionSegment>,
        sequence: Option<&ExecutionSegmentSequence>,
    ) -> Result<Self, OptionError> {
        let wanted = segment.unwrap_or(ExecutionSegment::WHOLE);
        let given = sequence.cloned().unwrap_or_else(|| ExecutionSegmentSequence::of(wanted));
        let filled = given.filled();
        let segments: Vec<_> = filled.segments().collect();
        let Some(index) = segments.iter().position(|segment| *segment == wanted) else {
            return Err(OptionError::Inconsistent {
                path: "executionSegment".to_owned(),
                found: segment.map_or("not set".to_owned(), |segment| format!("\"{segment}\"")),
                problem: format!("so it is not part of executionSegmentSequence \"{filled}\""),
            });
        };
        weights(&segments).map(|weights| Self::dealt(&weights, index)).ok_or_else(|| {
            OptionError::Inconsistent {
                path: "executionSegmentSequence".to_owned(),
                found: format!("\"{filled}\""),
                problem: format!("whose segments need a common denominator above {MAX_PATTERN}"),
            }
        })
    }

    /// How many of the first `units` units are its own.
    pub fn of(&self, units: u64) -> u64 {
        let (length, own) = (self.pattern.len() as u64, self.own.len() as u64);
        let begun = units % length;
        let begun = self.own.partition_point(|&place| u64::from(place) < begun) as u64;
        units / length * own + begun
    }

    /// How many of this many virtual users are its own.
    pub fn of_vus(&self, vus: u32) -> u32 {
        // A share is never more than the whole.
        u32::try_from(self.of(u64::from(vus))).unwrap_or(u32::MAX)
    }

    /// Which unit of the whole its unit `own` is, both from 0. A share without units has none.
    pub fn global(&self, own: u64) -> u64 {
        let count = self.own.len().max(1) as u64;
        let place = self.own.get((own % count) as usize).copied().unwrap_or_default();
        (own / count).saturating_mul(self.pattern.len() as u64).saturating_add(u64::from(place))
    }

    /// The share of a process that has as much of the work as it has of `units` units: of 7 virtual users one
    /// of three equal processes has 3, and so it has three sevenths of their iterations. None if it has none of
    /// the units.
    pub fn by(&self, units: u64) -> Option<Self> {
        let owners = self.pattern.iter().max().map_or(0, |last| *last as usize) + 1;
        let (length, begun) = (self.pattern.len() as u64, units % self.pattern.len() as u64);
        let mut weights = vec![0; owners];
        for (place, owner) in (0..).zip(self.pattern.iter()) {
            weights[*owner as usize] += units / length + u64::from(place < begun);
        }
        let index = self.index as usize;
        if weights[index] == 0 {
            return None;
        }
        let common = weights.iter().copied().fold(0, gcd);
        weights.iter_mut().for_each(|weight| *weight /= common);
        Some(Self::dealt(&weights, index))
    }

    /// How much of the whole it is, from 0 to 1.
    pub fn fraction(&self) -> f64 {
        self.own.len() as f64 / self.pattern.len() as f64
    }
}

/// The lengths of segments, in units of their common denominator.
fn weights(segments: &[ExecutionSegment]) -> Option<Vec<u64>> {
    let lengths: Option<Vec<Fraction>> =
        segments.iter().map(|segment| segment.to().minus(segment.from())).collect();
    let lengths = lengths?;
    let mut common: u64 = 1;
    for length in &lengths {
        common = common.checked_mul(length.denominator() / gcd(common, length.denominator()))?;
        if common > MAX_PATTERN {
            return None;
        }
    }
    let weight = |length: &Fraction| length.numerator() * (common / length.denominator());
    Some(lengths.iter().map(weight).collect())
}

impl Options {
    /// The part of the test that this process runs.
    ///
    /// # Errors
    ///
    /// `executionSegment` and `executionSegmentSequence` contradict each other.
    pub fn share(&self) -> Result<Share, OptionError> {
        Share::new(self.execution_segment, self.execution_segment_sequence.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};
    use serde_json::json;

    use super::*;

    fn share(segment: &str, sequence: &str) -> Result<Share, String> {
        let mut options = Options::default();
        let mut set = |name: &str, text: &str| {
            if !text.is_empty() {
                options.set(name, &json!(text), name).unwrap();
            }
        };
        set("executionSegment", segment);
        set("executionSegmentSequence", sequence);
        options.share().map_err(|error| error.to_string())
    }

    fn shares(sequence: &str) -> Vec<Share> {
        let ends: Vec<_> = sequence.split(',').collect();
        let segments = ends.windows(2).map(|ends| ends.join(":"));
        segments.map(|segment| share(&segment, sequence).unwrap()).collect()
    }

    fn own(share: &Share, units: u64) -> Vec<u64> {
        (0..share.of(units)).map(|unit| share.global(unit)).collect()
    }

    #[test]
    fn thirds_take_turns() {
        let [first, second, third] = &shares("0,1/3,2/3,1")[..] else { panic!("three") };
        assert_eq!(own(first, 7), [0, 3, 6]);
        assert_eq!(own(second, 7), [1, 4]);
        assert_eq!(own(third, 7), [2, 5]);
    }

    #[test]
    fn iterations_go_by_the_virtual_users_that_run_them() {
        let parts: Vec<_> =
            shares("0,1/3,2/3,1").iter().map(|share| own(&share.by(7).unwrap(), 10)).collect();
        assert_eq!(parts, [vec![0, 3, 5, 7], vec![1, 4, 8], vec![2, 6, 9]]);
    }

    #[test]
    fn the_longest_segment_comes_first() {
        let [small, large] = &shares("0,1/4,1")[..] else { panic!("two") };
        assert_eq!(own(large, 8), [0, 2, 3, 4, 6, 7]);
        assert_eq!(own(small, 8), [1, 5]);
    }

    #[test]
    fn the_whole_is_everything() {
        for whole in [Share::whole(), share("", "").unwrap(), share("0:1", "").unwrap()] {
            assert_eq!(whole, Share::whole());
            assert_eq!((whole.of(12), whole.global(12), whole.fraction()), (12, 12, 1.0));
            assert_eq!(whole.by(5), Some(Share::whole()));
        }
    }

    #[test]
    fn a_sequence_is_filled_around_a_segment() {
        assert_eq!(share("1/4:1/2", "").unwrap(), share("1/4:1/2", "0,1/4,1/2,1").unwrap());
        assert_eq!(share("25%:50%", "1/4,1/2").unwrap(), share("1/4:1/2", "").unwrap());
    }

    #[test]
    fn a_process_without_units_has_no_share_of_their_work() {
        let parts = shares("0,1/3,2/3,1");
        assert_eq!(parts.iter().map(|share| share.of(1)).collect::<Vec<_>>(), [1, 0, 0]);
        assert_eq!(parts[0].by(1), Some(Share::whole()));
        assert_eq!(parts[1].by(1), None);
    }

    #[test]
    fn contradictions_are_told() {
        assert_eq!(
            share("0:1/2", "0,1/3,1").unwrap_err(),
            "option \"executionSegment\" is \"0:1/2\", so it is not part of executionSegmentSequence \"0,1/3,1\""
        );
        assert_eq!(
            share("", "0,1/2,1").unwrap_err(),
            "option \"executionSegment\" is not set, so it is not part of executionSegmentSequence \"0,1/2,1\""
        );
        assert_eq!(
            share("0:1/1048583", "").unwrap_err(),
            "option \"executionSegmentSequence\" is \"0,1/1048583,1\", whose segments need a common \
             denominator above 1048576"
        );
    }

    /// A random sequence of up to nine segments.
    fn random_sequence(random: &mut StdRng) -> String {
        let below = random.random_range(10..400_u32);
        let mut ends: Vec<_> = (0..random.random_range(0..8))
            .map(|_| random.random_range(1..below))
            .chain([0, below])
            .collect();
        ends.sort_unstable();
        ends.dedup();
        let ends: Vec<_> = ends.iter().map(|end| format!("{end}/{below}")).collect();
        ends.join(",")
    }

    #[test]
    fn the_shares_of_all_processes_are_the_whole_and_disjoint() {
        let mut random = StdRng::seed_from_u64(7);
        for _ in 0..200 {
            let sequence = random_sequence(&mut random);
            let parts = shares(&sequence);
            let (units, work) = (random.random_range(1..3_000), random.random_range(0..2_000));
            let mut all: Vec<_> = parts.iter().flat_map(|share| own(share, units)).collect();
            all.sort_unstable();
            assert_eq!(all, (0..units).collect::<Vec<_>>(), "{sequence}");
            let mut all: Vec<_> = parts
                .iter()
                .filter_map(|share| share.by(units))
                .flat_map(|by| own(&by, work))
                .collect();
            all.sort_unstable();
            assert_eq!(all, (0..work).collect::<Vec<_>>(), "{sequence} by {units}");
        }
    }

    #[test]
    fn no_process_waits_long_for_its_units() {
        let mut random = StdRng::seed_from_u64(11);
        for _ in 0..50 {
            let sequence = random_sequence(&mut random);
            let parts = shares(&sequence);
            for share in &parts {
                for units in (0..1_000).step_by(37) {
                    let off = share.of(units) as f64 - share.fraction() * units as f64;
                    assert!(off.abs() < parts.len() as f64, "{sequence}: {units} units, {off} off");
                }
            }
        }
    }
}
