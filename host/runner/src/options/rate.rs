//! How many iterations begin in a unit of time.

use serde_json::Value;

use super::{OptionError, read};

/// Rates are whole numbers of these parts of an iteration, so that decimals are exact.
pub(crate) const PARTS: u64 = 1_000_000;

/// The most iterations in one unit of time, whatever the unit. Rates and the longest durations fit together into
/// 128 bits with it.
const MAX_PER_UNIT: f64 = 1e10;

/// Iterations in a unit of time that is said elsewhere. Six decimals are exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u64);

impl Rate {
    /// A whole number of iterations.
    pub fn whole(iterations: u32) -> Self {
        Self(u64::from(iterations) * PARTS)
    }

    /// The rate in millionths of an iteration.
    pub(crate) fn parts(self) -> u64 {
        self.0
    }

    /// The rate in iterations.
    pub fn iterations(self) -> f64 {
        self.0 as f64 / PARTS as f64
    }

    /// Reads a number that is not negative and has at most six decimals; see [`read::number`].
    pub(super) fn read(value: &Value, path: &str) -> Result<Option<Self>, OptionError> {
        read::number(value, |value| Self::of(value, path))
    }

    fn of(value: &Value, path: &str) -> Result<Self, OptionError> {
        let wrong = |expected: String| OptionError::value(path, value, expected);
        let number = value.as_str().map_or_else(|| value.as_f64(), decimal);
        let number = number.filter(|number| (0.0..=MAX_PER_UNIT).contains(number));
        let number = number.ok_or_else(|| wrong(format!("a number from 0 to {MAX_PER_UNIT}")))?;
        let rate = Self((number * PARTS as f64).round() as u64);
        if rate.iterations() != number {
            return Err(wrong("a number with at most six decimals".to_owned()));
        }
        Ok(rate)
    }

    /// The rate as JSON.
    pub(super) fn to_json(self) -> Value {
        crate::number::number(self.iterations())
    }
}

/// The number that digits stand for, with or without a point.
fn decimal(text: &str) -> Option<f64> {
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_decimal.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn six_decimals_are_exact() {
        for (value, parts) in [
            (json!(10), 10_000_000),
            (json!(0.5), 500_000),
            (json!(0.1), 100_000),
            (json!(1e5), 100_000_000_000),
            (json!(33.333333), 33_333_333),
            (json!(10_000_000_000_u64), 10_000_000_000_000_000),
        ] {
            let rate = Rate::read(&value, "rate").unwrap().unwrap();
            assert_eq!(rate.parts(), parts, "{value}");
            assert_eq!(rate.to_json().as_f64(), value.as_f64());
        }
    }

    #[test]
    fn digits_are_a_rate_and_an_empty_string_is_none() {
        let read = |text: &str| Rate::read(&json!(text), "rate").map(|rate| rate.map(Rate::parts));
        assert_eq!(read("10"), Ok(Some(10_000_000)));
        assert_eq!(read("0.5"), Ok(Some(500_000)));
        assert_eq!(read(""), Ok(None));
        for wrong in ["ten", "1e3", "inf", ".", "-1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_rate_is_told() {
        let error = |value| Rate::read(&value, "rate").unwrap_err().to_string();
        assert_eq!(
            error(json!(-1)),
            "option \"rate\" is -1, expected a number from 0 to 10000000000"
        );
        assert_eq!(
            error(json!("five")),
            "option \"rate\" is \"five\", expected a number from 0 to 10000000000"
        );
        let expected =
            "option \"rate\" is 0.3333333333, expected a number with at most six decimals";
        assert_eq!(error(json!(0.3333333333)), expected);
    }
}
