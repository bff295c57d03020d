//! Tables of results.

use std::time::Duration;

use serde_json::Value;
use wasock_runner::metrics::{Aggregation, Builtin, Contents, Group, Kind, MetricId, Sink, Trend};
use wasock_runner::options::TimeUnit;
use wasock_runner::summary::{Summary, Surroundings};

use super::Shown;
use crate::tallies::Tallies;

/// The percentiles of the table of times, with their columns' names.
pub(crate) const PERCENTILES: [(&str, f64); 5] =
    [("median", 50.0), ("90 %", 90.0), ("95 %", 95.0), ("99 %", 99.0), ("99.9 %", 99.9)];

/// The tables of one moment.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) figures: Vec<Figure>,
    pub(crate) thresholds: Vec<ThresholdRow>,
    pub(crate) latencies: Vec<LatencyRow>,
    pub(crate) checks: Vec<CheckGroup>,
    pub(crate) errors: Vec<ErrorRow>,
    pub(crate) metrics: Vec<MetricRow>,
}

/// A number that stands out.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) label: &'static str,
    pub(crate) value: Shown,
    /// Whether it tells of something bad.
    pub(crate) is_bad: bool,
}

/// One threshold.
#[derive(Debug)]
pub(crate) struct ThresholdRow {
    pub(crate) metric: String,
    pub(crate) expression: String,
    pub(crate) aggregation: String,
    pub(crate) value: Shown,
    pub(crate) ok: bool,
}

/// The distribution of one metric of times.
#[derive(Debug)]
pub(crate) struct LatencyRow {
    pub(crate) metric: String,
    pub(crate) count: Shown,
    pub(crate) avg: Shown,
    pub(crate) min: Shown,
    /// In the order of [`PERCENTILES`].
    pub(crate) percentiles: Vec<Shown>,
    pub(crate) max: Shown,
}

/// The checks directly in one group.
#[derive(Debug)]
pub(crate) struct CheckGroup {
    /// The names of the groups from the outermost on; empty outside of all groups.
    pub(crate) path: String,
    pub(crate) checks: Vec<CheckRow>,
}

/// One check.
#[derive(Debug)]
pub(crate) struct CheckRow {
    pub(crate) name: String,
    pub(crate) passes: Shown,
    pub(crate) fails: Shown,
    pub(crate) share: Shown,
    pub(crate) ok: bool,
}

/// One kind of error.
#[derive(Debug)]
pub(crate) struct ErrorRow {
    pub(crate) metric: String,
    pub(crate) code: String,
    pub(crate) text: String,
    pub(crate) count: Shown,
}

/// One metric or sub-metric.
#[derive(Debug)]
pub(crate) struct MetricRow {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    /// Names and numbers.
    pub(crate) values: Vec<(String, Shown)>,
}

impl Tables {
    /// The tables for these results.
    pub(crate) fn new(summary: &Summary<'_>, tallies: &Tallies) -> Self {
        Self {
            figures: figures(summary),
            thresholds: thresholds(summary),
            latencies: latencies(summary),
            checks: check_groups(summary.results.root_group()),
            errors: errors(tallies),
            metrics: metrics(summary),
        }
    }
}

/// The few numbers that a reader wants first. Those without samples are left out.
fn figures(summary: &Summary<'_>) -> Vec<Figure> {
    let totals = summary.results.totals();
    let get = |metric: Builtin, aggregation: Aggregation| {
        let sink = totals.sink(metric.id()).filter(|sink| !sink.is_empty())?;
        Some((metric, aggregation, sink.aggregate(aggregation, summary.elapsed)?))
    };
    let show = |(metric, aggregation, exact): (Builtin, Aggregation, f64)| {
        let (kind, contents) = (metric.kind(), metric.contents());
        Shown::statistic(exact, &aggregation.to_string(), kind, contents, summary.time_unit)
    };
    let p95 = Aggregation::Percentile(95.0);
    let wanted = [
        ("sessions", get(Builtin::WsSessions, Aggregation::Count)),
        ("failed connections", get(Builtin::WsConnectErrors, Aggregation::Count)),
        ("broken connections", get(Builtin::WsSessionErrors, Aggregation::Count)),
        ("connect time, p95", get(Builtin::WsConnecting, p95)),
        ("round trip, p95", get(Builtin::WsRtt, p95)),
        ("messages sent", get(Builtin::WsMsgsSent, Aggregation::Count)),
        ("messages received", get(Builtin::WsMsgsReceived, Aggregation::Count)),
        ("checks passed", get(Builtin::Checks, Aggregation::Rate)),
        ("iterations", get(Builtin::Iterations, Aggregation::Count)),
        ("dropped iterations", get(Builtin::DroppedIterations, Aggregation::Count)),
    ];
    let figure = |(label, found): (&'static str, Option<(Builtin, Aggregation, f64)>)| {
        let found = found?;
        let is_bad = match found {
            (
                Builtin::WsConnectErrors | Builtin::WsSessionErrors | Builtin::DroppedIterations,
                _,
                count,
            ) => count > 0.0,
            (Builtin::Checks, _, share) => share < 1.0,
            _ => false,
        };
        Some(Figure { label, value: show(found), is_bad })
    };
    wanted.into_iter().filter_map(figure).collect()
}

