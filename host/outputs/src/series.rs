//! The time series of a run: what collectors keep apart by metric and tags.

use std::collections::HashMap;
use std::sync::Arc;

use wasock_runner::limits::shown_bytes;
use wasock_runner::log::Level;
use wasock_runner::metrics::{Metric, MetricId, Registry, Sample, Tags};

use crate::delivery::Outbox;

/// How many time series an output keeps apart: what k6 warns at. Each costs memory here and much more in the
/// collector. What belongs to further ones counts for one series of its metric, whose only tag says so.
pub const MAX_SERIES: usize = 100_000;

/// How many bytes their tags take, all together: a kilobyte and more for each of [`MAX_SERIES`], which is what the tags of
/// a connection take. A script can give each series 16 KiB.
pub const MAX_SERIES_BYTES: usize = 128 << 20;

/// All series that have been seen, with the sum `S` of each.
pub(crate) struct SeriesTable<S> {
    room: usize,
    bytes_left: usize,
    all: Vec<Series<S>>,
    index: HashMap<(MetricId, Tags), usize>,
    /// The series for what there is no room for.
    overflow: HashMap<MetricId, usize>,
    overflow_tags: Tags,
    /// Whether the user knows that there is no room for further ones.
    told: bool,
}

/// One series.
pub(crate) struct Series<S> {
    pub(crate) metric: Arc<Metric>,
    pub(crate) tags: Tags,
    pub(crate) sum: S,
    /// Whether there is something new since this was last set to false.
    pub(crate) changed: bool,
}

impl<S> SeriesTable<S> {
    /// A table without series. The tag stands for the tags of those that there is no room for.
    pub(crate) fn new(overflow_tag: &str) -> Self {
        Self {
            room: MAX_SERIES,
            bytes_left: MAX_SERIES_BYTES,
            all: Vec::new(),
            index: HashMap::new(),
            overflow: HashMap::new(),
            overflow_tags: Tags::empty().with(overflow_tag, "true"),
            told: false,
        }
    }

    /// The series of a sample, made if need be. None if its metric is unknown.
    pub(crate) fn of(
        &mut self,
        sample: &Sample,
        registry: &Registry,
        make: impl FnOnce(&Metric) -> S,
    ) -> Option<&mut Series<S>> {
        // Cloning tags is counting a reference.
        let key = (sample.metric, sample.tags.clone());
        let found = self.index.get(&key).copied();
        let bytes = if found.is_some() { 0 } else { key.1.bytes() };
        let has_room = self.index.len() < self.room && bytes <= self.bytes_left;
        let found = found.or_else(|| {
            let known = self.overflow.get(&sample.metric).copied();
            known.filter(|_| !has_room)
        });
        let place = match found {
            Some(place) => place,
            None => {
                let metric = registry.get(sample.metric)?;
                let place = self.all.len();
                let sum = make(&metric);
                let tags = if has_room {
                    let tags = key.1.clone();
                    self.bytes_left -= bytes;
                    self.index.insert(key, place);
                    tags
                } else {
                    self.overflow.insert(sample.metric, place);
                    self.overflow_tags.clone()
                };
                self.all.push(Series { metric, tags, sum, changed: false });
                place
            }
        };
        let series = &mut self.all[place];
        series.changed = true;
        Some(series)
    }

    /// Adds samples to their series, each by `add`. Returns how many there were; those of unknown metrics
    /// are left out. When there is no room for further series, the user is told once, through `outbox`.
    pub(crate) fn add(
        &mut self,
        samples: &[Sample],
        registry: &Registry,
        outbox: &Outbox,
        make: impl Fn(&Metric) -> S,
        add: impl Fn(&mut Series<S>, f64),
    ) -> u64 {
        let mut added = 0;
        for sample in samples {
            if let Some(series) = self.of(sample, registry, &make) {
                add(series, sample.value);
                added += 1;
            }
        }
        if self.overran() && !std::mem::replace(&mut self.told, true) {
            outbox.say(Level::Warn, too_many(outbox.description()));
        }
        added
    }

    /// Whether there were more series than there is room for.
    pub(crate) fn overran(&self) -> bool {
        !self.overflow.is_empty()
    }

    pub(crate) fn all(&self) -> &[Series<S>] {
        &self.all
    }

    pub(crate) fn all_mut(&mut self) -> &mut [Series<S>] {
        &mut self.all
    }
}

/// What to say when there is no room for further series.
fn too_many(description: &str) -> String {
    format!(
        "the output {description} has as many time series as it keeps apart ({MAX_SERIES}, or {} of tags), and \
         this test makes more: the values of further ones are counted together; do not put unique values into tags, and give URLs \
         that differ each time a name with the tag name",
        shown_bytes(MAX_SERIES_BYTES as u64)
    )
}

#[cfg(test)]
mod tests {
    use wasock_runner::metrics::Builtin;

    use super::*;

    fn sample(url: &str) -> Sample {
        Sample {
            metric: Builtin::WsSessions.id(),
            value: 1.0,
            time: 0,
            tags: Tags::empty().with("url", url),
            metadata: None,
        }
    }

    #[test]
    fn series_beyond_the_limit_are_one() {
        let registry = Registry::new();
        let mut table = SeriesTable::new("overflow");
        table.room = 2;
        for url in ["a", "b", "c", "d", "a", "c"] {
            table.of(&sample(url), &registry, |_| 0).unwrap().sum += 1;
        }
        assert!(table.overran());
        let series = table.all().iter();
        let series: Vec<_> = series.map(|one| (one.tags.iter().next().unwrap(), one.sum)).collect();
        assert_eq!(series, [(("url", "a"), 2), (("url", "b"), 1), (("overflow", "true"), 3)]);
    }

    #[test]
    fn series_beyond_the_bytes_are_one() {
        let registry = Registry::new();
        let mut table = SeriesTable::new("overflow");
        table.bytes_left = 2 * sample("a").tags.bytes() + 100;
        for url in ["a", &"long".repeat(100), "b", "c", "a", "d"] {
            table.of(&sample(url), &registry, |_| 0).unwrap().sum += 1;
        }
        assert!(table.overran());
        let series = table.all().iter();
        let series: Vec<_> = series.map(|one| (one.tags.iter().next().unwrap(), one.sum)).collect();
        let expected = [(("url", "a"), 2), (("overflow", "true"), 2), (("url", "b"), 1)];
        assert_eq!(series[..3], expected);
    }

    #[test]
    fn metrics_that_are_unknown_have_no_series() {
        let mut table = SeriesTable::new("overflow");
        let sample = Sample { metric: MetricId(999), ..sample("a") };
        assert!(table.of(&sample, &Registry::new(), |_| 0).is_none());
        assert!(table.all().is_empty());
    }
}
