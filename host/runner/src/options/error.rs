//! What can be wrong with options.

use serde_json::Value;
use thiserror::Error;

use super::Origin;
use super::suggest::guess;
use crate::thresholds::ThresholdError;

/// How many characters of a wrong value an error message repeats: enough to recognise it, and the message stays in
/// one or two lines.
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
    /// A scenario, a stage or a threshold has a field that does not exist.
    #[error("option \"{path}\" does not exist; {owner} has {known}{guess}")]
    UnknownField {
        /// The field.
        path: String,
        /// The executor of the scenario, `a stage` or `a threshold`.
        owner: &'static str,
        /// The fields that it has.
        known: String,
        /// What was perhaps meant, for the end of a sentence; see [`super::suggest::guess`].
        guess: String,
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
    /// A threshold cannot be used.
    #[error("option \"{path}\" is wrong: {problem}")]
    Threshold {
        /// The option.
        path: String,
        /// What is wrong.
        problem: Box<ThresholdError>,
    },
    /// Another of these, with where the option was set.
    #[error("{problem} ({origin})")]
    Set {
        /// Where it was set.
        origin: Origin,
        /// What is wrong.
        problem: Box<OptionError>,
    },
    /// Several of these, none of which is one of several.
    #[error("{} options are wrong{}", .0.len(), listed(.0))]
    Several(Vec<OptionError>),
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
            Self::Threshold { problem, .. } => problem.hint(),
            Self::Set { problem, .. } => problem.hint(),
            Self::Several(problems) => problems.iter().find_map(Self::hint),
            _ => None,
        }
    }

    /// The same with where the options were set, unless that is known or all sources have a part in it.
    pub fn located(self, origin: &Origin) -> Self {
        match self {
            Self::Set { .. } | Self::Json { .. } => self,
            Self::Several(problems) => {
                Self::Several(problems.into_iter().map(|problem| problem.located(origin)).collect())
            }
            problem => Self::Set { origin: origin.clone(), problem: Box::new(problem) },
        }
    }

    /// The name of the option that is wrong, without what follows it in its path.
    pub(crate) fn option(&self) -> Option<&str> {
        let path: &str = match self {
            Self::Value { path, .. }
            | Self::Missing { path, .. }
            | Self::UnknownField { path, .. }
            | Self::Inconsistent { path, .. }
            | Self::Unusable { path, .. }
            | Self::Threshold { path, .. } => path,
            Self::Conflict { first, .. } => first,
            Self::Set { problem, .. } => return problem.option(),
            Self::Several(_) | Self::Json { .. } => return None,
        };
        path.split(['.', '[']).next()
    }

    /// One error for all of these, if there are any.
    ///
    /// # Errors
    ///
    /// There are.
    pub fn all(problems: Vec<Self>) -> Result<(), Self> {
        let mut single = Vec::new();
        for problem in problems {
            match problem {
                Self::Several(several) => single.extend(several),
                problem => single.push(problem),
            }
        }
        match single.len() {
            0 => Ok(()),
            1 => Err(single.remove(0)),
            _ => Err(Self::Several(single)),
        }
    }

    /// A value that is none of these names.
    pub(crate) fn choice<'a>(
        path: &str,
        found: &Value,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let names: Vec<_> = names.into_iter().collect();
        let guess = found.as_str().map(|word| guess(word, names.iter().copied()));
        let expected = format!("one of {}{}", names.join(", "), guess.unwrap_or_default());
        Self::value(path, found, expected)
    }

    pub(crate) fn unusable(path: &str, problem: &dyn std::error::Error) -> Self {
        Self::Unusable { path: path.to_owned(), problem: problem.to_string() }
    }

    pub(crate) fn value(path: &str, found: &Value, expected: impl Into<String>) -> Self {
        Self::Value { path: path.to_owned(), found: shown(found), expected: expected.into() }
    }
}

/// Each problem on a line of its own.
fn listed(problems: &[OptionError]) -> String {
    problems.iter().map(|problem| format!("\n  {problem}")).collect()
}

/// The only key of an object that stands for what JSON has no form for, such as NaN. It is also in
/// `guest-js/shim/internal/lifecycle.js`.
const NO_JSON: &str = "wasock:no-json";

/// What a value of a script was that JSON has no form for; none for all else.
pub(super) fn without_json(value: &Value) -> Option<&str> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.get(NO_JSON)?.as_str()
}

/// A JSON value for an error message: short, and cut off where it is not.
pub(crate) fn shown(value: &Value) -> String {
    let text = without_json(value).map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() <= SHOWN_CHARACTERS {
        return text;
    }
    let mut short: String = text.chars().take(SHOWN_CHARACTERS).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(path: &str) -> OptionError {
        OptionError::Missing { path: path.to_owned(), expected: "a number".to_owned() }
    }

    #[test]
    fn errors_tell_where_the_option_was_set() {
        let error = missing("stages[1].target").located(&Origin::Flag("--stage".to_owned()));
        let text =
            "option \"stages[1].target\" is missing, expected a number (by the flag --stage)";
        assert_eq!(error.to_string(), text);
        assert_eq!(error.option(), Some("stages"));
        // What is known is not replaced.
        assert_eq!(error.clone().located(&Origin::Script), error);
    }

    #[test]
    fn several_errors_are_listed_one_below_the_other() {
        assert_eq!(OptionError::all(Vec::new()), Ok(()));
        assert_eq!(OptionError::all(vec![missing("a")]), Err(missing("a")));
        let two = OptionError::all(vec![missing("a"), missing("b")]).unwrap_err();
        let three = OptionError::all(vec![two, missing("c")]).unwrap_err();
        assert_eq!(
            three.located(&Origin::Script).to_string(),
            "3 options are wrong
  option \"a\" is missing, expected a number (in the script)
  option \"b\" is missing, expected a number (in the script)
  option \"c\" is missing, expected a number (in the script)"
        );
    }

    #[test]
    fn a_choice_lists_the_names_and_guesses() {
        let names = ["first", "random", "roundRobin"];
        let text =
            |found: &str| OptionError::choice("dns.select", &found.into(), names).to_string();
        assert_eq!(
            text("randon"),
            "option \"dns.select\" is \"randon\", expected one of first, random, roundRobin; did you \
             mean \"random\"?"
        );
        assert!(text("last").ends_with("one of first, random, roundRobin"));
    }
}
