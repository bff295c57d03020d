//! Where an option was set, for people.

use std::fmt;

/// Where an option was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The configuration file, with its path where that is known.
    Config(Option<String>),
    /// The `options` that the script exports.
    Script,
    /// An environment variable, by name.
    Variable(String),
    /// A flag, as it is written: `--vus`.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(None) => formatter.write_str("in the configuration file"),
            Self::Config(Some(path)) => write!(formatter, "in the configuration file \"{path}\""),
            Self::Script => formatter.write_str("in the script"),
            Self::Variable(name) => write!(formatter, "by the environment variable {name}"),
            Self::Flag(flag) => write!(formatter, "by the flag {flag}"),
        }
    }
}
