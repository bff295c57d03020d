//! Lines at the end of a terminal that are redrawn.

/// Escape sequence for the cursor: up one row (ECMA-48, CUU).
const UP: &str = "\u{1b}[A";

/// Escape sequence that erases all from the cursor on (ECMA-48, ED).
const ERASE: &str = "\u{1b}[J";

/// Lines at the end of a terminal, and what to write to replace them.
#[derive(Debug, Default)]
pub struct Area {
    drawn: Vec<String>,
}

impl Area {
    /// What to write so that these lines take the place of those before.
    pub fn redraw(&mut self, lines: &[String], columns: usize) -> String {
        let drawn = self.take();
        let text = self.erase(&drawn, columns) + &lines.join("\n");
        self.drawn = lines.to_vec();
        text
    }

    /// The lines that are drawn; the area has none then.
    pub fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.drawn)
    }

    /// What to write so that these lines, behind whose last the cursor stands, are gone. A terminal that
    /// has become narrower since has broken them into more rows.
    pub fn erase(&self, lines: &[String], columns: usize) -> String {
        if lines.is_empty() {
            return String::new();
        }
        let rows: usize = lines.iter().map(|line| rows(line, columns)).sum();
        format!("\r{}{ERASE}", UP.repeat(rows - 1))
    }
}

/// How many rows a line takes up.
fn rows(line: &str, columns: usize) -> usize {
    width(line).div_ceil(columns.max(1)).max(1)
}

/// How many characters of a line are seen: colours are not.
fn width(line: &str) -> usize {
    let mut escaped = false;
    let seen = line.chars().filter(|&character| {
        let starts = character == '\u{1b}';
        let seen = !escaped && !starts;
        // A sequence of colours ends with its first letter.
        escaped = starts || (escaped && !character.is_ascii_alphabetic());
        seen
    });
    seen.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|&line| line.to_owned()).collect()
    }

    /// What a terminal shows, without empty rows.
    fn shown(terminal: &vt100::Parser) -> Vec<String> {
        let rows = terminal.screen().rows(0, 80).map(|row| row.trim_end().to_owned());
        rows.filter(|row| !row.is_empty()).collect()
    }

    /// Writes as a terminal's driver does: a line break begins a line.
    fn write(terminal: &mut vt100::Parser, text: &str) {
        terminal.process(text.replace('\n', "\r\n").as_bytes());
    }

    #[test]
    fn lines_take_the_place_of_those_before() {
        let mut terminal = vt100::Parser::new(6, 20, 100);
        let mut area = Area::default();
        write(&mut terminal, "above\n");
        for state in [&["a", "b", "c"][..], &["d"], &["e", "f", "g", "h"], &["i", "j"]] {
            write(&mut terminal, &area.redraw(&lines(state), 20));
            assert_eq!(shown(&terminal), [&["above"], state].concat());
        }
        write(&mut terminal, &area.redraw(&[], 20));
        assert_eq!(shown(&terminal), ["above"]);
    }

    #[test]
    fn rows_count_what_is_seen_at_the_width_of_now() {
        assert_eq!(rows("", 10), 1);
        assert_eq!(rows("1234567890", 10), 1);
        assert_eq!(rows("1234567890", 9), 2);
        assert_eq!(rows("\u{1b}[32m✓\u{1b}[0m23456789", 9), 1);
        assert_eq!(rows("abc", 0), 3);
    }

    #[test]
    fn what_was_broken_by_a_narrower_terminal_is_erased_too() {
        let mut area = Area::default();
        area.redraw(&lines(&["0123456789", "01234"]), 20);
        assert_eq!(area.redraw(&lines(&["new"]), 5), format!("\r{}{ERASE}new", UP.repeat(2)));
    }
}
