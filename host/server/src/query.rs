//! The parameters after the `?` of a request.

use std::fmt::Display;
use std::str::FromStr;

use url::form_urlencoded;

/// A parameter that an endpoint can't use. The message is for the client.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    #[error("the parameter {name} is {value:?}, not {expected}")]
    Value { name: &'static str, value: String, expected: String },
    #[error("the parameter {name} is {size} bytes long, more than {limit}")]
    TooLong { name: &'static str, size: usize, limit: usize },
    #[error("the parameter {name} needs the parameter {needed} beside it")]
    Needs { name: &'static str, needed: &'static str },
}

/// Decoded parameters. Unknown ones are ignored, of repeated ones the last counts.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn new(query: Option<&str>) -> Self {
        Self(form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// The text of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The texts of a parameter that may be repeated.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The whole number in a parameter.
    ///
    /// # Errors
    ///
    /// It is there, and not a number from 0 to `max`.
    pub(crate) fn number<N>(&self, name: &'static str, max: N) -> Result<Option<N>, QueryError>
    where
        N: FromStr + PartialOrd + Display,
    {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        match value.parse() {
            Ok(number) if number <= max => Ok(Some(number)),
            _ => Err(wrong(name, value, format!("a whole number from 0 to {max}"))),
        }
    }

    /// Which of these a parameter names, with its name.
    ///
    /// # Errors
    ///
    /// It is there and names none of them.
    pub(crate) fn one_of<T: Copy>(
        &self,
        name: &'static str,
        known: &[(&'static str, T)],
    ) -> Result<Option<(&'static str, T)>, QueryError> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        match known.iter().find(|(name, _)| *name == value) {
            Some(found) => Ok(Some(*found)),
            None => Err(wrong(name, value, format!("one of {}", names()))),
        }
    }

    /// Whether a parameter that is 1 or 0 is 1; absent means 0.
    ///
    /// # Errors
    ///
    /// It is there and neither.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, QueryError> {
        match self.text(name) {
            None | Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(value) => Err(wrong(name, value, "1 or 0".to_owned())),
        }
    }
}

fn wrong(name: &'static str, value: &str, expected: String) -> QueryError {
    QueryError::Value { name, value: value.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_percent_decoded_and_the_last_of_two_counts() {
        let query = Query::new(Some("reason=no&reason=see%20you+%C3%A4"));
        assert_eq!(query.text("reason"), Some("see you ä"));
        assert_eq!(query.text("code"), None);
    }

    #[test]
    fn a_number_out_of_range_is_named_in_the_error() {
        let query = Query::new(Some("code=70000&size=9"));
        let error = query.number("code", u16::MAX).expect_err("more than a u16 holds");
        let text = "the parameter code is \"70000\", not a whole number from 0 to 65535";
        assert_eq!(error.to_string(), text);
        assert!(query.number("size", 8).is_err());
        assert_eq!(query.number("size", 9), Ok(Some(9)));
    }

    #[test]
    fn a_flag_is_one_or_zero() {
        assert_eq!(Query::new(None).flag("now"), Ok(false));
        assert_eq!(Query::new(Some("now=1")).flag("now"), Ok(true));
        assert!(Query::new(Some("now=yes")).flag("now").is_err());
    }
}
