//! What is measured, added up: there is one user and no output, so sums are all that is kept.

use std::cell::RefCell;
use std::fmt::{self, Display};

/// The most metrics that one test may have.
const MAX_METRICS: usize = 4_096;

/// The longest name of a metric, in characters.
const LONGEST_NAME: usize = 129;

/// The most checks that are told apart; what comes beyond counts as a check all the same.
const MAX_CHECKS: usize = 1_024;

/// The number of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MetricId(pub(crate) u32);

/// What a metric does with the values added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Rate,
    Trend,
}

/// What the values of a metric are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    Default,
    Time,
    Data,
}

impl Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Rate => "rate",
            Self::Trend => "trend",
        })
    }
}

impl Display for Contents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Default => "default",
            Self::Time => "time",
            Self::Data => "data",
        })
    }
}

/// Metrics that are measured without the guest.
#[derive(Clone, Copy)]
pub(crate) enum Builtin {
    Checks,
    Iterations,
    IterationDuration,
    WsSessions,
    WsConnecting,
    WsSessionDuration,
    WsPing,
    WsMsgsSent,
    WsMsgsReceived,
    WsConnectErrors,
    WsRtt,
    WsRttLost,
    HttpReqs,
    HttpReqDuration,
    HttpReqFailed,
}

/// Their names, in the order of their numbers.
const BUILTINS: [(&str, Kind, Contents); 15] = [
    ("checks", Kind::Rate, Contents::Default),
    ("iterations", Kind::Counter, Contents::Default),
    ("iteration_duration", Kind::Trend, Contents::Time),
    ("ws_sessions", Kind::Counter, Contents::Default),
    ("ws_connecting", Kind::Trend, Contents::Time),
    ("ws_session_duration", Kind::Trend, Contents::Time),
    ("ws_ping", Kind::Trend, Contents::Time),
    ("ws_msgs_sent", Kind::Counter, Contents::Default),
    ("ws_msgs_received", Kind::Counter, Contents::Default),
    ("ws_connect_errors", Kind::Counter, Contents::Default),
    ("ws_rtt", Kind::Trend, Contents::Time),
    ("ws_rtt_lost", Kind::Counter, Contents::Default),
    ("http_reqs", Kind::Counter, Contents::Default),
    ("http_req_duration", Kind::Trend, Contents::Time),
    ("http_req_failed", Kind::Rate, Contents::Default),
];

impl From<Builtin> for MetricId {
    fn from(metric: Builtin) -> Self {
        Self(metric as u32)
    }
}

/// A metric and what was added to it.
#[derive(Clone)]
pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) contents: Contents,
    pub(crate) count: u64,
    pub(crate) sum: f64,
    pub(crate) last: f64,
    pub(crate) smallest: f64,
    pub(crate) largest: f64,
    /// How many values are not 0.
    pub(crate) nonzero: u64,
}

/// How often a check has passed and failed.
#[derive(Clone)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

struct Registry {
    metrics: Vec<Metric>,
    checks: Vec<Check>,
}

thread_local! {
    static REGISTRY: RefCell<Registry> = RefCell::new(Registry::new());
}

impl Registry {
    fn new() -> Self {
        let metrics =
            BUILTINS.iter().map(|(name, kind, contents)| Metric::new(name, *kind, *contents));
        Self { metrics: metrics.collect(), checks: Vec::new() }
    }
}

impl Metric {
    fn new(name: &str, kind: Kind, contents: Contents) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            contents,
            count: 0,
            sum: 0.0,
            last: 0.0,
            smallest: f64::INFINITY,
            largest: f64::NEG_INFINITY,
            nonzero: 0,
        }
    }

    fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.last = value;
        self.smallest = self.smallest.min(value);
        self.largest = self.largest.max(value);
        self.nonzero += u64::from(value != 0.0);
    }
}

/// Declares a metric and returns its number; the text for the guest if it cannot be.
pub(crate) fn declare(name: &str, kind: Kind, contents: Contents) -> Result<MetricId, String> {
    if !is_valid_name(name) {
        return Err(format!(
            "invalid metric name '{name}': it must have 2 to 129 ASCII letters, digits or underscores and not \
             start with a digit"
        ));
    }
    REGISTRY.with_borrow_mut(|registry| {
        let metrics = &mut registry.metrics;
        if let Some(index) = metrics.iter().position(|metric| metric.name == name) {
            let existing = &metrics[index];
            if existing.kind != kind {
                let existing = existing.kind;
                return Err(format!(
                    "metric '{name}' was declared as a {existing} and cannot also be a {kind}"
                ));
            }
            if existing.contents != contents {
                let existing = existing.contents;
                return Err(format!(
                    "metric '{name}' was declared with values of type {existing} and cannot also have type \
                     {contents}"
                ));
            }
            return Ok(MetricId(index as u32));
        }
        if metrics.len() >= MAX_METRICS {
            return Err(format!(
                "metric '{name}' would be one too many: a test may have {MAX_METRICS} metrics; use tags to tell \
                 values apart"
            ));
        }
        metrics.push(Metric::new(name, kind, contents));
        Ok(MetricId(metrics.len() as u32 - 1))
    })
}

/// Adds a value. A number that was never given out is a mistake of the guest's, which stops it.
pub(crate) fn add(metric: impl Into<MetricId>, value: f64) {
    let MetricId(number) = metric.into();
    REGISTRY.with_borrow_mut(|registry| match registry.metrics.get_mut(number as usize) {
        Some(metric) => metric.add(value),
        None => panic!("the guest adds to metric {number}, which was never declared"),
    });
}

/// Counts a check.
pub(crate) fn check(name: String, passed: bool) {
    add(Builtin::Checks, f64::from(u8::from(passed)));
    REGISTRY.with_borrow_mut(|Registry { checks, .. }| {
        let index = checks.iter().position(|check| check.name == name).or_else(|| {
            (checks.len() < MAX_CHECKS).then(|| {
                checks.push(Check { name, passed: 0, failed: 0 });
                checks.len() - 1
            })
        });
        if let Some(check) = index.map(|index| &mut checks[index]) {
            *(if passed { &mut check.passed } else { &mut check.failed }) += 1;
        }
    });
}

/// The metrics that something was added to, and the checks.
pub(crate) fn sums() -> (Vec<Metric>, Vec<Check>) {
    REGISTRY.with_borrow(|registry| {
        let used = registry.metrics.iter().filter(|metric| metric.count > 0);
        (used.cloned().collect(), registry.checks.clone())
    })
}

/// Whether a metric may have this name.
fn is_valid_name(name: &str) -> bool {
    (2..=LONGEST_NAME).contains(&name.len())
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