fn thresholds(summary: &Summary<'_>) -> Vec<ThresholdRow> {
    let rows = summary.thresholds.metrics.iter().flat_map(|metric| {
        let name = metric.name.split_once('{').map_or(metric.name.as_str(), |(name, _)| name);
        let known = summary.results.registry().find(name.trim());
        let (kind, contents) = known
            .map_or((Kind::Gauge, Contents::Default), |(_, metric)| (metric.kind, metric.contents));
        metric.thresholds.iter().map(move |threshold| {
            let aggregation = threshold.aggregation.to_string();
            let unit = summary.time_unit;
            ThresholdRow {
                metric: metric.name.clone(),
                expression: threshold.threshold.clone(),
                value: Shown::statistic(threshold.value, &aggregation, kind, contents, unit),
                aggregation,
                ok: threshold.ok,
            }
        })
    });
    rows.collect()
}

fn latencies(summary: &Summary<'_>) -> Vec<LatencyRow> {
    let results = summary.results;
    let is_time = |id: MetricId| {
        results.registry().get(id).filter(|metric| metric.contents == Contents::Time)
    };
    let whole = results.totals().sinks().filter_map(|(id, sink)| {
        let metric = is_time(id)?;
        Some((metric.name.to_string(), sink))
    });
    let parts = results.sub_metrics().iter().filter_map(|part| {
        is_time(part.metric)?;
        Some((part.name.clone(), &part.sink))
    });
    let mut rows: Vec<_> = whole
        .chain(parts)
        .filter_map(|(name, sink)| match sink {
            Sink::Trend(trend) if trend.count() > 0 => {
                Some(LatencyRow::new(name, trend, summary.time_unit))
            }
            _ => None,
        })
        .collect();
    rows.sort_by(|a, b| a.metric.cmp(&b.metric));
    rows
}

impl LatencyRow {
    fn new(metric: String, trend: &Trend, unit: Option<TimeUnit>) -> Self {
        let time = |exact| Shown::value(exact, Contents::Time, unit);
        let percentiles = PERCENTILES.iter().map(|(_, percent)| time(trend.percentile(*percent)));
        Self {
            metric,
            count: Shown::count(trend.count()),
            avg: time(trend.avg()),
            min: time(trend.min()),
            percentiles: percentiles.collect(),
            max: time(trend.max()),
        }
    }
}

/// The groups that have checks, outer ones first.
fn check_groups(root: &Group) -> Vec<CheckGroup> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), root)];
    while let Some((path, group)) = waiting.pop() {
        if !group.checks().is_empty() {
            let checks = group.checks().iter().map(|check| {
                let total = check.passes + check.fails;
                CheckRow {
                    name: check.name.to_string(),
                    passes: Shown::count(check.passes),
                    fails: Shown::count(check.fails),
                    share: Shown::share(check.passes as f64 / total.max(1) as f64),
                    ok: check.fails == 0,
                }
            });
            found.push(CheckGroup { path: path.clone(), checks: checks.collect() });
        }
        for inner in group.groups().iter().rev() {
            let path = match path.as_str() {
                "" => inner.name().to_owned(),
                outer => format!("{outer} › {}", inner.name()),
            };
            waiting.push((path, inner));
        }
    }
    found
}

fn errors(tallies: &Tallies) -> Vec<ErrorRow> {
    let row = |(kind, count): (&crate::tallies::ErrorKind, f64)| ErrorRow {
        metric: kind.metric.to_string(),
        code: kind.code.to_string(),
        text: kind.text.to_string(),
        count: Shown::number(count),
    };
    tallies.errors().into_iter().map(row).collect()
}

/// All metrics with the numbers that `handleSummary` and `--summary-export` have too.
fn metrics(summary: &Summary<'_>) -> Vec<MetricRow> {
    let data = summary.handle_summary_data(Surroundings::default());
    let entries = data["metrics"].as_object().into_iter().flatten();
    let row = |(name, entry): (&String, &Value)| {
        let (kind, contents) = (kind(&entry["type"]), contents(&entry["contains"]));
        let values = entry["values"].as_object().into_iter().flatten().map(|(statistic, value)| {
            let exact = value.as_f64().unwrap_or_default();
            let shown = Shown::statistic(exact, statistic, kind, contents, summary.time_unit);
            (statistic.clone(), shown)
        });
        MetricRow { name: name.clone(), kind: kind.name(), values: values.collect() }
    };
    entries.map(row).collect()
}

fn kind(name: &Value) -> Kind {
    let all = [Kind::Counter, Kind::Gauge, Kind::Rate, Kind::Trend];
    all.into_iter().find(|kind| name == kind.name()).unwrap_or(Kind::Gauge)
}

fn contents(name: &Value) -> Contents {
    let all = [Contents::Default, Contents::Time, Contents::Data];
    all.into_iter().find(|contents| name == contents.name()).unwrap_or_default()
}

/// A time as people read it: `1m23s`, and below a minute with a fraction.
pub(super) fn elapsed(time: Duration) -> String {
    wasock_runner::summary::format::time(time.as_secs_f64() * 1_000.0, None)
}
