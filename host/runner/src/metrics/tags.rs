//! Immutable, sorted sets of tags that are cheap to clone.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

type Pair = (Arc<str>, Arc<str>);

/// The most bytes in the names and values of one set: many times what a URL and a script's own tags take. Samples
/// wait by the ten thousand, each with its tags.
pub const MAX_TAG_BYTES: usize = 16 << 10;

/// What stands before the content of an [`Arc`]: two counts.
const ARC_HEADER: usize = 2 * size_of::<usize>();

/// What a value ends with that had to be cut.
const CUT: &str = "…";

/// A set of names with values, in order of name. Clones share it; every change makes a new one.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Tags(Arc<[Pair]>);

impl Tags {
    /// The set without tags.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A builder that starts with nothing.
    pub fn builder() -> TagsBuilder {
        TagsBuilder::default()
    }

    /// A builder that starts with these tags.
    pub fn to_builder(&self) -> TagsBuilder {
        TagsBuilder(self.0.iter().cloned().collect())
    }

    /// The value of a tag, if it is set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_shared(name).map(|value| &**value)
    }

    /// The value of a tag, if it is set, to be shared.
    pub fn get_shared(&self, name: &str) -> Option<&Arc<str>> {
        let index = self.0.binary_search_by(|(key, _)| (**key).cmp(name)).ok()?;
        Some(&self.0[index].1)
    }

    /// These tags and one more, which replaces an earlier value of the same name.
    #[must_use]
    pub fn with(&self, name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.to_builder().set(name, value).build()
    }

    /// These tags but one. A name that is not set is no error.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        if self.get(name).is_none() {
            return self.clone();
        }
        self.to_builder().remove(name).build()
    }

    /// Whether every tag of `other` is set here to the same value.
    pub fn contains(&self, other: &Self) -> bool {
        other.iter().all(|(name, value)| self.get(name) == Some(value))
    }

    /// Names and values in order of name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Where the set is in memory: clones are at the same place.
    pub(crate) fn address(&self) -> usize {
        self.0.as_ptr().addr()
    }

    /// How many bytes of memory the set takes at most: its names and values may be shared with others.
    pub fn bytes(&self) -> usize {
        let headers = self.0.len() * (size_of::<Pair>() + 2 * ARC_HEADER);
        ARC_HEADER
            + headers
            + self.0.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    }

    /// How many tags are set.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no tag is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Tags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Into<Arc<str>>, V: Into<Arc<str>>> FromIterator<(K, V)> for Tags {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut builder = Self::builder();
        builder.extend(pairs);
        builder.build()
    }
}

impl Serialize for Tags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Collects tags before they become [`Tags`]. Of two values for one name the last counts.
#[derive(Debug, Clone, Default)]
pub struct TagsBuilder(BTreeMap<Arc<str>, Arc<str>>);

impl TagsBuilder {
    /// Sets a tag, or replaces its value.
    #[must_use]
    pub fn set(mut self, name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Removes a tag. A name that is not set is no error.
    #[must_use]
    pub fn remove(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// The finished set. If it has more than [`MAX_TAG_BYTES`], the longest values are cut to equal lengths; if
    /// that is not enough, the last tags are left out.
    pub fn build(mut self) -> Tags {
        if self.0.iter().map(size).sum::<usize>() > MAX_TAG_BYTES {
            self.cut();
        }
        Tags(self.0.into_iter().collect())
    }

    #[cold]
    fn cut(&mut self) {
        let mut left = MAX_TAG_BYTES;
        let names = |name: &Arc<str>, _: &mut Arc<str>| {
            left = left.saturating_sub(name.len() + CUT.len());
            left > 0
        };
        self.0.retain(names);
        let mut lengths: Vec<_> = self.0.values().map(|value| value.len()).collect();
        lengths.sort_unstable();
        let mut most = usize::MAX;
        for (place, length) in lengths.iter().enumerate() {
            most = left / (lengths.len() - place);
            if *length > most {
                break;
            }
            left -= length;
        }
        for value in self.0.values_mut().filter(|value| value.len() > most) {
            let kept = &value[..value.floor_char_boundary(most)];
            *value = format!("{kept}{CUT}").into();
        }
    }
}

impl<K: Into<Arc<str>>, V: Into<Arc<str>>> Extend<(K, V)> for TagsBuilder {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        self.0.extend(pairs.into_iter().map(|(name, value)| (name.into(), value.into())));
    }
}

fn size((name, value): (&Arc<str>, &Arc<str>)) -> usize {
    name.len() + value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(tags: &Tags) -> usize {
        tags.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    #[test]
    fn long_values_are_cut_and_short_ones_stay() {
        let (long, longer) = ("é".repeat(MAX_TAG_BYTES), "x".repeat(MAX_TAG_BYTES * 4));
        let tags: Tags = [("a", "short"), ("b", &*long), ("c", &*longer)].into_iter().collect();
        assert!(bytes(&tags) <= MAX_TAG_BYTES && bytes(&tags) > MAX_TAG_BYTES - 16);
        assert_eq!(tags.get("a"), Some("short"));
        let (long, longer) = (tags.get("b").unwrap(), tags.get("c").unwrap());
        assert!(long.starts_with("éé") && long.ends_with("é…"), "{long}");
        assert!(longer.ends_with("x…") && long.len().abs_diff(longer.len()) < 2);
        let fits: Tags = [("a", "x".repeat(MAX_TAG_BYTES - 1))].into_iter().collect();
        assert_eq!(bytes(&fits), MAX_TAG_BYTES);
    }

    #[test]
    fn tags_that_do_not_fit_by_their_names_are_left_out() {
        let many: Tags = (0..100_000).map(|number| (format!("{number:06}"), "value")).collect();
        assert!(bytes(&many) <= MAX_TAG_BYTES && many.len() > 1_000, "{}", many.len());
        assert!(many.iter().all(|(_, value)| value == "value" || value.ends_with('…')));
        let huge = Tags::empty().with("x".repeat(MAX_TAG_BYTES), "value");
        assert!(huge.is_empty());
    }

    #[test]
    fn tags_are_sorted_and_the_last_value_counts() {
        let tags: Tags = [("b", "1"), ("a", "2"), ("b", "3")].into_iter().collect();
        assert_eq!(tags.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        assert_eq!(tags.get("b"), Some("3"));
        assert_eq!(tags.get("c"), None);
    }

    #[test]
    fn a_change_leaves_the_original_alone() {
        let first = Tags::empty().with("group", "::a");
        let second = first.with("group", "::b").with("url", "ws://x");
        assert_eq!(first.get("group"), Some("::a"));
        assert_eq!(second.get("group"), Some("::b"));
        assert_eq!(second.without("url"), Tags::empty().with("group", "::b"));
        assert_eq!(second.without("nope"), second);
    }

    #[test]
    fn containment_compares_names_and_values() {
        let all: Tags = [("a", "1"), ("b", "2")].into_iter().collect();
        assert!(all.contains(&Tags::empty()));
        assert!(all.contains(&Tags::empty().with("b", "2")));
        assert!(!all.contains(&Tags::empty().with("b", "1")));
        assert!(!Tags::empty().contains(&all));
    }

    #[test]
    fn tags_become_a_json_object() {
        let tags: Tags = [("b", "1"), ("a", "\"")].into_iter().collect();
        assert_eq!(serde_json::to_string(&tags).unwrap(), r#"{"a":"\"","b":"1"}"#);
    }
}
