//! A place in a source text, and the picture of it that an error shows.

use std::{fmt, ops::Range};

use crate::shown;

/// The longest piece of a line that a frame shows, in characters: what fits a wide terminal. Minified files
/// have lines of a megabyte.
const MAX_EXCERPT: usize = 120;

/// What stands before the marked text when a long line is cut, in characters: a third of [`MAX_EXCERPT`], so that
/// most of it shows what follows.
const LEAD_IN: usize = 40;

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    file: String,
    line: u32,
    column: u32,
    excerpt: String,
    marker: String,
}

impl Place {
    /// The place of the bytes `span` of `text`, which is the content of `file`.
    pub(crate) fn new(file: &str, text: &str, span: Range<usize>) -> Self {
        let start = floor_char_boundary(text, span.start);
        let end = floor_char_boundary(text, span.end).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let before = &text[line_start..start];
        let marked = &text[start..end.min(line_end)];
        let after = text[start + marked.len()..line_end].trim_end_matches('\r');
        let (excerpt, marker) = frame_line(before, marked, after);
        Self {
            file: file.to_owned(),
            line: count(text[..line_start].matches('\n').count()),
            column: count(before.chars().count()),
            excerpt,
            marker,
        }
    }

    /// The file, as a path (relative where it can be), or the URL of a remote module.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line; the first is 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column in Unicode code points; the first is 1.
    pub fn column(&self) -> u32 {
        self.column
    }

    /// The place alone, without its source line.
    pub(crate) fn without_excerpt(mut self) -> Self {
        self.excerpt.clear();
        self.marker.clear();
        self
    }

    /// The place and its source line, with carets under the text that is meant. Ends without a line break.
    pub fn frame(&self) -> String {
        if self.marker.is_empty() {
            return format!(" --> {self}");
        }
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let Self { excerpt, marker, .. } = self;
        let place = self.to_string();
        let place = shown::one_line(&place);
        format!("{margin}--> {place}\n{margin} |\n{number} | {excerpt}\n{margin} | {marker}")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One more than a number of things before a place.
fn count(before: usize) -> u32 {
    u32::try_from(before).unwrap_or(u32::MAX - 1) + 1
}

pub(crate) fn floor_char_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// The line to show and the line of carets below it.
fn frame_line(before: &str, marked: &str, after: &str) -> (String, String) {
    let length = |text: &str| text.chars().count();
    let mut shown_before = before.to_owned();
    let mut shown_marked = marked.to_owned();
    let mut shown_after = after.to_owned();
    if length(before) + length(marked) + length(after) > MAX_EXCERPT {
        let cut = length(before).saturating_sub(LEAD_IN);
        if cut > 0 {
            shown_before = format!("…{}", before.chars().skip(cut).collect::<String>());
        }
        let room = MAX_EXCERPT.saturating_sub(length(&shown_before));
        shown_marked = marked.chars().take(room).collect();
        let room = room.saturating_sub(length(&shown_marked));
        shown_after = after.chars().take(room).collect();
        if length(marked) + length(after) > length(&shown_marked) + length(&shown_after) {
            shown_after.push('…');
        }
    }
    let [shown_before, shown_marked, shown_after] =
        [shown_before, shown_marked, shown_after].map(|text| visible(&text));
    let padding: String =
        shown_before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let carets = "^".repeat(length(&shown_marked).max(1));
    (format!("{shown_before}{shown_marked}{shown_after}"), format!("{padding}{carets}"))
}

/// The text with what a terminal obeys written out, except for tabs.
fn visible(text: &str) -> String {
    text.split('\t').map(shown::one_line).collect::<Vec<_>>().join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_marks_the_text_under_its_line() {
        let text = "let a = 1;\nlet é = b;\n";
        let start = text.find("b;").expect("it is there");
        let place = Place::new("script.js", text, start..start + 1);
        assert_eq!((place.line(), place.column()), (2, 9));
        assert_eq!(place.frame(), " --> script.js:2:9\n  |\n2 | let é = b;\n  |         ^");
    }

    #[test]
    fn a_frame_keeps_tabs_and_drops_carriage_returns() {
        let place = Place::new("s.js", "\tx\r\n", 1..2);
        assert_eq!(place.frame(), " --> s.js:1:2\n  |\n1 | \tx\n  | \t^");
    }

    #[test]
    fn a_frame_shows_what_a_terminal_would_obey() {
        let place = Place::new("a\u{1b}\nb.js", "\t\u{1b}[2J x\u{202e}", 6..7);
        let expected =
            " --> a\\u{1b}\\nb.js:1:7\n  |\n1 | \t\\u{1b}[2J x\\u{202e}\n  | \t          ^";
        assert_eq!(place.frame(), expected);
    }

    #[test]
    fn a_frame_at_the_end_of_the_text_has_one_caret() {
        let place = Place::new("s.js", "if (", 4..9);
        assert_eq!(place.frame(), " --> s.js:1:5\n  |\n1 | if (\n  |     ^");
    }

    #[test]
    fn a_frame_of_a_long_line_shows_a_window() {
        let text = format!("{}bad{}", "a".repeat(1000), "z".repeat(1000));
        let place = Place::new("s.js", &text, 1000..1003);
        assert_eq!(place.column(), 1001);
        let expected = format!("1 | …{}bad{}…", "a".repeat(40), "z".repeat(76));
        assert_eq!(place.frame().lines().nth(2), Some(expected.as_str()));
        let carets = format!("  | {}^^^", " ".repeat(41));
        assert_eq!(place.frame().lines().nth(3), Some(carets.as_str()));
    }
}
