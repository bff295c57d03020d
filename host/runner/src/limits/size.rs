//! Numbers of bytes as people write them.

/// The units, the longest names first, and how many bytes each has.
const UNITS: [(&str, u64); 13] = [
    ("gib", 1 << 30),
    ("mib", 1 << 20),
    ("kib", 1 << 10),
    ("gb", 1_000_000_000),
    ("mb", 1_000_000),
    ("kb", 1_000),
    ("gi", 1 << 30),
    ("mi", 1 << 20),
    ("ki", 1 << 10),
    ("g", 1 << 30),
    ("m", 1 << 20),
    ("k", 1 << 10),
    ("b", 1),
];

/// Reads a number of bytes: `64MiB`, `1.5GB`, `1000`. None if it is none, or is not a whole number of
/// bytes.
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let unit = UNITS.iter().find_map(|(name, size)| Some((text.strip_suffix(name)?, *size)));
    let (number, size) = unit.unwrap_or((&text, 1));
    let number = number.trim_end();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || (number.contains('.') && !digits(fraction)) {
        return None;
    }
    let parts = u32::try_from(fraction.len()).ok().and_then(|count| 10_u128.checked_pow(count))?;
    let number: u128 = whole.parse::<u128>().ok()?.checked_mul(parts)?;
    let number = number + if fraction.is_empty() { 0 } else { fraction.parse::<u128>().ok()? };
    let bytes = number.checked_mul(u128::from(size))?;
    (bytes % parts == 0).then_some(bytes / parts)?.try_into().ok()
}

/// Writes a number of bytes in the largest unit that it is a whole number of. [`bytes()`] reads it back.
pub fn shown_bytes(bytes: u64) -> String {
    let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, size)| bytes > 0 && bytes.is_multiple_of(*size)) {
        Some((unit, size)) => format!("{}{unit}", bytes / size),
        None => format!("{bytes}B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_or_none() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1000", Some(1_000)),
            ("64MiB", Some(64 << 20)),
            ("64 mib", Some(64 << 20)),
            ("64M", Some(64 << 20)),
            ("64Mi", Some(64 << 20)),
            ("64MB", Some(64_000_000)),
            ("1.5KiB", Some(1_536)),
            ("1.5GB", Some(1_500_000_000)),
            ("2g", Some(2 << 30)),
            ("10b", Some(10)),
            ("1.5", None),
            ("1.", None),
            (".5k", None),
            ("", None),
            ("MiB", None),
            ("-1", None),
            ("+1", None),
            ("1TiB", None),
            ("1 0", None),
            ("99999999999999999999", None),
            ("99999999999999999999GiB", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for size in [0, 1, 1_000, 1_024, 1_536, 64 << 20, 3 << 30, u64::MAX] {
            assert_eq!(bytes(&shown_bytes(size)), Some(size), "{}", shown_bytes(size));
        }
        assert_eq!(shown_bytes(64 << 20), "64MiB");
        assert_eq!(shown_bytes(1_500), "1500B");
    }
}
