//! `wasock run`: runs a test.

mod part;
mod results;
mod stand_in;

use std::sync::Arc;

use clap::Args;
use wasock_runner::context::StopReason;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::{Level, SharedLog};
use wasock_runner::network::ServeTargets;
use wasock_runner::options::{Layer, Options};
use wasock_runner::outputs::Output;
use wasock_runner::processes::{Greeting, Spread};
use wasock_runner::run::{Execution, Plan, Progress, Report};
use wasock_runner::summary::Surroundings;

use self::results::{Destinations, ResultArgs};
use self::stand_in::StandIn;
use super::Context;
use crate::control::{self, ControlArgs};
use crate::failure::Failure;
use crate::grants::GrantArgs;
use crate::ignored::IgnoredArgs;
use crate::input::{self, Input};
use crate::load::{self, PlanRequest};
use crate::options::OptionArgs;
use crate::outputs;
use crate::pages::{PageArgs, Pages};
use crate::processes::{self, ProcessArgs};
use crate::sandbox::Sandbox;
use crate::script_type;
use crate::signals::Signals;
use crate::terminal::banner::{self, Description};
use crate::terminal::progress::{Display, Watched};
use crate::vus;

const EXAMPLES: &str = "\
Examples:
  wasock run script.js                              with the script's own options
  wasock run -u 50 -d 30s script.ts                 50 virtual users for 30 seconds
  wasock run -s 10s:20 -s 1m:20 -s 10s:0 script.js  up to 20 virtual users and down again
  wasock run -e TOKEN=abc -o json=out.json chat.js  a variable, and samples to a file
  wasock run --serve script.js                      against the embedded test server
  cat script.js | wasock run -                      a script from standard input";

/// Run a test
///
/// The options of a run come from flags, environment variables (K6_VUS, K6_DURATION and so on), the
/// script's exported options and the configuration file, in this order of precedence.
/// Progress and summary go to standard output, log lines to standard error.
///
/// The exit code is 0 if all went well, 99 if a threshold was crossed, 100 if setup() took too long, 101
/// if teardown() did, 102 if the script's top level did, 103 after a stop through the API, 104 if an option
/// is wrong, 105 after Ctrl-C, SIGTERM or SIGHUP, 106 if an address cannot be listened on, 107 if the script
/// is wrong, 108 if it aborted the test, 110 if it marked the test as failed, and 255 for any other error.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    /// The script: a path, an https URL, a component, options in JSON, or - for standard input
    script: String,

    #[command(flatten)]
    options: OptionArgs,

    #[command(flatten)]
    grants: GrantArgs,

    #[command(flatten)]
    ignored: IgnoredArgs,

    #[command(flatten)]
    results: ResultArgs,

    #[command(flatten)]
    control: ControlArgs,

    #[command(flatten)]
    pages: PageArgs,

    #[command(flatten)]
    processes: ProcessArgs,

    /// Run against an embedded test server, in place of all hosts or of those in a list
    ///
    /// The server listens on free ports of this machine. The script's connections to port 443 go to
    /// its TLS port, those to all other ports to its plain one, except for hosts that the option
    /// `hosts` maps to other addresses. Certificates are not verified in such a run.
    #[arg(long, value_name = "HOSTS", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "", help_heading = "Options of the run")]
    serve: Option<String>,
}

