//! Lengths of time as k6 writes them: `"1d2h3m4.5s"`, or a number of milliseconds.

use std::time::Duration;

use thiserror::Error;

/// The longest length of time that an option may name: what fits into 63 bits of nanoseconds, about 292
/// years. It keeps sums of a few durations from overflowing the clock.
pub const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);

/// The digits behind a point that count: a day, the longest unit, has 14 of nanoseconds, and 18 fit into 64 bits.
const MAX_FRACTION: usize = 18;

/// The unit of time metrics is the millisecond.
pub(crate) const NANOS_PER_MILLISECOND: f64 = 1e6;

/// What is wrong with the text of a duration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DurationError {
    /// There is no number, or something between the numbers and units.
    #[error("a number must come before each unit")]
    Malformed,
    /// A number has no unit, or one that does not exist.
    #[error("\"{0}\" is not a unit of time; the units are d, h, m, s, ms, us and ns")]
    Unit(String),
    /// Time does not run backwards.
    #[error("it is negative")]
    Negative,
    /// It is longer than [`LONGEST`].
    #[error("it is longer than 292 years")]
    TooLong,
}

/// Reads a duration: numbers with units, the largest unit first or not (`1d2h3m4.5s`), or one number alone,
/// which counts milliseconds.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let trimmed = text.trim();
    match trimmed.strip_prefix('-') {
        None => parse_unsigned(trimmed.strip_prefix('+').unwrap_or(trimmed)),
        // `-0s` is still zero; everything else below zero is refused.
        Some(rest) => match parse_unsigned(rest)? {
            Duration::ZERO => Ok(Duration::ZERO),
            _ => Err(DurationError::Negative),
        },
    }
}

fn parse_unsigned(text: &str) -> Result<Duration, DurationError> {
    if is_number(text) {
        return from_exact(scaled(text, unit("ms")?)?);
    }
    let mut nanoseconds = 0_u128;
    let mut rest = text;
    if rest.is_empty() {
        return Err(DurationError::Malformed);
    }
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number = &rest[..number_end];
        rest = &rest[number_end..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = unit(&rest[..unit_end]);
        if !is_number(number) {
            return Err(DurationError::Malformed);
        }
        nanoseconds = nanoseconds.saturating_add(scaled(number, unit?)?);
        rest = &rest[unit_end..];
    }
    from_exact(nanoseconds)
}

/// The duration of this many milliseconds.
pub fn from_milliseconds(milliseconds: f64) -> Result<Duration, DurationError> {
    from_nanoseconds(milliseconds * NANOS_PER_MILLISECOND)
}

