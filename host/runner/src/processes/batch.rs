//! Samples on their way from a part to the whole: metrics and tags are told once and have numbers from then on.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::metrics::{
    Builtin, Contents, DeclareError, Kind, Metric, MetricId, Registry, Sample, Tags,
};

/// How many sets of tags have numbers at one time. Most tests have some dozens; a script that tags each message makes
/// new ones without end, and as many are told anew at little cost.
const KNOWN_TAGS: usize = 16_384;

/// Samples, with what is new about them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Batch {
    /// Metrics that follow those told before, in the order of their numbers.
    metrics: Vec<NewMetric>,
    /// Whether the numbers of tags begin anew.
    forget: bool,
    /// Tags that follow those told before.
    tags: Vec<Vec<(String, String)>>,
    samples: Vec<Numbered>,
}

#[derive(Debug, Serialize, Deserialize)]
struct NewMetric {
    name: String,
    kind: Kind,
    contents: Contents,
}

impl From<&Arc<Metric>> for NewMetric {
    fn from(metric: &Arc<Metric>) -> Self {
        let Metric { name, kind, contents } = &**metric;
        Self { name: name.to_string(), kind: *kind, contents: *contents }
    }
}

/// A sample with numbers.
#[derive(Debug, Serialize, Deserialize)]
struct Numbered {
    metric: u32,
    tags: u32,
    metadata: Option<u32>,
    time: i64,
    value: f64,
}

/// Makes batches of samples.
#[derive(Default)]
pub(super) struct Encoder {
    /// How many metrics have been told.
    metrics: usize,
    /// The numbers of sets of tags, by where these are in memory.
    numbers: HashMap<usize, u32>,
    /// They stay where they are as long as they are here.
    tags: Vec<Tags>,
}

impl Encoder {
    /// These samples, but those that the whole measures itself.
    pub(super) fn encode(&mut self, registry: &Registry, samples: &[Sample]) -> Batch {
        let mut batch = Batch::default();
        if self.tags.len() > KNOWN_TAGS {
            batch.forget = true;
            self.tags.clear();
            self.numbers.clear();
        }
        for sample in samples.iter().filter(|sample| !is_of_the_whole(sample.metric)) {
            let Sample { metric, value, time, tags, metadata } = sample;
            let tags = self.number(tags, &mut batch.tags);
            let metadata = metadata.as_ref().map(|tags| self.number(tags, &mut batch.tags));
            let (metric, time, value) = (metric.0, *time, *value);
            batch.samples.push(Numbered { metric, tags, metadata, time, value });
        }
        let newest = samples.iter().map(|sample| sample.metric.index()).max();
        if newest.is_some_and(|newest| newest >= self.metrics) {
            let all = registry.all();
            batch.metrics = all[self.metrics..].iter().map(NewMetric::from).collect();
            self.metrics = all.len();
        }
        batch
    }

    fn number(&mut self, tags: &Tags, new: &mut Vec<Vec<(String, String)>>) -> u32 {
        *self.numbers.entry(tags.address()).or_insert_with(|| {
            let text = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            new.push(tags.iter().map(text).collect());
            self.tags.push(tags.clone());
            // There are as many as `KNOWN_TAGS` and those of one batch.
            (self.tags.len() - 1) as u32
        })
    }
}

/// Whether the whole counts this over all parts.
fn is_of_the_whole(metric: MetricId) -> bool {
    metric == Builtin::Vus.id() || metric == Builtin::VusMax.id()
}

/// Makes samples of the batches of one part.
#[derive(Default)]
pub(super) struct Decoder {
    /// The numbers here of the metrics there; none for those that are not known here.
    metrics: Vec<Option<MetricId>>,
    tags: Vec<Tags>,
}

