//! A part of the results: of the whole run, of a scenario or of a group.

use std::sync::Arc;

use super::groups::{Named, Room};
use super::{CheckTally, MetricId, Sink};

/// The metrics and checks of a part of the run.
#[derive(Debug, Default)]
pub struct Section {
    name: Arc<str>,
    sinks: Vec<Option<Sink>>,
    checks: Named<CheckTally>,
    groups: Named<Section>,
}

impl Section {
    fn new(name: Arc<str>) -> Self {
        Self { name, ..Self::default() }
    }

    /// The name of the scenario or group; empty for the whole run.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The sink of a metric, if it has samples here or a threshold.
    pub fn sink(&self, metric: MetricId) -> Option<&Sink> {
        self.sinks.get(metric.index())?.as_ref()
    }

    /// The metrics that have a sink here, in the order of their numbers.
    pub fn sinks(&self) -> impl Iterator<Item = (MetricId, &Sink)> {
        (0..).zip(&self.sinks).filter_map(|(index, sink)| {
            let sink = sink.as_ref()?;
            Some((MetricId(index), sink))
        })
    }

    /// The checks of this part, those of equal name taken together, in the order of their first use.
    pub fn checks(&self) -> &[CheckTally] {
        self.checks.items()
    }

    /// The groups directly in this part. They are kept apart only if the aggregator was asked to.
    pub fn groups(&self) -> &[Self] {
        self.groups.items()
    }

    /// Whether nothing belongs to it.
    pub(super) fn is_empty(&self) -> bool {
        self.sinks.is_empty() && self.groups.items().is_empty()
    }

    /// The sink of a metric, made by `make` if there is none.
    pub(super) fn sink_mut(&mut self, metric: MetricId, make: impl FnOnce() -> Sink) -> &mut Sink {
        let index = metric.index();
        if self.sinks.len() <= index {
            self.sinks.resize_with(index + 1, || None);
        }
        self.sinks[index].get_or_insert_with(make)
    }

    pub(super) fn count_check(&mut self, name: &str, passed: bool, room: &mut Room) {
        self.checks.count(name, passed, room);
    }

    /// The scenario or group of this name, made if there is room; else this part itself.
    pub(super) fn group_mut(&mut self, name: &str, room: &mut Room) -> &mut Self {
        if !self.groups.admits_group(name, room) {
            return self;
        }
        self.groups.entry(name, Self::new)
    }
}
