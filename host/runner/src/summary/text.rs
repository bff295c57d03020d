//! The text at the end of a run.

use std::fmt::Write as _;
use std::sync::Arc;

use wasock_script::shown::one_line;

use super::palette::Palette;
use super::table::{Row, Widths};
use super::{Summary, SummaryMode, format};
use crate::limits::Stop;
use crate::metrics::{
    Aggregation, Builtin, CheckTally, Contents, Kind, Metric, MetricId, Section, Sink, per_second,
};
use crate::thresholds::MetricResult;

/// The headings of metrics, in order, and the metrics below each. A name that ends with `_` stands for all
/// names that begin with it.
const HEADINGS: [(&str, &[&str]); 8] = [
    ("CUSTOM", &[]),
    ("HTTP", &["http_req_", "http_reqs"]),
    ("EXECUTION", &["iterations", "iteration_duration", "dropped_iterations", "vus", "vus_max"]),
    ("NETWORK", &["data_sent", "data_received"]),
    ("BROWSER", &["browser_"]),
    ("WEB_VITALS", &["browser_web_vital_"]),
    ("GRPC", &["grpc_"]),
    ("WEBSOCKET", &["ws_"]),
];

/// The parts of requests' times, which only the full summary shows.
const DETAILS: [Builtin; 6] = [
    Builtin::HttpReqBlocked,
    Builtin::HttpReqConnecting,
    Builtin::HttpReqTlsHandshaking,
    Builtin::HttpReqSending,
    Builtin::HttpReqWaiting,
    Builtin::HttpReqReceiving,
];

/// Metrics that have their own place or none.
const HIDDEN: [Builtin; 2] = [Builtin::Checks, Builtin::GroupDuration];

/// How far each section is indented.
const INDENT: usize = 4;

/// How many dots there are at least between the name of what stopped something and its number.
const DOTS: usize = 2;

/// How much further what belongs to the line above is indented.
const STEP: usize = 2;

impl Summary<'_> {
    /// The text, with colours or without; empty if the summary is disabled.
    pub fn text(&self, mode: SummaryMode, colours: bool) -> String {
        match mode {
            SummaryMode::Disabled => String::new(),
            _ => self.render(mode, colours, None),
        }
    }

    /// The compact text with these metrics and sub-metrics alone.
    pub fn text_of(&self, names: &[String], colours: bool) -> String {
        self.render(SummaryMode::Compact, colours, Some(names))
    }

    fn render(&self, mode: SummaryMode, colours: bool, names: Option<&[String]>) -> String {
        let palette = Palette { enabled: colours };
        let mut text = Text { summary: self, mode, palette, names, out: "\n".to_owned() };
        if self.thresholds.metrics.iter().any(|result| text.shows(&result.name)) {
            text.title("THRESHOLDS");
            text.thresholds();
        }
        text.title("TOTAL RESULTS");
        text.section(self.results.totals(), INDENT, true);
        if mode == SummaryMode::Full {
            for group in self.results.groups() {
                text.title(&format!("GROUP: {}", group.name()));
                text.section(group, INDENT, false);
            }
            for scenario in self.results.scenarios() {
                text.title(&format!("SCENARIO: {}", scenario.name()));
                text.section(scenario, INDENT, false);
            }
        }
        if names.is_none() && !self.stops.is_empty() {
            text.title("STOPPED");
            text.stops();
        }
        if names.is_none() && !self.losses.is_empty() {
            text.title("LOST");
            for loss in self.losses {
                text.line(INDENT, &one_line(loss));
            }
        }
        text.out.push_str("\n\n");
        text.out
    }
}

struct Text<'a> {
    summary: &'a Summary<'a>,
    mode: SummaryMode,
    palette: Palette,
    /// The metrics to show; none stands for all.
    names: Option<&'a [String]>,
    out: String,
}

