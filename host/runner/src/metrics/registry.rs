//! The metrics of a run, by number and by name.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;
use thiserror::Error;

use super::{Builtin, Contents, Kind, Metric, MetricId};

/// The most metrics that one run may have. Each costs memory in every sink and a line in the summary, so a
/// script that declares more has most likely put data into the name, which belongs into a tag.
pub const MAX_METRICS: usize = 4_096;

/// The longest name of a metric, in characters.
const LONGEST_NAME: usize = 129;

/// Why a metric could not be declared. The text is meant for the script.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeclareError {
    /// The name breaks the rule.
    #[error(
        "invalid metric name '{0}': it must have 2 to 129 ASCII letters, digits or underscores and not start with a digit"
    )]
    Name(String),
    /// The name is taken by a metric of another kind.
    #[error("metric '{name}' was declared as a {existing} and cannot also be a {wanted}")]
    Kind {
        /// The name.
        name: String,
        /// What it is.
        existing: Kind,
        /// What was asked for.
        wanted: Kind,
    },
    /// The name is taken by a metric with other contents.
    #[error(
        "metric '{name}' was declared with values of type {existing} and cannot also have type {wanted}"
    )]
    Contents {
        /// The name.
        name: String,
        /// What it contains.
        existing: Contents,
        /// What was asked for.
        wanted: Contents,
    },
    /// There are [`MAX_METRICS`] already.
    #[error(
        "metric '{0}' would be one too many: a test may have {MAX_METRICS} metrics; use tags to tell values apart"
    )]
    TooMany(String),
}

/// All metrics of a run. It is shared by all threads: metrics are declared while scripts initialise, and
/// looked up when samples are added up.
#[derive(Debug)]
pub struct Registry {
    inner: RwLock<Inner>,
    /// How many metrics there are. Numbers count up from 0, so this says which exist without the lock.
    count: AtomicUsize,
}

#[derive(Debug)]
struct Inner {
    metrics: Vec<Arc<Metric>>,
    by_name: HashMap<Arc<str>, MetricId>,
    /// Metrics beyond k6's that the script uses, so that it cannot take their names any more.
    claimed: HashSet<MetricId>,
}