impl Decoder {
    /// Gives all samples of a batch to `take`.
    ///
    /// # Errors
    ///
    /// A metric of the part cannot be one here; the samples of the others were given.
    pub(super) fn decode(
        &mut self,
        batch: Batch,
        registry: &Registry,
        mut take: impl FnMut(Sample),
    ) -> Result<(), DeclareError> {
        let mut outcome = Ok(());
        for NewMetric { name, kind, contents } in batch.metrics {
            let builtin = Builtin::ALL.get(self.metrics.len()).map(|builtin| builtin.id());
            let id = match builtin {
                Some(id) => Ok(id),
                None => registry.declare(&name, kind, contents),
            };
            self.metrics.push(id.as_ref().ok().copied());
            outcome = outcome.and(id.map(drop));
        }
        if batch.forget {
            self.tags.clear();
        }
        self.tags.extend(batch.tags.into_iter().map(Tags::from_iter));
        let tags = |number: u32| self.tags.get(number as usize).cloned();
        for Numbered { metric, tags: number, metadata, time, value } in batch.samples {
            let metric = self.metrics.get(metric as usize).copied().flatten();
            let (Some(metric), Some(own)) = (metric, tags(number)) else { continue };
            take(Sample { metric, value, time, tags: own, metadata: metadata.and_then(tags) });
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(metric: impl Into<MetricId>, value: f64, tags: &Tags) -> Sample {
        let (metric, tags) = (metric.into(), tags.clone());
        Sample { metric, value, time: 1_764_000_000_000_000_001, tags, metadata: None }
    }

    fn decoded(decoder: &mut Decoder, batch: Batch, registry: &Registry) -> Vec<Sample> {
        let mut samples = Vec::new();
        decoder.decode(batch, registry, |sample| samples.push(sample)).unwrap();
        samples
    }

    #[test]
    fn samples_arrive_with_their_metrics_and_tags() {
        let (there, here) = (Registry::new(), Registry::new());
        // In another order, so that the numbers differ.
        here.declare("other", Kind::Rate, Contents::Default).unwrap();
        let orders = there.declare("orders", Kind::Counter, Contents::Data).unwrap();
        let (a, b) = (Tags::from_iter([("url", "a")]), Tags::from_iter([("url", "b")]));
        let mut with_metadata = sample(orders, 3.5, &b);
        with_metadata.metadata = Some(a.clone());
        let first = [sample(Builtin::WsSessions, 1.0, &a), with_metadata];
        let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
        let batch = encoder.encode(&there, &first);
        assert_eq!((batch.tags.len(), batch.samples.len()), (2, 2));
        let arrived = decoded(&mut decoder, batch, &here);
        let (id, metric) = here.find("orders").unwrap();
        assert_eq!((metric.kind, metric.contents), (Kind::Counter, Contents::Data));
        let mut expected = first;
        expected[1].metric = id;
        assert_eq!(arrived, expected);

        let batch = encoder.encode(&there, &[sample(orders, -1.0, &a)]);
        assert_eq!((batch.metrics.len(), batch.tags.len()), (0, 0), "they are known");
        assert_eq!(decoded(&mut decoder, batch, &here), [sample(id, -1.0, &a)]);
    }

    #[test]
    fn what_the_whole_counts_stays() {
        let tags = Tags::empty();
        let samples = [Builtin::Vus, Builtin::Iterations, Builtin::VusMax]
            .map(|metric| sample(metric, 1.0, &tags));
        let batch = Encoder::default().encode(&Registry::new(), &samples);
        let arrived = decoded(&mut Decoder::default(), batch, &Registry::new());
        assert_eq!(arrived, [samples[1].clone()]);
    }

    #[test]
    fn new_tags_without_end_are_forgotten() {
        let registry = Registry::new();
        let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
        for number in 0..3 * KNOWN_TAGS {
            let tags = Tags::from_iter([("message", number.to_string())]);
            let sample = sample(Builtin::WsMsgsSent, 1.0, &tags);
            let batch = encoder.encode(&registry, std::slice::from_ref(&sample));
            assert_eq!(decoded(&mut decoder, batch, &registry), [sample]);
            assert!(encoder.tags.len() <= KNOWN_TAGS + 1 && decoder.tags.len() <= KNOWN_TAGS + 1);
        }
    }

    #[test]
    fn a_metric_that_cannot_be_costs_no_other() {
        let (there, here) = (Registry::new(), Registry::new());
        let taken = there.declare("taken", Kind::Counter, Contents::Default).unwrap();
        let free = there.declare("free", Kind::Counter, Contents::Default).unwrap();
        here.declare("taken", Kind::Trend, Contents::Default).unwrap();
        let tags = Tags::empty();
        let batch = Encoder::default()
            .encode(&there, &[sample(taken, 1.0, &tags), sample(free, 2.0, &tags)]);
        let mut arrived = Vec::new();
        let outcome = Decoder::default().decode(batch, &here, |sample| arrived.push(sample.value));
        assert!(matches!(outcome, Err(DeclareError::Kind { .. })));
        assert_eq!(arrived, [2.0]);
    }
}
