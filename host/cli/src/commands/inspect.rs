//! `wasock inspect`: the options of a script.

use clap::Args;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::run::RunError;
use wasock_runner::run::{Plan, PlanInputs};
use wasock_runner::vu::{self, FIRST_POOL};
use wasock_script::{Compiler, Entry, LoadOptions};

use super::Context;
use super::run::USER_AGENT;
use crate::failure::Failure;
use crate::ignored::IgnoredArgs;
use crate::load;
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
    let entry = Entry::from_argument(&args.script)?;
    let signals = Signals::listen()?;
    let layers = args.options.layers(&context.log)?;
    let env = args.options.env()?;
    let engine = vu::engine(FIRST_POOL).map_err(RunError::from)?;
    let compiler = Compiler::new(&engine, LoadOptions::default());
    let spinner = load::spinner(&args.script, context.global.quiet, &context.screen);
    let script = load::script(compiler, entry, spinner, &signals).await?;
    let inputs = PlanInputs {
        engine: &engine,
        script,
        log: context.log.clone(),
        env,
        layers,
        user_agent: USER_AGENT.to_owned(),
        no_thresholds: false,
        serve: None,
    };
    let plan = signals.guard(Plan::new(inputs)).await??;
    context.screen.out(format!("{:#}\n", plan.options.to_json(&plan.scenarios)));
    Ok(ExitCode::Success)
}
