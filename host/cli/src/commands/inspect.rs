//! `wasock inspect`: the options of a script.

use std::time::Duration;

use clap::Args;
use wasock_runner::duration;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::options::{ENDLESS, max_duration};
use wasock_runner::run::RunError;

use super::Context;
use crate::failure::Failure;
use crate::grants::GrantArgs;
use crate::ignored::IgnoredArgs;
use crate::input::Input;
use crate::load::{self, PlanRequest};
use crate::options::OptionArgs;
use crate::signals::Signals;

const EXAMPLES: &str = "\
Examples:
  wasock inspect script.js
  wasock inspect -u 10 -d 1m script.js | jq .scenarios";

/// Print the options that a run of a script would have
///
/// The options of all sources (flags, environment variables, the script, the configuration file) are
/// put together as for a run, checked, and printed as JSON. The script's top level runs for that, and
/// nothing else of it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InspectArgs {
    /// The script: a path, an https URL, a compiled component, or - for standard input
    script: String,

    /// Add the most virtual users at one time and the longest duration (maxVUs, totalDuration)
    #[arg(long)]
    execution_requirements: bool,

    #[command(flatten)]
    options: OptionArgs,

    #[command(flatten)]
    grants: GrantArgs,

    #[command(flatten)]
    _ignored: IgnoredArgs,
}

/// Prints the options.
///
/// # Errors
///
/// The script or an option is wrong.
pub async fn inspect(args: InspectArgs, context: Context) -> Result<ExitCode, Failure> {
    let input = Input::read(&args.script)?;
    let signals = Signals::listen()?;
    let request = PlanRequest {
        name: &args.script,
        layers: args.options.layers(&context.log)?,
        env: args.options.env(&input)?,
        no_thresholds: false,
        grants: &args.grants,
        serve: None,
    };
    let plan = load::plan(&input, request, &signals, &context).await?;
    let mut printed = plan.options.to_json(&plan.options.scenarios().map_err(RunError::from)?);
    if args.execution_requirements {
        // As in options, 0 is a duration without an end.
        let total = match max_duration(&plan.scenarios) {
            ENDLESS => Duration::ZERO,
            total => total,
        };
        printed["totalDuration"] = duration::format(total).into();
        printed["maxVUs"] = plan.vus.into();
    }
    context.screen.out(format!("{printed:#}\n"));
    Ok(ExitCode::Success)
}
