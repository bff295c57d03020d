//! `wasock run`: runs a test.

mod part;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use wasock_runner::context::StopReason;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::limits::{Stop, Stopped};
use wasock_runner::log::{Level, SharedLog};
use wasock_runner::network::ServeTargets;
use wasock_runner::options::{Layer, Options};
use wasock_runner::outputs::Output;
use wasock_runner::processes::{Greeting, Spread};
use wasock_runner::run::{Execution, Plan, Progress, Report};
use wasock_runner::summary::{MachineReadable, Summary, SummaryMode, Surroundings};
use wasock_script::Entry;
use wasock_script::archive::Kind;
use wasock_server::{Server, ServerConfig};

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
use crate::report::{self, Export};
use crate::sandbox::Sandbox;
use crate::script_type;
use crate::signals::Signals;
use crate::terminal::LAST_PATIENCE;
use crate::terminal::banner::{self, Description};
use crate::terminal::findings::Findings;
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

/// The flags for what comes out of a run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Results")]
struct ResultArgs {
    /// Also send samples to this output; can be repeated [env: K6_OUT]
    ///
    /// json=FILE and csv=FILE write files, compressed if their names end in .gz, or to standard output
    /// with -. influxdb=URL, experimental-prometheus-rw and opentelemetry send to a server; GUIDE.md lists
    /// their environment variables. web-dashboard is k6's name for --dashboard and --report.
    #[arg(short, long, value_name = "TYPE=TARGET")]
    out: Vec<String>,

    /// How detailed the summary is
    #[arg(long, value_name = "MODE", env = "K6_SUMMARY_MODE", hide_env_values = true)]
    #[arg(value_enum, default_value_t = Mode::Compact)]
    summary_mode: Mode,

    /// Write the summary to this file as JSON
    #[arg(long, value_name = "FILE", env = "K6_SUMMARY_EXPORT", hide_env_values = true)]
    summary_export: Option<PathBuf>,

    /// Write the file of --summary-export in k6's machine-readable format
    #[arg(long, env = "K6_NEW_MACHINE_READABLE_SUMMARY", hide_env_values = true)]
    new_machine_readable_summary: bool,

    /// Ignore the thresholds
    #[arg(long, env = "K6_NO_THRESHOLDS", hide_env_values = true)]
    no_thresholds: bool,
}

/// The names of [`SummaryMode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    Compact,
    Full,
    Disabled,
}

impl From<Mode> for SummaryMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Compact => Self::Compact,
            Mode::Full => Self::Full,
            Mode::Disabled => Self::Disabled,
        }
    }
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
    let machine_readable = args.results.new_machine_readable_summary.then(|| MachineReadable {
        script: source(&input),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    let signals = Signals::listen()?;
    let stand_in = match &args.serve {
        Some(hosts) => Some(StandIn::start(hosts).await?),
        None => None,
    };
    let serve = stand_in.as_ref().map(|stand_in| stand_in.targets.clone());
    let layers = args.options.layers(&context.log)?;
    let (outputs, dashboard) = outputs::asked_for(&args.results.out, &layers)?;
    let sandbox = args.grants.sandbox(&args.options)?;
    let written = args.grants.written(&input, &sandbox)?;
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
    let pages =
        Pages::prepare(&args.pages, dashboard, &plan, &progress, &args.script, &context.log)
            .await?;
    let watchers = pages.iter().map(Pages::output).collect();
    let export = args.results.summary_export.as_deref();
    let export = export.map(|path| Export::open(path, machine_readable.clone())).transpose()?;
    if !context.global.quiet {
        let dashboard = pages.as_ref().and_then(Pages::url);
        introduce(&args, &plan, &outputs, stand_in.as_ref(), dashboard, &context);
    }
    let mode = args.results.summary_mode.into();
    let linger = args.control.linger || plan.options.linger == Some(true);
    let serving = api.map(|api| api.serve(plan.control().clone()));
    let execution = Execution {
        outputs,
        watchers,
        summary_mode: mode,
        machine_readable,
        progress,
        linger,
        processes,
        ..Execution::default()
    };
    let (report, last_lines) = execute(&plan, execution, signals, &context).await?;
    if let Some(pages) = &pages {
        pages.record(&report, &report.results.summary(&plan.options));
    }
    let Report { exit_code, errors, results, summary_files } = report;
    let summary = results.summary(&plan.options);
    let unseen = summary_files.is_some() || mode == SummaryMode::Disabled;
    let refused =
        report::show(&summary, summary_files, &written, mode, &context.screen, &context.log);
    let mut stops = results.stops.clone();
    stops.extend((refused > 0).then_some(Stop { by: Stopped::Writes, count: refused }));
    let summary = Summary { stops: &stops, ..summary };
    // A file may be standard output, where the summary comes first.
    context.screen.settle(LAST_PATIENCE);
    let mut all_written = export.is_none_or(|export| export.write(&summary, &context.log));
    if let Some(pages) = pages {
        all_written &= pages.close(&context.log).await;
    }
    context.screen.out(last_lines);
    if !context.global.quiet {
        let findings = Findings::of(plan.context());
        context.screen.out(findings.text(context.screen.stdout_colours));
    }
    for stop in stops.iter().filter(|_| unseen) {
        context.log.say(Level::Warn, stop.text());
    }
    for loss in &results.losses {
        context.log.say(Level::Warn, loss.clone());
    }
    for error in errors {
        context.log.say(Level::Error, error);
    }
    if let Some(serving) = serving {
        serving.finish().await;
    }
    // What the user has asked for is not there.
    Ok(if exit_code == ExitCode::Success && !all_written { ExitCode::Other } else { exit_code })
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

/// The text of a script, for formats that carry it along; empty if it is no text at hand.
fn source(input: &Input) -> String {
    match input {
        Input::Script(Entry::Text(text)) => text.clone(),
        Input::Script(Entry::Path(path)) => fs::read_to_string(path).unwrap_or_default(),
        Input::Archive(archive) if archive.metadata.kind == Kind::Js => {
            String::from_utf8_lossy(&archive.script).into_owned()
        }
        Input::Script(Entry::Url(_) | Entry::Component(_)) | Input::Archive(_) => String::new(),
    }
}

/// The embedded server in the place of the script's servers. It ends when it is dropped.
struct StandIn {
    targets: ServeTargets,
    _server: Server,
}

impl StandIn {
    /// Starts it for these hosts, with commas between several, or for all if there are none.
    async fn start(hosts: &str) -> Result<Self, Failure> {
        let config = ServerConfig { tls_port: Some(0), ..ServerConfig::default() };
        let server = Server::start(config).await?;
        let hosts: Vec<_> =
            hosts.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
        let hosts = (!hosts.is_empty()).then(|| hosts.into_iter().map(str::to_owned).collect());
        let plain = server.address().expect("a plain port was asked for");
        let tls = server.tls_address().expect("a TLS port was asked for");
        Ok(Self { targets: ServeTargets { tls, plain, hosts }, _server: server })
    }

    fn describe(&self) -> String {
        let ServeTargets { tls, plain, hosts } = &self.targets;
        let hosts = match hosts {
            Some(hosts) => hosts.join(", "),
            None => "all hosts".to_owned(),
        };
        format!("ws://{plain} and wss://{tls} in place of {hosts}")
    }
}
