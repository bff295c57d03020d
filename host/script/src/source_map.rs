//! From positions in what the engine runs back to the user's files.

use std::{collections::HashMap, fmt::Write as _};

use serde::{Deserialize, Serialize};

use crate::MAX_MODULES;

/// What the names of modules begin with.
const SCHEMES: [&str; 2] = ["file://", "https://"];

/// The longest name of a module, in bytes: more than the system takes for a path, or a server for a URL.
pub(crate) const MAX_NAME: usize = 16 << 10;

/// How many colons are tried as the end of a name: those of scheme, port and position, and some in the path. Each costs a
/// look at what stands before it.
const MAX_COLONS: usize = 8;

/// Where each piece of one generated module comes from.
///
/// Generated columns count UTF-8 bytes, as the engine does; original columns count Unicode code points.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMap {
    /// Bytes put before the first line of the source.
    first_line_offset: u32,
    /// Sorted by generated position. Empty: lines and columns are those of the source.
    mappings: Vec<Mapping>,
}

/// All counted from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mapping {
    line: u32,
    column: u32,
    original_line: u32,
    original_column: u32,
}

/// A pair of positions, all counted from zero, columns in UTF-16 code units as source maps have them.
pub(crate) struct Token {
    pub(crate) generated: (u32, u32),
    pub(crate) original: (u32, u32),
}

impl SourceMap {
    pub(crate) fn from_tokens(
        tokens: impl Iterator<Item = Token>,
        generated: &str,
        original: &str,
    ) -> Self {
        let mut generated = Columns::new(generated, char::len_utf8);
        let mut original = Columns::new(original, |_| 1);
        let mut mappings: Vec<Mapping> = tokens
            .map(|token| Mapping {
                line: token.generated.0,
                column: generated.before(token.generated),
                original_line: token.original.0,
                original_column: original.before(token.original),
            })
            .collect();
        mappings.sort_by_key(|mapping| (mapping.line, mapping.column));
        Self { first_line_offset: 0, mappings }
    }

    /// The same source with `bytes` bytes put before its first line.
    pub(crate) fn shifted(mut self, bytes: usize) -> Self {
        self.first_line_offset = u32::try_from(bytes).unwrap_or(u32::MAX);
        self
    }

    /// The line and column in the user's file for a line and column in the generated module, all counted from
    /// one. `None` where the generated text has no original.
    pub fn original(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        let line = line.checked_sub(1)?;
        let column = column.checked_sub(1)?;
        let column = match line {
            0 => column.saturating_sub(self.first_line_offset),
            _ => column,
        };
        if self.mappings.is_empty() {
            return Some((line.saturating_add(1), column.saturating_add(1)));
        }
        let after = self.mappings.partition_point(|m| (m.line, m.column) <= (line, column));
        let found = self.mappings[..after]
            .last()
            .filter(|mapping| mapping.line == line)
            .or_else(|| self.mappings.get(after).filter(|mapping| mapping.line == line))?;
        Some((found.original_line.saturating_add(1), found.original_column.saturating_add(1)))
    }
}

/// Converts UTF-16 columns of a text to columns in other units.
struct Columns<'t> {
    lines: Vec<&'t str>,
    unit: fn(char) -> usize,
    /// For each line that was asked for: the units before each UTF-16 column, or nothing where the units are
    /// the same. Lines can be as long as the file, so they are gone through once only.
    tables: HashMap<u32, Option<Vec<u32>>>,
}

impl<'t> Columns<'t> {
    fn new(text: &'t str, unit: fn(char) -> usize) -> Self {
        Self { lines: text.split('\n').collect(), unit, tables: HashMap::new() }
    }

    /// The units that stand before a UTF-16 column in its line.
    fn before(&mut self, (line, column): (u32, u32)) -> u32 {
        let text = self.lines.get(line as usize).copied().unwrap_or_default();
        let table = self
            .tables
            .entry(line)
            .or_insert_with(|| (!text.is_ascii()).then(|| units_before(text, self.unit)));
        match table {
            Some(units) => units.get(column as usize).or(units.last()).copied().unwrap_or_default(),
            None => column,
        }
    }
}

