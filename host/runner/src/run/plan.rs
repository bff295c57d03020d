//! What a script and its options come to, checked before anything runs.

use std::sync::Arc;

use wasmtime::Engine;
use wasock_script::Script;

use super::{Guest, GuestSource, RunError, Stages};
use crate::context::{Common, RunContext};
use crate::control::Control;
use crate::files::{FileAccess, OpenedFile};
use crate::limits::VuLimits;
use crate::log::{Level, SharedLog, say};
use crate::network::NetworkSetup;
use crate::options::{
    Consolidated, Layer, OptionError, Options, Origin, Scenario, Share, suggest, unknown_options,
};
use crate::processes::{MAX_PROCESSES, Spread};
use crate::secrets::Secrets;
use crate::thresholds::Thresholds;
use crate::vu;

/// What a plan is made from.
pub struct PlanInputs<'a> {
    /// The engine that the script was compiled for, commonly [`crate::vu::engine`].
    pub engine: &'a Engine,
    /// The script.
    pub script: Script,
    /// Finds the programs that scenarios name; without it, none may.
    pub guests: Option<Arc<dyn GuestSource>>,
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
    /// The files that the script may open.
    pub files: FileAccess,
    /// The values that the script may have and logs may not.
    pub secrets: Arc<Secrets>,
    /// What each virtual user may cost.
    pub limits: VuLimits,
    /// How the test is spread over processes.
    pub spread: Spread,
}

/// A test that can be run.
pub struct Plan {
    /// The options that are in force.
    pub options: Options,
    /// The loads that this process has a part in.
    pub scenarios: Vec<Scenario>,
    /// The part of the test that this process runs.
    pub share: Share,
    /// The pass criteria.
    pub thresholds: Thresholds,
    /// The programs of the test: first the script, then those that scenarios name.
    pub guests: Vec<Guest>,
    /// The most virtual users at one time, with those that are made only if all others are busy.
    pub vus: u32,
    /// The virtual users that are made before the run.
    pub planned_vus: u32,
    /// How many processes run the test. With more than one, [`Execution`](super::Execution) has to say how they are
    /// started.
    pub processes: u32,
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
        let PlanInputs { engine, script, guests: source, log, env, mut layers, .. } = inputs;
        let PlanInputs { recorded, user_agent, no_thresholds, network, .. } = inputs;
        let PlanInputs { files, secrets, limits, spread, .. } = inputs;
        let mut common = Common::new(log, env, files, secrets, limits);
        let log = common.log.clone();
        let context = |common: &Common, options: &Options, scenarios: &[Scenario]| {
            let (common, network) = (common.clone(), network.clone());
            RunContext::new(common, options, scenarios, &user_agent, network).map(Arc::new)
        };
        let known = Options::consolidate(layers.iter().cloned()).options;
        let discovering = context(&common, &known, &[])?;
        let script = Guest::new(None, engine, script, &discovering).await?;
        let own = script_options(recorded, &script, &log)?;
        layers.extend(own.map(|options| (Layer::Script, options)));
        let names_guests = script_names_guests(&layers);
        let mut consolidated = consolidate(layers, &log);
        let spread = consolidated.options.spread(spread);
        let spread = spread.map_err(|problem| consolidated.locate(problem))?;
        let locate = |problem| consolidated.locate(problem);
        let options = &consolidated.options;
        let share = options.share().map_err(locate)?;
        let mut scenarios = scenarios(options, &share).map_err(locate)?;
        let mut guests = vec![script];
        add_named_guests(&mut guests, &scenarios, source.as_deref(), engine, &discovering).await?;
        let origin = consolidated.origin("scenarios");
        check_functions(&scenarios, &guests, origin, names_guests)?;
        let all = scenarios.clone();
        scenarios.retain(Scenario::has_work);
        let Users { most: vus, planned: planned_vus, processes } =
            Users::of(&scenarios, &mut guests, spread)?;
        common.room = common.room.saturating_mul(processes);
        let run = context(&common, options, &all)?;
        // Those of a part are judged by the whole.
        let judged = !no_thresholds && !matches!(spread, Spread::Part(_));
        let thresholds = thresholds(options, judged, &common).map_err(locate)?;
        let stages = Stages::new(&guests, run.clone(), options);
        let control = Control::new(run.clone(), stages, options.paused == Some(true)).into();
        let options = consolidated.options;
        Ok(Self {
            options,
            scenarios,
            share,
            thresholds,
            guests,
            vus,
            planned_vus,
            processes,
            run,
            control,
        })
    }

    /// What all virtual users of the run share.
    pub fn context(&self) -> &Arc<RunContext> {
        &self.run
    }

    /// The files that the script has opened so far, by path. A script opens at its top level, which
    /// has run once, so commonly these are all.
    pub fn opened_files(&self) -> Vec<OpenedFile> {
        self.run.files.opened()
    }

    /// A handle on the run.
    pub fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// Whether a program of the test exports this function.
    pub fn exports(&self, name: &str) -> bool {
        self.control.stages().exports(name)
    }
}

