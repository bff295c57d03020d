//! What becomes of metrics in Prometheus.

use std::collections::BTreeMap;
use std::time::Duration;

use wasock_runner::metrics::{Aggregation, Contents, Kind, Precision, Sink, Trend, TrendColumn};

use crate::buckets::{Exponential, SCALE, ZERO_THRESHOLD};
use crate::series::Series;

use super::proto::{BucketSpan, Histogram, Label, Sample, TimeSeries};

/// What stands before the names of metrics.
const PREFIX: &str = "k6_";

/// The label of the name.
const NAME_LABEL: &str = "__name__";

/// The value that ends a series: a not-a-number with bits of its own.
pub(super) const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Percentiles of one series are exact for so many values, and half a percent off beyond that: there may be
/// many series, and collectors show them in graphs.
const PRECISION: Precision = Precision { exact_values: 512, accuracy: 0.005 };

/// The sum of one series.
pub(super) enum Sum {
    Plain(Sink),
    Histogram(Exponential),
}

impl Sum {
    pub(super) fn new(kind: Kind, native_histograms: bool) -> Self {
        match kind {
            Kind::Trend if native_histograms => Self::Histogram(Exponential::default()),
            Kind::Trend => Self::Plain(Sink::Trend(Box::new(Trend::new(PRECISION)))),
            _ => Self::Plain(Sink::new(kind)),
        }
    }

    pub(super) fn add(&mut self, value: f64, contents: Contents) {
        match self {
            Self::Plain(sink) => sink.add(value),
            Self::Histogram(buckets) if value.is_finite() => buckets.add(base(value, contents)),
            Self::Histogram(_) => {}
        }
    }
}

/// A number of trends that gets a series of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TrendStat {
    Sum,
    Of(Aggregation),
}

impl TrendStat {
    /// Reads a column of the summary, or `sum`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        if name == "sum" {
            return Some(Self::Sum);
        }
        TrendColumn::of_name(name).map(|column| Self::Of(column.aggregation()))
    }

    /// What stands behind the name of the metric: `p95` for `p(95)`.
    fn suffix(self) -> String {
        match self {
            Self::Sum => "sum".to_owned(),
            Self::Of(aggregation) => {
                let text = aggregation.to_string();
                text.chars().filter(|character| !"().".contains(*character)).collect()
            }
        }
    }

    fn value(self, sink: &Sink, contents: Contents) -> f64 {
        match (self, sink) {
            (Self::Sum, Sink::Trend(trend)) => base(trend.sum(), contents),
            // A number of values has no unit.
            (Self::Of(Aggregation::Count), _) => aggregate(sink, Aggregation::Count),
            (Self::Of(aggregation), _) => base(aggregate(sink, aggregation), contents),
            (Self::Sum, _) => 0.0,
        }
    }
}

/// The points of a series at this time, in milliseconds since 1970.
pub(super) fn time_series(
    series: &Series<Sum>,
    stats: &[TrendStat],
    timestamp: i64,
) -> Vec<TimeSeries> {
    let named = |suffix: &str| labels(series, suffix);
    let point = |suffix: &str, value| TimeSeries {
        labels: named(suffix),
        samples: vec![Sample { value, timestamp }],
        histograms: Vec::new(),
    };
    match &series.sum {
        Sum::Plain(Sink::Counter { sum, .. }) => vec![point("_total", *sum)],
        Sum::Plain(Sink::Gauge { value, .. }) => vec![point("", *value)],
        Sum::Plain(sink @ Sink::Rate { .. }) => {
            vec![point("_rate", aggregate(sink, Aggregation::Rate))]
        }
        Sum::Plain(sink @ Sink::Trend(_)) => {
            let contents = series.metric.contents;
            let stat = |stat: &TrendStat| {
                point(&format!("_{}", stat.suffix()), stat.value(sink, contents))
            };
            stats.iter().map(stat).collect()
        }
        Sum::Histogram(buckets) => {
            let unit = match series.metric.contents {
                Contents::Time => "_seconds",
                Contents::Data => "_bytes",
                Contents::Default => "",
            };
            let histograms = vec![histogram(buckets, timestamp)];
            vec![TimeSeries { labels: named(unit), samples: Vec::new(), histograms }]
        }
    }
}

fn aggregate(sink: &Sink, aggregation: Aggregation) -> f64 {
    sink.aggregate(aggregation, Duration::ZERO).unwrap_or_default()
}

/// A value in the unit that Prometheus wants: seconds for times.
fn base(value: f64, contents: Contents) -> f64 {
    if contents == Contents::Time { value / 1_000.0 } else { value }
}

/// The labels of a series in order of name. Tags without value have none.
fn labels(series: &Series<Sum>, suffix: &str) -> Vec<Label> {
    let name = format!("{PREFIX}{}{suffix}", series.metric.name);
    let mut labels = BTreeMap::from([(NAME_LABEL.to_owned(), name)]);
    for (tag, value) in
        series.tags.iter().filter(|(tag, value)| !tag.is_empty() && !value.is_empty())
    {
        labels.entry(label_name(tag)).or_insert_with(|| value.to_owned());
    }
    labels.into_iter().map(|(name, value)| Label { name, value }).collect()
}