/// Writes a duration as k6 prints it: `10m0s`, `1h0m0s`, `1.5s`, `500ms`, `0s`. [`parse`] reads it back.
pub fn format(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    if nanoseconds == 0 {
        return "0s".to_owned();
    }
    for (unit, size) in [("ns", 1_u128), ("µs", 1_000), ("ms", 1_000_000)] {
        if nanoseconds < size * 1_000 {
            return format!("{}{unit}", decimal(nanoseconds, size));
        }
    }
    let minutes = duration.as_secs() / 60;
    let seconds = decimal(nanoseconds - u128::from(minutes) * 60_000_000_000, 1_000_000_000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// `value / unit` as a decimal number without trailing zeros; `unit` is a power of ten.
fn decimal(value: u128, unit: u128) -> String {
    let whole = value / unit;
    if value.is_multiple_of(unit) {
        return whole.to_string();
    }
    let digits = unit.ilog10() as usize;
    let fraction = format!("{:0digits$}", value % unit);
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// Whether a text is a plain decimal number: digits with at most one point, without sign or exponent.
fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain(whole) && is_plain(fraction) && !(whole.is_empty() && fraction.is_empty())
}

/// A plain decimal number times a unit in nanoseconds, rounded. It is exact, as no floating-point number
/// of nanoseconds is beyond 104 days.
fn scaled(number: &str, unit: u128) -> Result<u128, DurationError> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = if whole.is_empty() { Ok(0) } else { whole.parse::<u128>() };
    let whole = whole.ok().and_then(|whole| whole.checked_mul(unit));
    let digits = &fraction[..fraction.len().min(MAX_FRACTION)];
    let scale = 10_u128.pow(digits.len() as u32);
    let part = digits.parse::<u128>().unwrap_or_default() * unit;
    let part = (part + scale / 2) / scale;
    whole.and_then(|whole| whole.checked_add(part)).ok_or(DurationError::TooLong)
}

/// Nanoseconds in one of this unit.
fn unit(name: &str) -> Result<u128, DurationError> {
    const SECOND: u128 = 1_000_000_000;
    Ok(match name {
        "ns" => 1,
        // U+00B5 is the micro sign, U+03BC the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "d" => 86_400 * SECOND,
        "" => return Err(DurationError::Malformed),
        other => return Err(DurationError::Unit(other.to_owned())),
    })
}

fn from_exact(nanoseconds: u128) -> Result<Duration, DurationError> {
    match u64::try_from(nanoseconds).map(Duration::from_nanos) {
        Ok(duration) if duration <= LONGEST => Ok(duration),
        _ => Err(DurationError::TooLong),
    }
}

fn from_nanoseconds(nanoseconds: f64) -> Result<Duration, DurationError> {
    if nanoseconds.is_nan() {
        return Err(DurationError::Malformed);
    }
    if nanoseconds < 0.0 {
        return Err(DurationError::Negative);
    }
    if nanoseconds >= LONGEST.as_nanos() as f64 {
        return Err(DurationError::TooLong);
    }
    Ok(Duration::from_nanos(nanoseconds.round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up() {
        assert_eq!(parse("1d2h3m4.5s"), Ok(Duration::from_millis(93_784_500)));
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("7us"), Ok(Duration::from_micros(7)));
        assert_eq!(parse("7µs"), Ok(Duration::from_micros(7)));
        assert_eq!(parse("7ns"), Ok(Duration::from_nanos(7)));
    }

    #[test]
    fn a_number_alone_counts_milliseconds() {
        assert_eq!(parse("1500"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse("0"), Ok(Duration::ZERO));
        assert_eq!(from_milliseconds(0.5), Ok(Duration::from_micros(500)));
    }

    #[test]
    fn nonsense_is_refused_with_its_reason() {
        assert_eq!(parse(""), Err(DurationError::Malformed));
        assert_eq!(parse("s"), Err(DurationError::Malformed));
        assert_eq!(parse("1.2.3s"), Err(DurationError::Malformed));
        assert_eq!(parse("ten"), Err(DurationError::Malformed));
        assert_eq!(parse("1w"), Err(DurationError::Unit("w".into())));
        assert_eq!(parse("1h 5m"), Err(DurationError::Unit("h ".into())));
        assert_eq!(parse("-5s"), Err(DurationError::Negative));
        assert_eq!(parse("-0s"), Ok(Duration::ZERO));
        assert_eq!(parse(&"-".repeat(1_000_000)), Err(DurationError::Malformed));
        assert_eq!(parse(&"9".repeat(1_000_000)), Err(DurationError::TooLong));
        assert_eq!(parse("300000000h"), Err(DurationError::TooLong));
        assert_eq!(from_milliseconds(f64::NAN), Err(DurationError::Malformed));
        assert_eq!(from_milliseconds(-1.0), Err(DurationError::Negative));
        assert_eq!(from_milliseconds(f64::INFINITY), Err(DurationError::TooLong));
    }

    #[test]
    fn durations_are_written_with_the_units_that_they_need() {
        assert_eq!(format(Duration::ZERO), "0s");
        assert_eq!(format(Duration::from_nanos(5)), "5ns");
        assert_eq!(format(Duration::from_nanos(1_500)), "1.5µs");
        assert_eq!(format(Duration::from_millis(100)), "100ms");
        assert_eq!(format(Duration::from_millis(1_500)), "1.5s");
        assert_eq!(format(Duration::from_secs(30)), "30s");
        assert_eq!(format(Duration::from_secs(600)), "10m0s");
        assert_eq!(format(Duration::from_secs(3_600)), "1h0m0s");
        assert_eq!(format(Duration::from_millis(90_061_250)), "25h1m1.25s");
    }

    #[test]
    fn what_is_written_can_be_read_back() {
        let years = [86_400_000_000_000 * 365 + 1, LONGEST.as_nanos() as u64];
        let short = [1, 1_500, 999_999_999, 1_000_000_001, 3_600_000_000_000];
        for nanoseconds in short.into_iter().chain(years) {
            let duration = Duration::from_nanos(nanoseconds);
            assert_eq!(parse(&format(duration)), Ok(duration));
        }
    }
}
