//! Execution segments: the part of a test that one of several processes runs.
//!
//! `executionSegment` is `from:to`, or `to` alone for `0:to`; `executionSegmentSequence` lists the ends of all
//! segments, `0,1/3,2/3,1`. Ends are fractions, decimals or percents, and are kept exact.

use std::fmt;
use std::num::NonZero;

use serde_json::Value;

use super::{OptionError, read};

/// What an end of a segment may be.
const END: &str = "a fraction (1/3), a decimal (0.25) or a percentage (25%) from 0 to 1";

/// The most digits of a decimal: what fits into 64 bits with the point left out.
const MAX_DIGITS: usize = 19;

/// An exact number from 0 to 1, in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    numerator: u64,
    denominator: u64,
}

impl Fraction {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// The whole.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// A fraction; none if it does not lie from 0 to 1.
    pub fn new(numerator: u64, denominator: u64) -> Option<Self> {
        if denominator == 0 || numerator > denominator {
            return None;
        }
        let common = gcd(numerator, denominator);
        Some(Self { numerator: numerator / common, denominator: denominator / common })
    }

    /// The number above the line.
    pub fn numerator(self) -> u64 {
        self.numerator
    }

    /// The number below the line.
    pub fn denominator(self) -> u64 {
        self.denominator
    }

    /// This minus another one that is not greater; none if that needs more than 64 bits.
    pub(super) fn minus(self, other: Self) -> Option<Self> {
        let common = gcd(self.denominator, other.denominator);
        let denominator = self.denominator.checked_mul(other.denominator / common)?;
        let (left, right) = (denominator / self.denominator, denominator / other.denominator);
        Self::new((self.numerator * left).checked_sub(other.numerator * right)?, denominator)
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(percent) = text.strip_suffix('%') {
            let (numerator, denominator) = decimal(percent.trim_end())?;
            return Self::new(numerator, denominator.checked_mul(100)?);
        }
        match text.split_once('/') {
            Some((above, below)) => Self::new(whole(above.trim())?, whole(below.trim())?),
            None => {
                let (numerator, denominator) = decimal(text)?;
                Self::new(numerator, denominator)
            }
        }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        let (left, right) = (
            product(self.numerator, other.denominator),
            product(other.numerator, self.denominator),
        );
        left.cmp(&right)
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(formatter, "{}", self.numerator),
            below => write!(formatter, "{}/{below}", self.numerator),
        }
    }
}

pub(super) fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn whole(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// A plain decimal number as a fraction that need not lie below 1.
fn decimal(text: &str) -> Option<(u64, u64)> {
    let (before, after) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{before}{after}");
    if digits.len() > MAX_DIGITS {
        return None;
    }
    let places = u32::try_from(after.len()).ok()?;
    Some((whole(&digits)?, 10_u64.checked_pow(places)?))
}

/// The part of a test that one process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExecutionSegment {
    from: Fraction,
    to: Fraction,
}

impl ExecutionSegment {
    /// The whole test.
    pub const WHOLE: Self = Self { from: Fraction::ZERO, to: Fraction::ONE };

    /// Where it begins.
    pub fn from(self) -> Fraction {
        self.from
    }

    /// Where it ends.
    pub fn to(self) -> Fraction {
        self.to
    }

    /// Reads `from:to`, or `to` alone.
    pub(super) fn read(value: &Value, path: &str) -> Result<Self, OptionError> {
        let text = text_or_number(value, path)?;
        let (from, to) = text.split_once(':').unwrap_or(("0", &text));
        let wrong = |expected: String| OptionError::value(path, value, expected);
        let end =
            |text| Fraction::parse(text).ok_or_else(|| wrong(format!("two ends, each {END}")));
        let (from, to) = (end(from)?, end(to)?);
        if from >= to {
            return Err(wrong("an end behind the beginning".to_owned()));
        }
        Ok(Self { from, to })
    }
}

impl fmt::Display for ExecutionSegment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.from, self.to)
    }
}

/// The parts of a test that all processes run: the ends of neighbouring segments, at least two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionSegmentSequence(Vec<Fraction>);

