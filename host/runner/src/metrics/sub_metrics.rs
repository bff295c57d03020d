//! Parts of metrics, each of the samples with certain tags.

use std::collections::HashMap;

use super::{Kind, MetricId, Sink, Tags};

/// The part of a metric whose samples have certain tags: `ws_connecting{url:ws://localhost}`.
#[derive(Debug)]
pub struct SubMetric {
    /// The whole name as the script wrote it.
    pub name: String,
    /// The metric that it is a part of.
    pub metric: MetricId,
    /// What stands between the braces.
    pub suffix: String,
    /// The tags that its samples have, among others.
    pub tags: Tags,
    /// Its values.
    pub sink: Sink,
}

impl SubMetric {
    /// A part of `metric`, which is of this kind, without values.
    pub fn new(name: &str, metric: MetricId, kind: Kind, suffix: &str, tags: Tags) -> Self {
        Self {
            name: name.to_owned(),
            metric,
            suffix: suffix.to_owned(),
            tags,
            sink: Sink::new(kind),
        }
    }
}

/// The sub-metrics of a run, found by their names and by their metrics.
#[derive(Debug, Default)]
pub(super) struct SubMetrics {
    all: Vec<SubMetric>,
    /// Their places by their whole names.
    by_name: HashMap<String, usize>,
    /// Their places by the number of their metric.
    by_metric: Vec<Vec<usize>>,
}

impl SubMetrics {
    /// Those that there are, in the order in which they came.
    pub(super) fn all(&self) -> &[SubMetric] {
        &self.all
    }

    /// The one with this whole name.
    pub(super) fn named(&self, name: &str) -> Option<&SubMetric> {
        Some(&self.all[*self.by_name.get(name)?])
    }

    /// One more. Of two with the same name the first is found by it.
    pub(super) fn push(&mut self, part: SubMetric) {
        let (place, metric) = (self.all.len(), part.metric.index());
        if self.by_metric.len() <= metric {
            self.by_metric.resize_with(metric + 1, Vec::new);
        }
        self.by_metric[metric].push(place);
        self.by_name.entry(part.name.clone()).or_insert(place);
        self.all.push(part);
    }

    /// Adds a value to those of this metric whose tags are among these.
    pub(super) fn add(&mut self, metric: MetricId, value: f64, tags: &Tags) {
        let Some(places) = self.by_metric.get(metric.index()) else { return };
        for &place in places {
            let part = &mut self.all[place];
            if tags.contains(&part.tags) {
                part.sink.add(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Builtin;

    #[test]
    fn they_are_found_by_name_and_take_what_is_theirs() {
        let mut parts = SubMetrics::default();
        let id = Builtin::Iterations.id();
        for (name, value) in [("iterations{a:1}", "1"), ("iterations{a:2}", "2")] {
            let tags = Tags::empty().with("a", value);
            parts.push(SubMetric::new(name, id, Kind::Counter, &name[11..14], tags));
        }
        parts.add(id, 1.0, &Tags::empty().with("a", "2").with("b", "3"));
        parts.add(Builtin::Checks.id(), 1.0, &Tags::empty().with("a", "1"));
        assert!(parts.named("iterations{a:1}").unwrap().sink.is_empty());
        assert!(!parts.named("iterations{a:2}").unwrap().sink.is_empty());
        assert!(parts.named("iterations{a:3}").is_none());
    }
}
