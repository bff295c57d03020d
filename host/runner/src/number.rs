//! Numbers in JSON, written as JavaScript writes them.

use serde_json::Value;

/// Up to here doubles hold every whole number.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// A JSON number; whole numbers have no point. What is no number becomes null.
pub fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < LARGEST_WHOLE {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_no_point() {
        let text = |value| number(value).to_string();
        assert_eq!(text(8.0), "8");
        assert_eq!(text(-0.0), "0");
        assert_eq!(text(0.5), "0.5");
        assert_eq!(text(1e300), "1e+300");
        assert_eq!(text(f64::NAN), "null");
    }
}
