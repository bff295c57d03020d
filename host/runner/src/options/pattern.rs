//! Patterns of host names, as `hosts`, `blockHostnames` and `tlsAuth` have them.

use std::fmt;

use serde_json::Value;

use super::OptionError;
use super::read;

/// The most patterns of one list: each name that is connected to is compared with all of them.
pub const MAX_PATTERNS: usize = 4_096;

/// A host name, or `*` and the end of one: `chat.example.com`, `*.example.com`, `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    /// In lower case.
    text: String,
}

impl HostPattern {
    /// Reads a pattern. There is a star at its beginning alone, and no space in it.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix('*').unwrap_or(text);
        let well_formed = !text.is_empty()
            && !name
                .contains(|c: char| c == '*' || c == '/' || c.is_whitespace() || c.is_control());
        well_formed.then(|| Self { text: text.to_ascii_lowercase() })
    }

    /// Whether a host name, as [`normal`] makes it, fits. `*.example.com` fits to what is below
    /// `example.com`, and not to itself.
    pub fn matches(&self, host: &str) -> bool {
        match self.text.strip_prefix('*') {
            Some(end) => host.len() > end.len() && host.ends_with(end),
            None => host == self.text,
        }
    }

    /// How close the pattern is: whole names before ends, long ones before short ones.
    pub fn rank(&self) -> (bool, usize) {
        (!self.text.starts_with('*'), self.text.len())
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Patterns of host names.
pub(super) fn host_patterns(value: &Value, path: &str) -> Result<Vec<HostPattern>, OptionError> {
    let pattern = |(path, text): (String, String)| {
        HostPattern::parse(&text).ok_or_else(|| {
            let expected = "a host name, or one with a star at its beginning (\"*.example.com\")";
            OptionError::value(&path, &text.into(), expected)
        })
    };
    read::all(read::strings_of(value, path, MAX_PATTERNS)?.into_iter().map(pattern))
}

/// A host name in the form that patterns are compared with: in lower case, without the dot that may
/// stand at its end.
pub fn normal(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_only_so_many_patterns() {
        let patterns = |count| host_patterns(&vec!["a.test"; count].into(), "blockHostnames");
        assert_eq!(patterns(MAX_PATTERNS).unwrap().len(), MAX_PATTERNS);
        assert_eq!(
            patterns(MAX_PATTERNS + 1).unwrap_err().to_string(),
            "option \"blockHostnames\" cannot be used: it has 4097 entries, and 4096 is the most"
        );
    }

    #[test]
    fn a_star_stands_for_the_beginning_of_a_name() {
        let fits =
            |pattern: &str, host: &str| HostPattern::parse(pattern).unwrap().matches(&normal(host));
        assert!(fits("Chat.example.com", "chat.Example.com."));
        assert!(!fits("example.com", "chat.example.com"));
        assert!(fits("*.example.com", "a.b.example.com"));
        assert!(!fits("*.example.com", "example.com"));
        assert!(fits("*", "anything"));
        for wrong in ["", "a*", "**", "a b", "http://a"] {
            assert_eq!(HostPattern::parse(wrong), None, "{wrong}");
        }
    }
}
