//! Adds up the samples of a run.

use std::sync::Arc;

use super::groups::{Refused, Room, names};
use super::sub_metrics::{SubMetric, SubMetrics};
use super::{Builtin, Group, Kind, Metric, MetricId, Registry, Sample, Section, Sink, Tags};

/// The scenario that stands for tests without scenarios; its groups belong to the run as a whole.
const DEFAULT_SCENARIO: &str = "default";

/// The tag of requests that went as the script expects.
const EXPECTED_RESPONSE: (&str, &str) = ("expected_response", "true");

/// Adds up samples: for each metric, for each sub-metric, and for each check in its group.
#[derive(Debug)]
pub struct Aggregator {
    registry: Arc<Registry>,
    /// The registry's metrics as they were last seen, to add samples without a lock.
    metrics: Vec<Arc<Metric>>,
    totals: Section,
    sub_metrics: SubMetrics,
    root_group: Group,
    /// Whether the times of expected responses are kept by themselves.
    follows_expected_responses: bool,
    room_of_totals: Room,
    room_of_groups: Room,
    /// Results by scenario and group; none if they were not asked for.
    details: Option<Details>,
}

/// What `--summary-mode full` shows besides the totals.
#[derive(Debug, Default)]
struct Details {
    /// Its groups are those outside of named scenarios.
    run: Section,
    /// Its groups are the named scenarios.
    scenarios: Section,
    room: Room,
}

impl Aggregator {
    /// An aggregator without samples. `sub_metrics` come from the thresholds.
    pub fn new(registry: Arc<Registry>, sub_metrics: Vec<SubMetric>) -> Self {
        let observed: Vec<_> = sub_metrics.iter().map(|part| part.metric).collect();
        let mut aggregator = Self {
            metrics: registry.all(),
            registry,
            totals: Section::default(),
            sub_metrics: SubMetrics::default(),
            root_group: Group::default(),
            follows_expected_responses: false,
            room_of_totals: Room::default(),
            room_of_groups: Room::default(),
            details: None,
        };
        sub_metrics.into_iter().for_each(|part| aggregator.sub_metrics.push(part));
        for metric in observed {
            aggregator.observe(metric);
        }
        aggregator
    }

    /// Keeps results by scenario and group too, those of these `scenarios` in this order. It costs a sink for each
    /// metric in each of them.
    #[must_use]
    pub fn with_details<'a>(mut self, scenarios: impl IntoIterator<Item = &'a str>) -> Self {
        let mut details = Details::default();
        for name in scenarios.into_iter().filter(|name| *name != DEFAULT_SCENARIO) {
            details.scenarios.group_mut(name, &mut details.room);
        }
        self.details = Some(details);
        self
    }

    /// Gives a metric a place in the results even if it will have no samples.
    pub fn observe(&mut self, metric: MetricId) {
        if let Some(kind) = self.kind(metric) {
            self.totals.sink_mut(metric, || Sink::new(kind));
        }
    }

    /// Adds up samples. Those of metrics that the registry does not know are left out.
    pub fn add(&mut self, samples: &[Sample]) {
        for sample in samples {
            if let Some(kind) = self.kind(sample.metric) {
                self.add_one(sample, kind);
            }
        }
    }

    /// k6 shows by themselves the times of requests that went as expected, so that failures, which are
    /// often fast, do not make a test look good.
    fn follow_expected_responses(&mut self, sample: &Sample, kind: Kind) {
        let is_first = !self.follows_expected_responses
            && sample.metric == Builtin::HttpReqDuration.id()
            && sample.tags.get(EXPECTED_RESPONSE.0).is_some();
        if !is_first {
            return;
        }
        self.follows_expected_responses = true;
        let suffix = format!("{}:{}", EXPECTED_RESPONSE.0, EXPECTED_RESPONSE.1);
        let name = format!("{}{{{suffix}}}", Builtin::HttpReqDuration.name());
        let tags = Tags::empty().with(EXPECTED_RESPONSE.0, EXPECTED_RESPONSE.1);
        let known = |part: &SubMetric| part.metric == sample.metric && part.tags == tags;
        if !self.sub_metrics.all().iter().any(known) {
            self.sub_metrics.push(SubMetric::new(&name, sample.metric, kind, &suffix, tags));
        }
    }

    fn add_one(&mut self, sample: &Sample, kind: Kind) {
        self.follow_expected_responses(sample, kind);
        add_to_section(&mut self.totals, sample, kind, &mut self.room_of_totals);
        self.sub_metrics.add(sample.metric, sample.value, &sample.tags);
        if sample.metric == Builtin::Checks.id() {
            let path = sample.tags.get("group").unwrap_or_default();
            let group = self.root_group.at(path, &mut self.room_of_groups);
            if let Some(name) = sample.tags.get("check") {
                group.count_check(name, sample.value != 0.0, &mut self.room_of_groups);
            }
        } else if sample.metric == Builtin::GroupDuration.id() {
            let path = sample.tags.get("group").unwrap_or_default();
            self.root_group.at(path, &mut self.room_of_groups);
        }
        if let Some(details) = &mut self.details {
            details.add(sample, kind);
        }
    }

    /// What there was no room for. A sample that the totals have room for and the details have not counts once.
    pub fn refused(&self) -> Refused {
        let details = self.details.as_ref();
        let details = details.map(|details| details.room.refused()).unwrap_or_default();
        Refused { details: details.details, ..self.room_of_groups.refused() }
    }

    fn kind(&mut self, metric: MetricId) -> Option<Kind> {
        if self.metrics.len() <= metric.index() {
            self.metrics = self.registry.all();
        }
        Some(self.metrics.get(metric.index())?.kind)
    }

    /// The metrics of the run.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The results of the whole run.
    pub fn totals(&self) -> &Section {
        &self.totals
    }

    /// The sub-metrics, in the order in which they were given.
    pub fn sub_metrics(&self) -> &[SubMetric] {
        self.sub_metrics.all()
    }

    /// The sub-metric with this whole name.
    pub fn sub_metric(&self, name: &str) -> Option<&SubMetric> {
        self.sub_metrics.named(name)
    }

    /// The root of the tree of groups.
    pub fn root_group(&self) -> &Group {
        &self.root_group
    }

    /// Results by group, for groups outside of named scenarios; empty without
    /// [`with_details`](Self::with_details).
    pub fn groups(&self) -> &[Section] {
        self.details.as_ref().map_or(&[], |details| details.run.groups())
    }

    /// Results by scenario, except `default` and those without samples; empty without
    /// [`with_details`](Self::with_details).
    pub fn scenarios(&self) -> impl Iterator<Item = &Section> {
        let all: &[Section] =
            self.details.as_ref().map_or(&[], |details| details.scenarios.groups());
        all.iter().filter(|scenario| !scenario.is_empty())
    }
}

