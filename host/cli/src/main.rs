//! `wasock`: load tests for WebSocket services.

mod cli;
mod commands;
mod control;
mod elsewhere;
mod failure;
mod grants;
mod guests;
mod ignored;
mod input;
mod load;
mod options;
mod outputs;
mod pages;
mod processes;
mod report;
mod sandbox;
mod script_type;
mod signals;
mod switch;
mod terminal;
mod usage;
mod vus;
mod web_dashboard;

use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};
use wasock_runner::exit_code::ExitCode as Outcome;

/// How many sockets are looked at before tasks have their turns: to wake a task on another thread takes microseconds, and
/// a user who has thousands of connections would keep all others waiting for milliseconds.
const EVENTS_PER_TICK: usize = 64;

/// Where there is one processor for us, all is in one thread: others would only take turns with it.
fn runtime(processors: usize) -> std::io::Result<Runtime> {
    let mut builder = match processors {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(processors).max_io_events_per_tick(EVENTS_PER_TICK).enable_all().build()
}

fn main() -> ExitCode {
    let cli = match cli::Cli::read() {
        Ok(cli) => cli,
        Err(error) => return usage::report(&error).into(),
    };
    processes::raise_descriptors();
    let runtime = match runtime(processes::processors(cli.part)) {
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
