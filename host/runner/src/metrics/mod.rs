//! What is measured: metrics and their registry, tagged samples, and the sinks that add samples up.

mod aggregation;
mod aggregator;
mod builtin;
mod groups;
mod registry;
mod section;
mod sink;
mod sub_metrics;
mod tags;
mod trend;

pub use aggregation::{Aggregation, AggregationError, TrendColumn};
pub use aggregator::Aggregator;
pub use builtin::Builtin;
pub use groups::{
    CheckTally, FURTHER_CHECKS, GROUP_SEPARATOR, Group, MAX_CHECKS, MAX_DETAILS, MAX_GROUPS,
    Refused,
};
pub use registry::{DeclareError, MAX_METRICS, Registry};
pub use section::Section;
pub use sink::Sink;
pub(crate) use sink::{per_second, share};
pub use sub_metrics::SubMetric;
pub use tags::{MAX_TAG_BYTES, Tags, TagsBuilder};
pub use trend::{EXACT_VALUES, Precision, Trend};

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What a metric does with the values added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Adds them up.
    Counter,
    /// Keeps the last, the smallest and the largest.
    Gauge,
    /// Keeps the share of those that are not 0.
    Rate,
    /// Keeps their distribution.
    Trend,
}

impl Kind {
    /// The name that outputs and error messages use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Rate => "rate",
            Self::Trend => "trend",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What the values of a metric are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Contents {
    /// Plain numbers.
    #[default]
    Default,
    /// Times in milliseconds.
    Time,
    /// Numbers of bytes.
    Data,
}

impl Contents {
    /// The name that outputs and error messages use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Time => "time",
            Self::Data => "data",
        }
    }
}

impl fmt::Display for Contents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The number of a metric in its [`Registry`], counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MetricId(pub u32);

impl MetricId {
    /// The number as an index into a table of all metrics.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One metric: its name, and how its values are to be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// The name: 2 to 129 ASCII letters, digits and underscores, not starting with a digit.
    pub name: Arc<str>,
    /// What it does with its values.
    pub kind: Kind,
    /// What its values are.
    pub contents: Contents,
}

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The metric that it belongs to.
    pub metric: MetricId,
    /// The value, in the unit that the metric's [`Contents`] name.
    pub value: f64,
    /// When it was made: nanoseconds since 1970-01-01T00:00:00Z.
    pub time: i64,
    /// The names and values to tell measurements apart by.
    pub tags: Tags,
    /// Like tags, but never indexed by outputs.
    pub metadata: Option<Tags>,
}