impl Inner {
    fn push(&mut self, name: &str, kind: Kind, contents: Contents) -> MetricId {
        let id =
            MetricId(u32::try_from(self.metrics.len()).expect("MAX_METRICS fits into 32 bits"));
        let name: Arc<str> = name.into();
        self.by_name.insert(Arc::clone(&name), id);
        self.metrics.push(Arc::new(Metric { name, kind, contents }));
        id
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    /// A registry with the built-in metrics.
    pub fn new() -> Self {
        let mut inner = Inner {
            metrics: Vec::with_capacity(Builtin::ALL.len()),
            by_name: HashMap::new(),
            claimed: HashSet::new(),
        };
        for metric in Builtin::ALL {
            inner.push(metric.name(), metric.kind(), metric.contents());
        }
        let count = AtomicUsize::new(inner.metrics.len());
        Self { inner: RwLock::new(inner), count }
    }

    /// Declares a metric and returns its number. Declaring it again with the same kind and contents returns
    /// the same number.
    pub fn declare(
        &self,
        name: &str,
        kind: Kind,
        contents: Contents,
    ) -> Result<MetricId, DeclareError> {
        if !is_valid_name(name) {
            return Err(DeclareError::Name(name.to_owned()));
        }
        let mut inner = self.inner.write();
        let is_free = |id: &MetricId| is_beyond_k6(*id) && !inner.claimed.contains(id);
        let existing = inner.by_name.get(name).copied().filter(|id| !is_free(id));
        if let Some(id) = existing {
            return same_metric(&inner.metrics[id.index()], kind, contents).map(|()| id);
        }
        if inner.metrics.len() >= MAX_METRICS {
            return Err(DeclareError::TooMany(name.to_owned()));
        }
        let id = inner.push(name, kind, contents);
        self.count.store(inner.metrics.len(), Ordering::Release);
        Ok(id)
    }

    /// Keeps a built-in metric for what it is. False if the script has declared one of its name.
    pub fn claim(&self, metric: Builtin) -> bool {
        let mut inner = self.inner.write();
        let is_own = inner.by_name.get(metric.name()) == Some(&metric.id());
        is_own && {
            inner.claimed.insert(metric.id());
            true
        }
    }

    /// Whether a built-in metric is measured: not if the script has declared one of its name.
    pub fn is_measured(&self, metric: Builtin) -> bool {
        self.inner.read().by_name.get(metric.name()) == Some(&metric.id())
    }

    /// Whether there is a metric with this number.
    pub fn contains(&self, id: MetricId) -> bool {
        id.index() < self.count.load(Ordering::Acquire)
    }

    /// The metric with this number, if there is one.
    pub fn get(&self, id: MetricId) -> Option<Arc<Metric>> {
        self.inner.read().metrics.get(id.index()).cloned()
    }

    /// The metric with this name, if there is one.
    pub fn find(&self, name: &str) -> Option<(MetricId, Arc<Metric>)> {
        let inner = self.inner.read();
        let id = *inner.by_name.get(name)?;
        Some((id, Arc::clone(&inner.metrics[id.index()])))
    }

    /// All metrics in the order of their numbers.
    pub fn all(&self) -> Vec<Arc<Metric>> {
        self.inner.read().metrics.clone()
    }
}

/// Whether this is a built-in metric whose name a script may take.
fn is_beyond_k6(id: MetricId) -> bool {
    Builtin::ALL.get(id.index()).is_some_and(|metric| metric.is_beyond_k6())
}

/// Whether a metric may have this name (`^[a-zA-Z_][a-zA-Z0-9_]{1,128}$`).
fn is_valid_name(name: &str) -> bool {
    (2..=LONGEST_NAME).contains(&name.len())
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn same_metric(existing: &Metric, kind: Kind, contents: Contents) -> Result<(), DeclareError> {
    let name = || existing.name.to_string();
    if existing.kind != kind {
        return Err(DeclareError::Kind { name: name(), existing: existing.kind, wanted: kind });
    }
    if existing.contents != contents {
        return Err(DeclareError::Contents {
            name: name(),
            existing: existing.contents,
            wanted: contents,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_metrics_have_fixed_numbers() {
        let registry = Registry::new();
        let (id, metric) = registry.find("ws_connecting").unwrap();
        assert_eq!(id, Builtin::WsConnecting.id());
        assert_eq!(metric.kind, Kind::Trend);
        assert_eq!(metric.contents, Contents::Time);
        assert_eq!(&*registry.get(MetricId(0)).unwrap().name, "checks");
    }

    #[test]
    fn declaring_twice_gives_the_same_number() {
        let registry = Registry::new();
        let first = registry.declare("latency", Kind::Trend, Contents::Time).unwrap();
        let second = registry.declare("latency", Kind::Trend, Contents::Time).unwrap();
        assert_eq!(first, second);
        assert_eq!(first.index(), Builtin::ALL.len());
    }

    #[test]
    fn a_script_may_take_the_names_of_metrics_that_k6_does_not_have() {
        let registry = Registry::new();
        assert!(registry.is_measured(Builtin::WsRtt));
        let own = registry.declare("ws_rtt", Kind::Counter, Contents::Default).unwrap();
        assert_ne!(own, Builtin::WsRtt.id());
        assert!(!registry.is_measured(Builtin::WsRtt));
        assert_eq!(registry.find("ws_rtt").unwrap().0, own);
        assert_eq!(registry.declare("ws_rtt", Kind::Counter, Contents::Default), Ok(own));
        assert!(registry.declare("ws_rtt", Kind::Trend, Contents::Time).is_err());
        assert!(!registry.claim(Builtin::WsRtt));
        assert!(registry.claim(Builtin::WsRttLost));
        let shared = registry.declare("ws_rtt_lost", Kind::Counter, Contents::Default);
        assert_eq!(shared, Ok(Builtin::WsRttLost.id()));
        assert!(registry.declare("ws_rtt_lost", Kind::Rate, Contents::Default).is_err());
        assert!(registry.declare("ws_ping", Kind::Counter, Contents::Default).is_err());
    }

    #[test]
    fn a_name_keeps_its_first_meaning() {
        let registry = Registry::new();
        registry.declare("errors", Kind::Counter, Contents::Default).unwrap();
        let error = registry.declare("errors", Kind::Rate, Contents::Default).unwrap_err();
        assert_eq!(
            error.to_string(),
            "metric 'errors' was declared as a counter and cannot also be a rate"
        );
        let error = registry.declare("errors", Kind::Counter, Contents::Time).unwrap_err();
        assert_eq!(
            error.to_string(),
            "metric 'errors' was declared with values of type default and cannot also have type time"
        );
    }

    #[test]
    fn names_follow_the_rule() {
        let registry = Registry::new();
        for name in ["", "a", "1st", "a-b", "näh", "a b", &"x".repeat(130)] {
            let error = registry.declare(name, Kind::Gauge, Contents::Default).unwrap_err();
            assert_eq!(error, DeclareError::Name(name.to_owned()));
        }
        for name in ["ab", "_1", "A_b9", &"x".repeat(129)] {
            assert!(registry.declare(name, Kind::Gauge, Contents::Default).is_ok());
        }
    }

    #[test]
    fn a_run_has_a_bounded_number_of_metrics() {
        let registry = Registry::new();
        for number in Builtin::ALL.len()..MAX_METRICS {
            registry.declare(&format!("m{number:04}"), Kind::Gauge, Contents::Default).unwrap();
        }
        let error = registry.declare("last", Kind::Gauge, Contents::Default).unwrap_err();
        assert_eq!(error, DeclareError::TooMany("last".into()));
    }
}
