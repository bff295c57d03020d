//! How a run tells its outcome to the shell, with k6's numbers.

use serde::{Deserialize, Serialize};

/// The exit code of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum ExitCode {
    /// All went well; iterations may have thrown.
    Success = 0,
    /// Thresholds were crossed.
    Thresholds = 99,
    /// `setup` took too long.
    SetupTimeout = 100,
    /// `teardown` took too long.
    TeardownTimeout = 101,
    /// Something else took too long.
    Timeout = 102,
    /// The run was stopped through the REST API.
    StoppedByApi = 103,
    /// Options, thresholds or flags are wrong.
    InvalidConfig = 104,
    /// The run was ended from outside: Ctrl-C, SIGTERM.
    Aborted = 105,
    /// A server for the run, its REST API or its dashboard, cannot listen on its address.
    CannotListen = 106,
    /// The script threw at its top level, in `setup` or `teardown`, or cannot be loaded.
    ScriptException = 107,
    /// The script ended the run.
    ScriptAborted = 108,
    /// The script marked the test as failed.
    MarkedAsFailed = 110,
    /// Anything else.
    Other = 255,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