impl Text<'_> {
    fn shows(&self, name: &str) -> bool {
        self.names.is_none_or(|names| names.iter().any(|shown| shown == name))
    }

    fn line(&mut self, indent: usize, line: &str) {
        writeln!(self.out, "{:indent$}{line}", "").expect("a string takes all text");
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }

    fn title(&mut self, title: &str) {
        self.blank();
        let title = self.palette.title(&one_line(title));
        self.line(STEP, &format!("█ {title} "));
        self.blank();
    }

    fn thresholds(&mut self) {
        let results = &self.summary.thresholds.metrics;
        for result in results {
            if !self.shows(&result.name) {
                continue;
            }
            let parent = result.name.split_once('{');
            let thresholds = self.summary.thresholds;
            let below = parent.is_some_and(|(parent, _)| thresholds.of(parent).is_some());
            let (indent, heading) = match parent {
                Some((parent, _)) if below => (INDENT + STEP, &result.name[parent.len()..]),
                _ => (INDENT, result.name.as_str()),
            };
            self.line(indent, &one_line(heading));
            self.threshold_lines(result, indent);
            self.blank();
        }
    }

    fn threshold_lines(&mut self, result: &MetricResult, indent: usize) {
        let contents = self.contents(&result.name);
        for threshold in &result.thresholds {
            let mark = self.palette.mark(threshold.ok);
            let name = threshold.aggregation;
            let value = match (name, contents) {
                (Aggregation::Rate, Some((Kind::Rate, _))) => format::percent(threshold.value),
                (Aggregation::Rate, Some((_, contents))) => {
                    format::rate(threshold.value, contents, self.summary.time_unit)
                }
                (_, Some((_, contents))) => {
                    format::value(threshold.value, contents, self.summary.time_unit)
                }
                (_, None) => format::number(threshold.value),
            };
            let value = self.palette.value(&value);
            let threshold = one_line(&threshold.threshold);
            self.line(indent, &format!("{mark} '{threshold}' {name}={value}"));
        }
    }

    fn contents(&self, name: &str) -> Option<(Kind, Contents)> {
        let metric = name.split_once('{').map_or(name, |(metric, _)| metric).trim();
        let (_, metric) = self.summary.results.registry().find(metric)?;
        Some((metric.kind, metric.contents))
    }

    fn section(&mut self, section: &Section, indent: usize, sub_metrics: bool) {
        self.checks(section.checks(), indent);
        self.metrics(section, indent, sub_metrics);
        for group in section.groups() {
            let title = self.palette.title(&one_line(&format!("GROUP: {}", group.name())));
            self.line(indent, &format!("↳ {title}"));
            self.blank();
            self.section(group, indent + STEP, false);
        }
    }

    fn checks(&mut self, checks: &[CheckTally], indent: usize) {
        if checks.is_empty() {
            return;
        }
        let passes: u64 = checks.iter().map(|check| check.passes).sum();
        let fails: u64 = checks.iter().map(|check| check.fails).sum();
        let total = passes + fails;
        let rows = [
            Row::count("checks_total", total, per_second(total as f64, self.summary.elapsed)),
            Row::share("checks_succeeded", passes, total),
            Row::share("checks_failed", fails, total),
        ];
        self.rows(&rows, &Widths::of(&rows), indent);
        self.blank();
        for check in checks {
            self.check(check, indent);
        }
        self.blank();
    }

    fn check(&mut self, check: &CheckTally, indent: usize) {
        let CheckTally { name, passes, fails } = check;
        let ok = *fails == 0;
        let line = format!("{} {}", self.palette.mark(ok), one_line(name));
        self.line(indent, &line);
        if !ok {
            let percent = passes * 100 / (passes + fails);
            let line = format!("↳  {percent}% — ✓ {passes} / ✗ {fails}");
            let line = self.palette.bad(&line);
            self.line(indent + STEP, &line);
        }
    }

    fn stops(&mut self) {
        let stops = self.summary.stops;
        let width = |text: fn(&Stop) -> usize| stops.iter().map(text).max().unwrap_or_default();
        let names = width(|stop| stop.by.name().len()) + DOTS;
        let counts = width(|stop| stop.count.to_string().len());
        for Stop { by, count } in stops {
            let dots = ".".repeat(names - by.name().len());
            let count = self.palette.value(&format!("{count:>counts$}"));
            let flag = by.flag().map(|flag| format!(" ({flag})")).unwrap_or_default();
            let line = format!("{}{dots}: {count} {}{flag}", by.name(), by.meaning());
            self.line(INDENT, &line);
        }
    }

    fn hides(&self, metric: MetricId) -> bool {
        let details: &[_] = if self.mode == SummaryMode::Full { &[] } else { &DETAILS };
        HIDDEN.iter().chain(details).any(|hidden| hidden.id() == metric)
    }

    fn metrics(&mut self, section: &Section, indent: usize, sub_metrics: bool) {
        let mut metrics: Vec<_> = section
            .sinks()
            .filter(|(id, _)| !self.hides(*id))
            .filter_map(|(id, sink)| Some((id, self.summary.results.registry().get(id)?, sink)))
            .filter(|(_, metric, _)| self.shows(&metric.name))
            .collect();
        metrics.sort_by(|(_, a, _), (_, b, _)| a.name.cmp(&b.name));
        let mut blocks: Vec<(&str, Vec<Row>)> = Vec::new();
        for (heading, _) in HEADINGS {
            let below = metrics.iter().filter(|(_, metric, _)| heading_of(&metric.name) == heading);
            let rows: Vec<Row> = below
                .flat_map(|(id, metric, sink)| self.metric_rows(*id, metric, sink, sub_metrics))
                .collect();
            if !rows.is_empty() {
                blocks.push((heading, rows));
            }
        }
        let widths = Widths::of(blocks.iter().flat_map(|(_, rows)| rows));
        for (heading, rows) in &blocks {
            let heading = self.palette.title(heading);
            self.line(indent, &heading);
            self.rows(rows, &widths, indent);
            self.blank();
        }
    }

    /// The row of a metric, followed by those of its sub-metrics.
    fn metric_rows(
        &self,
        id: MetricId,
        metric: &Arc<Metric>,
        sink: &Sink,
        sub_metrics: bool,
    ) -> Vec<Row> {
        let mut rows = vec![Row::metric(metric.name.to_string(), metric, sink, self.summary)];
        if sub_metrics {
            let mut parts: Vec<_> = self
                .summary
                .results
                .sub_metrics()
                .iter()
                .filter(|part| part.metric == id)
                .filter(|part| self.shows(&part.name))
                .collect();
            parts.sort_by(|a, b| a.suffix.cmp(&b.suffix));
            rows.extend(parts.into_iter().map(|part| {
                let name = format!("{:STEP$}{{ {} }}", "", part.suffix);
                Row::metric(name, metric, &part.sink, self.summary)
            }));
        }
        rows
    }

    fn rows(&mut self, rows: &[Row], widths: &Widths, indent: usize) {
        for row in rows {
            let line = widths.line(row, self.palette);
            self.line(indent, &line);
        }
    }
}

/// The heading that a metric stands below: the one with the longest name that fits.
fn heading_of(metric: &str) -> &'static str {
    let fits = |name: &&&str| match name.strip_suffix('_') {
        Some(_) => metric.starts_with(**name),
        None => metric == **name,
    };
    let candidates = HEADINGS.iter().filter_map(|(heading, names)| {
        let longest = names.iter().filter(fits).map(|name| name.len()).max()?;
        Some((longest, *heading))
    });
    candidates.max().map_or("CUSTOM", |(_, heading)| heading)
}
