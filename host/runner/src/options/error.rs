//! What can be wrong with options.

use serde_json::Value;
use thiserror::Error;

/// How many characters of a wrong value an error message repeats.
const SHOWN_CHARACTERS: usize = 60;

/// Why options cannot be used. All of these end the run before it starts, with exit code 104.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OptionError {
    /// A value has the wrong type or lies outside of its range.
    #[error("option \"{path}\" is {found}, expected {expected}")]
    Value {
        /// The option, down to the part that is wrong: `stages[1].target`.
        path: String,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// An option that has no default is not there.
    #[error("option \"{path}\" is missing, expected {expected}")]
    Missing {
        /// The option.
        path: String,
        /// What should be there.
        expected: String,
    },
    /// A scenario or a stage has a field that does not exist.
    #[error("option \"{path}\" does not exist; {owner} has {known}")]
    UnknownField {
        /// The field.
        path: String,
        /// The executor of the scenario, or `a stage`.
        owner: &'static str,
        /// The fields that it has.
        known: String,
    },
    /// Several options that each describe the whole load are set together.
    #[error(
        "options \"{first}\" and \"{second}\" cannot be used together, because each describes the load on its own"
    )]
    Conflict {
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// Two values are right on their own, but not together.
    #[error("option \"{path}\" is {found}, {problem}")]
    Inconsistent {
        /// The option.
        path: String,
        /// What is there.
        found: String,
        /// What it contradicts.
        problem: String,
    },
    /// A value has the right type, but is of no use.
    #[error("option \"{path}\" cannot be used: {problem}")]
    Unusable {
        /// The option.
        path: String,
        /// What is wrong. It never repeats the value, which may be secret.
        problem: String,
    },
    /// The text is not JSON, or not a JSON object.
    #[error("{what} are not a JSON object: {problem}")]
    Json {
        /// Whose options these are: `the options of the script`.
        what: String,
        /// What is wrong.
        problem: String,
    },
}

impl OptionError {
    /// How to put it right, where that is known; a line of its own.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Conflict { .. } => {
                Some("keep one of them, or describe both loads as scenarios (options.scenarios)")
            }
            Self::Inconsistent { path, .. } if path == "executionSegment" => Some(
                "the segments lie between neighbouring ends of the sequence: 0,1/3,1 has 0:1/3 and 1/3:1",
            ),
            _ => None,
        }
    }

    pub(crate) fn unusable(path: &str, problem: &dyn std::error::Error) -> Self {
        Self::Unusable { path: path.to_owned(), problem: problem.to_string() }
    }

    pub(crate) fn value(path: &str, found: &Value, expected: impl Into<String>) -> Self {
        Self::Value { path: path.to_owned(), found: shown(found), expected: expected.into() }
    }
}

/// A JSON value for an error message: short, and cut off where it is not.
pub(crate) fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN_CHARACTERS {
        return text;
    }
    let mut short: String = text.chars().take(SHOWN_CHARACTERS).collect();
    short.push('…');
    short
}
