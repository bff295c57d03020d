//! What becomes of metrics in OpenTelemetry (metrics data model): counters are monotonic sums, gauges gauges,
//! trends histograms, and rates count what was zero and what was not.

use std::collections::{BTreeMap, HashMap};
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, Sum as OtlpSum, metric,
};
use wasock_runner::metrics::{Contents, Kind, Sink, Tags};

use crate::buckets::{Explicit, Exponential, SCALE, ZERO_THRESHOLD};
use crate::series::Series;

/// What trends become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HistogramKind {
    Explicit,
    Exponential,
}

/// The sum of one series.
pub(super) enum Sum {
    Plain(Sink),
    Explicit(Explicit),
    Exponential(Exponential),
}

impl Sum {
    pub(super) fn new(kind: Kind, histogram: HistogramKind) -> Self {
        match (kind, histogram) {
            (Kind::Trend, HistogramKind::Explicit) => Self::Explicit(Explicit::default()),
            (Kind::Trend, HistogramKind::Exponential) => Self::Exponential(Exponential::default()),
            _ => Self::Plain(Sink::new(kind)),
        }
    }

    pub(super) fn add(&mut self, value: f64) {
        match self {
            Self::Plain(sink) => sink.add(value),
            _ if !value.is_finite() => {}
            Self::Explicit(buckets) => buckets.add(value),
            Self::Exponential(buckets) => buckets.add(value),
        }
    }
}

/// How series become metrics.
pub(super) struct Mapping {
    /// What stands before the names of metrics.
    pub(super) prefix: String,
    /// Whether a rate is one counter with an attribute that tells what it counts, and not two counters.
    pub(super) single_counter_for_rate: bool,
    /// When the sums began, in nanoseconds since 1970.
    pub(super) start: u64,
}

/// The attribute of a rate's counter.
const CONDITION: &str = "condition";

impl Mapping {
    /// The metrics of these series at this time, in nanoseconds since 1970.
    pub(super) fn metrics(&self, series: &[Series<Sum>], time: u64) -> Vec<Metric> {
        let mut metrics = Metrics::default();
        for one in series {
            self.add(one, time, &mut metrics);
        }
        metrics.all
    }

    fn add(&self, series: &Series<Sum>, time: u64, metrics: &mut Metrics) {
        let name = format!("{}{}", self.prefix, series.metric.name);
        let unit = match series.metric.contents {
            Contents::Time => "ms",
            Contents::Data => "By",
            Contents::Default => "",
        };
        let point = |value| self.number(attributes(&series.tags), time, value);
        match &series.sum {
            Sum::Plain(Sink::Counter { sum, .. }) => {
                metrics.sum(&name, unit, point(Value::AsDouble(*sum)));
            }
            Sum::Plain(Sink::Gauge { value, .. }) => {
                metrics.gauge(&name, unit, point(Value::AsDouble(*value)));
            }
            Sum::Plain(Sink::Rate { passes, total }) if self.single_counter_for_rate => {
                let name = format!("{name}.total");
                for (condition, count) in [("nonzero", *passes), ("zero", total - passes)] {
                    if count > 0 {
                        let mut attributes = attributes(&series.tags);
                        attributes.push(attribute(CONDITION, condition));
                        metrics.sum(&name, "", self.number(attributes, time, whole(count)));
                    }
                }
            }
            Sum::Plain(Sink::Rate { passes, total }) => {
                metrics.sum(&format!("{name}.occurred"), "", point(whole(*passes)));
                metrics.sum(&format!("{name}.total"), "", point(whole(*total)));
            }
            // Trends have buckets.
            Sum::Plain(Sink::Trend(_)) => {}
            Sum::Explicit(buckets) => {
                metrics.explicit(&name, unit, self.explicit(series, time, buckets));
            }
            Sum::Exponential(buckets) => {
                metrics.exponential(&name, unit, self.exponential(series, time, buckets));
            }
        }
    }

    fn number(&self, attributes: Vec<KeyValue>, time: u64, value: Value) -> NumberDataPoint {
        NumberDataPoint {
            attributes,
            start_time_unix_nano: self.start,
            time_unix_nano: time,
            value: Some(value),
            ..NumberDataPoint::default()
        }
    }

    fn explicit(&self, series: &Series<Sum>, time: u64, buckets: &Explicit) -> HistogramDataPoint {
        let totals = buckets.totals;
        HistogramDataPoint {
            attributes: attributes(&series.tags),
            start_time_unix_nano: self.start,
            time_unix_nano: time,
            count: totals.count,
            sum: Some(totals.sum),
            min: Some(totals.min),
            max: Some(totals.max),
            bucket_counts: buckets.counts.clone(),
            explicit_bounds: Explicit::BOUNDS.to_vec(),
            ..HistogramDataPoint::default()
        }
    }

