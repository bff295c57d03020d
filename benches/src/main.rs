//! Measures the wasock command beside a native client that does the same without scripts.
//!
//! The server of the measurements runs in this process, which `make bench` keeps on one core. Whatever is
//! measured is another process on the other core, so that a ratio of two rates compares two programs that
//! had the same machine. docs/performance.md says how to read the results.

mod density;
mod fleet;
mod guests;
mod hosts;
mod measured;
mod native;
mod profile;
mod report;
mod server;
mod soak;
mod speed;
mod subject;
mod ticks;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures wasock beside a native client
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Speed: each kind of work, wasock and the native client in turn
    Speed(speed::Arguments),
    /// Profile: what the time of a message goes to
    Profile(profile::Arguments),
    /// Density: memory of idle virtual users, and of sockets in one of them
    Density(density::Arguments),
    /// Guests: other languages beside a script
    Guests(guests::Arguments),
    /// Hosts: all guests on all hosts, starts and messages
    Hosts(hosts::Arguments),
    /// Soak: memory of a process that works for long
    Soak(soak::Arguments),
    /// The native client: what the others are compared with
    Native(native::Arguments),
    /// The native client's timers, which the interval is compared with
    Ticks,
    /// The server of the measurements, until Ctrl-C, for a profiler
    Serve,
    /// The server, with the number of its connections on standard output
    #[command(hide = true)]
    ServeAndCount,
}

/// What all measurements have in common.
#[derive(clap::Args)]
struct Common {
    /// The wasock command
    #[arg(long, default_value = "target/dist/wasock")]
    wasock: PathBuf,

    /// The core that the measured process runs on
    #[arg(long, default_value_t = 0)]
    core: usize,

    /// Write the results to this file as JSON, too
    #[arg(long)]
    json: Option<PathBuf>,

    /// Only what has this in its name
    #[arg(default_value = "")]
    filter: String,
}

fn main() -> Result<()> {
    // One thread: it shares a core with nothing that is measured.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match Arguments::parse().command {
            Command::Speed(arguments) => speed::run(arguments).await,
            Command::Profile(arguments) => profile::run(arguments).await,
            Command::Density(arguments) => density::run(arguments).await,
            Command::Guests(arguments) => guests::run(arguments).await,
            Command::Hosts(arguments) => hosts::run(arguments).await,
            Command::Soak(arguments) => soak::run(arguments).await,
            Command::Native(arguments) => native::run(arguments).await,
            Command::Ticks => ticks::run().await,
            Command::Serve => serve().await,
            Command::ServeAndCount => fleet::serve().await,
        }
    })
}

async fn serve() -> Result<()> {
    let server = server::Server::start().await?;
    report::say(&server.url("/{echo,flood}"));
    tokio::signal::ctrl_c().await?;
    Ok(())
}