/// The options of the script: those that are recorded, or those that it exports.
fn script_options(
    recorded: Option<Options>,
    script: &Guest,
    log: &SharedLog,
) -> Result<Option<Options>, RunError> {
    let exported = script.info.options.as_deref();
    let (None, Some(json)) = (&recorded, exported) else { return Ok(recorded) };
    let read = Options::from_json_text(json, "the options of the script");
    let (options, unknown) = read.map_err(|problem| problem.located(&Origin::Script))?;
    if !unknown.is_empty() {
        say(log, Level::Warn, unknown_options(&unknown, "exported in the script"));
    }
    Ok(Some(options))
}

/// Whether a scenario of the script itself names another program.
fn script_names_guests(layers: &[(Layer, Options)]) -> bool {
    let own = layers.iter().filter(|(layer, _)| *layer == Layer::Script);
    let mut scenarios = own.flat_map(|(_, own)| own.scenarios.iter().flatten());
    scenarios.any(|scenario| scenario.guest.is_some())
}

/// Puts the options of all sources together, and logs what people should know about that.
fn consolidate(mut layers: Vec<(Layer, Options)>, log: &SharedLog) -> Consolidated {
    for (_, options) in layers.iter_mut().filter(|(layer, _)| *layer == Layer::Script) {
        // A script has no say in how long the program stays, as in k6.
        if options.linger.take() == Some(true) {
            let text = "the option linger has no effect in a script: use --linger or K6_LINGER";
            say(log, Level::Warn, text);
        }
    }
    layers.sort_by_key(|(layer, _)| *layer);
    let mut consolidated = Options::consolidate(layers);
    for warning in consolidated.warnings.drain(..) {
        say(log, Level::Warn, warning);
    }
    consolidated
}

/// The scenarios that the options describe, with the part of them that this process runs.
fn scenarios(options: &Options, share: &Share) -> Result<Vec<Scenario>, OptionError> {
    let own = |scenario| Scenario { share: share.clone(), ..scenario };
    Ok(options.scenarios()?.into_iter().map(own).collect())
}

/// Adds the programs that scenarios name, each once.
async fn add_named_guests(
    guests: &mut Vec<Guest>,
    scenarios: &[Scenario],
    source: Option<&dyn GuestSource>,
    engine: &Engine,
    run: &Arc<RunContext>,
) -> Result<(), RunError> {
    for name in scenarios.iter().filter_map(|scenario| scenario.guest.as_deref()) {
        if !guests.iter().any(|guest| guest.name.as_deref() == Some(name)) {
            guests.push(Guest::named(name, source, engine, run).await?);
        }
    }
    Ok(())
}

/// How many virtual users a test needs, and how many processes for them.
struct Users {
    most: u32,
    planned: u32,
    processes: u32,
}

impl Users {
    /// Counts those that each program needs, and all of them.
    fn of(scenarios: &[Scenario], guests: &mut [Guest], spread: Spread) -> Result<Self, RunError> {
        let needed = |vus: u64| u32::try_from(vus).unwrap_or(u32::MAX);
        guests.iter_mut().for_each(|guest| guest.count(scenarios));
        let most = needed(guests.iter().map(|guest| guest.vus).sum());
        let planned = needed(guests.iter().map(|guest| u64::from(guest.planned_vus)).sum());
        let processes = spread.processes(u64::from(most)).min(MAX_PROCESSES);
        if most.div_ceil(processes) > vu::room() {
            return Err(RunError::TooManyVus { vus: u64::from(most), processes });
        }
        Ok(Self { most, planned, processes })
    }
}

/// The pass criteria, which are none if they are not judged here. Logs what people should know about them.
fn thresholds(options: &Options, judged: bool, common: &Common) -> Result<Thresholds, OptionError> {
    let specs = options.thresholds.as_deref().filter(|_| judged).unwrap_or_default();
    let thresholds = Thresholds::new(specs, &common.registry)?;
    for warning in thresholds.warnings() {
        say(&common.log, Level::Warn, warning);
    }
    Ok(thresholds)
}

/// Checks that each scenario's program exports its function. A script without functions may have had
/// scenarios that name other programs, and that other options have replaced.
fn check_functions(
    scenarios: &[Scenario],
    guests: &[Guest],
    origin: Option<Origin>,
    script_names_guests: bool,
) -> Result<(), RunError> {
    for scenario in scenarios {
        let guest = guests.iter().find(|guest| guest.name == scenario.guest);
        let Some(guest) = guest.filter(|guest| !guest.exports(&scenario.exec)) else { continue };
        let functions = &guest.info.functions;
        if functions.is_empty() && guest.name.is_none() {
            return Err(match script_names_guests {
                true => RunError::ScenariosReplaced,
                false => RunError::NoFunctions,
            });
        }
        let names = if functions.is_empty() { "none".to_owned() } else { functions.join(", ") };
        let guess = suggest::guess(&scenario.exec, functions.iter().map(String::as_str));
        let origin = origin.map(|origin| format!(" ({origin})")).unwrap_or_default();
        return Err(RunError::UnknownFunction {
            scenario: scenario.name.clone(),
            exec: scenario.exec.clone(),
            whose: guest.describe(),
            others: names + &guess + &origin,
        });
    }
    Ok(())
}