    fn exponential(
        &self,
        series: &Series<Sum>,
        time: u64,
        buckets: &Exponential,
    ) -> ExponentialHistogramDataPoint {
        let totals = buckets.totals;
        ExponentialHistogramDataPoint {
            attributes: attributes(&series.tags),
            start_time_unix_nano: self.start,
            time_unix_nano: time,
            count: totals.count,
            sum: Some(totals.sum),
            min: Some(totals.min),
            max: Some(totals.max),
            scale: SCALE,
            zero_count: buckets.zeros,
            zero_threshold: ZERO_THRESHOLD,
            positive: Some(dense(&buckets.positive)),
            negative: Some(dense(&buckets.negative)),
            ..ExponentialHistogramDataPoint::default()
        }
    }
}

/// Metrics by name, in the order in which they came.
#[derive(Default)]
struct Metrics {
    all: Vec<Metric>,
    by_name: HashMap<String, usize>,
}

impl Metrics {
    fn entry(
        &mut self,
        name: &str,
        unit: &str,
        make: impl FnOnce() -> metric::Data,
    ) -> &mut Metric {
        let next = self.all.len();
        let index = *self.by_name.entry(name.to_owned()).or_insert(next);
        if index == next {
            let (name, unit) = (name.to_owned(), unit.to_owned());
            self.all.push(Metric { name, unit, data: Some(make()), ..Metric::default() });
        }
        &mut self.all[index]
    }

    fn sum(&mut self, name: &str, unit: &str, point: NumberDataPoint) {
        let make = || {
            metric::Data::Sum(OtlpSum {
                is_monotonic: true,
                aggregation_temporality: AggregationTemporality::Cumulative.into(),
                data_points: Vec::new(),
            })
        };
        if let Some(metric::Data::Sum(sum)) = &mut self.entry(name, unit, make).data {
            sum.data_points.push(point);
        }
    }

    fn gauge(&mut self, name: &str, unit: &str, point: NumberDataPoint) {
        let make = || metric::Data::Gauge(Gauge::default());
        if let Some(metric::Data::Gauge(gauge)) = &mut self.entry(name, unit, make).data {
            gauge.data_points.push(point);
        }
    }

    fn explicit(&mut self, name: &str, unit: &str, point: HistogramDataPoint) {
        let make = || {
            metric::Data::Histogram(Histogram {
                aggregation_temporality: AggregationTemporality::Cumulative.into(),
                data_points: Vec::new(),
            })
        };
        if let Some(metric::Data::Histogram(histogram)) = &mut self.entry(name, unit, make).data {
            histogram.data_points.push(point);
        }
    }

    fn exponential(&mut self, name: &str, unit: &str, point: ExponentialHistogramDataPoint) {
        let make = || {
            metric::Data::ExponentialHistogram(ExponentialHistogram {
                aggregation_temporality: AggregationTemporality::Cumulative.into(),
                data_points: Vec::new(),
            })
        };
        let data = &mut self.entry(name, unit, make).data;
        if let Some(metric::Data::ExponentialHistogram(histogram)) = data {
            histogram.data_points.push(point);
        }
    }
}

