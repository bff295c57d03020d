//! `wasock version`: which program this is.

use std::env::consts::{ARCH, OS};

use clap::Args;
use serde_json::{Value, json};
use wasock_runner::exit_code::ExitCode;
use wasock_script::shim;

use super::Context;

/// The version of k6 that scripts, flags and outputs are compared with.
const K6: &str = "2.2";

/// The WIT package that scripts stand on.
const INTERFACES: &str = "wasock:websocket@0.1.0";

/// How many digits of a digest tell builds apart.
const DIGITS: usize = 12;

/// Print the version
#[derive(Debug, Args)]
pub struct VersionArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the version.
pub fn version(args: &VersionArgs, context: &Context) -> ExitCode {
    context.screen.out(match args.json {
        true => format!("{}\n", details_json()),
        false => format!("wasock {}\n", details()),
    });
    ExitCode::Success
}

/// The version with what matters for a report of a fault, in lines; without the program's name.
pub fn details() -> String {
    let Details { version, platform, engine } = Details::of_this_program();
    format!(
        "{version}\n  platform    {platform}\n  interfaces  {INTERFACES}\n  engine      QuickJS-ng, \
         {engine}\n  follows     k6 {K6}"
    )
}

fn details_json() -> Value {
    let Details { version, platform, engine } = Details::of_this_program();
    json!({
        "version": version,
        "platform": platform,
        "interfaces": INTERFACES,
        "engine": engine,
        "k6": K6,
    })
}

struct Details {
    version: &'static str,
    platform: String,
    /// The digest of the engine and the modules that come with it.
    engine: &'static str,
}

impl Details {
    fn of_this_program() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            platform: format!("{OS} {ARCH}"),
            engine: &shim::digest()[..DIGITS],
        }
    }
}
