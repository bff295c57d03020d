//! Values with their units, as the summary prints them.

use std::time::Duration;

use crate::metrics::Contents;
use crate::options::TimeUnit;

/// Digits behind the point of plain numbers.
const NUMBER_DIGITS: usize = 6;

/// Digits behind the point of times, bytes and percentages.
const SHORT_DIGITS: usize = 2;

/// The units of bytes: decimal, as network speeds are.
const BYTE_UNITS: [&str; 9] = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];

/// What a value may lack to the next step and still count as having reached it: decimal fractions have no
/// exact binary form, so 0.29 · 100 is a little less than 29.
const SLACK: f64 = 1e-9;

/// A value with the unit that its metric's contents have.
pub fn value(value: f64, contents: Contents, unit: Option<TimeUnit>) -> String {
    match contents {
        Contents::Default => number(value),
        Contents::Time => time(value, unit),
        Contents::Data => bytes(value),
    }
}

/// A value per second of the run.
pub fn rate(per_second: f64, contents: Contents, unit: Option<TimeUnit>) -> String {
    format!("{}/s", value(per_second, contents, unit))
}

/// A number with up to six digits behind the point.
pub fn number(value: f64) -> String {
    without_trailing_zeros(fixed(value, NUMBER_DIGITS))
}

/// A share as a percentage, cut off after two digits, so that 100.00% means all.
pub fn percent(share: f64) -> String {
    format!("{:.SHORT_DIGITS$}%", cut(share * 100.0))
}

/// A number of bytes: `544 B`, `3.6 kB`, `14 kB`.
pub fn bytes(value: f64) -> String {
    if value < 10.0 {
        return format!("{} B", number(value));
    }
    let mut power = 0;
    let mut scaled = value;
    while scaled >= 1_000.0 && power + 1 < BYTE_UNITS.len() {
        scaled /= 1_000.0;
        power += 1;
    }
    // k6 rounds twice, which shows in values such as 31.45.
    let tenths = (scaled * 10.0 + 0.5).floor() / 10.0;
    let digits = usize::from(tenths < 10.0);
    format!("{} {}", fixed(tenths, digits), BYTE_UNITS[power])
}

/// A time in milliseconds, in this unit, or in the one that suits it.
pub fn time(milliseconds: f64, unit: Option<TimeUnit>) -> String {
    match unit {
        Some(TimeUnit::Seconds) => format!("{}s", fixed(milliseconds / 1_000.0, SHORT_DIGITS)),
        Some(TimeUnit::Milliseconds) => format!("{}ms", fixed(milliseconds, SHORT_DIGITS)),
        Some(TimeUnit::Microseconds) => {
            format!("{}µs", fixed(milliseconds * 1_000.0, SHORT_DIGITS))
        }
        None if milliseconds < 0.0 => format!("-{}", time(-milliseconds, None)),
        None if milliseconds == 0.0 => "0s".to_owned(),
        None if milliseconds < 0.001 => format!("{}ns", (milliseconds * 1e6 + SLACK).trunc()),
        None if milliseconds < 1.0 => format!("{}µs", short(milliseconds * 1_000.0)),
        None if milliseconds < 1_000.0 => format!("{}ms", short(milliseconds)),
        None if milliseconds < 60_000.0 => format!("{}s", short(milliseconds / 1_000.0)),
        None => minutes(Duration::from_secs((milliseconds / 1_000.0) as u64)),
    }
}

/// Whole minutes and seconds, with hours if there are any.
fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// Up to two digits behind the point, cut off.
fn short(value: f64) -> String {
    without_trailing_zeros(format!("{:.SHORT_DIGITS$}", cut(value)))
}

/// The value without what comes after its second digit behind the point.
fn cut(value: f64) -> f64 {
    (value * 100.0 + SLACK).trunc() / 100.0
}

/// Exactly this many digits behind the point; halves are rounded up, as JavaScript does.
fn fixed(value: f64, digits: usize) -> String {
    // With this many more digits, a double near a half can be told from the half.
    const FURTHER: usize = 24;
    if !value.is_finite() {
        return value.to_string();
    }
    let longer = format!("{value:.0$}", digits + FURTHER);
    let (_, rest) = longer.split_at(longer.len() - FURTHER);
    let exact_half =
        rest.strip_prefix('5').is_some_and(|rest| rest.bytes().all(|digit| digit == b'0'));
    if exact_half {
        // The formatter rounds halves to even; a little more makes it round up.
        let up = value + value.signum() * 10f64.powi(-(digits as i32) - 2);
        return format!("{up:.digits$}");
    }
    format!("{value:.digits$}")
}

fn without_trailing_zeros(number: String) -> String {
    if !number.contains('.') {
        return number;
    }
    let short = number.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_up_to_six_digits_behind_the_point() {
        let cases = [
            (0.0, "0"),
            (8.0, "8"),
            (474.55, "474.55"),
            (152.355_555_6, "152.355556"),
            (3360.18501, "3360.18501"),
            (-0.000_000_1, "0"),
            (0.007_812_5, "0.007813"),
            (100.0, "100"),
        ];
        for (value, expected) in cases {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn percentages_are_cut_off() {
        let cases = [
            (29_838.0 / 67_336.0, "44.31%"),
            (37_498.0 / 67_336.0, "55.68%"),
            (0.29, "29.00%"),
            (1.0, "100.00%"),
            (0.0, "0.00%"),
            (0.999_999, "99.99%"),
        ];
        for (share, expected) in cases {
            assert_eq!(percent(share), expected);
        }
    }

    #[test]
    fn bytes_have_decimal_units() {
        let cases = [
            (0.0, "0 B"),
            (4.25, "4.25 B"),
            (544.0, "544 B"),
            (629.4, "629 B"),
            (999.0, "999 B"),
            (1_400.0, "1.4 kB"),
            (3_600.0, "3.6 kB"),
            (9_960.0, "10 kB"),
            (31_000.0, "31 kB"),
            (7_200_000.0, "7.2 MB"),
            (519_000.0, "519 kB"),
            (1.5e12, "1.5 TB"),
        ];
        for (value, expected) in cases {
            assert_eq!(bytes(value), expected);
        }
    }

    #[test]
    fn times_have_the_unit_that_suits_them() {
        let cases = [
            (0.0, "0s"),
            (0.000_5, "500ns"),
            (0.000_001, "1ns"),
            (0.179_71, "179.71µs"),
            (0.002, "2µs"),
            (3.0, "3ms"),
            (148.219, "148.21ms"),
            (4.35, "4.35ms"),
            (1_680.0, "1.68s"),
            (5_000.0, "5s"),
            (59_999.0, "59.99s"),
            (60_000.0, "1m0s"),
            (72_900.0, "1m12s"),
            (3_672_000.0, "1h1m12s"),
            (-1.5, "-1.5ms"),
        ];
        for (value, expected) in cases {
            assert_eq!(time(value, None), expected);
        }
    }

    #[test]
    fn a_fixed_unit_has_two_digits() {
        assert_eq!(time(1_234.5, Some(TimeUnit::Seconds)), "1.23s");
        assert_eq!(time(1_234.5, Some(TimeUnit::Milliseconds)), "1234.50ms");
        assert_eq!(time(0.5, Some(TimeUnit::Microseconds)), "500.00µs");
    }

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!(fixed(2.5, 0), "3");
        assert_eq!(fixed(0.125, 2), "0.13");
        assert_eq!(fixed(-0.125, 2), "-0.13");
        assert_eq!(fixed(1.005, 2), "1.00");
    }
}
