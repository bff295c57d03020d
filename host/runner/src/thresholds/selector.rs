//! The name of a metric or sub-metric: `ws_connecting{url:ws://localhost,scenario:spike}`.

use std::str::FromStr;

use super::ThresholdError;
use crate::metrics::{Tags, TagsBuilder};

/// A metric, or the part of it whose samples have certain tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    name: String,
    /// Where the metric's own name ends.
    metric_end: usize,
    tags: Tags,
}

impl Selector {
    /// The whole name as it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the metric.
    pub fn metric(&self) -> &str {
        self.name[..self.metric_end].trim()
    }

    /// What stands between the braces; none if there are no braces.
    pub fn suffix(&self) -> Option<&str> {
        self.name[self.metric_end..].trim().strip_prefix('{')?.strip_suffix('}')
    }

    /// The tags between the braces.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }
}

impl FromStr for Selector {
    type Err = ThresholdError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let malformed = |problem| ThresholdError::Selector { name: name.to_owned(), problem };
        let metric_end = name.find('{').unwrap_or(name.len());
        let mut selector = Self { name: name.to_owned(), metric_end, tags: Tags::empty() };
        if metric_end == name.len() {
            return Ok(selector);
        }
        let Some(suffix) = selector.suffix() else {
            return Err(malformed("a \"{\" must have its \"}\" at the end"));
        };
        selector.tags =
            tags(suffix).ok_or_else(|| malformed("tags are written {name:value,name:value}"))?;
        Ok(selector)
    }
}

/// Reads `name:value,name:value`. Names and values may stand in quotes, in which commas and colons mean
/// nothing. The value of a tag goes on to the next comma, so it may have colons.
fn tags(text: &str) -> Option<Tags> {
    let mut tags = TagsBuilder::default();
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    loop {
        let (name, after) = part(rest, ':')?;
        let (value, after) = part(after?, ',')?;
        if name.is_empty() {
            return None;
        }
        tags = tags.set(name, value);
        match after {
            Some(after) => rest = after,
            None => return Some(tags.build()),
        }
    }
}

/// The text up to `end`, without its quotes, and what follows; none follows if `end` does not occur.
fn part(text: &str, end: char) -> Option<(&str, Option<&str>)> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        let (quoted, after) = text[1..].split_once(quote)?;
        let after = after.trim_start();
        return match after.strip_prefix(end) {
            Some(after) => Some((quoted, Some(after))),
            None if after.is_empty() => Some((quoted, None)),
            None => None,
        };
    }
    Some(match text.split_once(end) {
        Some((part, after)) => (part.trim(), Some(after)),
        None => (text.trim(), None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Selector {
        name.parse().unwrap()
    }

    #[test]
    fn a_metric_alone_has_no_tags() {
        let selector = read("checks");
        assert_eq!((selector.metric(), selector.suffix()), ("checks", None));
        assert!(selector.tags().is_empty());
    }

    #[test]
    fn tags_stand_between_braces() {
        let selector = read("ws_sessions{url:ws://a:80/x, status:101}");
        assert_eq!(selector.metric(), "ws_sessions");
        assert_eq!(selector.suffix(), Some("url:ws://a:80/x, status:101"));
        let tags: Vec<_> = selector.tags().iter().collect();
        assert_eq!(tags, [("status", "101"), ("url", "ws://a:80/x")]);
    }

    #[test]
    fn quotes_keep_commas_and_empty_values() {
        let selector = read(r#"checks{check:"a, b: c", 'group':'::x', empty:""}"#);
        let tags: Vec<_> = selector.tags().iter().collect();
        assert_eq!(tags, [("check", "a, b: c"), ("empty", ""), ("group", "::x")]);
    }

    #[test]
    fn malformed_tags_are_refused() {
        for name in ["m{", "m{a:b", "m{}", "m{a}", "m{a:b,}", "m{:b}", "m{a:\"b}", "m{a:\"b\"c}"] {
            let error = name.parse::<Selector>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("the threshold on \"{name}\" is malformed: ")),
                "{error}"
            );
        }
    }
}
