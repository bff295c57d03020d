//! Thresholds: what a run must achieve to pass.

mod error;
mod evaluate;
mod expression;
mod selector;

pub use error::ThresholdError;
pub use evaluate::{Evaluation, MetricResult, ThresholdResult};
pub use expression::{Expression, Operator};
pub use selector::Selector;

use std::sync::Arc;
use std::time::Duration;

use crate::metrics::{Aggregator, Kind, MetricId, Registry, SubMetric};
use crate::options::{OptionError, SystemTag, ThresholdSpec, suggest};

/// How often thresholds are evaluated while a run goes on, as in k6: percentiles are sorted for it.
pub const EVALUATION_PERIOD: Duration = Duration::from_secs(2);

/// The most metrics and sub-metrics that have thresholds. Each sample is compared with all sub-metrics of its metric,
/// and that of a trend may take 128 KiB; people write some dozens.
pub const MAX_THRESHOLD_METRICS: usize = 1_024;

/// The most thresholds: all of them are evaluated every two seconds, and percentiles are sorted for it.
pub const MAX_THRESHOLDS: usize = 4_096;

/// One threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The threshold as the options have it.
    pub spec: ThresholdSpec,
    /// Its expression.
    pub expression: Expression,
}

/// The thresholds of one metric or sub-metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricThresholds {
    /// The metric, and the tags of the sub-metric if it is one.
    pub selector: Selector,
    /// Its thresholds, in the order of the options.
    pub thresholds: Vec<Threshold>,
    /// The number of the metric.
    pub metric: MetricId,
}

/// All thresholds of a run, in order of the names of their metrics.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thresholds {
    metrics: Vec<MetricThresholds>,
}

impl Thresholds {
    /// Reads thresholds, and checks that their metrics exist and have the numbers that they ask for.
    /// `registry` must know the metrics that the script declares.
    pub fn new(
        specs: &[(String, Vec<ThresholdSpec>)],
        registry: &Registry,
    ) -> Result<Self, OptionError> {
        check_number(specs)?;
        let (mut metrics, mut wrong) = (Vec::new(), Vec::new());
        for (name, specs) in specs {
            match metric_thresholds(name, specs, registry) {
                Ok(metric) => metrics.push(metric),
                Err(problems) => wrong.extend(problems),
            }
        }
        OptionError::all(wrong)?;
        metrics.sort_by(|a, b| a.selector.name().cmp(b.selector.name()));
        Ok(Self { metrics })
    }

    /// What people should know about thresholds on parts of a metric that hardly any sample belongs to.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        let metadata = SystemTag::ALL.into_iter().filter(|tag| tag.is_metadata());
        let pairs = metadata.flat_map(|tag| self.metrics.iter().map(move |metric| (tag, metric)));
        pairs.filter(|(tag, metric)| metric.selector.tags().get(tag.name()).is_some()).map(
            |(tag, metric)| {
                let (name, tag) = (metric.selector.name(), tag.name());
                format!(
                    "the thresholds on \"{name}\" get no values: {tag} is metadata of samples, and a tag only \
                     where the script sets one of this name"
                )
            },
        )
    }

    /// The thresholds by metric.
    pub fn metrics(&self) -> &[MetricThresholds] {
        &self.metrics
    }

    /// Whether there is no threshold.
    pub fn is_empty(&self) -> bool {
        self.metrics.is_empty()
    }

    fn sub_metrics(&self, registry: &Registry) -> Vec<SubMetric> {
        let of = |metric: &MetricThresholds| {
            let kind = registry.get(metric.metric)?.kind;
            let selector = &metric.selector;
            let suffix = selector.suffix()?;
            let tags = selector.tags().clone();
            Some(SubMetric::new(selector.name(), metric.metric, kind, suffix, tags))
        };
        self.metrics.iter().filter_map(of).collect()
    }

    /// An aggregator that keeps what these thresholds need. Metrics with thresholds have a place in the
    /// results even if they will have no samples.
    pub fn aggregator(&self, registry: Arc<Registry>) -> Aggregator {
        let sub_metrics = self.sub_metrics(&registry);
        let mut aggregator = Aggregator::new(registry, sub_metrics);
        for metric in &self.metrics {
            aggregator.observe(metric.metric);
        }
        aggregator
    }

    /// The thresholds of one metric or sub-metric, by its whole name.
    pub fn of(&self, name: &str) -> &[Threshold] {
        let place = self.metrics.binary_search_by(|metric| metric.selector.name().cmp(name));
        place.map_or(&[], |place| &self.metrics[place].thresholds)
    }
}