impl Details {
    /// A sample belongs to its scenario, and to its innermost group.
    fn add(&mut self, sample: &Sample, kind: Kind) {
        let room = &mut self.room;
        let mut section = match sample.tags.get("scenario") {
            Some(scenario) if scenario != DEFAULT_SCENARIO => {
                let section = self.scenarios.group_mut(scenario, room);
                add_to_details(section, sample, kind, room);
                section
            }
            _ => &mut self.run,
        };
        let mut names = names(sample.tags.get("group").unwrap_or_default()).peekable();
        if names.peek().is_none() {
            return;
        }
        for name in names {
            section = section.group_mut(name, room);
        }
        add_to_details(section, sample, kind, room);
    }
}

fn add_to_section(section: &mut Section, sample: &Sample, kind: Kind, room: &mut Room) {
    section.sink_mut(sample.metric, || Sink::new(kind)).add(sample.value);
    count_check(section, sample, room);
}

/// The same where there is not room for the sums of all metrics.
fn add_to_details(section: &mut Section, sample: &Sample, kind: Kind, room: &mut Room) {
    if section.sink(sample.metric).is_some() || room.admits_sink() {
        section.sink_mut(sample.metric, || Sink::new(kind)).add(sample.value);
    }
    count_check(section, sample, room);
}

