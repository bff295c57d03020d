//! What the tables need and the runner does not keep: errors by code, and results by scenario.

use std::collections::HashMap;
use std::sync::Arc;

use wasock_runner::metrics::{Builtin, Kind, MetricId, Registry, Sample, Trend};

/// The most kinds of errors that are told apart. A script that has more has put data into its tags; what comes later
/// is counted as one kind.
const MAX_ERRORS: usize = 256;

/// The text of the kind that stands for all beyond [`MAX_ERRORS`].
const OTHERS: &str = "other errors";

/// One kind of error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ErrorKind {
    /// The metric that counts it.
    pub(crate) metric: Arc<str>,
    /// The tag `error_code`.
    pub(crate) code: Arc<str>,
    /// The tag `error`; empty if it is not set.
    pub(crate) text: Arc<str>,
}

/// What one scenario came to.
#[derive(Debug, Default)]
pub(crate) struct ScenarioTally {
    /// Iterations that ran to their end.
    pub(crate) iterations: f64,
    /// How long they took, in milliseconds.
    pub(crate) durations: Trend,
    /// Iterations that could not be started.
    pub(crate) dropped: f64,
    /// Attempts to connect.
    pub(crate) sessions: f64,
    /// Those that failed.
    pub(crate) errors: f64,
}

/// Counts errors, and what belongs to each scenario.
#[derive(Debug)]
pub(crate) struct Tallies {
    errors: HashMap<ErrorKind, f64>,
    scenarios: Vec<(String, ScenarioTally)>,
}

impl Tallies {
    /// Tallies for scenarios of these names.
    pub(crate) fn new<'a>(scenarios: impl IntoIterator<Item = &'a str>) -> Self {
        let empty = |name: &str| (name.to_owned(), ScenarioTally::default());
        Self { errors: HashMap::new(), scenarios: scenarios.into_iter().map(empty).collect() }
    }

    /// Counts a sample.
    pub(crate) fn add(&mut self, registry: &Registry, sample: &Sample) {
        if !sample.value.is_finite() {
            return;
        }
        if let Some(code) = sample.tags.get_shared("error_code") {
            self.add_error(registry, sample, code);
        }
        if let Some(name) = sample.tags.get("scenario")
            && let Some((_, scenario)) = self.scenarios.iter_mut().find(|(one, _)| one == name)
        {
            scenario.add(sample.metric, sample.value);
        }
    }

    /// The errors, the most frequent first.
    pub(crate) fn errors(&self) -> Vec<(&ErrorKind, f64)> {
        let mut errors: Vec<_> = self.errors.iter().map(|(kind, count)| (kind, *count)).collect();
        errors.sort_by(|(a, more), (b, less)| {
            let names =
                |kind: &ErrorKind| (kind.metric.clone(), kind.code.clone(), kind.text.clone());
            less.total_cmp(more).then_with(|| names(a).cmp(&names(b)))
        });
        errors
    }

    /// What a scenario came to.
    pub(crate) fn scenario(&self, name: &str) -> Option<&ScenarioTally> {
        self.scenarios.iter().find(|(one, _)| one == name).map(|(_, scenario)| scenario)
    }

    fn add_error(&mut self, registry: &Registry, sample: &Sample, code: &Arc<str>) {
        let metric = registry.get(sample.metric).filter(|metric| metric.kind == Kind::Counter);
        let Some(metric) = metric.filter(|_| !is_counted_elsewhere(sample.metric)) else { return };
        let text = sample.tags.get_shared("error").cloned().unwrap_or_default();
        let mut kind = ErrorKind { metric: metric.name.clone(), code: code.clone(), text };
        if self.errors.len() >= MAX_ERRORS && !self.errors.contains_key(&kind) {
            kind = ErrorKind { metric: Arc::default(), code: Arc::default(), text: OTHERS.into() };
        }
        *self.errors.entry(kind).or_default() += sample.value;
    }
}

/// Failed attempts are counted as sessions too.
fn is_counted_elsewhere(metric: MetricId) -> bool {
    metric == Builtin::WsSessions.id()
}

impl ScenarioTally {
    fn add(&mut self, metric: MetricId, value: f64) {
        let is = |builtin: Builtin| metric == builtin.id();
        if is(Builtin::Iterations) {
            self.iterations += value;
        } else if is(Builtin::IterationDuration) {
            self.durations.add(value);
        } else if is(Builtin::DroppedIterations) {
            self.dropped += value;
        } else if is(Builtin::WsSessions) {
            self.sessions += value;
        } else if is(Builtin::WsConnectErrors) {
            self.errors += value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(metric: Builtin, value: f64, tags: &[(&str, &str)]) -> Sample {
        Sample {
            metric: metric.id(),
            value,
            time: 0,
            tags: tags.iter().copied().collect(),
            metadata: None,
        }
    }

    #[test]
    fn errors_are_sorted_by_their_number() {
        let registry = Registry::new();
        let mut tallies = Tallies::new([]);
        let refused = [("error_code", "1212"), ("error", "connection refused")];
        let timeout = [("error_code", "1050"), ("error", "timeout")];
        for tags in [&refused, &timeout, &timeout] {
            tallies.add(&registry, &sample(Builtin::WsSessions, 1.0, tags));
            tallies.add(&registry, &sample(Builtin::WsConnecting, 5.0, tags));
            tallies.add(&registry, &sample(Builtin::WsConnectErrors, 1.0, tags));
        }
        let errors = tallies.errors();
        let told: Vec<_> =
            errors.iter().map(|(kind, count)| (&*kind.code, &*kind.text, *count)).collect();
        assert_eq!(told, [("1050", "timeout", 2.0), ("1212", "connection refused", 1.0)]);
    }

    #[test]
    fn errors_of_ever_new_kinds_are_counted_as_one() {
        let registry = Registry::new();
        let mut tallies = Tallies::new([]);
        for number in 0..1_000 {
            let code = number.to_string();
            let tags = [("error_code", code.as_str())];
            tallies.add(&registry, &sample(Builtin::WsConnectErrors, 1.0, &tags));
        }
        let errors = tallies.errors();
        assert_eq!((errors.len(), errors[0].1), (MAX_ERRORS + 1, 744.0));
        assert_eq!(&*errors[0].0.text, OTHERS);
    }

    #[test]
    fn scenarios_are_told_apart_by_their_tag() {
        let registry = Registry::new();
        let mut tallies = Tallies::new(["a", "b"]);
        let of = |name| [("scenario", name)];
        tallies.add(&registry, &sample(Builtin::Iterations, 1.0, &of("a")));
        tallies.add(&registry, &sample(Builtin::IterationDuration, 20.0, &of("a")));
        tallies.add(&registry, &sample(Builtin::DroppedIterations, 3.0, &of("b")));
        tallies.add(&registry, &sample(Builtin::Iterations, 1.0, &of("made up")));
        let (a, b) = (tallies.scenario("a").unwrap(), tallies.scenario("b").unwrap());
        assert_eq!((a.iterations, a.durations.max(), a.dropped), (1.0, 20.0, 0.0));
        assert_eq!((b.iterations, b.dropped), (0.0, 3.0));
        assert!(tallies.scenario("made up").is_none());
    }
}
