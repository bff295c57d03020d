//! Lines of metrics whose columns line up.

use unicode_width::UnicodeWidthStr;
use wasock_script::shown::one_line;

use super::Summary;
use super::format;
use super::palette::Palette;
use crate::metrics::{Aggregation, Metric, Sink, TrendColumn};

/// How many dots follow the longest name.
const LEAST_DOTS: usize = 3;

/// What stands right of a name.
#[derive(Debug, Clone, PartialEq)]
enum Cells {
    /// The columns of a trend, with their names.
    Trend(Vec<String>),
    /// A value, and one or two more that explain it.
    Value(String, Vec<String>),
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// What stands before the dots, indented if it is a part of the line above.
    name: String,
    cells: Cells,
}

impl Row {
    /// The line of a metric, or of the sub-metric with this name.
    pub(super) fn metric(
        name: String,
        metric: &Metric,
        sink: &Sink,
        summary: &Summary<'_>,
    ) -> Self {
        let value = |value| format::value(value, metric.contents, summary.time_unit);
        let cells = match sink {
            Sink::Counter { sum, .. } => {
                let rate = sink.aggregate(Aggregation::Rate, summary.elapsed).unwrap_or_default();
                let rate = format::rate(rate, metric.contents, summary.time_unit);
                Cells::Value(value(*sum), vec![rate])
            }
            Sink::Gauge { value: last, min, max, .. } => {
                let extremes = vec![format!("min={}", value(*min)), format!("max={}", value(*max))];
                Cells::Value(value(*last), extremes)
            }
            Sink::Rate { passes, total } => {
                return Self::share(one_line(&name), *passes, *total);
            }
            Sink::Trend(_) => {
                let column = |column: &TrendColumn| {
                    let aggregation = column.aggregation();
                    let number = sink.aggregate(aggregation, summary.elapsed).unwrap_or_default();
                    let text = match aggregation {
                        Aggregation::Count => format::number(number),
                        _ => value(number),
                    };
                    format!("{}={text}", column.name())
                };
                Cells::Trend(summary.trend_stats.iter().map(column).collect())
            }
        };
        Self { name: one_line(&name).into_owned(), cells }
    }

    /// A line with a number and the same per second.
    pub(super) fn count(name: &str, count: u64, per_second: f64) -> Self {
        let rate = format!("{}/s", format::number(per_second));
        Self { name: name.to_owned(), cells: Cells::Value(count.to_string(), vec![rate]) }
    }

    /// A line with a part of a whole.
    pub(super) fn share(name: impl Into<String>, part: u64, whole: u64) -> Self {
        let share = crate::metrics::share(part, whole);
        let explanation = format!("{part} out of {whole}");
        Self { name: name.into(), cells: Cells::Value(format::percent(share), vec![explanation]) }
    }
}

/// How wide the columns of some rows must be.
#[derive(Debug, Default)]
pub(super) struct Widths {
    name: usize,
    trend: Vec<usize>,
    value: usize,
    explanations: Vec<usize>,
}

impl Widths {
    /// Wide enough for all of these rows.
    pub(super) fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Self {
        let mut widths = Self::default();
        for row in rows {
            widths.name = widths.name.max(row.name.width());
            match &row.cells {
                Cells::Trend(columns) => widen(&mut widths.trend, columns),
                Cells::Value(value, explanations) => {
                    widths.value = widths.value.max(value.width());
                    widen(&mut widths.explanations, explanations);
                }
            }
        }
        widths
    }

    /// Writes a row.
    pub(super) fn line(&self, row: &Row, palette: Palette) -> String {
        let dots = ".".repeat(self.name - row.name.width() + LEAST_DOTS);
        let mut line = format!("{}{}", row.name, palette.faint(&format!("{dots}:")));
        match &row.cells {
            Cells::Trend(columns) => {
                for (column, &width) in columns.iter().zip(&self.trend) {
                    let (name, value) = column.split_once('=').unwrap_or(("", column));
                    let padding = " ".repeat(width - column.width());
                    line.push_str(&format!(" {name}={}{padding}", palette.value(value)));
                }
            }
            Cells::Value(value, explanations) => {
                line.push_str(&format!(" {}", palette.value(&padded(value, self.value))));
                match explanations.as_slice() {
                    [one] => line.push_str(&format!(" {}", palette.extra(one))),
                    several => {
                        for (text, &width) in several.iter().zip(&self.explanations) {
                            line.push_str(&format!(" {}", palette.extra(&padded(text, width))));
                        }
                    }
                }
            }
        }
        line
    }
}

fn widen(widths: &mut Vec<usize>, cells: &[String]) {
    if widths.len() < cells.len() {
        widths.resize(cells.len(), 0);
    }
    for (width, cell) in widths.iter_mut().zip(cells) {
        *width = (*width).max(cell.width());
    }
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Palette = Palette { enabled: false };

    #[test]
    fn columns_line_up() {
        let rows = [
            Row::count("checks_total", 44_603, 2_225.116_797),
            Row::share("checks_succeeded", 385, 44_603),
            Row::share("checks_failed", 44_218, 44_603),
        ];
        let widths = Widths::of(&rows);
        let lines: Vec<_> = rows.iter().map(|row| widths.line(row, PLAIN)).collect();
        assert_eq!(
            lines,
            [
                "checks_total.......: 44603  2225.116797/s",
                "checks_succeeded...: 0.86%  385 out of 44603",
                "checks_failed......: 99.13% 44218 out of 44603",
            ]
        );
    }

    #[test]
    fn wide_characters_count_twice() {
        let rows = [Row::count("名", 1, 1.0), Row::count("abc", 1, 1.0)];
        let widths = Widths::of(&rows);
        assert_eq!(widths.line(&rows[0], PLAIN), "名....: 1 1/s");
        assert_eq!(widths.line(&rows[1], PLAIN), "abc...: 1 1/s");
    }
}
