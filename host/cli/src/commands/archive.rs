//! `wasock archive`: a test in one file.

use std::collections::BTreeMap;
use std::env;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::Level;
use wasock_runner::run::{Plan, RunError};
use wasock_runner::vu;
use wasock_script::archive::Archive;
use wasock_script::{Entry, LoadOptions, Problem, ScriptError, component_file, read_component};

use super::Context;
use crate::failure::Failure;
use crate::grants::GrantArgs;
use crate::guests::Guests;
use crate::ignored::IgnoredArgs;
use crate::input::Input;
use crate::load::{self, PlanRequest};
use crate::options::OptionArgs;
use crate::processes::ProcessArgs;
use crate::signals::Signals;

/// The name of a component that came by standard input.
const PIPED_COMPONENT: &str = "standard-input.wasm";

const EXAMPLES: &str = "\
Examples:
  wasock archive script.js                          to archive.tar
  wasock archive -u 50 -e ROOM=1 -O chat.tar chat.js
  wasock run chat.tar                               with the options that are recorded
  wasock run -u 5 chat.tar                          flags take precedence";

/// Write a test to one file: the script, everything it imports and opens, and its options
///
/// The script's top level runs once to find out what it needs. A test that runs from an archive sees
/// only what is in the archive. The options of all sources are recorded as if the script had exported
/// them, including the keys and passwords of `tlsAuth`; the variables of -e are recorded, those of the
/// system are not.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ArchiveArgs {
    /// The script: a path, an https URL, a component, options in JSON, an archive, or - for standard input
    script: String,

    /// The file to write
    #[arg(short = 'O', long, value_name = "FILE", default_value = "archive.tar")]
    archive_out: PathBuf,

    /// Do not record variables
    #[arg(long)]
    exclude_env_vars: bool,

    #[command(flatten)]
    options: OptionArgs,

    #[command(flatten)]
    grants: GrantArgs,

    #[command(flatten)]
    _ignored: IgnoredArgs,

    #[command(flatten)]
    of_runs: RunArgs,
}

/// Flags of `run` that change nothing about an archive: whoever archives a test to run it elsewhere need
/// not sort them out.
#[derive(Debug, Args)]
struct RunArgs {
    #[arg(short, long, hide = true, value_name = "HOST:PORT")]
    address: Option<String>,
    #[arg(long, hide = true, value_name = "ADDRESS", num_args = 0..=1, require_equals = true)]
    dashboard: Option<Option<String>>,
    #[arg(short, long, hide = true)]
    linger: bool,
    #[arg(long, hide = true)]
    new_machine_readable_summary: bool,
    #[arg(long, hide = true)]
    no_thresholds: bool,
    #[arg(short, long, hide = true, value_name = "TYPE=TARGET")]
    out: Vec<String>,
    #[arg(long, hide = true, value_name = "N")]
    processes: Option<u32>,
    #[arg(long, hide = true, value_name = "FILE")]
    report: Option<PathBuf>,
    #[arg(long, hide = true, value_name = "HOSTS", num_args = 0..=1, require_equals = true)]
    serve: Option<Option<String>>,
    #[arg(long, hide = true, value_name = "FILE")]
    summary_export: Option<PathBuf>,
    #[arg(long, hide = true, value_name = "MODE")]
    summary_mode: Option<String>,
}

/// Writes the archive.
///
/// # Errors
///
/// The script or an option is wrong, or the file cannot be written.
pub async fn archive(args: ArchiveArgs, context: Context) -> Result<ExitCode, Failure> {
    let input = Input::read(&args.script)?;
    let signals = Signals::listen()?;
    let sandbox = args.grants.sandbox(&args.options)?;
    let request = PlanRequest {
        name: &args.script,
        layers: args.options.layers(&context.log)?,
        env: args.options.env(&input, &sandbox)?,
        no_thresholds: args.of_runs.no_thresholds,
        grants: &args.grants,
        sandbox: &sandbox,
        serve: None,
        spread: ProcessArgs::default().spread(),
        log: context.log.clone(),
    };
    let plan = load::plan(&input, request, &signals, &context).await?;
    let env = match args.exclude_env_vars {
        true => BTreeMap::new(),
        false => recorded_env(&input, &args.options)?,
    };
    let archive = build(&input, &plan, env, load::granted(&input, &args.grants, &sandbox)?).await?;
    write(&archive, &args.archive_out)?;
    let path = args.archive_out.display();
    context.log.say(Level::Info, format!("the archive is in \"{path}\""));
    Ok(ExitCode::Success)
}

fn recorded_env(input: &Input, options: &OptionArgs) -> Result<BTreeMap<String, String>, Failure> {
    let mut env = match input {
        Input::Script(_) => BTreeMap::new(),
        Input::Archive(archive) => archive.metadata.env.clone(),
    };
    env.extend(options.env_flags()?);
    Ok(env)
}

async fn build(
    input: &Input,
    plan: &Plan,
    env: BTreeMap<String, String>,
    modules: LoadOptions,
) -> Result<Archive, Failure> {
    let options = plan.options.to_record();
    let entry = match input {
        Input::Script(entry) => entry,
        Input::Archive(archive) => {
            let mut archive = archive.clone();
            archive.metadata.options = options;
            archive.metadata.env = env;
            return Ok(*archive);
        }
    };
    let mut archive = archive_of(entry, &modules, options, env).await?;
    for file in plan.opened_files() {
        archive.add_file(&file.path, file.content);
    }
    let guests = Guests::of(input, modules);
    let engine = vu::engine().map_err(RunError::from)?;
    for name in plan.guests.iter().filter_map(|guest| guest.name.as_deref()) {
        archive.add_file(&guests.path(name), guests.component(name, &engine).await?.into());
    }
    Ok(archive)
}

async fn archive_of(
    entry: &Entry,
    modules: &LoadOptions,
    options: Value,
    env: BTreeMap<String, String>,
) -> Result<Archive, Failure> {
    if let Some(path) = component_file(entry, modules) {
        let component = read_component(&path, modules)?;
        let path = working_directory()?.join(path);
        return Ok(Archive::of_component(&path, component, options, env));
    }
    if let Entry::Component(component) = entry {
        let path = working_directory()?.join(PIPED_COMPONENT);
        return Ok(Archive::of_component(&path, component.to_vec(), options, env));
    }
    let graph = wasock_script::load(entry, modules).await?;
    Ok(Archive::of_graph(&graph, &working_directory()?, options, env))
}

fn working_directory() -> Result<PathBuf, Failure> {
    Ok(env::current_dir().map_err(|error| ScriptError::from(Problem::WorkingDirectory(error)))?)
}

/// Writes the file so that nobody else can read it: keys may be in it.
fn write(archive: &Archive, path: &Path) -> Result<(), Failure> {
    let bytes = archive.write(Vec::new())?;
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(&bytes));
    written.map_err(|error| {
        let message = format!("--archive-out could not write \"{}\": {error}", path.display());
        Failure::new(ExitCode::Other, message)
    })
}
