//! What can be wrong with thresholds.

use thiserror::Error;

use crate::metrics::{AggregationError, Kind};

/// Why a threshold cannot be used. All of these end the run before it starts, with exit code 104.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ThresholdError {
    /// The expression is not `aggregation operator number`.
    #[error("the threshold \"{threshold}\" on {name} is malformed: {problem}")]
    Expression {
        /// The metric or sub-metric.
        name: String,
        /// The expression.
        threshold: String,
        /// What is wrong.
        problem: String,
    },
    /// The expression names no aggregation.
    #[error("the threshold \"{threshold}\" on {name} is malformed: {source}")]
    UnknownAggregation {
        /// The metric or sub-metric.
        name: String,
        /// The expression.
        threshold: String,
        /// What is wrong.
        source: AggregationError,
    },
    /// Metrics of this kind do not have this aggregation.
    #[error(
        "the threshold \"{threshold}\" on {name} asks for {aggregation}, which a {kind} does not have; it has {available}"
    )]
    Aggregation {
        /// The metric or sub-metric.
        name: String,
        /// The expression.
        threshold: String,
        /// What it asks for.
        aggregation: String,
        /// The kind of the metric.
        kind: Kind,
        /// What metrics of this kind have.
        available: &'static str,
    },
    /// There is no such metric.
    #[error("the threshold on \"{name}\" names a metric \"{metric}\" that does not exist{guess}")]
    UnknownMetric {
        /// The metric or sub-metric.
        name: String,
        /// The metric.
        metric: String,
        /// What was perhaps meant, for the end of a sentence.
        guess: String,
    },
    /// The tags of a sub-metric are not `{name:value,name:value}`.
    #[error("the threshold on \"{name}\" is malformed: {problem}")]
    Selector {
        /// The metric or sub-metric.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
}

impl ThresholdError {
    /// How to put it right, where that is known; a line of its own.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::UnknownMetric { .. } => Some(
                "metrics of a script exist only if its top level makes them (new Trend(\"name\"))",
            ),
            _ => None,
        }
    }
}

/// What thresholds on metrics of this kind can ask for.
pub(super) fn aggregations(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "count, rate",
        Kind::Gauge => "value",
        Kind::Rate => "rate",
        Kind::Trend => "avg, min, med, max, p(N)",
    }
}
