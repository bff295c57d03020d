//! The programs of a test: its script, and those that scenarios name by `guest`.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use async_trait::async_trait;
use wasmtime::Engine;
use wasock_script::Script;

use super::RunError;
use crate::context::{RunContext, StopReason};
use crate::executors::{self, Pool};
use crate::options::{ExecutorConfig, Scenario, Share, max_vus, planned_vus};
use crate::vu::{self, Factory, Identity, ScriptInfo};

/// Finds the programs that scenarios name.
#[async_trait]
pub trait GuestSource: Send + Sync {
    /// The program of this name, compiled for the engine of the plan.
    ///
    /// # Errors
    ///
    /// It is not there, or is no program.
    async fn script(&self, name: &str) -> Result<Script, GuestError>;
}

/// Why a program that a scenario names cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestError {
    /// What is wrong.
    pub message: String,
    /// How to put it right, where that is known.
    pub hint: Option<String>,
}

/// A program of a test.
pub struct Guest {
    /// As scenarios name it; none for the script of the test.
    pub name: Option<String>,
    /// What it exports. Of the options only the script's own count.
    pub info: ScriptInfo,
    /// The most virtual users of it at one time.
    pub vus: u64,
    /// Those of them that are made before the run.
    pub(super) planned_vus: u32,
    /// How many of them there is room for.
    pub(super) room: u32,
    pub(super) factory: Arc<Factory>,
}

impl Guest {
    /// Prepares a program, and runs its top level once as virtual user 0.
    pub(super) async fn new(
        name: Option<String>,
        engine: &Engine,
        script: Script,
        run: &Arc<RunContext>,
    ) -> Result<Self, RunError> {
        let factory = Arc::new(Factory::new(engine, &script)?);
        let info = discover(&factory, run).await?;
        Ok(Self { name, info, vus: 0, planned_vus: 0, room: 0, factory })
    }

    /// The program that a scenario names, with errors that tell which it is.
    pub(super) async fn named(
        name: &str,
        source: Option<&dyn GuestSource>,
        engine: &Engine,
        run: &Arc<RunContext>,
    ) -> Result<Self, RunError> {
        let failed = |message: String, hint: Option<String>, code| RunError::Guest {
            name: name.to_owned(),
            message,
            hint,
            code,
        };
        let source = source.ok_or_else(|| {
            RunError::Internal(format!("nothing finds the guest \"{name}\" of a scenario"))
        })?;
        let script = source.script(name).await.map_err(|error| {
            failed(error.message, error.hint, crate::exit_code::ExitCode::ScriptException)
        })?;
        let made = Self::new(Some(name.to_owned()), engine, script, run).await;
        made.map_err(|error| match error {
            RunError::Stopped | RunError::Aborted(_) => error,
            error => failed(error.to_string(), error.hint(), error.exit_code()),
        })
    }

    /// Counts the virtual users that it needs for its scenarios among these.
    pub(super) fn count(&mut self, scenarios: &[Scenario]) {
        let own: Vec<_> = scenarios.iter().filter(|one| one.guest == self.name).cloned().collect();
        self.vus = max_vus(&own);
        self.planned_vus = u32::try_from(planned_vus(&own)).unwrap_or(u32::MAX);
        let controlled = |scenario: &Scenario| {
            matches!(scenario.executor, ExecutorConfig::ExternallyControlled { .. })
        };
        // Where their number can be raised from outside, as many as there can be.
        self.room = match own.iter().any(controlled) {
            true => vu::room(),
            false => u32::try_from(self.vus).unwrap_or(u32::MAX),
        };
    }

    /// A pool of its virtual users. `numbers` has the numbers of those of all pools.
    pub(super) fn pool(
        &self,
        run: &Arc<RunContext>,
        share: &Share,
        numbers: &Arc<AtomicU32>,
    ) -> Arc<Pool> {
        let (factory, numbers) = (self.factory.clone(), numbers.clone());
        Pool::new(factory, run.clone(), share.clone(), self.room, numbers).into()
    }

    /// Whether it exports this function.
    pub(super) fn exports(&self, name: &str) -> bool {
        self.info.functions.iter().any(|function| function == name)
    }

    /// In a sentence.
    pub(super) fn describe(&self) -> String {
        match &self.name {
            Some(name) => format!("the guest \"{name}\""),
            None => "the script".to_owned(),
        }
    }
}

/// Runs the top level as virtual user 0.
async fn discover(factory: &Factory, run: &Arc<RunContext>) -> Result<ScriptInfo, RunError> {
    match executors::start(factory, run, Identity::NONE).await {
        Ok((_, info)) => Ok(info),
        Err(RunError::Stopped) => match run.stop.reason() {
            Some(StopReason::Abort(message)) => Err(RunError::Aborted(message)),
            _ => Err(RunError::Stopped),
        },
        Err(error) => Err(error),
    }
}