/// There are not too many.
fn check_number(specs: &[(String, Vec<ThresholdSpec>)]) -> Result<(), OptionError> {
    let thresholds = specs.iter().map(|(_, specs)| specs.len()).sum::<usize>();
    let problem = if specs.len() > MAX_THRESHOLD_METRICS {
        format!(
            "it names {} metrics and sub-metrics, and {MAX_THRESHOLD_METRICS} is the most, since every sample is \
             compared with them",
            specs.len()
        )
    } else if thresholds > MAX_THRESHOLDS {
        format!(
            "it has {thresholds} thresholds, and {MAX_THRESHOLDS} is the most, since all of them are evaluated \
             every {} s",
            EVALUATION_PERIOD.as_secs()
        )
    } else {
        return Ok(());
    };
    Err(OptionError::Unusable { path: "thresholds".to_owned(), problem })
}

fn metric_thresholds(
    name: &str,
    specs: &[ThresholdSpec],
    registry: &Registry,
) -> Result<MetricThresholds, Vec<OptionError>> {
    let path = format!("thresholds.{name}");
    let wrong = |path: String, problem| OptionError::Threshold { path, problem: Box::new(problem) };
    let named = named_metric(name, registry);
    let (selector, metric, kind) = named.map_err(|problem| vec![wrong(path.clone(), problem)])?;
    let (mut thresholds, mut problems) = (Vec::new(), Vec::new());
    for (index, spec) in specs.iter().enumerate() {
        match threshold(name, spec, kind) {
            Ok(threshold) => thresholds.push(threshold),
            Err(problem) => problems.push(wrong(format!("{path}[{index}]"), problem)),
        }
    }
    match problems.is_empty() {
        true => Ok(MetricThresholds { selector, thresholds, metric }),
        false => Err(problems),
    }
}

/// The metric or sub-metric, and what kind of metric it is.
fn named_metric(
    name: &str,
    registry: &Registry,
) -> Result<(Selector, MetricId, Kind), ThresholdError> {
    let selector: Selector = name.parse()?;
    let Some((id, metric)) = registry.find(selector.metric()) else {
        let known = registry.all();
        return Err(ThresholdError::UnknownMetric {
            name: name.to_owned(),
            metric: selector.metric().to_owned(),
            guess: suggest::guess(selector.metric(), known.iter().map(|metric| &*metric.name)),
        });
    };
    Ok((selector, id, metric.kind))
}

