//! `wasock inspect`: the options of a script.

use clap::Args;
use wasock_runner::duration;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::options::{max_duration, max_vus};

use super::Context;
use crate::failure::Failure;
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
        serve: None,
    };
    let plan = load::plan(&input, request, &signals, &context).await?;
    let mut options = plan.options.to_json(&plan.scenarios);
    if args.execution_requirements
        && let Some(options) = options.as_object_mut()
    {
        let longest = duration::format(max_duration(&plan.scenarios));
        options.insert("totalDuration".to_owned(), longest.into());
        options.insert("maxVUs".to_owned(), max_vus(&plan.scenarios).into());
    }
    context.screen.out(format!("{options:#}\n"));
    Ok(ExitCode::Success)
}
