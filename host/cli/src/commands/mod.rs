//! The commands, one file each.

pub mod archive;
mod asks;
pub mod compile;
pub mod completion;
pub mod features;
pub mod inspect;
pub mod new;
pub mod run;
pub mod serve;
pub mod version;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::{Level, Log as _};
use wasock_runner::processes::PartNumber;

use crate::cli::{Cli, Command, GlobalArgs};
use crate::failure::Failure;
use crate::terminal::log::Logger;
use crate::terminal::notices::Notices;
use crate::terminal::{LAST_PATIENCE, Screen};

/// The name of the program whose place this one can take.
const K6: &str = "k6";

/// What all commands work with.
pub struct Context {
    /// The flags of all commands.
    pub global: GlobalArgs,
    /// Which of the processes of a run this is, if it was started by another.
    pub part: Option<PartNumber>,
    /// Where everything is shown.
    pub screen: Arc<Screen>,
    /// Where log lines go.
    pub log: Arc<Logger>,
}

/// Does what the command line asks for, and prints why it could not.
pub async fn dispatch(cli: Cli) -> ExitCode {
    let screen = Arc::new(Screen::new(cli.global.no_color));
    // What else is written is the result itself, and whoever reads it takes the time that it takes.
    let patience = match cli.command {
        Command::Run(_) | Command::Serve(_) => LAST_PATIENCE,
        _ => Duration::MAX,
    };
    let code = match execute(cli, &screen).await {
        Ok(code) => code,
        Err(failure) => {
            screen.err(failure.report(screen.stderr_colours));
            failure.code
        }
    };
    screen.finish(patience);
    code
}

async fn execute(cli: Cli, screen: &Arc<Screen>) -> Result<ExitCode, Failure> {
    let Cli { global, part, command } = cli;
    let global = if part.is_some() { global.silent() } else { global };
    let log = Arc::new(Logger::new(&global, screen.clone())?);
    Notices::listen(log.clone());
    if global.profiling_enabled {
        let text = "--profiling-enabled (K6_PROFILING_ENABLED) has no effect: its profiles are those of \
                    k6's own program";
        log.say(Level::Warn, text);
    }
    let logs_errors = called_as_k6() || global.log_has_errors();
    let context = Context { global, part, screen: screen.clone(), log: log.clone() };
    match carry_out(command, context).await {
        // What starts k6, and what reads a log, look for errors in it.
        Err(failure) if logs_errors => {
            log.line(failure.line());
            Ok(failure.code)
        }
        outcome => outcome,
    }
}

/// Whether the program was started under the name of k6.
pub fn called_as_k6() -> bool {
    let name = std::env::args_os().next().map(PathBuf::from);
    name.is_some_and(|name| name.file_stem().is_some_and(|name| name == K6))
}

async fn carry_out(command: Command, context: Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(args) => run::run(*args, context).await,
        Command::Serve(args) => serve::serve(args, &context).await,
        Command::Archive(args) => archive::archive(*args, context).await,
        Command::Compile(args) => compile::compile(args, &context).await,
        Command::Inspect(args) => inspect::inspect(*args, context).await,
        Command::Completion(args) => Ok(completion::completion(&args, &context)),
        Command::New(args) => new::new(&args, &context),
        Command::Features(args) => Ok(features::features(&args, &context)),
        Command::Version(args) => Ok(version::version(&args, &context)),
    }
}
