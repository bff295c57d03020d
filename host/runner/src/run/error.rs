//! What can go wrong with a run.

use std::io;

use thiserror::Error;
use wasock_sockets::is_out_of_descriptors;

use crate::exit_code::ExitCode;
use crate::options::OptionError;
use crate::processes::{Failure, MAX_PROCESSES};
use crate::vu::{self, FactoryError, StageError};

/// What can go wrong with a run.
#[derive(Debug, Error)]
pub enum RunError {
    /// An option is wrong.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// A scenario names a function that the script does not export.
    #[error(
        "option \"scenarios.{scenario}.exec\" is \"{exec}\", which {whose} does not export; it exports \
         {others}"
    )]
    UnknownFunction {
        /// The scenario.
        scenario: String,
        /// The function.
        exec: String,
        /// Whose function it would be.
        whose: String,
        /// The functions that there are, which of them was perhaps meant, and where the scenario was set.
        others: String,
    },
    /// A program that a scenario names cannot be run.
    #[error("the guest \"{name}\" cannot be run: {message}")]
    Guest {
        /// As the scenario names it.
        name: String,
        /// What is wrong.
        message: String,
        /// How to put it right, where that is known.
        hint: Option<String>,
        /// The exit code for it.
        code: ExitCode,
    },
    /// The script exports no function, and scenarios need one of it.
    #[error("the script exports no function")]
    NoFunctions,
    /// The script exports no function, and its scenarios, which name other programs, do not count.
    #[error(
        "the test has no function of its own, and other options take the place of its scenarios, which name \
         its programs"
    )]
    ScenariosReplaced,
    /// There are too many virtual users for the processes that there may be.
    #[error("the test needs {vus} virtual users, and {}", rooms(*processes))]
    TooManyVus {
        /// How many.
        vus: u64,
        /// How many processes there may be.
        processes: u32,
    },
    /// A stage of the script failed.
    #[error("{error}")]
    Script {
        /// Which: `init`, `setup`, `teardown`.
        stage: &'static str,
        /// How.
        error: StageError,
    },
    /// A stage took too long.
    #[error("{} took longer than {limit}", named(stage))]
    Timeout {
        /// Which: `init`, `setup`, `teardown`, `handleSummary`.
        stage: &'static str,
        /// What its option allows.
        limit: String,
    },
    /// The script ended the run at its top level.
    #[error("{}", with_reason("test aborted", .0))]
    Aborted(String),
    /// No virtual user could be made.
    #[error(transparent)]
    Factory(#[from] FactoryError),
    /// The run was stopped while it was being prepared.
    #[error("the run was stopped before it began")]
    Stopped,
    /// The run was stopped by its [`Control`](crate::control::Control) while it was being prepared.
    #[error("the run was stopped through its API before it began")]
    StoppedByControl,
    /// A process that was to run a part of the test could not begin.
    #[error("{}", .0.message)]
    Process(Failure),
    /// A process that was to run a part of the test could not be started.
    #[error("a process for a part of the test could not be started: {0}")]
    ProcessStart(io::Error),
    /// Processes that ran parts of the test broke down.
    #[error("{lost} of {of} processes of the run ended before their time")]
    ProcessesLost {
        /// How many.
        lost: usize,
        /// Of how many.
        of: usize,
    },
    /// The runner itself failed.
    #[error("the runner failed: {0}")]
    Internal(String),
}

/// What one process, or several, have room for.
fn rooms(processes: u32) -> String {
    let room = u64::from(vu::room());
    match processes {
        1 => format!("one process has room for {room}"),
        some => format!("{some} processes have room for {}", room * u64::from(some)),
    }
}

/// A stage as people call it: the top level is no function.
fn named(stage: &str) -> String {
    if stage == "init" { "the script's top level".to_owned() } else { format!("{stage}()") }
}

/// What the script did, with what it said about it, if it said anything.
pub(super) fn with_reason(what: &str, reason: &str) -> String {
    if reason.is_empty() { what.to_owned() } else { format!("{what}: {reason}") }
}

impl RunError {
    /// The exit code that this error ends the process with.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Option(_)
            | Self::UnknownFunction { .. }
            | Self::ScenariosReplaced
            | Self::TooManyVus { .. } => ExitCode::InvalidConfig,
            Self::Guest { code, .. } | Self::Process(Failure { code, .. }) => *code,
            Self::Script { .. }
            | Self::Factory(
                FactoryError::World(_) | FactoryError::Memory(_) | FactoryError::Instance(_),
            ) => ExitCode::ScriptException,
            Self::Timeout { stage: "setup", .. } => ExitCode::SetupTimeout,
            Self::Timeout { stage: "teardown", .. } => ExitCode::TeardownTimeout,
            Self::Timeout { .. } => ExitCode::Timeout,
            Self::Aborted(_) => ExitCode::ScriptAborted,
            Self::Stopped => ExitCode::Aborted,
            Self::StoppedByControl => ExitCode::StoppedByApi,
            Self::NoFunctions
            | Self::Factory(_)
            | Self::ProcessStart(_)
            | Self::ProcessesLost { .. }
            | Self::Internal(_) => ExitCode::Other,
        }
    }

    /// How to put it right, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Option(error) => error.hint().map(str::to_owned),
            Self::NoFunctions => {
                Some("add `export default function () { … }` to the script, or name a program with the \
                      scenario's `guest`".to_owned())
            }
            Self::ScenariosReplaced => Some(
                "leave out --vus, --duration, --iterations and --stage (and their variables), or change the \
                 scenarios themselves"
                    .to_owned(),
            ),
            Self::Guest { hint, .. } | Self::Process(Failure { hint, .. }) => hint.clone(),
            Self::UnknownFunction { whose, .. } if whose != "the script" => {
                Some("name another with the scenario's `exec`".to_owned())
            }
            Self::UnknownFunction { exec, .. } if exec == "default" => Some(
                "add `export default function () { … }`, or name another with the scenario's `exec`"
                    .to_owned(),
            ),
            Self::ProcessStart(error) if is_out_of_descriptors(error) => {
                Some("let this process have more file descriptors (ulimit -n), or use fewer processes".to_owned())
            }
            Self::Factory(FactoryError::AddressSpace(_)) => Some(
                "a virtual user reserves gigabytes of addresses and uses little of them: look at ulimit -v, or else at \
                 vm.max_map_count and at the memory that is left; fewer virtual users need less"
                    .to_owned(),
            ),
            Self::Factory(FactoryError::World(misfit)) => Some(misfit.hint().to_owned()),
            Self::Timeout { stage, .. } => Some(format!("raise the option {stage}Timeout")),
            Self::TooManyVus { processes, .. } if *processes < MAX_PROCESSES => {
                Some(
                    "use more processes (--processes, --execution-segment), or raise vm.max_map_count"
                        .to_owned(),
                )
            }
            Self::TooManyVus { .. } => {
                Some("use several machines (--execution-segment), or raise vm.max_map_count".to_owned())
            }
            _ => None,
        }
    }
}
