//! `/metrics`: the run and its process, in the text format of Prometheus.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus::proto::{Counter, Gauge, Metric, MetricFamily, MetricType, Quantile, Summary};
use prometheus::{Encoder as _, TextEncoder};
use wasock_runner::control::{Control, Status};
use wasock_runner::metrics::{self, Aggregation, Contents, Sink};
use wasock_runner::run::LiveResults;

use crate::envelope::Refusal;

/// What stands before all names.
const NAMESPACE: &str = "wasock_";

/// The quantiles of trends.
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// The unit of times in Prometheus is the second, ours the millisecond.
const SECONDS_PER_MILLISECOND: f64 = 1e-3;

pub(crate) async fn text(State(control): State<Arc<Control>>) -> Result<Response, Refusal> {
    let mut families = of_run(control.status());
    families.extend(control.look(of_results).await.unwrap_or_default());
    families.extend(of_process());
    let encoder = TextEncoder::new();
    let text = encoder
        .encode_to_string(&families)
        .map_err(|error| Refusal::failed("Metrics error", error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, encoder.format_type())], text).into_response())
}

fn of_run(status: Status) -> Vec<MetricFamily> {
    let flag = |name, help, value: bool| gauge(name, help, f64::from(u8::from(value)));
    vec![
        gauge("run_status", "Where the run is, as in /v1/status.", f64::from(status.stage as u8)),
        flag("run_running", "Whether the run has begun and not ended.", status.running),
        flag("run_paused", "Whether the run waits to be told to begin.", status.paused),
        flag("run_tainted", "Whether a threshold is crossed.", status.tainted),
        gauge("run_vus", "Virtual users at work.", f64::from(status.vus)),
        gauge("run_vus_initialized", "Virtual users that are ready.", f64::from(status.vus_max)),
    ]
}

/// The totals of all metrics. Their tags are left to the outputs.
fn of_results(results: &LiveResults<'_>) -> Vec<MetricFamily> {
    let registry = results.samples.registry();
    let family = |(id, sink)| Some(of_metric(&*registry.get(id)?, sink));
    results.samples.totals().sinks().filter_map(family).collect()
}

fn of_metric(metric: &metrics::Metric, sink: &Sink) -> MetricFamily {
    let (unit, scale) = match metric.contents {
        Contents::Default => ("", 1.0),
        Contents::Time => ("_seconds", SECONDS_PER_MILLISECOND),
        Contents::Data => ("_bytes", 1.0),
    };
    let name = &metric.name;
    match sink {
        Sink::Counter { sum, .. } => {
            let mut counter = Counter::default();
            counter.set_value(sum * scale);
            let mut sample = Metric::default();
            sample.set_counter(counter);
            let name = format!("{name}{unit}_total");
            family(&name, "A counter of the test.", MetricType::COUNTER, sample)
        }
        Sink::Gauge { value, .. } => {
            gauge(&format!("{name}{unit}"), "A gauge of the test.", value * scale)
        }
        Sink::Rate { .. } => {
            // A share does not depend on time.
            let share = sink.aggregate(Aggregation::Rate, Duration::ZERO).unwrap_or_default();
            gauge(&format!("{name}_ratio"), "A rate of the test.", share)
        }
        Sink::Trend(trend) => {
            let quantile = |share: f64| {
                let mut quantile = Quantile::default();
                quantile.set_quantile(share);
                quantile.set_value(trend.percentile(share * 100.0) * scale);
                quantile
            };
            let mut summary = Summary::default();
            summary.set_sample_count(trend.count());
            summary.set_sample_sum(trend.sum() * scale);
            summary.set_quantile(QUANTILES.map(quantile).to_vec());
            let mut sample = Metric::default();
            sample.set_summary(summary);
            let name = format!("{name}{unit}");
            family(&name, "A trend of the test.", MetricType::SUMMARY, sample)
        }
    }
}

fn gauge(name: &str, help: &str, value: f64) -> MetricFamily {
    let mut gauge = Gauge::default();
    gauge.set_value(value);
    let mut sample = Metric::default();
    sample.set_gauge(gauge);
    family(name, help, MetricType::GAUGE, sample)
}

fn family(name: &str, help: &str, kind: MetricType, sample: Metric) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(format!("{NAMESPACE}{name}"));
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(vec![sample]);
    family
}

/// Memory, processor time, threads and open files, where the system tells them.
#[cfg(target_os = "linux")]
fn of_process() -> Vec<MetricFamily> {
    use prometheus::core::Collector as _;
    prometheus::process_collector::ProcessCollector::for_self().collect()
}

#[cfg(not(target_os = "linux"))]
fn of_process() -> Vec<MetricFamily> {
    Vec::new()
}
