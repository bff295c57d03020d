//! The rows of scenarios, with their parts below each other: name, mark, bar, columns.

use anstyle::{AnsiColor, Style};
use wasock_runner::executors::progress::{Status, View};
use wasock_script::shown::one_line;

/// How many characters a bar has between its brackets where there is room: half of a terminal of 80 columns.
const BAR_WIDTH: usize = 40;

/// With fewer than this a bar shows less than a percentage does.
const LEAST_BAR_WIDTH: usize = 10;

/// Names may take up one part of this many of the width, so that the rest has room beside them.
const NAME_SHARE: usize = 3;

/// Names are not made shorter than this: the beginnings of several would look the same.
pub(super) const LEAST_NAME_WIDTH: usize = 8;

/// What follows a text that was cut off.
const CUT: char = '…';

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gauge {
    /// A bar with this many characters between its brackets.
    Bar(usize),
    Percentage,
    None,
}

impl Gauge {
    /// How wide it is, with the space before it.
    fn width(self) -> usize {
        match self {
            Self::Bar(width) => width + 3,
            Self::Percentage => percentage(0.0).len() + 1,
            Self::None => 0,
        }
    }
}

/// How wide the parts of the rows are.
pub(super) struct Table {
    name: usize,
    gauge: Gauge,
    /// The columns behind the gauge that are shown, with their widths.
    columns: Vec<usize>,
    /// The whole width, if it is limited.
    limit: Option<usize>,
}

impl Table {
    /// Widths with which all of these scenarios have their parts below each other.
    pub(super) fn new(scenarios: &[&View], limit: Option<usize>) -> Self {
        let names = scenarios.iter().map(|view| one_line(&view.name).chars().count());
        let longest = names.max().unwrap_or(0);
        let columns = column_widths(scenarios);
        let Some(limit) = limit else {
            return Self { name: longest, gauge: Gauge::Percentage, columns, limit: None };
        };
        let name = longest.min((limit / NAME_SHARE).max(LEAST_NAME_WIDTH));
        let mut table = Self { name, gauge: Gauge::Bar(BAR_WIDTH), columns, limit: Some(limit) };
        let room = limit.saturating_sub(table.width() - BAR_WIDTH);
        table.gauge = match room {
            LEAST_BAR_WIDTH.. => Gauge::Bar(room.min(BAR_WIDTH)),
            _ => Gauge::Percentage,
        };
        while table.width() > limit && table.columns.len() > 1 {
            table.columns.pop();
        }
        if table.width() > limit {
            table.gauge = Gauge::None;
        }
        table
    }

    /// How wide a row is: name, mark, gauge, columns.
    fn width(&self) -> usize {
        let gaps = self.columns.len().saturating_sub(1) * 2;
        let columns: usize = self.columns.iter().sum();
        self.name + " m".len() + self.gauge.width() + " ".len() + columns + gaps
    }

    /// The row of a scenario.
    pub(super) fn row(&self, scenario: &View, colours: bool) -> String {
        let (mark, colour) = match scenario.status {
            Status::Running => (' ', None),
            Status::Waiting => ('•', None),
            Status::Stopping => ('↓', Some(AnsiColor::Yellow)),
            Status::Interrupted => ('✗', Some(AnsiColor::Red)),
            Status::Done => ('✓', Some(AnsiColor::Green)),
        };
        let style = colour.filter(|_| colours).map_or(Style::new(), AnsiColor::on_default);
        let (name, width) = (cut_middle(&one_line(&scenario.name), self.name), self.name);
        let gauge = match self.gauge {
            Gauge::Bar(width) => format!(" {}", bar(scenario.fraction, width)),
            Gauge::Percentage => format!(" {}", percentage(scenario.fraction)),
            Gauge::None => String::new(),
        };
        let mut rest = gauge;
        for (index, column) in scenario.columns.iter().enumerate() {
            // A scenario that waits has one column, a sentence, which has the room of all.
            if index >= self.columns.len().max(1) {
                break;
            }
            let width = self.columns.get(index).copied().unwrap_or(0);
            let gap = if index == 0 { " " } else { "  " };
            rest.push_str(&format!("{gap}{column:<width$}"));
        }
        rest.truncate(rest.trim_end().len());
        if let Some(limit) = self.limit {
            rest = cut(&rest, limit.saturating_sub(width + " m".len()));
        }
        format!("{name:<width$} {style}{mark}{style:#}{rest}")
    }
}

fn column_widths(scenarios: &[&View]) -> Vec<usize> {
    let mut widths = Vec::new();
    // A scenario that waits has one column, a sentence, which must not push the others' aside.
    for scenario in scenarios.iter().filter(|scenario| scenario.columns.len() > 1) {
        for (index, column) in scenario.columns.iter().enumerate() {
            let width = column.chars().count();
            match widths.get_mut(index) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    widths
}

/// At most this many characters of a text.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    if width > 0 {
        short.push(CUT);
    }
    short
}

/// At most this many characters of a text, its beginning and its end: names often differ in the latter.
fn cut_middle(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let kept = width.saturating_sub(1);
    let (head, tail) = (kept.div_ceil(2), kept / 2);
    let mut short: String = text.chars().take(head).collect();
    short.push(CUT);
    short.extend(text.chars().skip(length - tail));
    short
}

/// `[=====>-----]`
pub(super) fn bar(fraction: f64, width: usize) -> String {
    // Fractions lie from 0 to 1, so the product fits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to width")]
    let done = (fraction.clamp(0.0, 1.0) * width as f64) as usize;
    let (head, rest) = if done == width { ("", 0) } else { (">", width - done - 1) };
    format!("[{}{head}{}]", "=".repeat(done), "-".repeat(rest))
}

/// `[  50% ]`
fn percentage(fraction: f64) -> String {
    format!("[ {:>3.0}% ]", (fraction.clamp(0.0, 1.0) * 100.0).floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_a_head_until_they_are_full() {
        assert_eq!(bar(0.0, 40), format!("[>{}]", "-".repeat(39)));
        assert_eq!(bar(0.5, 40), format!("[{}>{}]", "=".repeat(20), "-".repeat(19)));
        assert_eq!(bar(1.0, 10), "[==========]");
        assert_eq!(percentage(0.999), "[  99% ]");
        assert_eq!(percentage(1.0), "[ 100% ]");
    }
}