fn count_check(section: &mut Section, sample: &Sample, room: &mut Room) {
    if sample.metric == Builtin::Checks.id()
        && let Some(name) = sample.tags.get("check")
    {
        section.count_check(name, sample.value != 0.0, room);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::metrics::{Aggregation, Contents, MAX_DETAILS};

    fn sample(metric: impl Into<MetricId>, value: f64, tags: &[(&str, &str)]) -> Sample {
        Sample {
            metric: metric.into(),
            value,
            time: 0,
            tags: tags.iter().copied().collect(),
            metadata: None,
        }
    }

    fn count(sink: Option<&Sink>) -> Option<f64> {
        sink?.aggregate(Aggregation::Count, Duration::from_secs(1))
    }

    #[test]
    fn each_metric_has_its_own_sum() {
        let mut aggregator = Aggregator::new(Arc::default(), Vec::new());
        aggregator.add(&[
            sample(Builtin::Iterations, 1.0, &[]),
            sample(Builtin::DataSent, 512.0, &[]),
            sample(Builtin::Iterations, 1.0, &[]),
        ]);
        assert_eq!(count(aggregator.totals().sink(Builtin::Iterations.id())), Some(2.0));
        assert_eq!(count(aggregator.totals().sink(Builtin::DataSent.id())), Some(512.0));
        assert!(aggregator.totals().sink(Builtin::Vus.id()).is_none());
    }

    #[test]
    fn metrics_declared_later_are_counted() {
        let registry = Arc::new(Registry::new());
        let mut aggregator = Aggregator::new(Arc::clone(&registry), Vec::new());
        let id = registry.declare("orders", Kind::Counter, Contents::Default).unwrap();
        aggregator.add(&[sample(id, 3.0, &[]), sample(MetricId(999), 1.0, &[])]);
        assert_eq!(count(aggregator.totals().sink(id)), Some(3.0));
    }

    #[test]
    fn sub_metrics_take_the_samples_with_their_tags() {
        let id = Builtin::WsMsgsSent.id();
        let tags: Tags = [("url", "a"), ("scenario", "s")].into_iter().collect();
        let sub_metric = SubMetric::new("ws_msgs_sent{url:a}", id, Kind::Counter, "url:a", tags);
        let mut aggregator = Aggregator::new(Arc::default(), vec![sub_metric]);
        assert_eq!(count(aggregator.totals().sink(id)), Some(0.0));
        aggregator.add(&[
            sample(id, 1.0, &[("url", "a"), ("scenario", "s"), ("x", "y")]),
            sample(id, 1.0, &[("url", "a")]),
            sample(id, 1.0, &[("url", "b"), ("scenario", "s")]),
        ]);
        assert_eq!(count(aggregator.totals().sink(id)), Some(3.0));
        let sub_metric = aggregator.sub_metric("ws_msgs_sent{url:a}").unwrap();
        assert_eq!(count(Some(&sub_metric.sink)), Some(1.0));
    }

    #[test]
    fn checks_are_kept_by_group_and_taken_together_by_name() {
        let mut aggregator = Aggregator::new(Arc::default(), Vec::new());
        aggregator.add(&[
            sample(Builtin::Checks, 1.0, &[("check", "is ok"), ("group", "")]),
            sample(Builtin::Checks, 0.0, &[("check", "is ok"), ("group", "::login")]),
            sample(Builtin::GroupDuration, 5.0, &[("group", "::empty")]),
        ]);
        let root = aggregator.root_group();
        assert_eq!(root.checks()[0].passes, 1);
        assert_eq!(root.groups()[0].checks()[0].fails, 1);
        assert_eq!(root.groups()[1].path(), "::empty");
        let [together] = aggregator.totals().checks() else { panic!("one name is one check") };
        assert_eq!((together.passes, together.fails), (1, 1));
    }

    #[test]
    fn details_are_kept_as_far_as_there_is_room() {
        let registry = Arc::new(Registry::new());
        let declare = |n| registry.declare(&format!("m{n}"), Kind::Counter, Contents::Default);
        let ids: Vec<_> = (0..MAX_DETAILS / 2 + 1).map(|n| declare(n).unwrap()).collect();
        let mut aggregator = Aggregator::new(registry.clone(), Vec::new()).with_details([]);
        for group in ["::a", "::b", "::a"] {
            aggregator.add(
                &ids.iter().map(|id| sample(*id, 1.0, &[("group", group)])).collect::<Vec<_>>(),
            );
        }
        let [a, b] = aggregator.groups() else { panic!("two groups") };
        assert_eq!((a.sinks().count(), b.sinks().count()), (ids.len(), ids.len() - 2));
        assert_eq!(count(a.sink(ids[0])), Some(2.0), "what there is goes on");
        assert_eq!(count(aggregator.totals().sink(*ids.last().unwrap())), Some(3.0));
        assert_eq!(aggregator.refused(), Refused { details: 2, ..Refused::default() });
    }

    #[test]
    fn details_are_kept_by_scenario_and_group() {
        let order = ["idle", "late", "spike"];
        let mut aggregator = Aggregator::new(Arc::default(), Vec::new()).with_details(order);
        aggregator.add(&[
            sample(Builtin::Iterations, 1.0, &[("scenario", "default"), ("group", "::a")]),
            sample(Builtin::Iterations, 1.0, &[("scenario", "spike"), ("group", "::a::b")]),
            sample(Builtin::Iterations, 1.0, &[("scenario", "spike")]),
            sample(Builtin::Iterations, 1.0, &[("scenario", "late")]),
        ]);
        let id = Builtin::Iterations.id();
        let [group] = aggregator.groups() else { panic!("one group") };
        assert_eq!((group.name(), count(group.sink(id))), ("a", Some(1.0)));
        let scenarios: Vec<_> = aggregator.scenarios().collect();
        let [late, scenario] = scenarios[..] else { panic!("two scenarios") };
        assert_eq!(late.name(), "late");
        assert_eq!((scenario.name(), count(scenario.sink(id))), ("spike", Some(2.0)));
        let [outer] = scenario.groups() else { panic!("one group") };
        assert_eq!((outer.name(), count(outer.sink(id))), ("a", None));
        assert_eq!(count(outer.groups()[0].sink(id)), Some(1.0));
    }
}