/// The units before each UTF-16 column of a line, and before its end.
fn units_before(line: &str, unit: fn(char) -> usize) -> Vec<u32> {
    let mut units = 0;
    let mut table = Vec::with_capacity(line.len() + 1);
    for c in line.chars() {
        table.resize(table.len() + c.len_utf16(), units);
        units += u32::try_from(unit(c)).unwrap_or(u32::MAX);
    }
    table.push(units);
    table
}

/// The source maps of a whole script, by module name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMaps(HashMap<String, SourceMap>);

impl SourceMaps {
    /// Rewrites every `<module name>:LINE` and `<module name>:LINE:COLUMN` of a text, such as a stack trace, to
    /// the position in the user's file. Modules without a source map are left as they are.
    ///
    /// It takes time in proportion to the text, whatever the names are: a component can be made with any.
    pub fn remap(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        let mut result = String::with_capacity(text.len());
        for word in text.split_inclusive(char::is_whitespace) {
            self.remap_word(word, &mut result);
        }
        result
    }

    /// Rewrites a text without white space, of which names, being URLs, have none.
    fn remap_word(&self, word: &str, result: &mut String) {
        let mut rest = word;
        while let Some(colon) = rest.find("://") {
            let before = &rest[..colon];
            let scheme =
                SCHEMES.iter().find(|scheme| before.ends_with(scheme.trim_end_matches("://")));
            let Some(scheme) = scheme else {
                let (other, after) = rest.split_at(colon + "://".len());
                result.push_str(other);
                rest = after;
                continue;
            };
            let start = colon + "://".len() - scheme.len();
            let Some(found) = self.find(&rest[start..]) else { break };
            result.push_str(&rest[..start + found.name]);
            let _ = write!(result, ":{}", found.line);
            if let Some(column) = found.column {
                let _ = write!(result, ":{column}");
            }
            rest = &rest[start + found.end..];
        }
        result.push_str(rest);
    }

    /// The name and position that a text begins with.
    fn find(&self, text: &str) -> Option<Found> {
        let colons = text.match_indices(':').map(|(colon, _)| colon).take(MAX_COLONS);
        colons.filter_map(|colon| self.found(text, colon)).next()
    }

    fn found(&self, text: &str, colon: usize) -> Option<Found> {
        let map = self.0.get(&text[..colon])?;
        let (line, rest) = position(&text[colon..])?;
        let (column, rest) = match position(rest) {
            Some((column, rest)) => (Some(column), rest),
            None => (None, rest),
        };
        let (line, original_column) = map.original(line, column.unwrap_or(1))?;
        let column = column.map(|_| original_column);
        Some(Found { name: colon, line, column, end: text.len() - rest.len() })
    }

    /// Whether they can be those of a script: what a component says of itself may be anything.
    pub(crate) fn are_sound(&self) -> bool {
        let is_name = |name: &String| {
            name.len() <= MAX_NAME && SCHEMES.iter().any(|scheme| name.starts_with(scheme))
        };
        self.0.len() <= MAX_MODULES
            && self.0.keys().all(is_name)
            && self.0.values().all(|map| map.mappings.is_sorted_by_key(|m| (m.line, m.column)))
    }
}

/// A position in a text.
struct Found {
    /// The length of the module's name, in bytes.
    name: usize,
    /// The user's line and column.
    line: u32,
    column: Option<u32>,
    /// Where it ends.
    end: usize,
}

impl FromIterator<(String, SourceMap)> for SourceMaps {
    fn from_iter<I: IntoIterator<Item = (String, SourceMap)>>(maps: I) -> Self {
        Self(maps.into_iter().collect())
    }
}