fn whole(count: u64) -> Value {
    Value::AsInt(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Buckets without gaps. A bucket is known by its lower bound here, which is one power below the upper one.
fn dense(counts: &BTreeMap<i32, u64>) -> Buckets {
    let (Some((&first, _)), Some((&last, _))) = (counts.first_key_value(), counts.last_key_value())
    else {
        return Buckets::default();
    };
    let count = |power| counts.get(&power).copied().unwrap_or_default();
    Buckets { offset: first - 1, bucket_counts: (first..=last).map(count).collect() }
}

fn attributes(tags: &Tags) -> Vec<KeyValue> {
    tags.iter().map(|(name, value)| attribute(name, value)).collect()
}

/// An attribute whose value is text.
pub(super) fn attribute(name: &str, value: &str) -> KeyValue {
    let value = any_value::Value::StringValue(value.to_owned());
    KeyValue {
        key: name.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// Nanoseconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wasock_runner::metrics::Metric as RunMetric;

    use super::*;

    fn series(
        name: &str,
        kind: Kind,
        contents: Contents,
        url: &str,
        values: &[f64],
    ) -> Series<Sum> {
        series_as(HistogramKind::Explicit, name, kind, contents, url, values)
    }

    fn series_as(
        histogram: HistogramKind,
        name: &str,
        kind: Kind,
        contents: Contents,
        url: &str,
        values: &[f64],
    ) -> Series<Sum> {
        let mut sum = Sum::new(kind, histogram);
        values.iter().for_each(|value| sum.add(*value));
        let metric = Arc::new(RunMetric { name: name.into(), kind, contents });
        Series { metric, tags: Tags::empty().with("url", url), sum, changed: true }
    }

    fn mapping(single: bool) -> Mapping {
        Mapping { prefix: "p_".to_owned(), single_counter_for_rate: single, start: 5 }
    }

    #[test]
    fn counters_are_monotonic_sums_with_a_point_for_each_series() {
        let all = [
            series("sent", Kind::Counter, Contents::Data, "a", &[1.0, 2.0]),
            series("sent", Kind::Counter, Contents::Data, "b", &[4.0]),
        ];
        let metrics = mapping(true).metrics(&all, 9);
        let [metric] = &metrics[..] else { panic!("one metric") };
        assert_eq!((&*metric.name, &*metric.unit), ("p_sent", "By"));
        let Some(metric::Data::Sum(sum)) = &metric.data else { panic!("a sum") };
        assert!(sum.is_monotonic);
        assert_eq!(sum.aggregation_temporality, AggregationTemporality::Cumulative as i32);
        let [first, second] = &sum.data_points[..] else { panic!("two points") };
        assert_eq!((first.start_time_unix_nano, first.time_unix_nano), (5, 9));
        assert_eq!(first.value, Some(Value::AsDouble(3.0)));
        assert_eq!(second.value, Some(Value::AsDouble(4.0)));
        assert_eq!(second.attributes, [attribute("url", "b")]);
    }

    #[test]
    fn gauges_have_their_last_value() {
        let all = [series("vus", Kind::Gauge, Contents::Default, "a", &[1.0, 7.0, 2.0])];
        let metrics = mapping(true).metrics(&all, 9);
        let Some(metric::Data::Gauge(gauge)) = &metrics[0].data else { panic!("a gauge") };
        assert_eq!(gauge.data_points[0].value, Some(Value::AsDouble(2.0)));
    }

    #[test]
    fn rates_are_one_counter_or_two() {
        let all = [series("checks", Kind::Rate, Contents::Default, "a", &[1.0, 0.0, 1.0])];
        let told = |single| {
            let mut told = Vec::new();
            for metric in mapping(single).metrics(&all, 9) {
                let Some(metric::Data::Sum(sum)) = metric.data else { panic!("a sum") };
                for point in sum.data_points {
                    let condition = point.attributes.iter().find(|one| one.key == CONDITION);
                    let condition = condition.map(|one| one.value.clone());
                    told.push((metric.name.clone(), condition.flatten(), point.value.unwrap()));
                }
            }
            told
        };
        let condition = |text| attribute(CONDITION, text).value;
        let total = "p_checks.total".to_owned();
        assert_eq!(
            told(true),
            [
                (total.clone(), condition("nonzero"), Value::AsInt(2)),
                (total.clone(), condition("zero"), Value::AsInt(1)),
            ]
        );
        let occurred = "p_checks.occurred".to_owned();
        assert_eq!(
            told(false),
            [(occurred, None, Value::AsInt(2)), (total, None, Value::AsInt(3))]
        );
    }

    #[test]
    fn trends_are_histograms() {
        let all = [series("rtt", Kind::Trend, Contents::Time, "a", &[1.0, 30.0, f64::NAN])];
        let metrics = mapping(true).metrics(&all, 9);
        assert_eq!(metrics[0].unit, "ms");
        let Some(metric::Data::Histogram(histogram)) = &metrics[0].data else { panic!("one") };
        let point = &histogram.data_points[0];
        assert_eq!((point.count, point.sum), (2, Some(31.0)));
        assert_eq!((point.min, point.max), (Some(1.0), Some(30.0)));
        assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
        assert_eq!((point.bucket_counts[1], point.bucket_counts[4]), (1, 1));
    }

    #[test]
    fn trends_can_be_exponential_histograms() {
        let values = [1.0, 1.5, 4.0, 0.0];
        let all = [series_as(
            HistogramKind::Exponential,
            "rtt",
            Kind::Trend,
            Contents::Time,
            "a",
            &values,
        )];
        let metrics = mapping(true).metrics(&all, 9);
        let Some(metric::Data::ExponentialHistogram(histogram)) = &metrics[0].data else {
            panic!("one")
        };
        let point = &histogram.data_points[0];
        assert_eq!((point.count, point.zero_count, point.scale), (4, 1, 3));
        // 1 is the upper bound of the bucket at -1; 1.5 lies in the one at 4, 4 ends the one at 15.
        let positive = point.positive.as_ref().unwrap();
        assert_eq!(positive.offset, -1);
        let filled: Vec<_> = (0..).zip(&positive.bucket_counts).filter(|(_, n)| **n > 0).collect();
        assert_eq!(filled, [(0, &1), (5, &1), (16, &1)]);
    }
}
