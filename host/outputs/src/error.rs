//! Why there is no output as it was asked for.

use thiserror::Error;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::outputs::OutputError;

/// Why there is no output as it was asked for.
#[derive(Debug, Error)]
pub enum CreateError {
    /// There is none of this name.
    #[error("there is no output \"{name}\"; the outputs are {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// It is k6's output to Grafana's service.
    #[error(
        "the output cloud sends to Grafana Cloud k6, whose protocol belongs to k6; there is none in wasock"
    )]
    Cloud,
    /// A setting is wrong.
    #[error("{setting} of the output {output} is {found}, expected {expected}")]
    Setting {
        /// The output.
        output: &'static str,
        /// The environment variable, or the key in the argument.
        setting: String,
        /// What it is set to, in quotes.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// Settings do not fit together, or what they name is of no use.
    #[error("the output {output} cannot be used: {reason}")]
    Unusable {
        /// The output.
        output: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A file could not be created.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl CreateError {
    /// The exit code that this error ends the process with.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Output(OutputError::Write { .. } | OutputError::Failed { .. }) => ExitCode::Other,
            _ => ExitCode::InvalidConfig,
        }
    }

    /// How to put it right, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Cloud => {
                Some("experimental-prometheus-rw and opentelemetry reach Grafana's stack")
            }
            _ => None,
        }
    }
}