/// Runs a test to its end.
///
/// # Errors
///
/// The test could not begin.
pub async fn run(args: RunArgs, context: Context) -> Result<ExitCode, Failure> {
    if let Some(number) = context.part {
        return part::run(args, number, context).await;
    }
    let api = args.control.listen(&context.log).await?;
    let piped = input::piped(&args.script)?;
    let input = script_type::read(&args.script, piped.as_deref(), args.options.script_type)?;
    args.ignored.warn(&context.log);
    let machine_readable = args.results.machine_readable(&input);
    let signals = Signals::listen()?;
    let stand_in = StandIn::start(args.serve.as_deref()).await?;
    let serve = stand_in.as_ref().map(|stand_in| stand_in.targets.clone());
    let layers = args.options.layers(&context.log)?;
    let (outputs, dashboard) = outputs::asked_for(&args.results.out, &layers)?;
    let sandbox = args.grants.sandbox(&args.options)?;
    let access = args.grants.written(&input, &sandbox)?;
    let (spread, log) = (args.processes.spread(), context.log.clone());
    let own = OwnInputs { layers, sandbox: &sandbox, serve: serve.clone(), spread, log };
    let plan = plan(&args, own, &input, &signals, &context).await?;
    vus::check(&plan, sandbox.max_vus, args.processes.are_named())?;
    if let Some(warning) = processes::shortage(plan.vus, plan.processes) {
        context.log.say(Level::Warn, warning);
    }
    let processes = processes::of(plan.processes, Greeting { input: piped, serve })?;
    control::check_paused(&plan, api.as_ref())?;
    let outputs = outputs::create(&outputs, &plan)?;
    let progress = Arc::new(Progress::default());
    let (script, log) = (&args.script, &context.log);
    let pages = Pages::prepare(&args.pages, dashboard, &plan, &progress, script, log).await?;
    let export = args.results.export(machine_readable.clone())?;
    if !context.global.quiet {
        let dashboard = pages.as_ref().and_then(Pages::url);
        introduce(&args, &plan, &outputs, stand_in.as_ref(), dashboard, &context);
    }
    let mode = args.results.summary_mode.into();
    let serving = api.map(|api| api.serve(plan.control().clone()));
    let execution = Execution {
        outputs,
        watchers: pages.iter().map(Pages::output).collect(),
        summary_mode: mode,
        machine_readable,
        progress,
        linger: args.control.linger || plan.options.linger == Some(true),
        processes,
        ..Execution::default()
    };
    let (report, last_lines) = execute(&plan, execution, signals, &context).await?;
    let destinations = Destinations { mode, access, export, pages };
    let exit_code = destinations.take(&plan, report, last_lines, &context).await;
    if let Some(serving) = serving {
        serving.finish().await;
    }
    Ok(exit_code)
}

/// What the operator says.
struct OwnInputs<'a> {
    layers: Vec<(Layer, Options)>,
    sandbox: &'a Sandbox,
    serve: Option<ServeTargets>,
    spread: Spread,
    log: SharedLog,
}

/// Compiles the script and puts the options together.
async fn plan(
    args: &RunArgs,
    OwnInputs { mut layers, sandbox, serve, spread, log }: OwnInputs<'_>,
    input: &Input,
    signals: &Signals,
    context: &Context,
) -> Result<Plan, Failure> {
    if serve.is_some() {
        let trusting = Options { insecure_skip_tls_verify: Some(true), ..Options::default() };
        layers.push((Layer::Flags, trusting));
    }
    let request = PlanRequest {
        name: &args.script,
        layers,
        env: args.options.env(input, sandbox)?,
        no_thresholds: args.results.no_thresholds,
        grants: &args.grants,
        sandbox,
        serve,
        spread,
        log,
    };
    load::plan(input, request, signals, context).await
}

/// Carries the plan out. The text is how far it got, for the end of standard output.
async fn execute(
    plan: &Plan,
    mut execution: Execution,
    signals: Signals,
    context: &Context,
) -> Result<(Report, String), Failure> {
    let progress = execution.progress.clone();
    let (run, log, first) = (plan.context().clone(), context.log.clone(), signals.clone());
    signals.at_first(move || run.stop.stop(StopReason::Signal));
    let telling = tokio::spawn(async move {
        first.first().await;
        log.say(Level::Warn, "stopping after a signal; another one ends the run at once");
    });
    let screen = &context.screen;
    let watched = Watched { progress, run: plan.context().clone(), vus: plan.planned_vus };
    let display = (!context.global.quiet).then(|| Display::start(watched, screen.clone()));
    execution.surroundings = Surroundings {
        stdout_is_terminal: screen.stdout_is_terminal,
        stderr_is_terminal: screen.stderr_is_terminal,
        no_color: !screen.stdout_colours,
    };
    let report = plan.execute(execution).await;
    signals.forget();
    telling.abort();
    let elapsed = report.as_ref().map_or(plan.context().elapsed(), |report| report.results.elapsed);
    let last_lines = display.map(|display| display.finish(elapsed)).unwrap_or_default();
    Ok((report?, last_lines))
}

fn introduce(
    args: &RunArgs,
    plan: &Plan,
    outputs: &[Box<dyn Output>],
    stand_in: Option<&StandIn>,
    dashboard: Option<&str>,
    context: &Context,
) {
    let colours = context.screen.stdout_colours;
    let outputs: Vec<_> = outputs.iter().map(|output| output.description()).collect();
    let server = stand_in.map(StandIn::describe);
    let description = Description {
        script: &args.script,
        outputs: &outputs,
        server: server.as_deref(),
        dashboard,
        scenarios: &plan.scenarios,
        share: plan.share.fraction(),
        processes: plan.processes,
    };
    context.screen.out(banner::banner(colours) + &description.text(colours));
}
