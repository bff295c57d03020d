//! Where samples go besides the summary (`--out`).

mod json;

pub use json::Json;

use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::metrics::{Aggregator, Registry, Sample};
use crate::thresholds::Thresholds;

/// Outputs that k6 has and this version has not.
const LATER_OUTPUTS: [&str; 7] = [
    "csv",
    "cloud",
    "influxdb",
    "experimental-prometheus-rw",
    "opentelemetry",
    "experimental-opentelemetry",
    "web-dashboard",
];

/// The outputs that this version has.
pub const OUTPUTS: [&str; 1] = ["json"];

/// Takes the samples of a run. The methods block; they are called by one thread at a time.
pub trait Output: Send {
    /// What it is and where it writes, for the start of a run: `json (results.json)`.
    fn description(&self) -> String;

    /// Learns of the thresholds, before the first sample.
    fn start(&mut self, _thresholds: &Thresholds) {}

    /// Takes samples, several times per second. `registry` knows their metrics.
    fn write(&mut self, registry: &Registry, samples: &[Sample]) -> Result<(), OutputError>;

    /// Looks at the sums so far, after each time that samples were fetched, even if there were none. `elapsed` is
    /// the time since the run began.
    fn look(&mut self, _results: &Aggregator, _thresholds: &Thresholds, _elapsed: Duration) {}

    /// Writes out what it holds back. It is called once, at the end of the run.
    fn finish(&mut self) -> Result<(), OutputError>;
}

/// Why an output cannot be used.
#[derive(Debug, Error)]
pub enum OutputError {
    /// There is no output of this name.
    #[error("there is no output \"{0}\"; the outputs are json")]
    Unknown(String),
    /// k6 has it, and this version has not.
    #[error("the output \"{0}\" is not in this version yet; the outputs are json")]
    NotYet(String),
    /// The file could not be made.
    #[error("the output json could not create \"{path}\"")]
    Create {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Something could not be written.
    #[error("the output {output} could not be written")]
    Write {
        /// Its description.
        output: String,
        /// Why.
        source: io::Error,
    },
}

/// Makes the output that `--out` asks for: a type, or a type and its argument after a `=`. A file is created at
/// once, so that a wrong path is found before the run.
pub fn create(output: &str) -> Result<Box<dyn Output>, OutputError> {
    let (name, argument) = output.split_once('=').unwrap_or((output, ""));
    match name {
        "json" => Ok(Box::new(Json::create(argument)?)),
        later if LATER_OUTPUTS.contains(&later) => Err(OutputError::NotYet(later.to_owned())),
        unknown => Err(OutputError::Unknown(unknown.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(output: &str) -> String {
        match create(output) {
            Ok(_) => panic!("{output} was created"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn outputs_that_do_not_exist_are_refused_with_those_that_do() {
        assert_eq!(
            error("csv=a.csv"),
            "the output \"csv\" is not in this version yet; the outputs are json"
        );
        assert_eq!(error("xml"), "there is no output \"xml\"; the outputs are json");
    }

    #[test]
    fn a_path_that_cannot_be_created_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("out.json");
        let path = path.display();
        assert_eq!(
            error(&format!("json={path}")),
            format!("the output json could not create \"{path}\"")
        );
    }
}
