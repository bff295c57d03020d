//! The numbers that a metric can be asked for: in thresholds, and in the columns of the summary.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::Kind;

/// One number that sums up the values of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregation {
    /// The sum of a counter, or the number of values of a trend.
    Count,
    /// The sum of a counter per second of the run, or the share of a rate.
    Rate,
    /// The last value of a gauge.
    Value,
    /// The mean of a trend.
    Avg,
    /// The smallest value of a trend.
    Min,
    /// The median of a trend.
    Med,
    /// The largest value of a trend.
    Max,
    /// A percentile of a trend, 0 to 100.
    Percentile(f64),
}

/// Why a text names no aggregation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AggregationError {
    /// There is none of this name.
    #[error("\"{0}\" is none of count, rate, value, avg, min, med, max and p(N)")]
    Unknown(String),
    /// The number of a percentile is missing, or not between 0 and 100.
    #[error("\"{0}\" is not a percentile between p(0) and p(100)")]
    Percentile(String),
}

impl Aggregation {
    /// Whether a threshold on a metric of this kind may use it.
    pub fn suits_threshold(self, kind: Kind) -> bool {
        match self {
            Self::Count => kind == Kind::Counter,
            Self::Rate => matches!(kind, Kind::Counter | Kind::Rate),
            Self::Value => kind == Kind::Gauge,
            _ => kind == Kind::Trend,
        }
    }
}

impl FromStr for Aggregation {
    type Err = AggregationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "count" => Self::Count,
            "rate" => Self::Rate,
            "value" => Self::Value,
            "avg" => Self::Avg,
            "min" => Self::Min,
            "med" => Self::Med,
            "max" => Self::Max,
            _ => {
                let Some(number) = text.strip_prefix("p(").and_then(|rest| rest.strip_suffix(')'))
                else {
                    return Err(AggregationError::Unknown(text.to_owned()));
                };
                match number.trim().parse() {
                    Ok(percent) if (0.0..=100.0).contains(&percent) => Self::Percentile(percent),
                    _ => return Err(AggregationError::Percentile(text.to_owned())),
                }
            }
        })
    }
}

impl fmt::Display for Aggregation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Count => "count",
            Self::Rate => "rate",
            Self::Value => "value",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Med => "med",
            Self::Max => "max",
            Self::Percentile(percent) => return write!(formatter, "p({percent})"),
        })
    }
}

/// A column of trends in the summary, by the name that it was asked for: `p(99.90)` is not called `p(99.9)`.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendColumn {
    aggregation: Aggregation,
    name: Cow<'static, str>,
}

impl TrendColumn {
    /// The columns that the summary has when nothing else is asked for.
    pub fn defaults() -> &'static [Self] {
        static DEFAULTS: [TrendColumn; 6] = [
            TrendColumn::named("avg", Aggregation::Avg),
            TrendColumn::named("min", Aggregation::Min),
            TrendColumn::named("med", Aggregation::Med),
            TrendColumn::named("max", Aggregation::Max),
            TrendColumn::named("p(90)", Aggregation::Percentile(90.0)),
            TrendColumn::named("p(95)", Aggregation::Percentile(95.0)),
        ];
        &DEFAULTS
    }

    const fn named(name: &'static str, aggregation: Aggregation) -> Self {
        Self { aggregation, name: Cow::Borrowed(name) }
    }

    /// The column that is called so, if there is one: trends have neither a rate nor a last value.
    pub fn of_name(name: &str) -> Option<Self> {
        let aggregation = name.parse().ok();
        let aggregation = aggregation
            .filter(|number| !matches!(number, Aggregation::Rate | Aggregation::Value))?;
        Some(Self { aggregation, name: Cow::Owned(name.to_owned()) })
    }

    /// What it shows.
    pub fn aggregation(&self) -> Aggregation {
        self.aggregation
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_alike() {
        for name in
            ["count", "rate", "value", "avg", "min", "med", "max", "p(0)", "p(99.9)", "p(100)"]
        {
            assert_eq!(name.parse::<Aggregation>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn columns_are_called_as_they_were_asked_for() {
        for column in TrendColumn::defaults() {
            assert_eq!(TrendColumn::of_name(column.name()).as_ref(), Some(column));
        }
        let column = TrendColumn::of_name("p(99.90)").unwrap();
        assert_eq!(column.aggregation(), Aggregation::Percentile(99.9));
        assert_eq!(column.name(), "p(99.90)");
        for none in ["rate", "value", "mean", "p(101)"] {
            assert_eq!(TrendColumn::of_name(none), None, "{none}");
        }
    }

    #[test]
    fn other_names_are_refused() {
        assert_eq!("mean".parse::<Aggregation>(), Err(AggregationError::Unknown("mean".into())));
        for text in ["p()", "p(x)", "p(-1)", "p(100.1)", "p(NaN)"] {
            assert_eq!(text.parse::<Aggregation>(), Err(AggregationError::Percentile(text.into())));
        }
    }
}
