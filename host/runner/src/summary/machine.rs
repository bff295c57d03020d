//! The results for programs (`--new-machine-readable-summary`).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Summary;
use super::data::by_name;
use crate::metrics::{Aggregation, Builtin, Sink, share};
use crate::number::number;

/// The version of the format.
const FORMAT_VERSION: &str = "1.0.0";

/// The percentiles that the format has, with their names in it.
const TREND_VALUES: [(&str, Aggregation); 6] = [
    ("avg", Aggregation::Avg),
    ("min", Aggregation::Min),
    ("med", Aggregation::Med),
    ("max", Aggregation::Max),
    ("p90", Aggregation::Percentile(90.0)),
    ("p95", Aggregation::Percentile(95.0)),
];

/// What the format says about the run besides its results.
#[derive(Debug, Clone, Copy)]
pub struct RunInfo<'a> {
    /// The source text of the script.
    pub script: &'a str,
    /// When the summary was made.
    pub generated_at: Timestamp,
    /// The version of the program.
    pub version: &'a str,
}

/// That the results are wanted in the machine-readable format, with what it says about the run.
#[derive(Debug, Clone)]
pub struct MachineReadable {
    /// The source text of the script.
    pub script: String,
    /// The version of the program.
    pub version: String,
}

impl MachineReadable {
    /// The results in the format, made now.
    pub fn of(&self, summary: &Summary<'_>) -> Value {
        let Self { script, version } = self;
        summary.machine_readable(RunInfo { script, generated_at: Timestamp::now(), version })
    }
}

impl Summary<'_> {
    /// The results in the machine-readable format.
    pub fn machine_readable(&self, run: RunInfo<'_>) -> Value {
        let mut results = json!({
            "checks": self.machine_checks(),
            "metrics": self.machine_metrics(),
        });
        self.add_shortcomings(&mut results);
        json!({
            "version": FORMAT_VERSION,
            "config": {
                "duration": number(self.elapsed.as_secs_f64()),
                "execution": "local",
                "script": run.script,
            },
            "metadata": {
                "generated_at": run.generated_at.to_string(),
                "k6_version": run.version,
            },
            "results": results,
        })
    }

    fn machine_checks(&self) -> Value {
        let checks = self.results.totals().checks();
        let passes: u64 = checks.iter().map(|check| check.passes).sum();
        let fails: u64 = checks.iter().map(|check| check.fails).sum();
        let total = passes + fails;
        let rate = |name: &str, matches: u64| {
            let values = json!({ "matches": matches, "total": total, "rate": number(share(matches, total)) });
            json!({ "name": name, "type": "rate", "contains": "default", "values": values })
        };
        let results = checks.iter().map(
            |check| json!({ "name": &*check.name, "passes": check.passes, "fails": check.fails }),
        );
        json!({
            "metrics": [
                { "name": "checks_total", "type": "counter", "contains": "default", "values": { "count": total } },
                rate("checks_succeeded", passes),
                rate("checks_failed", fails),
            ],
            "results": results.collect::<Vec<_>>(),
        })
    }

    fn machine_metrics(&self) -> Vec<Value> {
        let metrics = by_name(self.results).into_iter();
        let others = metrics.filter(|(_, metric, _)| &*metric.name != Builtin::Checks.name());
        let entry = others.map(|(name, metric, sink)| {
            json!({
                "name": name,
                "type": metric.kind.name(),
                "contains": metric.contents.name(),
                "values": self.machine_values(sink),
            })
        });
        entry.collect()
    }

    fn machine_values(&self, sink: &Sink) -> Value {
        let get =
            |aggregation| number(sink.aggregate(aggregation, self.elapsed).unwrap_or_default());
        match sink {
            Sink::Counter { sum, .. } => json!({ "count": number(*sum) }),
            Sink::Gauge { value, min, max, .. } => {
                json!({ "value": number(*value), "min": number(*min), "max": number(*max) })
            }
            Sink::Rate { passes, total } => {
                json!({ "matches": passes, "total": total, "rate": get(Aggregation::Rate) })
            }
            Sink::Trend(_) => {
                let values =
                    TREND_VALUES.map(|(name, aggregation)| (name.to_owned(), get(aggregation)));
                Value::Object(values.into_iter().collect::<Map<_, _>>())
            }
        }
    }
}
