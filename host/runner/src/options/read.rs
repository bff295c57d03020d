//! Reads JSON values with errors that name the option.

use std::time::Duration;

use serde_json::{Map, Value};

use super::OptionError;
use super::error::{shown, without_json};
use crate::duration;
use crate::limits::MAX_TAGS;

/// The most virtual users of one scenario. Each costs about 100 KiB, so more than this fit into no machine.
pub const MAX_VUS: u64 = 1_000_000;

/// The most iterations: up to here every whole number is exact in JavaScript.
pub const MAX_ITERATIONS: u64 = (1 << 53) - 1;

/// The most variables of a scenario: all of them are copied to a virtual user with each iteration that asks for one.
pub const MAX_VARIABLES: usize = 1_024;

pub(super) fn boolean(value: &Value, path: &str) -> Result<bool, OptionError> {
    value.as_bool().ok_or_else(|| OptionError::value(path, value, "true or false"))
}

pub(super) fn string(value: &Value, path: &str) -> Result<String, OptionError> {
    Ok(str(value, path)?.to_owned())
}

pub(super) fn str<'a>(value: &'a Value, path: &str) -> Result<&'a str, OptionError> {
    value.as_str().ok_or_else(|| OptionError::value(path, value, "a string"))
}

/// A number, or the digits of one; none for an empty string, which leaves a number unset.
pub(super) fn number<T>(
    value: &Value,
    read: impl FnOnce(&Value) -> Result<T, OptionError>,
) -> Result<Option<T>, OptionError> {
    match value.as_str() {
        Some("") => Ok(None),
        _ => read(value).map(Some),
    }
}

/// A whole number within these bounds; see [`number`]. `4.0` is a whole number too.
pub(super) fn whole(
    value: &Value,
    path: &str,
    least: u64,
    most: u64,
) -> Result<Option<u64>, OptionError> {
    let in_bounds = |number: &u64| (least..=most).contains(number);
    number(value, |value| {
        any_whole(value).filter(in_bounds).ok_or_else(|| {
            OptionError::value(path, value, format!("a whole number from {least} to {most}"))
        })
    })
}

fn any_whole(value: &Value) -> Option<u64> {
    if let Some(text) = value.as_str() {
        return text.parse().ok();
    }
    let is_exact =
        |number: &f64| number.fract() == 0.0 && (0.0..=MAX_ITERATIONS as f64).contains(number);
    value.as_u64().or_else(|| value.as_f64().filter(is_exact).map(|number| number as u64))
}

/// A number of virtual users, at least `least`; see [`number`].
pub(super) fn vus(value: &Value, path: &str, least: u64) -> Result<Option<u32>, OptionError> {
    let number = whole(value, path, least, MAX_VUS)?;
    Ok(number.map(|number| u32::try_from(number).expect("MAX_VUS fits into 32 bits")))
}

/// A number of iterations, at least 1; see [`number`].
pub(super) fn iterations(value: &Value, path: &str) -> Result<Option<u64>, OptionError> {
    whole(value, path, 1, MAX_ITERATIONS)
}

/// A duration: a string, or a number of milliseconds.
pub(super) fn duration(value: &Value, path: &str) -> Result<Duration, OptionError> {
    let read = match (value.as_str(), value.as_f64()) {
        (Some(text), _) => duration::parse(text),
        (None, Some(milliseconds)) => duration::from_milliseconds(milliseconds),
        (None, None) => {
            let expected = "a duration such as \"1m30s\", or a number of milliseconds";
            return Err(OptionError::value(path, value, expected));
        }
    };
    read.map_err(|problem| {
        OptionError::value(path, value, format!("a duration such as \"1m30s\": {problem}"))
    })
}

/// A duration of at least this length.
pub(super) fn duration_from(
    value: &Value,
    path: &str,
    least: Duration,
) -> Result<Duration, OptionError> {
    let read = duration(value, path)?;
    if read < least {
        let expected = format!("a duration of at least {}", duration::format(least));
        return Err(OptionError::value(path, value, expected));
    }
    Ok(read)
}

pub(super) fn object<'a>(
    value: &'a Value,
    path: &str,
) -> Result<&'a Map<String, Value>, OptionError> {
    let object = value.as_object().filter(|_| without_json(value).is_none());
    object.ok_or_else(|| OptionError::value(path, value, "an object"))
}

/// A value of whatever form that goes on as it is.
pub(super) fn anything(value: &Value, path: &str) -> Result<Value, OptionError> {
    if without_json(value).is_some() {
        return Err(OptionError::value(path, value, "what JSON has a form for"));
    }
    let check = |path: String, item| anything(item, &path).map(drop);
    match value {
        Value::Object(object) => {
            all(object.iter().map(|(name, item)| check(format!("{path}.{name}"), item)))?;
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            all(items.map(|(index, item)| check(format!("{path}[{index}]"), item)))?;
        }
        _ => {}
    }
    Ok(value.clone())
}

pub(super) fn array<'a>(value: &'a Value, path: &str) -> Result<&'a [Value], OptionError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| OptionError::value(path, value, "an array"))
}

/// All of these, or all that is wrong with them.
pub(super) fn all<T>(
    parts: impl Iterator<Item = Result<T, OptionError>>,
) -> Result<Vec<T>, OptionError> {
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Ok(part) => right.push(part),
            Err(problem) => wrong.push(problem),
        }
    }
    OptionError::all(wrong)?;
    Ok(right)
}

