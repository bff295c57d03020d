//! What a script and its options come to, checked before anything runs.

use std::sync::Arc;

use wasmtime::Engine;
use wasock_script::Script;

use super::{RunError, Stages};
use crate::context::{RunContext, StopReason};
use crate::control::Control;
use crate::log::{Level, SharedLog, say};
use crate::metrics::Registry;
use crate::network::NetworkSetup;
use crate::options::{Consolidated, Layer, Options, Scenario, max_vus};
use crate::thresholds::Thresholds;
use crate::vu::{self, FIRST_POOL, Factory, Identity, MAX_INSTANCES, ScriptInfo, StageError};

/// What a plan is made from.
pub struct PlanInputs<'a> {
    /// The engine that the script was compiled for, commonly [`crate::vu::engine`] of
    /// [`FIRST_POOL`]. Where the plan needs more virtual users, it makes a larger one.
    pub engine: &'a Engine,
    /// The script.
    pub script: Script,
    /// Where lines go.
    pub log: SharedLog,
    /// `__ENV`.
    pub env: Vec<(String, String)>,
    /// The options of all sources but the script.
    pub layers: Vec<(Layer, Options)>,
    /// Options that take the place of those that the script exports, as an archive has them.
    pub recorded: Option<Options>,
    /// The `User-Agent` where the options have none.
    pub user_agent: String,
    /// Whether the thresholds are left out.
    pub no_thresholds: bool,
    /// The network besides the options.
    pub network: NetworkSetup,
}

/// A test that can be run.
pub struct Plan {
    /// The options that are in force.
    pub options: Options,
    /// The loads.
    pub scenarios: Vec<Scenario>,
    /// The pass criteria.
    pub thresholds: Thresholds,
    /// What the script exports.
    pub info: ScriptInfo,
    /// The most virtual users at one time.
    pub vus: u32,
    pub(super) factory: Arc<Factory>,
    pub(super) run: Arc<RunContext>,
    pub(super) control: Arc<Control>,
}

impl Plan {
    /// Runs the script's top level once to learn its options, and checks all of them.
    ///
    /// # Errors
    ///
    /// See [`RunError`].
    pub async fn new(inputs: PlanInputs<'_>) -> Result<Self, RunError> {
        let PlanInputs { engine, script, log, env, mut layers, .. } = inputs;
        let PlanInputs { recorded, user_agent, no_thresholds, network, .. } = inputs;
        let mut factory = Arc::new(Factory::new(engine, &script)?);
        let registry = Arc::new(Registry::new());
        let context = |options: &Options, scenarios: &[Scenario]| {
            let (registry, log, env) = (registry.clone(), log.clone(), env.clone());
            let network = network.clone();
            RunContext::new(registry, log, env, options, scenarios, &user_agent, network)
                .map(Arc::new)
        };
        let known = Options::consolidate(layers.iter().cloned()).options;
        let info = discover(&factory, &context(&known, &[])?).await?;
        if let Some(recorded) = recorded {
            layers.push((Layer::Script, recorded));
        } else if let Some(json) = &info.options {
            let (options, unknown) = Options::from_json_text(json, "the options of the script")?;
            warn_of_unknown(&log, &unknown);
            layers.push((Layer::Script, options));
        }
        layers.sort_by_key(|(layer, _)| *layer);
        let Consolidated { options, warnings } = Options::consolidate(layers);
        for warning in warnings {
            say(&log, Level::Warn, warning);
        }
        let scenarios = options.scenarios()?;
        check_functions(&scenarios, &info)?;
        let vus = u32::try_from(max_vus(&scenarios)).unwrap_or(u32::MAX);
        if vus > MAX_INSTANCES {
            return Err(RunError::TooManyVus { vus: u64::from(vus) });
        }
        if vus > FIRST_POOL {
            let engine = vu::engine(vus)?;
            let script = script.for_engine(&engine).map_err(|error| {
                RunError::Internal(format!("the script cannot move to a larger pool: {error}"))
            })?;
            factory = Arc::new(Factory::new(&engine, &script)?);
        }
        let specs = options.thresholds.as_deref().filter(|_| !no_thresholds).unwrap_or_default();
        let thresholds = Thresholds::new(specs, &registry)?;
        let run = context(&options, &scenarios)?;
        let stages = Stages::new(factory.clone(), run.clone(), &info, &options);
        let control = Control::new(run.clone(), stages, options.paused == Some(true)).into();
        Ok(Self { options, scenarios, thresholds, info, vus, factory, run, control })
    }

    /// What all virtual users of the run share.
    pub fn context(&self) -> &Arc<RunContext> {
        &self.run
    }

    /// A handle on the run.
    pub fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// Whether the script exports this function.
    pub fn exports(&self, name: &str) -> bool {
        self.info.functions.iter().any(|function| function == name)
    }
}

/// Runs the top level as virtual user 0.
async fn discover(factory: &Factory, run: &Arc<RunContext>) -> Result<ScriptInfo, RunError> {
    let mut user = factory.create(run, Identity::NONE).await?;
    match user.init().await {
        Ok(info) if info.functions.is_empty() => Err(RunError::NoFunctions),
        Ok(info) => Ok(info),
        Err(StageError::Interrupted) => match run.stop.reason() {
            Some(StopReason::Abort(message)) => Err(RunError::Aborted(message)),
            _ => Err(RunError::Stopped),
        },
        Err(error) => Err(RunError::Script { stage: "init", error }),
    }
}

fn warn_of_unknown(log: &SharedLog, unknown: &[String]) {
    if !unknown.is_empty() {
        let names = unknown.join(", ");
        let text =
            format!("There were unknown fields in the options exported in the script: {names}");
        say(log, Level::Warn, text);
    }
}

fn check_functions(scenarios: &[Scenario], info: &ScriptInfo) -> Result<(), RunError> {
    for scenario in scenarios {
        if !info.functions.contains(&scenario.exec) {
            let (scenario, exec) = (scenario.name.clone(), scenario.exec.clone());
            return Err(RunError::UnknownFunction { scenario, exec });
        }
    }
    Ok(())
}
