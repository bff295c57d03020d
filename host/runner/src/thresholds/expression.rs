//! The expression of a threshold: `p(95) < 200`.

use std::fmt;

use super::ThresholdError;
use crate::metrics::Aggregation;

/// How a threshold compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==` or `===`
    Equal,
    /// `!=`
    NotEqual,
}

impl Operator {
    /// All spellings, each before those that it begins with.
    const SPELLINGS: [(&'static str, Self); 7] = [
        ("<=", Self::LessOrEqual),
        ("<", Self::Less),
        (">=", Self::GreaterOrEqual),
        (">", Self::Greater),
        ("===", Self::Equal),
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
    ];

    /// Whether `left` compares to `right` like this.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::Equal => left == right,
            Self::NotEqual => left != right,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        })
    }
}

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expression {
    /// The number of the metric that is compared.
    pub aggregation: Aggregation,
    /// How it is compared.
    pub operator: Operator,
    /// What it is compared to.
    pub value: f64,
}

impl Expression {
    /// Reads the expression of a threshold on the metric or sub-metric `name`.
    pub fn parse(text: &str, name: &str) -> Result<Self, ThresholdError> {
        let malformed = |problem: String| ThresholdError::Expression {
            name: name.to_owned(),
            threshold: text.to_owned(),
            problem,
        };
        let Some(at) = text.find(['<', '>', '=', '!']) else {
            return Err(malformed("it has none of the operators <, <=, >, >=, ==, !=".into()));
        };
        let (left, rest) = text.split_at(at);
        let spelling =
            Operator::SPELLINGS.into_iter().find(|(spelling, _)| rest.starts_with(spelling));
        let Some((spelling, operator)) = spelling else {
            return Err(malformed("its operator is none of <, <=, >, >=, ==, !=".into()));
        };
        let right = rest[spelling.len()..].trim();
        let value = match right.parse::<f64>() {
            Ok(value) if value.is_finite() => value,
            _ => return Err(malformed(format!("\"{right}\" is not a number"))),
        };
        let aggregation =
            left.trim().parse().map_err(|source| ThresholdError::UnknownAggregation {
                name: name.to_owned(),
                threshold: text.to_owned(),
                source,
            })?;
        Ok(Self { aggregation, operator, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Expression, String> {
        Expression::parse(text, "m").map_err(|error| error.to_string())
    }

    #[test]
    fn expressions_have_an_aggregation_an_operator_and_a_number() {
        let cases = [
            ("p(95)<200", Aggregation::Percentile(95.0), Operator::Less, 200.0),
            (" rate >= 0.9 ", Aggregation::Rate, Operator::GreaterOrEqual, 0.9),
            ("count==0", Aggregation::Count, Operator::Equal, 0.0),
            ("count===0", Aggregation::Count, Operator::Equal, 0.0),
            ("med!=-1.5e3", Aggregation::Med, Operator::NotEqual, -1500.0),
            ("p( 99.9 )<=1", Aggregation::Percentile(99.9), Operator::LessOrEqual, 1.0),
        ];
        for (text, aggregation, operator, value) in cases {
            let expected = Expression { aggregation, operator, value };
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn malformed_expressions_say_why() {
        let cases = [
            ("rate", "it has none of the operators <, <=, >, >=, ==, !="),
            ("rate=5", "its operator is none of <, <=, >, >=, ==, !="),
            ("rate<", "\"\" is not a number"),
            ("rate<5ms", "\"5ms\" is not a number"),
            ("rate<NaN", "\"NaN\" is not a number"),
            ("mean<5", "\"mean\" is none of count, rate, value, avg, min, med, max and p(N)"),
            ("p(101)<5", "\"p(101)\" is not a percentile between p(0) and p(100)"),
        ];
        for (text, problem) in cases {
            let expected = format!("the threshold \"{text}\" on m is malformed: {problem}");
            assert_eq!(read(text).unwrap_err(), expected);
        }
    }
}