impl ExecutionSegmentSequence {
    /// Its segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = ExecutionSegment> {
        self.0.windows(2).map(|ends| ExecutionSegment { from: ends[0], to: ends[1] })
    }

    /// The sequence of so many equal segments.
    pub(super) fn equal(count: NonZero<u32>) -> Self {
        let end = |end| Fraction::new(u64::from(end), u64::from(count.get()));
        Self((0..=count.get()).filter_map(end).collect())
    }

    /// The sequence of one segment.
    pub(super) fn of(segment: ExecutionSegment) -> Self {
        Self(vec![segment.from, segment.to])
    }

    /// The sequence with what is missing before and behind it, as one segment each.
    pub(super) fn filled(mut self) -> Self {
        if self.0.first() != Some(&Fraction::ZERO) {
            self.0.insert(0, Fraction::ZERO);
        }
        if self.0.last() != Some(&Fraction::ONE) {
            self.0.push(Fraction::ONE);
        }
        self
    }

    /// Reads the ends, with commas between them.
    pub(super) fn read(value: &Value, path: &str) -> Result<Self, OptionError> {
        let wrong = |expected: String| OptionError::value(path, value, expected);
        let ends: Option<Vec<_>> =
            read::str(value, path)?.split(',').map(Fraction::parse).collect();
        let ends =
            ends.ok_or_else(|| wrong(format!("ends with commas between them, each {END}")))?;
        if ends.len() < 2 {
            return Err(wrong("at least two ends (\"0,1/2,1\")".to_owned()));
        }
        if !ends.is_sorted_by(|one, next| one < next) {
            return Err(wrong("ends that increase (\"0,1/2,1\")".to_owned()));
        }
        Ok(Self(ends))
    }
}

impl fmt::Display for ExecutionSegmentSequence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends: Vec<_> = self.0.iter().map(Fraction::to_string).collect();
        formatter.write_str(&ends.join(","))
    }
}

/// Scripts may write `executionSegment: 0.5`.
fn text_or_number(value: &Value, path: &str) -> Result<String, OptionError> {
    match value {
        Value::Number(number) => Ok(number.to_string()),
        value => read::string(value, path),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn segment(text: &str) -> Result<String, String> {
        let read = ExecutionSegment::read(&json!(text), "executionSegment");
        read.map(|segment| segment.to_string()).map_err(|error| error.to_string())
    }

    fn sequence(text: &str) -> Result<String, String> {
        let read = ExecutionSegmentSequence::read(&json!(text), "executionSegmentSequence");
        read.map(|sequence| sequence.filled().to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn segments_are_fractions_decimals_or_percents() {
        for (text, expected) in [
            ("1/2:3/4", "1/2:3/4"),
            ("0.5:0.75", "1/2:3/4"),
            ("50%:75%", "1/2:3/4"),
            (" 2/4 : 75% ", "1/2:3/4"),
            ("12.5%", "0:1/8"),
            ("1/3", "0:1/3"),
            (".5", "0:1/2"),
            ("1", "0:1"),
            ("0:1", "0:1"),
        ] {
            assert_eq!(segment(text).unwrap(), expected, "{text}");
        }
        let number = ExecutionSegment::read(&json!(0.25), "executionSegment").unwrap();
        assert_eq!(number.to_string(), "0:1/4");
    }

    #[test]
    fn what_is_no_segment_is_told() {
        let end = "expected two ends, each a fraction (1/3), a decimal (0.25) or a percentage (25%) from 0 to 1";
        for text in
            ["", "x", "1/0", "-1/2:1", "0:2", "120%", "1:2:3", "1/", "0:0.1234567890123456789"]
        {
            let expected = format!("option \"executionSegment\" is \"{text}\", {end}");
            assert_eq!(segment(text).unwrap_err(), expected);
        }
        assert_eq!(
            segment("1/2:0.5").unwrap_err(),
            "option \"executionSegment\" is \"1/2:0.5\", expected an end behind the beginning"
        );
        assert!(ExecutionSegment::read(&json!([1]), "x").is_err());
    }

    #[test]
    fn sequences_are_filled_at_both_ends() {
        assert_eq!(sequence("0,1/3,2/3,1").unwrap(), "0,1/3,2/3,1");
        assert_eq!(sequence("25%, 0.5").unwrap(), "0,1/4,1/2,1");
        assert_eq!(
            sequence("0,1/2,1/2").unwrap_err(),
            "option \"executionSegmentSequence\" is \"0,1/2,1/2\", expected ends that increase (\"0,1/2,1\")"
        );
        assert_eq!(
            sequence("1").unwrap_err(),
            "option \"executionSegmentSequence\" is \"1\", expected at least two ends (\"0,1/2,1\")"
        );
        assert!(sequence("0,,1").unwrap_err().contains("commas between them"));
    }

    #[test]
    fn fractions_are_subtracted_and_compared_exactly() {
        let fraction = |text| Fraction::parse(text).unwrap();
        assert_eq!(fraction("2/3").minus(fraction("1/3")), Some(fraction("1/3")));
        assert_eq!(fraction("1").minus(fraction("0.1")), Some(fraction("90%")));
        assert!(fraction("1/3") > fraction("0.333333333333333333"));
        let (near, far) = (fraction("1/18446744073709551615"), fraction("1/18446744073709551614"));
        assert_eq!(far.minus(near), None);
    }
}
