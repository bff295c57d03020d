//! Text of scripts, servers and files as a terminal may show it.
//!
//! Whoever writes a script names its checks, throws its errors and logs its lines. In those, control characters would
//! clear the screen, set the title of its window or forge a line of ours, and characters that turn the direction of
//! writing around would show code as what it is not. All of them are shown as what stands for them in a string:
//! `\u{1b}`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What stands before each further line of a text, so that none looks like one of ours.
const CONTINUATION: &str = "  ";

/// Whether a terminal would do something else with the character than show it where it stands.
pub fn acts(character: char) -> bool {
    character.is_control() || turns(character)
}

/// Embeddings, overrides and isolates of the Unicode Bidirectional Algorithm (UAX #9, section 2).
fn turns(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text on one line: line breaks are shown as characters too.
pub fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, acts)
}

/// The text with its line breaks and tabs; each line but the first is indented, if it is not yet.
pub fn lines(text: &str) -> Cow<'_, str> {
    let shown = escaped(text, |character| acts(character) && !matches!(character, '\n' | '\t'));
    if !shown.contains('\n') {
        return shown;
    }
    let mut lines = shown.split('\n');
    let mut indented = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        indented.push('\n');
        if !line.is_empty() && !line.starts_with([' ', '\t']) {
            indented.push_str(CONTINUATION);
        }
        indented.push_str(line);
    }
    Cow::Owned(indented)
}

/// JSON that means the same. Its strings may have characters that JSON allows and a terminal obeys.
pub fn json(text: String) -> String {
    // Line breaks are those between its values: strings have none.
    let hidden = |character| acts(character) && character != '\n';
    if !text.contains(hidden) {
        return text;
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match hidden(character) {
            true => write!(shown, "\\u{:04x}", u32::from(character)).expect("a string takes text"),
            false => shown.push(character),
        }
    }
    shown
}

fn escaped(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match hidden(character) {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVIL: &str = "a\u{1b}[2J\u{9b}31m\u{7f}\u{202e}b";

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(one_line(EVIL), r"a\u{1b}[2J\u{9b}31m\u{7f}\u{202e}b");
        assert_eq!(one_line("a\r\nINFO[0000] b\t"), r"a\r\nINFO[0000] b\t");
        let usual = "größe 名前 🦀 שלום \u{200f} \\u{1b} 'x' \"y\"";
        assert!(matches!(one_line(usual), Cow::Borrowed(text) if text == usual));
    }

    #[test]
    fn further_lines_are_indented() {
        assert_eq!(lines("a\r\nb\tc\n\n\td\u{2066}"), "a\\r\n  b\tc\n\n\td\\u{2066}");
        assert_eq!(lines("end\n"), "end\n");
        assert!(matches!(lines("one"), Cow::Borrowed("one")));
    }

    #[test]
    fn json_means_the_same() {
        let value = serde_json::json!({ EVIL: ["\n", EVIL] });
        let shown = json(format!("{value:#}"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        assert!(!shown.contains(|character| acts(character) && character != '\n'), "{shown}");
    }
}
