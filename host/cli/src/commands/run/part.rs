//! A run as one of several processes, started by the one that people see.

use std::io::{stdin, stdout};

use wasock_runner::exit_code::ExitCode;
use wasock_runner::processes::{Greeting, Part, PartNumber, Spread};
use wasock_runner::run::Plan;

use super::{Context, Failure, OwnInputs, RunArgs, Signals, script_type};

/// Runs a part of the test. What comes of it, errors too, goes to the process that has started this one.
///
/// # Errors
///
/// No such process speaks on standard input.
pub async fn run(args: RunArgs, number: PartNumber, context: Context) -> Result<ExitCode, Failure> {
    let joined = Part::join(stdin(), stdout());
    let (part, greeting, orders) = joined.map_err(|error| {
        let message = format!("no other process speaks on standard input: {error}");
        let hint = "--part is for internal use; --processes starts several processes";
        Failure::new(ExitCode::InvalidConfig, message).with_hint(Some(hint))
    })?;
    Ok(match plan(&args, greeting, number, &part, &context).await {
        Ok(plan) => part.carry_out(&plan, orders).await,
        Err(failure) => part.fail(failure.into()),
    })
}

/// The same plan as that of the whole test, for the part with this number.
async fn plan(
    args: &RunArgs,
    Greeting { input, serve }: Greeting,
    number: PartNumber,
    part: &Part,
    context: &Context,
) -> Result<Plan, Failure> {
    let input = script_type::read(&args.script, input.as_deref(), args.options.script_type)?;
    // One that is asked to end waits until the whole tells it to.
    let signals = Signals::listen()?;
    let sandbox = args.grants.sandbox(&args.options)?;
    let layers = args.options.layers(&context.log)?;
    let (spread, log) = (Spread::Part(number), part.log());
    let own = OwnInputs { layers, sandbox: &sandbox, serve, spread, log };
    super::plan(args, own, &input, &signals, context).await
}
