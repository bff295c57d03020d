//! `wasock inspect`: the options of a script, and what it asks for.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use wasock_runner::duration;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::metrics::Builtin;
use wasock_runner::options::{ENDLESS, max_duration};
use wasock_runner::run::{Guest, Plan, RunError};
use wasock_script::{ModuleGraph, ModuleKind, shown};

use super::Context;
use super::asks::{self, Format};
use crate::failure::Failure;
use crate::grants::GrantArgs;
use crate::ignored::IgnoredArgs;
use crate::load::{self, PlanRequest};
use crate::options::OptionArgs;
use crate::processes::ProcessArgs;
use crate::script_type;
use crate::signals::Signals;

const EXAMPLES: &str = "\
Examples:
  wasock inspect script.js
  wasock inspect -u 10 -d 1m script.js | jq .scenarios
  wasock inspect --execution-requirements script.js | jq .maxVUs
  wasock inspect --imports script.js
  wasock inspect --grants script.js                 what it asks for, without running it";

/// Print the options that a run of a script would have
///
/// The options of all sources (flags, environment variables, the script, the configuration file) are
/// merged as for a run, checked, and printed as JSON. Only the script's top level is executed for this.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InspectArgs {
    /// The script: a path, an https URL, a component, options in JSON, or - for standard input
    script: String,

    /// Add the maximum number of concurrent virtual users and the longest duration (maxVUs, totalDuration)
    #[arg(long)]
    execution_requirements: bool,

    /// Print what the script imports, exports and measures, instead of its options
    #[arg(long)]
    imports: bool,

    /// Print what the script asks for, and the flags that grant it, without running it
    ///
    /// This is taken from its text: modules, URLs, files that it opens, variables; for a compiled component,
    /// the interfaces that it imports. Guests of its scenarios are followed. What is only computed at run time
    /// cannot be known.
    #[arg(long = "grants", conflicts_with_all = ["imports", "execution_requirements"])]
    asks: bool,

    /// The output format of --grants
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text, requires = "asks")]
    format: Format,

    #[command(flatten)]
    options: OptionArgs,

    #[command(flatten)]
    grants: GrantArgs,

    #[command(flatten)]
    ignored: IgnoredArgs,
}

/// Prints the options.
///
/// # Errors
///
/// The script or an option is wrong.
pub async fn inspect(args: InspectArgs, context: Context) -> Result<ExitCode, Failure> {
    let input = script_type::read(&args.script, None, args.options.script_type)?;
    args.ignored.warn(&context.log);
    let sandbox = args.grants.sandbox(&args.options)?;
    if args.asks {
        let modules = load::granted(&input, &args.grants, &sandbox)?;
        asks::asks(&args.script, &input, args.format, (modules, &context)).await?;
        return Ok(ExitCode::Success);
    }
    let signals = Signals::listen()?;
    let graph = match args.imports && !script_type::is_component(&input.entry()) {
        true => {
            let modules = load::granted(&input, &args.grants, &sandbox)?;
            Some(wasock_script::load(&input.entry(), &modules).await?)
        }
        false => None,
    };
    let request = PlanRequest {
        name: &args.script,
        layers: args.options.layers(&context.log)?,
        env: args.options.env(&input, &sandbox)?,
        no_thresholds: false,
        grants: &args.grants,
        sandbox: &sandbox,
        serve: None,
        spread: ProcessArgs::default().spread(),
        log: context.log.clone(),
    };
    let plan = load::plan(&input, request, &signals, &context).await?;
    let printed = match args.imports {
        true => contents(&plan, graph.as_ref()),
        false => options(&plan, args.execution_requirements)?,
    };
    context.screen.out(shown::json(format!("{printed:#}\n")));
    Ok(ExitCode::Success)
}

/// The options of the run, with what they need if that is asked for.
fn options(plan: &Plan, requirements: bool) -> Result<Value, Failure> {
    let mut options = plan.options.to_json(&plan.options.scenarios().map_err(RunError::from)?);
    if requirements {
        // As in options, 0 is a duration without an end.
        let total = match max_duration(&plan.scenarios) {
            ENDLESS => Duration::ZERO,
            total => total,
        };
        options["totalDuration"] = duration::format(total).into();
        options["maxVUs"] = plan.vus.into();
    }
    Ok(options)
}

/// What the script is made of. Of a compiled component, whose modules are no longer told apart, the
/// graph is not known.
fn contents(plan: &Plan, graph: Option<&ModuleGraph>) -> Value {
    let registered = plan.context().registry.all();
    let own = registered
        .iter()
        .filter(|metric| Builtin::ALL.iter().all(|one| one.name() != &*metric.name));
    let metrics =
        own.map(|metric| json!({ "name": &*metric.name, "type": metric.kind.to_string() }));
    json!({
        "script": graph.map(|graph| &graph.entry),
        "builtin": graph.map(|graph| &graph.builtins),
        "modules": graph.map(|graph| graph.modules.iter().map(module).collect::<Value>()),
        "functions": plan.guests[0].info.functions,
        "guests": plan.guests[1..].iter().map(guest).collect::<Value>(),
        "metrics": metrics.collect::<Value>(),
    })
}

/// A program that scenarios name.
fn guest(guest: &Guest) -> Value {
    json!({ "name": guest.name, "functions": guest.info.functions })
}

fn module(module: &wasock_script::Module) -> Value {
    let kind = match module.kind {
        ModuleKind::JavaScript => "javascript",
        ModuleKind::TypeScript => "typescript",
        ModuleKind::CommonJs => "commonjs",
        ModuleKind::Json => "json",
    };
    let imports: Vec<_> = module.imports.iter().map(|(_, name)| name).collect();
    json!({ "name": module.name, "kind": kind, "imports": imports })
}
