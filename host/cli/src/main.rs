//! `wasock`: load tests for WebSocket services.

mod cli;
mod commands;
mod failure;
mod ignored;
mod load;
mod options;
mod pages;
mod report;
mod signals;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use wasock_runner::exit_code::ExitCode as Outcome;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            let message = format!("the program's threads could not be started: {error}");
            let failure = failure::Failure::new(Outcome::Other, message);
            terminal::Screen::new(false).err(failure.report(false));
            return Outcome::Other.into();
        }
    };
    let outcome = runtime.block_on(commands::dispatch(cli));
    // What is still being compiled when the user leaves has nobody waiting for it.
    runtime.shutdown_background();
    outcome.into()
}

/// Prints what clap has to say: help, the version, or what is wrong with the command line.
fn usage(error: &clap::Error) -> ExitCode {
    // Nobody is left to be told that standard output is closed.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Outcome::Success.into(),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => Outcome::InvalidConfig.into(),
        _ => Outcome::Other.into(),
    }
}