fn threshold(name: &str, spec: &ThresholdSpec, kind: Kind) -> Result<Threshold, ThresholdError> {
    let expression = Expression::parse(&spec.threshold, name)?;
    if !expression.aggregation.suits_threshold(kind) {
        return Err(ThresholdError::Aggregation {
            name: name.to_owned(),
            threshold: spec.threshold.clone(),
            aggregation: expression.aggregation.to_string(),
            kind,
            available: error::aggregations(kind),
        });
    }
    Ok(Threshold { spec: spec.clone(), expression })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Contents;

    fn spec(threshold: &str) -> ThresholdSpec {
        ThresholdSpec {
            threshold: threshold.to_owned(),
            abort_on_fail: false,
            delay_abort_eval: None,
        }
    }

    fn read(name: &str, threshold: &str) -> Result<Thresholds, String> {
        let registry = Registry::new();
        registry.declare("level", Kind::Gauge, Contents::Default).unwrap();
        let specs = [(name.to_owned(), vec![spec(threshold)])];
        Thresholds::new(&specs, &registry).map_err(|error| error.to_string())
    }

    #[test]
    fn each_kind_has_its_own_aggregations() {
        let right = [
            ("iterations", "count>5"),
            ("iterations", "rate>5"),
            ("level", "value<3"),
            ("checks", "rate>0.9"),
            ("ws_connecting", "p(99.5)<200"),
            ("ws_connecting", "avg<1"),
            ("ws_connecting{url:ws://a/}", "med<1"),
        ];
        for (name, threshold) in right {
            assert!(read(name, threshold).is_ok(), "{name} {threshold}");
        }
        assert_eq!(
            read("checks", "avg>0.9").unwrap_err(),
            "option \"thresholds.checks[0]\" is wrong: the threshold \"avg>0.9\" on checks asks for avg, which a rate does not have; it has rate"
        );
        assert_eq!(
            read("ws_connecting", "count>0").unwrap_err(),
            "option \"thresholds.ws_connecting[0]\" is wrong: the threshold \"count>0\" on ws_connecting \
             asks for count, which a trend does not have; it has avg, min, med, max, p(N)"
        );
    }

    #[test]
    fn there_are_only_so_many() {
        let error = |metrics: usize, each: usize| {
            let spec = |n| (format!("checks{{a:{n}}}"), vec![spec("rate>0"); each]);
            let specs: Vec<_> = (0..metrics).map(spec).collect();
            Thresholds::new(&specs, &Registry::new()).err().map(|error| error.to_string())
        };
        assert_eq!(error(MAX_THRESHOLD_METRICS, MAX_THRESHOLDS / MAX_THRESHOLD_METRICS), None);
        assert_eq!(
            error(MAX_THRESHOLD_METRICS + 1, 0).unwrap(),
            "option \"thresholds\" cannot be used: it names 1025 metrics and sub-metrics, and 1024 is the most, \
             since every sample is compared with them"
        );
        assert_eq!(
            error(1, MAX_THRESHOLDS + 1).unwrap(),
            "option \"thresholds\" cannot be used: it has 4097 thresholds, and 4096 is the most, since all of \
             them are evaluated every 2 s"
        );
    }

    #[test]
    fn metrics_must_exist() {
        assert_eq!(
            read("latency{a:b}", "avg<1").unwrap_err(),
            "option \"thresholds.latency{a:b}\" is wrong: the threshold on \"latency{a:b}\" names a metric \
             \"latency\" that does not exist"
        );
        assert!(read("check", "rate<1").unwrap_err().ends_with("; did you mean \"checks\"?"));
    }

    #[test]
    fn thresholds_on_metadata_are_told() {
        let warnings = |name| read(name, "rate>0").unwrap().warnings().collect::<Vec<_>>();
        assert_eq!(
            warnings("checks{vu:1}"),
            [
                "the thresholds on \"checks{vu:1}\" get no values: vu is metadata of samples, and a tag only \
              where the script sets one of this name"
            ]
        );
        assert_eq!(warnings("checks{a:b,iter:0}").len(), 1);
        assert_eq!(warnings("checks{scenario:vu}"), [""; 0]);
    }

    #[test]
    fn metrics_are_sorted_and_sub_metrics_known() {
        let registry = Registry::new();
        let specs =
            ["ws_sessions", "checks", "ws_sessions{a:b}"].map(|name| (name.to_owned(), vec![]));
        let thresholds = Thresholds::new(&specs, &registry).unwrap();
        let names: Vec<_> = thresholds.metrics().iter().map(|m| m.selector.name()).collect();
        assert_eq!(names, ["checks", "ws_sessions", "ws_sessions{a:b}"]);
        let sub_metrics = thresholds.sub_metrics(&registry);
        assert_eq!(sub_metrics[0].name, "ws_sessions{a:b}");
        assert_eq!((sub_metrics.len(), &*sub_metrics[0].suffix), (1, "a:b"));
    }
}
