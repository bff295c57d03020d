//! Compares the results so far with the thresholds.

use std::time::Duration;

use super::{MetricThresholds, Threshold, Thresholds};
use crate::metrics::{Aggregation, Aggregator, Sink};

/// The outcome of one threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdResult {
    /// The expression as it was written.
    pub threshold: String,
    /// The number of the metric that it compares.
    pub aggregation: Aggregation,
    /// Whether it holds. It does as long as there are no samples.
    pub ok: bool,
    /// The number that was compared; 0 as long as there are no samples.
    pub value: f64,
}

/// The outcome of all thresholds of one metric or sub-metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricResult {
    /// The whole name.
    pub name: String,
    /// The outcome of each threshold, in the order of the options.
    pub thresholds: Vec<ThresholdResult>,
}

impl MetricResult {
    /// Whether all of them hold.
    pub fn ok(&self) -> bool {
        self.thresholds.iter().all(|threshold| threshold.ok)
    }
}

/// The outcome of all thresholds at one time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// By metric, in order of name.
    pub metrics: Vec<MetricResult>,
    /// Whether the run has to end at once.
    pub abort: bool,
}

impl Evaluation {
    /// Whether all thresholds hold.
    pub fn ok(&self) -> bool {
        self.metrics.iter().all(MetricResult::ok)
    }

    /// The outcome of one metric or sub-metric, by its whole name.
    pub fn of(&self, name: &str) -> Option<&MetricResult> {
        let place = self.metrics.binary_search_by(|metric| metric.name.as_str().cmp(name)).ok()?;
        Some(&self.metrics[place])
    }

    /// What to say at the end of a run, if thresholds were crossed.
    pub fn failure_message(&self) -> Option<String> {
        let names = self.crossed()?;
        Some(format!("thresholds on metrics '{names}' have been crossed"))
    }

    /// What to say when the run ends at once for it.
    pub fn abort_message(&self) -> Option<String> {
        let names = self.crossed().filter(|_| self.abort)?;
        Some(format!(
            "thresholds on metrics '{names}' were crossed; at least one has abortOnFail enabled, stopping test prematurely"
        ))
    }

    fn crossed(&self) -> Option<String> {
        let crossed = self.metrics.iter().filter(|metric| !metric.ok());
        let names: Vec<_> = crossed.map(|metric| metric.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

impl Thresholds {
    /// Compares the results with all thresholds. `elapsed` is the time since the run began.
    pub fn evaluate(&self, results: &Aggregator, elapsed: Duration) -> Evaluation {
        let mut evaluation = Evaluation::default();
        for metric in &self.metrics {
            let sink = sink(metric, results);
            let thresholds = metric.thresholds.iter().map(|threshold| {
                let result = evaluate(threshold, sink, elapsed);
                let delay = threshold.spec.delay_abort_eval.unwrap_or_default();
                evaluation.abort |= !result.ok && threshold.spec.abort_on_fail && elapsed > delay;
                result
            });
            let thresholds = thresholds.collect();
            evaluation
                .metrics
                .push(MetricResult { name: metric.selector.name().to_owned(), thresholds });
        }
        evaluation
    }
}

fn sink<'a>(metric: &MetricThresholds, results: &'a Aggregator) -> Option<&'a Sink> {
    match metric.selector.suffix() {
        Some(_) => Some(&results.sub_metric(metric.selector.name())?.sink),
        None => results.totals().sink(metric.metric),
    }
}

fn evaluate(threshold: &Threshold, sink: Option<&Sink>, elapsed: Duration) -> ThresholdResult {
    let expression = &threshold.expression;
    let value = sink
        .filter(|sink| !sink.is_empty())
        .and_then(|sink| sink.aggregate(expression.aggregation, elapsed));
    ThresholdResult {
        threshold: threshold.spec.threshold.clone(),
        aggregation: expression.aggregation,
        ok: value.is_none_or(|value| expression.operator.holds(value, expression.value)),
        value: value.unwrap_or(0.0),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::metrics::{Builtin, MetricId, Registry, Sample};
    use crate::options::Options;

    fn sample(metric: impl Into<MetricId>, value: f64, tags: &[(&str, &str)]) -> Sample {
        Sample {
            metric: metric.into(),
            value,
            time: 0,
            tags: tags.iter().copied().collect(),
            metadata: None,
        }
    }

    fn run(thresholds: Value, samples: &[Sample], elapsed: u64) -> Evaluation {
        let registry = Arc::new(Registry::new());
        let (options, _) = Options::from_json(&json!({ "thresholds": thresholds })).unwrap();
        let thresholds = Thresholds::new(&options.thresholds.unwrap(), &registry).unwrap();
        let mut results = thresholds.aggregator(registry);
        results.add(samples);
        thresholds.evaluate(&results, Duration::from_secs(elapsed))
    }

    #[test]
    fn values_are_compared() {
        let samples = [sample(Builtin::Iterations, 8.0, &[]), sample(Builtin::Checks, 0.0, &[])];
        let thresholds = json!({"iterations": ["count>=8", "rate>2"], "checks": ["rate>0.5"]});
        let evaluation = run(thresholds, &samples, 4);
        let [checks, iterations] = &evaluation.metrics[..] else { panic!("two metrics") };
        assert!(!checks.ok());
        assert_eq!(iterations.thresholds[0].value, 8.0);
        assert_eq!((iterations.thresholds[1].ok, iterations.thresholds[1].value), (false, 2.0));
        assert_eq!(
            evaluation.failure_message().unwrap(),
            "thresholds on metrics 'checks, iterations' have been crossed"
        );
        assert!(!evaluation.abort);
        assert_eq!(evaluation.abort_message(), None);
    }

    #[test]
    fn a_metric_without_samples_passes() {
        let evaluation = run(json!({"iterations": ["count>5"], "checks{a:b}": ["rate>1"]}), &[], 1);
        assert!(evaluation.ok());
        assert_eq!(evaluation.failure_message(), None);
    }

    #[test]
    fn sub_metrics_are_compared_on_their_own() {
        let samples = [
            sample(Builtin::WsConnecting, 10.0, &[("url", "a")]),
            sample(Builtin::WsConnecting, 500.0, &[("url", "b")]),
        ];
        let thresholds =
            json!({"ws_connecting{url:a}": ["max<100"], "ws_connecting{url:b}": ["max<100"]});
        let evaluation = run(thresholds, &samples, 1);
        assert_eq!(
            evaluation.failure_message().unwrap(),
            "thresholds on metrics 'ws_connecting{url:b}' have been crossed"
        );
    }

    #[test]
    fn a_run_ends_at_once_only_after_the_delay() {
        let thresholds = json!({"checks": [
            {"threshold": "rate>0.5", "abortOnFail": true, "delayAbortEval": "10s"}, "rate>0.1"
        ]});
        let samples = [sample(Builtin::Checks, 0.0, &[])];
        assert!(!run(thresholds.clone(), &samples, 10).abort);
        let evaluation = run(thresholds, &samples, 11);
        assert_eq!(
            evaluation.abort_message().unwrap(),
            "thresholds on metrics 'checks' were crossed; at least one has abortOnFail enabled, stopping test prematurely"
        );
    }
}
