//! Loads and compiles scripts, shows that it does, and makes plans of them.

use std::env;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokio::task::JoinHandle;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::SharedLog;
use wasock_runner::network::{NetworkSetup, Proxies, ServeTargets};
use wasock_runner::options::{Layer, Options};
use wasock_runner::processes::Spread;
use wasock_runner::run::{Plan, PlanInputs, RunError};
use wasock_runner::vu;
use wasock_script::archive::Kind;
use wasock_script::{CompileError, Compiler, Entry, LoadOptions, Script};

use crate::commands::Context;
use crate::elsewhere::elsewhere;
use crate::failure::Failure;
use crate::grants::GrantArgs;
use crate::guests::{Compiled, Guests};
use crate::input::Input;
use crate::options::system_environment;
use crate::sandbox::Sandbox;
use crate::signals::Signals;
use crate::terminal::Screen;
use crate::terminal::spinner::Spinner;

/// The `User-Agent` of handshakes if no option sets one.
const USER_AGENT: &str = concat!("wasock/", env!("CARGO_PKG_VERSION"));

/// The environment variable with the name of a file for TLS secrets, as browsers have it.
const KEY_LOG_VARIABLE: &str = "SSLKEYLOGFILE";

/// What a command wants planned.
pub struct PlanRequest<'a> {
    /// The script as it was named.
    pub name: &'a str,
    /// The options of all sources but the script.
    pub layers: Vec<(Layer, Options)>,
    /// `__ENV`.
    pub env: Vec<(String, String)>,
    /// Whether the thresholds are left out.
    pub no_thresholds: bool,
    /// What the script gets besides the network.
    pub grants: &'a GrantArgs,
    /// What it may reach and cost.
    pub sandbox: &'a Sandbox,
    /// A server that takes the place of those that the script names.
    pub serve: Option<ServeTargets>,
    /// How the test is spread over processes.
    pub spread: Spread,
    /// Where its lines go.
    pub log: SharedLog,
}

/// Compiles the script and puts the options together.
///
/// # Errors
///
/// The script or an option is wrong, or a signal came.
pub async fn plan(
    input: &Input,
    request: PlanRequest<'_>,
    signals: &Signals,
    context: &Context,
) -> Result<Plan, Failure> {
    let secrets = request.grants.secrets()?;
    let engine = vu::engine().map_err(RunError::from)?;
    let modules = granted(input, request.grants, request.sandbox)?;
    let compiler = Compiler::new(&engine, modules.clone());
    let spinner = spinner(request.name, context.global.quiet, &context.screen);
    let recorded = match input {
        Input::Script(_) => None,
        Input::Archive(archive) => Some(recorded_options(&archive.metadata.options)?),
    };
    let script = script(compiler, input, spinner, signals).await?;
    let (quiet, screen) = (context.global.quiet, context.screen.clone());
    let guests = Compiled {
        guests: Guests::of(input, modules).into(),
        engine: engine.clone(),
        spinner: Box::new(move |name| self::spinner(name, quiet, &screen)),
    };
    let inputs = PlanInputs {
        guests: Some(Arc::new(guests)),
        engine: &engine,
        files: request.grants.files(input, &script)?,
        secrets: secrets.clone(),
        script,
        log: request.log,
        env: request.env,
        layers: request.layers,
        recorded,
        user_agent: USER_AGENT.to_owned(),
        no_thresholds: request.no_thresholds,
        limits: request.sandbox.limits.clone(),
        spread: request.spread,
        network: NetworkSetup {
            serve: request.serve,
            grants: request.sandbox.network.clone(),
            proxies: Proxies::from_environment(system_environment())?,
            log_tls_keys: env::var_os(KEY_LOG_VARIABLE).is_some(),
        },
    };
    let plan = signals.guard(Plan::new(inputs)).await?;
    plan.map_err(|error| Failure::from(error).without(&secrets))
}

/// How the modules of an input are found: those from the network and from the disk only where that is granted.
///
/// # Errors
///
/// What is to be granted does not exist.
pub fn granted(
    input: &Input,
    grants: &GrantArgs,
    sandbox: &Sandbox,
) -> Result<LoadOptions, Failure> {
    let access = Some(sandbox.network.for_modules());
    Ok(match input {
        Input::Script(entry) => {
            let files = Some(grants.modules(entry)?.into());
            LoadOptions { access, files, ..LoadOptions::default() }
        }
        Input::Archive(archive) => {
            archive.load_options(LoadOptions { access, ..LoadOptions::default() })
        }
    })
}

/// The options that an archive has. Those that another program has recorded and that are none here are
/// left out.
fn recorded_options(recorded: &Value) -> Result<Options, Failure> {
    let mut recorded = recorded.clone();
    if let Some(recorded) = recorded.as_object_mut() {
        recorded.retain(|_, value| !value.is_null());
    }
    Ok(Options::from_json(&recorded)?.0)
}

/// Compiles the script on another thread, so that signals are heard.
///
/// # Errors
///
/// The script is wrong, or a signal came.
async fn script(
    compiler: Compiler,
    input: &Input,
    spinner: Spinner,
    signals: &Signals,
) -> Result<Script, Failure> {
    let (mut turning, entry) = (spinner.clone(), input.entry());
    let component = match input {
        Input::Archive(archive) if archive.metadata.kind == Kind::Wasm => Some(archive.clone()),
        _ => None,
    };
    let task = elsewhere(async move {
        let mut progress = |stage| turning.stage(stage);
        match component {
            Some(archive) => {
                let name = Path::new(&archive.metadata.filename);
                compiler.existing(&archive.script, name, &mut progress)
            }
            None => compiler.script(&entry, &mut progress).await,
        }
    });
    finish(task, &spinner, signals).await
}

/// The component of `entry`, for other hosts.
///
/// # Errors
///
/// The script is wrong, or a signal came.
pub async fn component(
    compiler: Compiler,
    entry: Entry,
    spinner: Spinner,
    signals: &Signals,
) -> Result<Vec<u8>, Failure> {
    let mut turning = spinner.clone();
    let task =
        elsewhere(
            async move { compiler.component(&entry, &mut |stage| turning.stage(stage)).await },
        );
    finish(task, &spinner, signals).await
}

/// A spinner for a script, unless nothing but results is to be seen.
pub fn spinner(script: &str, quiet: bool, screen: &Arc<Screen>) -> Spinner {
    let name = if script == "-" { "standard input" } else { script };
    Spinner::new(name, quiet, screen)
}

async fn finish<T>(
    task: JoinHandle<Result<T, CompileError>>,
    spinner: &Spinner,
    signals: &Signals,
) -> Result<T, Failure> {
    let outcome = signals.guard(task).await;
    spinner.clear();
    match outcome? {
        Ok(result) => Ok(result?),
        Err(error) => Err(Failure::new(ExitCode::Other, format!("the compiler failed: {error}"))),
    }
}