/// Reads `:NUMBER` at the start of a text, and returns what follows it.
fn position(text: &str) -> Option<(u32, &str)> {
    let digits = text.strip_prefix(':')?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    Some((digits[..end].parse().ok()?, &digits[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(generated: (u32, u32), original: (u32, u32)) -> Token {
        Token { generated, original }
    }

    #[test]
    fn a_position_belongs_to_the_last_mapping_at_or_before_it() {
        let tokens = [token((0, 0), (4, 2)), token((0, 8), (5, 0))];
        let map = SourceMap::from_tokens(tokens.into_iter(), "let a = f();", "");
        assert_eq!(map.original(1, 1), Some((5, 3)));
        assert_eq!(map.original(1, 8), Some((5, 3)));
        assert_eq!(map.original(1, 9), Some((6, 1)));
        assert_eq!(map.original(1, 99), Some((6, 1)));
        assert_eq!(map.original(2, 1), None);
        assert_eq!(map.original(0, 0), None);
    }

    #[test]
    fn columns_are_converted_from_utf_16() {
        let tokens = [token((0, 3), (0, 3))];
        let map = SourceMap::from_tokens(tokens.into_iter(), "😀é x", "😀é x");
        assert_eq!(map.original(1, 7), Some((1, 3)), "7 is the byte after 4 + 2 bytes");
        assert_eq!(map.mappings[0].column, 6);
        assert_eq!(map.mappings[0].original_column, 2);
    }

    #[test]
    fn a_prefix_shifts_the_first_line_only() {
        let map = SourceMap::default().shifted(100);
        assert_eq!(map.original(1, 105), Some((1, 5)));
        assert_eq!(map.original(1, 7), Some((1, 1)));
        assert_eq!(map.original(2, 7), Some((2, 7)));
    }

    #[test]
    fn a_stack_trace_is_rewritten_where_a_map_is_known() {
        let map = SourceMap::from_tokens([token((0, 0), (9, 4))].into_iter(), "f();", "");
        let maps: SourceMaps = [("file:///a/s.ts".to_owned(), map)].into_iter().collect();
        let stack = "    at f (file:///a/s.ts:1:2)\n    at file:///a/other.js:1:2\nfile:///a/s.ts:1 file:///a/s.ts";
        let expected = "    at f (file:///a/s.ts:10:5)\n    at file:///a/other.js:1:2\nfile:///a/s.ts:10 file:///a/s.ts";
        assert_eq!(maps.remap(stack), expected);
        let port: SourceMaps =
            [("https://a.test:81/s.ts".to_owned(), SourceMap::default())].into_iter().collect();
        assert_eq!(port.remap("f (https://a.test:81/s.ts:7:9)"), "f (https://a.test:81/s.ts:7:9)");
    }

    /// Maps as a component may have them.
    fn forged(json: &str) -> SourceMaps {
        serde_json::from_str(json).expect("they have the right form")
    }

    #[test]
    fn maps_that_no_script_has_are_not_sound() {
        let map =
            |name: &str| format!(r#"{{"{name}": {{"first_line_offset": 0, "mappings": []}}}}"#);
        assert!(forged(&map("file:///a.ts")).are_sound());
        for name in ["", "a", ":1", &format!("file://{}", "a".repeat(MAX_NAME))] {
            let maps = forged(&map(name));
            assert!(!maps.are_sound(), "{name}");
            assert_eq!(maps.remap("a:1:2 :1:2"), "a:1:2 :1:2");
        }
        let many = (0..=MAX_MODULES).map(|n| (format!("file:///{n}"), SourceMap::default()));
        assert!(!many.collect::<SourceMaps>().are_sound());
    }

    #[test]
    fn the_largest_positions_stay_the_largest() {
        let maps = forged(
            r#"{"file:///a": {"first_line_offset": 4294967295, "mappings":
                [{"line": 0, "column": 0, "original_line": 4294967295, "original_column": 4294967295}]}}"#,
        );
        assert!(maps.are_sound());
        assert_eq!(maps.remap("file:///a:1:1"), "file:///a:4294967295:4294967295");
    }

    #[test]
    fn a_text_of_many_names_is_gone_through_once() {
        let maps: SourceMaps = [("file://".to_owned(), SourceMap::default())].into_iter().collect();
        let text = "file://:1".repeat(100_000) + &"https://:".repeat(100_000);
        assert_eq!(maps.remap(&text), text);
    }
}
