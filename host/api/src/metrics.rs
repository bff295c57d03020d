//! `/v1/metrics`: the results so far.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Map, Value, json};
use wasock_runner::control::Control;
use wasock_runner::metrics::{Aggregation, Sink};
use wasock_runner::number::number;
use wasock_runner::run::LiveResults;
use wasock_runner::summary::by_name;

use crate::envelope::{Refusal, Resource, plain};

/// What is shown of a trend.
const OF_TRENDS: [Aggregation; 6] = [
    Aggregation::Avg,
    Aggregation::Max,
    Aggregation::Med,
    Aggregation::Min,
    Aggregation::Percentile(90.0),
    Aggregation::Percentile(95.0),
];

pub(crate) async fn all(State(control): State<Arc<Control>>) -> Response {
    plain(control.look(resources).await.unwrap_or_default())
}

pub(crate) async fn one(
    State(control): State<Arc<Control>>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let metrics = control.look(resources).await.unwrap_or_default();
    match metrics.into_iter().find(|metric| metric.id() == name) {
        Some(metric) => Ok(plain(metric)),
        None => Err(Refusal::not_found("No metric with that ID was found")),
    }
}

fn resources(results: &LiveResults<'_>) -> Vec<Resource> {
    let resource = |(name, metric, sink): (String, wasock_runner::metrics::Metric, &Sink)| {
        let crossed = results.thresholds.of(&name).map(|result| !result.ok());
        let attributes = json!({
            "type": metric.kind.name(),
            "contains": metric.contents.name(),
            "tainted": crossed,
            "sample": sample(sink, results.elapsed),
        });
        Resource::new("metrics", name, attributes)
    };
    by_name(results.samples).into_iter().map(resource).collect()
}

fn sample(sink: &Sink, elapsed: Duration) -> Map<String, Value> {
    let shown: &[Aggregation] = match sink {
        Sink::Counter { .. } => &[Aggregation::Count, Aggregation::Rate],
        Sink::Gauge { .. } => &[Aggregation::Value],
        Sink::Rate { .. } => &[Aggregation::Rate],
        Sink::Trend(_) => &OF_TRENDS,
    };
    let number = |&aggregation: &Aggregation| {
        let value = sink.aggregate(aggregation, elapsed).unwrap_or_default();
        (aggregation.to_string(), number(value))
    };
    shown.iter().map(number).collect()
}
