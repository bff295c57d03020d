//! Log lines as text: `time="…" level=info msg="…"`.

use std::fmt::Write as _;

use wasock_script::shown;

/// Adds `key=value` to a line, with quotes where the value needs them.
pub fn push(line: &mut String, key: &str, value: &str) {
    if !line.is_empty() {
        line.push(' ');
    }
    line.push_str(key);
    line.push('=');
    if value.chars().all(is_plain) {
        line.push_str(value);
    } else {
        quote(line, value);
    }
}

/// Characters that need no quotes.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._/@^+".contains(character)
}

/// Adds a text in quotes on one line, whatever is in it.
fn quote(line: &mut String, value: &str) {
    line.push('"');
    for character in value.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            acting if shown::acts(acting) => {
                write!(line, "\\u{:04x}", u32::from(acting)).expect("a string takes all text");
            }
            other => line.push(other),
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(value: &str) -> String {
        let mut line = String::new();
        push(&mut line, "msg", value);
        line
    }

    #[test]
    fn plain_words_have_no_quotes() {
        assert_eq!(pair("hello"), "msg=hello");
        assert_eq!(pair("a/b-c_d.e@f^g+1"), "msg=a/b-c_d.e@f^g+1");
        assert_eq!(pair(""), "msg=");
    }

    #[test]
    fn everything_else_is_quoted_on_one_line() {
        assert_eq!(pair("two words"), r#"msg="two words""#);
        assert_eq!(pair("a=b"), r#"msg="a=b""#);
        assert_eq!(pair("say \"hi\"\n\tC:\\"), r#"msg="say \"hi\"\n\tC:\\""#);
        assert_eq!(pair("\u{1b}[31mred"), r#"msg="\u001b[31mred""#);
        assert_eq!(pair("\u{9b}31m\u{202e}"), r#"msg="\u009b31m\u202e""#);
        assert_eq!(pair("größe"), r#"msg="größe""#);
    }

    #[test]
    fn pairs_are_separated_by_spaces() {
        let mut line = pair("a");
        push(&mut line, "source", "console");
        assert_eq!(line, "msg=a source=console");
    }
}
