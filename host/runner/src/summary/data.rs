//! The results as JSON for `handleSummary`.

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

use super::Summary;
use crate::metrics::{
    Aggregation, Aggregator, CheckTally, GROUP_SEPARATOR, Group, Metric, Sink, TrendColumn,
};
use crate::number::number;
use crate::options::TimeUnit;

/// What the data says about where it will be shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings {
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// Whether colours are off.
    pub no_color: bool,
}

impl Summary<'_> {
    /// The argument of `handleSummary`.
    pub fn handle_summary_data(&self, surroundings: Surroundings) -> Value {
        let trend_stats = self.trend_stats.iter().map(TrendColumn::name);
        let mut data = json!({
            "root_group": group(self.results.root_group()),
            "options": {
                "summaryTrendStats": trend_stats.collect::<Vec<_>>(),
                "summaryTimeUnit": self.time_unit.map_or("", TimeUnit::name),
                "noColor": surroundings.no_color,
            },
            "state": {
                "isStdOutTTY": surroundings.stdout_is_terminal,
                "isStdErrTTY": surroundings.stderr_is_terminal,
                "testRunDurationMs": number(self.elapsed.as_secs_f64() * 1_000.0),
            },
            "metrics": self.metrics(),
        });
        if let (Some(setup_data), Some(data)) = (self.setup_data, data.as_object_mut()) {
            data.insert("setup_data".to_owned(), setup_data.clone());
        }
        self.add_shortcomings(&mut data);
        data
    }

    fn metrics(&self) -> Map<String, Value> {
        let entry = |(name, metric, sink): (String, Metric, &Sink)| {
            let mut entry = json!({
                "type": metric.kind.name(),
                "contains": metric.contents.name(),
                "values": self.values(sink),
            });
            if let (Some(result), Some(entry)) = (self.thresholds.of(&name), entry.as_object_mut())
            {
                let thresholds = result.thresholds.iter();
                let thresholds =
                    thresholds.map(|one| (one.threshold.clone(), json!({ "ok": one.ok })));
                entry.insert("thresholds".to_owned(), Value::Object(thresholds.collect()));
            }
            (name, entry)
        };
        by_name(self.results).into_iter().map(entry).collect()
    }

    /// The numbers of a sink, in order of name.
    pub(super) fn values(&self, sink: &Sink) -> Map<String, Value> {
        let get =
            |aggregation| number(sink.aggregate(aggregation, self.elapsed).unwrap_or_default());
        let values: BTreeMap<String, Value> = match sink {
            Sink::Counter { .. } => [Aggregation::Count, Aggregation::Rate]
                .map(|aggregation| (aggregation.to_string(), get(aggregation)))
                .into(),
            Sink::Gauge { .. } => [Aggregation::Value, Aggregation::Min, Aggregation::Max]
                .map(|aggregation| (aggregation.to_string(), get(aggregation)))
                .into(),
            Sink::Rate { passes, total } => [
                ("rate".to_owned(), get(Aggregation::Rate)),
                ("passes".to_owned(), (*passes).into()),
                ("fails".to_owned(), (total - passes).into()),
            ]
            .into(),
            Sink::Trend(_) => {
                let columns = self.trend_stats.iter();
                columns
                    .map(|column| (column.name().to_owned(), get(column.aggregation())))
                    .collect()
            }
        };
        values.into_iter().collect()
    }
}

/// Every metric and sub-metric that has results, in order of name.
pub fn by_name(results: &Aggregator) -> Vec<(String, Metric, &Sink)> {
    let metric = |id| results.registry().get(id).map(|metric| Metric::clone(&metric));
    let whole = results
        .totals()
        .sinks()
        .filter_map(|(id, sink)| metric(id).map(|metric| (metric.name.to_string(), metric, sink)));
    let parts = results.sub_metrics().iter().filter_map(|part| {
        metric(part.metric).map(|metric| (part.name.clone(), metric, &part.sink))
    });
    let mut all: Vec<_> = whole.chain(parts).collect();
    all.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    all
}

fn group(of: &Group) -> Value {
    json!({
        "name": of.name(),
        "path": of.path(),
        "id": id(of.path()),
        "groups": of.groups().iter().map(group).collect::<Vec<_>>(),
        "checks": of.checks().iter().map(|one| check(one, of)).collect::<Vec<_>>(),
    })
}

/// A check of a group as JSON.
pub fn check(check: &CheckTally, group: &Group) -> Value {
    let path = format!("{}{GROUP_SEPARATOR}{}", group.path(), check.name);
    json!({
        "name": &*check.name,
        "path": path,
        "id": id(&path),
        "passes": check.passes,
        "fails": check.fails,
    })
}

/// The number by which programs know a group or check: the MD5 of its path.
pub fn id(path: &str) -> String {
    let hash = Md5::digest(path.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