/// An array of strings, with the path of each.
pub(super) fn strings(value: &Value, path: &str) -> Result<Vec<(String, String)>, OptionError> {
    all(array(value, path)?.iter().enumerate().map(|(index, item)| {
        let path = format!("{path}[{index}]");
        let text = string(item, &path)?;
        Ok((path, text))
    }))
}

/// A string, or an array of strings.
pub(super) fn string_or_strings(value: &Value, path: &str) -> Result<Vec<String>, OptionError> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        value => Ok(strings(value, path)?.into_iter().map(|(_, text)| text).collect()),
    }
}

/// An object with at most so many entries.
pub(super) fn object_of<'a>(
    value: &'a Value,
    path: &str,
    most: usize,
) -> Result<&'a Map<String, Value>, OptionError> {
    let object = object(value, path)?;
    check_entries(object.len(), path, most)?;
    Ok(object)
}

/// An array of at most so many strings, with the path of each.
pub(super) fn strings_of(
    value: &Value,
    path: &str,
    most: usize,
) -> Result<Vec<(String, String)>, OptionError> {
    check_entries(array(value, path)?.len(), path, most)?;
    strings(value, path)
}

fn check_entries(count: usize, path: &str, most: usize) -> Result<(), OptionError> {
    if count > most {
        let problem = format!("it has {count} entries, and {most} is the most");
        return Err(OptionError::Unusable { path: path.to_owned(), problem });
    }
    Ok(())
}

/// The variables of a scenario.
pub(super) fn variables(value: &Value, path: &str) -> Result<Vec<(String, String)>, OptionError> {
    string_map(value, path, MAX_VARIABLES)
}

/// An object of at most so many entries whose values are strings.
fn string_map(
    value: &Value,
    path: &str,
    most: usize,
) -> Result<Vec<(String, String)>, OptionError> {
    all(object_of(value, path, most)?
        .iter()
        .map(|(name, item)| Ok((name.clone(), string(item, &format!("{path}.{name}"))?))))
}

/// Tags: the same, with names.
pub(super) fn tags(value: &Value, path: &str) -> Result<Vec<(String, String)>, OptionError> {
    let tags = string_map(value, path, MAX_TAGS)?;
    match tags.iter().any(|(name, _)| name.is_empty()) {
        true => Err(OptionError::value(path, value, "tags that have a name")),
        false => Ok(tags),
    }
}

/// The error for two values that contradict each other.
pub(super) fn inconsistent(path: String, found: &Value, problem: String) -> OptionError {
    OptionError::Inconsistent { path, found: shown(found), problem }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn maps_have_only_so_many_entries() {
        let map = |count: usize| (0..count).map(|n| (n.to_string(), json!("x"))).collect::<Value>();
        assert_eq!(variables(&map(MAX_VARIABLES), "env").unwrap().len(), MAX_VARIABLES);
        assert_eq!(
            variables(&map(MAX_VARIABLES + 1), "scenarios.a.env").unwrap_err().to_string(),
            "option \"scenarios.a.env\" cannot be used: it has 1025 entries, and 1024 is the most"
        );
        assert_eq!(
            tags(&map(MAX_TAGS + 1), "tags").unwrap_err().to_string(),
            "option \"tags\" cannot be used: it has 257 entries, and 256 is the most"
        );
    }

    #[test]
    fn whole_numbers_have_bounds() {
        assert_eq!(vus(&json!(10), "vus", 1), Ok(Some(10)));
        assert_eq!(vus(&json!(4.0), "vus", 1), Ok(Some(4)));
        for wrong in [
            json!(0),
            json!(-1),
            json!(1.5),
            json!(null),
            json!("0"),
            json!("-1"),
            json!("1.0"),
            json!(" 5"),
            json!("five"),
            json!(1e300),
            json!(1_000_001),
        ] {
            let error = vus(&wrong, "vus", 1).unwrap_err().to_string();
            assert!(error.starts_with("option \"vus\" is "), "{error}");
            assert!(error.ends_with(", expected a whole number from 1 to 1000000"), "{error}");
        }
    }

    #[test]
    fn digits_are_a_number_and_an_empty_string_is_none() {
        assert_eq!(vus(&json!("10"), "vus", 1), Ok(Some(10)));
        assert_eq!(vus(&json!("007"), "vus", 1), Ok(Some(7)));
        assert_eq!(vus(&json!(""), "vus", 1), Ok(None));
        let most = MAX_ITERATIONS.to_string();
        assert_eq!(iterations(&json!(most), "iterations"), Ok(Some(MAX_ITERATIONS)));
    }

    #[test]
    fn durations_are_strings_or_milliseconds() {
        assert_eq!(duration(&json!("1m"), "duration"), Ok(Duration::from_secs(60)));
        assert_eq!(duration(&json!(1500), "duration"), Ok(Duration::from_millis(1500)));
        let error = duration(&json!("1 week"), "setupTimeout").unwrap_err();
        assert_eq!(
            error.to_string(),
            "option \"setupTimeout\" is \"1 week\", expected a duration such as \"1m30s\": \
             \" week\" is not a unit of time; the units are d, h, m, s, ms, us and ns"
        );
        let error = duration(&json!(-1), "duration").unwrap_err();
        assert_eq!(
            error.to_string(),
            "option \"duration\" is -1, expected a duration such as \"1m30s\": it is negative"
        );
        assert!(duration(&json!(true), "duration").is_err());
    }

    #[test]
    fn long_values_are_cut_off_in_messages() {
        let error = boolean(&json!("x".repeat(500)), "throw").unwrap_err().to_string();
        assert!(error.len() < 150, "{error}");
        assert!(error.contains('…'));
    }
}