/// A tag as a label may be called (`[a-zA-Z_][a-zA-Z0-9_]*`): a server refuses a request with any other.
fn label_name(tag: &str) -> String {
    let mut name: String =
        tag.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

fn histogram(buckets: &Exponential, timestamp: i64) -> Histogram {
    let (positive_spans, positive_deltas) = spans(&buckets.positive);
    let (negative_spans, negative_deltas) = spans(&buckets.negative);
    Histogram {
        count: Some(buckets.totals.count),
        sum: buckets.totals.sum,
        schema: SCALE,
        zero_threshold: ZERO_THRESHOLD,
        zero_count: Some(buckets.zeros),
        negative_spans,
        negative_deltas,
        positive_spans,
        positive_deltas,
        timestamp,
    }
}

fn spans(counts: &BTreeMap<i32, u64>) -> (Vec<BucketSpan>, Vec<i64>) {
    let mut spans: Vec<BucketSpan> = Vec::new();
    let mut deltas = Vec::new();
    let (mut next, mut before) = (0, 0);
    for (&index, &count) in counts {
        match spans.last_mut() {
            Some(span) if index == next => span.length += 1,
            _ => spans.push(BucketSpan { offset: index - next, length: 1 }),
        }
        next = index + 1;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        deltas.push(count - before);
        before = count;
    }
    (spans, deltas)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wasock_runner::metrics::{Metric, Tags};

    use super::*;

    fn series(kind: Kind, contents: Contents, native: bool, values: &[f64]) -> Series<Sum> {
        let mut sum = Sum::new(kind, native);
        values.iter().for_each(|value| sum.add(*value, contents));
        let metric = Arc::new(Metric { name: "my_metric".into(), kind, contents });
        let tags: Tags =
            [("url", "ws://a/"), ("my-tag", "1"), ("group", ""), ("9x", "y")].into_iter().collect();
        Series { metric, tags, sum, changed: true }
    }

    /// Names and values of points.
    fn points(series: &Series<Sum>, stats: &[&str]) -> Vec<(String, f64)> {
        let stats: Vec<_> = stats.iter().map(|name| TrendStat::from_name(name).unwrap()).collect();
        let points = time_series(series, &stats, 7);
        let point = |point: &TimeSeries| {
            assert_eq!(point.samples[0].timestamp, 7);
            let name = point.labels.iter().find(|label| label.name == "__name__").unwrap();
            (name.value.clone(), point.samples[0].value)
        };
        points.iter().map(point).collect()
    }

    #[test]
    fn each_kind_has_its_series() {
        let plain =
            |kind, values: &[f64]| points(&series(kind, Contents::Default, false, values), &[]);
        assert_eq!(plain(Kind::Counter, &[1.0, 2.5]), [("k6_my_metric_total".into(), 3.5)]);
        assert_eq!(plain(Kind::Gauge, &[3.0, 2.0]), [("k6_my_metric".into(), 2.0)]);
        assert_eq!(plain(Kind::Rate, &[1.0, 0.0, 0.0, 0.0]), [("k6_my_metric_rate".into(), 0.25)]);
    }

    #[test]
    fn trends_have_a_series_for_each_number_and_times_are_in_seconds() {
        let times = series(Kind::Trend, Contents::Time, false, &[1_000.0, 3_000.0]);
        let stats = ["p(99.9)", "p(50)", "avg", "min", "max", "med", "count", "sum"];
        let expected = [
            ("p999", 2.998),
            ("p50", 2.0),
            ("avg", 2.0),
            ("min", 1.0),
            ("max", 3.0),
            ("med", 2.0),
            ("count", 2.0),
            ("sum", 4.0),
        ];
        let expected = expected.map(|(name, value)| (format!("k6_my_metric_{name}"), value));
        assert_eq!(points(&times, &stats), expected);
        let bytes = series(Kind::Trend, Contents::Data, false, &[1_000.0]);
        assert_eq!(points(&bytes, &["max"]), [("k6_my_metric_max".into(), 1_000.0)]);
        assert!(TrendStat::from_name("rate").is_none() && TrendStat::from_name("p(x)").is_none());
    }

    #[test]
    fn labels_are_sorted_and_called_as_prometheus_allows() {
        let counter = series(Kind::Counter, Contents::Default, false, &[1.0]);
        let points = time_series(&counter, &[], 0);
        let labels = points[0].labels.iter();
        let labels: Vec<_> = labels.map(|label| (&*label.name, &*label.value)).collect();
        assert_eq!(
            labels,
            [("_9x", "y"), ("__name__", "k6_my_metric_total"), ("my_tag", "1"), ("url", "ws://a/")]
        );
    }

    #[test]
    fn trends_can_be_native_histograms() {
        let values = [1_000.0, 1_000.0, 2_000.0, 1_050.0, 0.0, f64::NAN];
        let times = series(Kind::Trend, Contents::Time, true, &values);
        let points = time_series(&times, &[], 9);
        let name = points[0].labels.iter().find(|label| label.name == "__name__").unwrap();
        assert_eq!(name.value, "k6_my_metric_seconds");
        let [histogram] = &points[0].histograms[..] else { panic!("one histogram") };
        assert_eq!((histogram.count, histogram.zero_count), (Some(5), Some(1)));
        assert_eq!((histogram.sum, histogram.schema, histogram.timestamp), (5.05, 3, 9));
        // Two seconds of 1, one just above it, and one of 2, which is the eighth bucket above 1.
        let spans = [BucketSpan { offset: 0, length: 2 }, BucketSpan { offset: 6, length: 1 }];
        assert_eq!(histogram.positive_spans, spans);
        assert_eq!(histogram.positive_deltas, [2, -1, 0]);
        assert!(histogram.negative_spans.is_empty());
    }

    #[test]
    fn the_value_that_ends_a_series_is_the_one_that_prometheus_knows() {
        assert!(STALE.is_nan());
        assert_eq!(STALE.to_bits(), 0x7ff0_0000_0000_0002);
    }
}
