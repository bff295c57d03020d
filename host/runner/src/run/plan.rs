//! What a script and its options come to, checked before anything runs.

use std::sync::Arc;

use wasmtime::Engine;
use wasock_script::Script;

use super::RunError;
use crate::context::{RunContext, StopReason};
use crate::log::{Level, SharedLog, say};
use crate::metrics::Registry;
use crate::network::NetworkSetup;
use crate::options::{Layer, Options, Origin, Scenario, max_vus, suggest, unknown_options};
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
}

impl Plan {
    /// Runs the script's top level once to learn its options, and checks all of them.
    ///
    /// # Errors
    ///
    /// See [`RunError`].
    pub async fn new(inputs: PlanInputs<'_>) -> Result<Self, RunError> {
        let PlanInputs { engine, script, log, env, mut layers, .. } = inputs;
        let PlanInputs { user_agent, no_thresholds, network, .. } = inputs;
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
        if let Some(json) = &info.options {
            let (options, unknown) = Options::from_json_text(json, "the options of the script")
                .map_err(|problem| problem.located(&Origin::Script))?;
            if !unknown.is_empty() {
                say(&log, Level::Warn, unknown_options(&unknown, "exported in the script"));
            }
            layers.push((Layer::Script, options));
        }
        layers.sort_by_key(|(layer, _)| *layer);
        let mut consolidated = Options::consolidate(layers);
        for warning in consolidated.warnings.drain(..) {
            say(&log, Level::Warn, warning);
        }
        let options = &consolidated.options;
        let scenarios = options.scenarios().map_err(|problem| consolidated.locate(problem))?;
        check_functions(&scenarios, &info, consolidated.origin("scenarios"))?;
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
        let thresholds =
            Thresholds::new(specs, &registry).map_err(|problem| consolidated.locate(problem))?;
        let run = context(options, &scenarios)?;
        let options = consolidated.options;
        Ok(Self { options, scenarios, thresholds, info, vus, factory, run })
    }

    /// What all virtual users of the run share.
    pub fn context(&self) -> &Arc<RunContext> {
        &self.run
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

fn check_functions(
    scenarios: &[Scenario],
    info: &ScriptInfo,
    origin: Option<Origin>,
) -> Result<(), RunError> {
    for scenario in scenarios {
        if !info.functions.contains(&scenario.exec) {
            let names = info.functions.join(", ");
            let guess = suggest::guess(&scenario.exec, info.functions.iter().map(String::as_str));
            let origin = origin.map(|origin| format!(" ({origin})")).unwrap_or_default();
            return Err(RunError::UnknownFunction {
                scenario: scenario.name.clone(),
                exec: scenario.exec.clone(),
                others: names + &guess + &origin,
            });
        }
    }
    Ok(())
}
