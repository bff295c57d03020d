//! The sums at the end, as text: checks, then metrics.

use super::format;
use crate::metrics::{self, Check, Kind, Metric};

/// How wide the names of metrics are, with the dots behind them.
const NAME_WIDTH: usize = 30;

/// All that was measured, a line each; empty if nothing was.
pub(super) fn summary() -> String {
    let (metrics, checks) = metrics::sums();
    let checks = checks.iter().map(line_of_check);
    checks.chain(metrics.iter().map(line)).map(|line| format!("    {line}\n")).collect()
}

fn line_of_check(check: &Check) -> String {
    let Check { name, passed, failed } = check;
    match failed {
        0 => format!("✓ {name}"),
        _ => format!("✗ {name}: ✓ {passed}, ✗ {failed}"),
    }
}

fn line(metric: &Metric) -> String {
    let dots = ".".repeat(NAME_WIDTH.saturating_sub(metric.name.chars().count()));
    format!("{}{dots}: {}", metric.name, sums(metric))
}

fn sums(metric: &Metric) -> String {
    let shown = |value| format::value(value, metric.contents, None);
    match metric.kind {
        Kind::Counter => shown(metric.sum),
        Kind::Gauge => format!(
            "{} min={} max={}",
            shown(metric.last),
            shown(metric.smallest),
            shown(metric.largest)
        ),
        Kind::Rate => {
            let share = metric.nonzero as f64 / metric.count as f64;
            format!("{} {} out of {}", format::percent(share), metric.nonzero, metric.count)
        }
        Kind::Trend => format!(
            "avg={} min={} max={}",
            shown(metric.sum / metric.count as f64),
            shown(metric.smallest),
            shown(metric.largest)
        ),
    }
}
