//! A handle on a run in progress: to start it, to stop it, to look at it.
//!
//! Every [`Plan`](crate::run::Plan) has one. The REST API is made of it; a program that embeds the
//! runner uses it directly.
//!
//! ```no_run
//! # async fn example(plan: wasock_runner::run::Plan) -> Result<(), Box<dyn std::error::Error>> {
//! use wasock_runner::run::Execution;
//!
//! let control = plan.control().clone();
//! control.pause()?; // the run makes its virtual users and waits
//! let watching = tokio::spawn(async move {
//!     control.resume();
//!     let checks = |results: &wasock_runner::run::LiveResults<'_>| {
//!         results.samples.totals().checks().len()
//!     };
//!     (control.status().running, control.look(checks).await)
//! });
//! let report = plan.execute(Execution::default()).await?;
//! # Ok(())
//! # }
//! ```

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::watch;

use crate::context::{RunContext, StopReason};
use crate::executors::control::{ExternalError, ExternalView};
use crate::run::{Live, LiveResults, Phase, Progress, RunError, Stages};

/// Where a run is, with the numbers that k6's REST API gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// Nothing has happened yet.
    Created = 0,
    /// Virtual users are being made.
    MakingUsers = 1,
    /// All is ready, and the run waits to be told to begin.
    Paused = 4,
    /// `setup` runs.
    Setup = 6,
    /// The scenarios run.
    Running = 7,
    /// `teardown` runs.
    Teardown = 8,
    /// All has run.
    Ended = 9,
    /// The run was broken off.
    Interrupted = 10,
    /// All has run, and the script has marked the test as failed.
    MarkedAsFailed = 11,
}

/// A run at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Where it is.
    pub stage: Stage,
    /// Whether it waits, or is going to wait, to be told to begin.
    pub paused: bool,
    /// Virtual users at work.
    pub vus: u32,
    /// Virtual users that are ready or at work.
    pub vus_max: u32,
    /// Whether it was broken off, or is about to be.
    pub stopped: bool,
    /// Whether it has begun and not ended.
    pub running: bool,
    /// Whether a threshold was crossed when they were last evaluated.
    pub tainted: bool,
}

/// Why a request cannot be met.
#[derive(Debug, Error)]
pub enum ControlError {
    /// The run has begun, and no scenario of it can be paused.
    #[error("the run has begun, and only a run that has not can be paused")]
    Begun,
    /// The results are being summed up, and nothing more counts.
    #[error("the run is over")]
    Over,
    /// The script does not export the function.
    #[error("the script exports no function \"{0}\"")]
    NotExported(&'static str),
    /// The executor `externally-controlled` cannot do it, or there is none.
    #[error(transparent)]
    External(#[from] ExternalError),
    /// The function failed.
    #[error(transparent)]
    Stage(#[from] RunError),
}

/// Whether a run may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Closed,
    Open,
    Passed,
}

/// A handle on a run.
pub struct Control {
    run: Arc<RunContext>,
    stages: Stages,
    live: Live,
    gate: watch::Sender<Gate>,
    progress: OnceLock<Arc<Progress>>,
    /// What `setup` of each program returned, as JSON; the first is the script's.
    setup_data: Mutex<Vec<Option<String>>>,
    /// One of `setup` and `teardown` at a time.
    stage: tokio::sync::Mutex<()>,
}

impl Control {
    pub(crate) fn new(run: Arc<RunContext>, stages: Stages, paused: bool) -> Self {
        let gate = if paused { Gate::Closed } else { Gate::Open };
        let setup_data = Mutex::new(vec![None; stages.programs()]);
        Self {
            run,
            stages,
            live: Live::default(),
            gate: watch::Sender::new(gate),
            progress: OnceLock::new(),
            setup_data,
            stage: tokio::sync::Mutex::new(()),
        }
    }

    /// The run at this moment.
    pub fn status(&self) -> Status {
        let phase = self.progress.get().map(|progress| progress.phase());
        let stop = &self.run.stop;
        let stopped = stop.reason().is_some();
        let stage = match phase {
            None => Stage::Created,
            Some(Phase::Initializing) => Stage::MakingUsers,
            Some(Phase::Paused) => Stage::Paused,
            Some(Phase::Setup) => Stage::Setup,
            Some(Phase::Running) => Stage::Running,
            Some(Phase::Teardown) => Stage::Teardown,
            Some(Phase::Lingering | Phase::Done) if stopped => Stage::Interrupted,
            Some(Phase::Lingering | Phase::Done) if stop.failure().is_some() => {
                Stage::MarkedAsFailed
            }
            Some(Phase::Lingering | Phase::Done) => Stage::Ended,
        };
        Status {
            stage,
            paused: self.is_paused() || self.external().is_some_and(|external| external.paused),
            vus: self.run.counters.active(),
            vus_max: self.run.counters.initialized(),
            stopped,
            running: matches!(stage, Stage::Setup | Stage::Running | Stage::Teardown),
            tainted: self.live.is_tainted(),
        }
    }

    /// Lets the run begin as soon as it is ready. One that has begun goes on, with its
    /// `externally-controlled` scenario if that was paused.
    pub fn resume(&self) {
        self.gate.send_if_modified(|gate| replace(gate, Gate::Closed, Gate::Open));
        // Without such a scenario there is nothing that has to go on.
        let _ = self.run.external.pause(false);
    }

    /// Makes the run wait before it begins. Of a run that has begun the `externally-controlled` scenario
    /// waits.
    ///
    /// # Errors
    ///
    /// It has begun, and has no such scenario.
    pub fn pause(&self) -> Result<(), ControlError> {
        self.gate.send_if_modified(|gate| replace(gate, Gate::Open, Gate::Closed));
        if self.is_paused() {
            return Ok(());
        }
        self.run.external.pause(true).map(drop).map_err(|_| ControlError::Begun)
    }

    /// Sets how many virtual users of the `externally-controlled` scenario run, and how many are to be
    /// ready, in the whole test. What is none stays as it is.
    ///
    /// # Errors
    ///
    /// There is no such scenario, or it cannot have so many.
    pub fn set_users(&self, vus: Option<u32>, max: Option<u32>) -> Result<(), ControlError> {
        Ok(self.run.external.set(vus, max).map(drop)?)
    }

    /// What the `externally-controlled` scenario is told to do; none if there is none.
    pub fn external(&self) -> Option<ExternalView> {
        self.run.external.view()
    }

    /// Ends the run as Ctrl-C would: iterations are broken off, `teardown` runs. A run that lingers is
    /// let go.
    pub fn stop(&self) {
        self.run.stop.stop(StopReason::Control);
    }

    /// What `look` makes of the results so far. None before samples are added up, and after.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&LiveResults<'_>) -> T + Send + 'static,
    ) -> Option<T> {
        self.live.look(look).await
    }

    /// What iterations of the script get, as JSON: what `setup` returned, or was put in its place.
    pub fn setup_data(&self) -> Option<String> {
        self.setup_data.lock().first().cloned().flatten()
    }

    /// Puts JSON in the place of what `setup` returned. Scenarios take it when they begin. Programs that
    /// scenarios name keep their own.
    pub fn set_setup_data(&self, json: Option<String>) {
        if let Some(data) = self.setup_data.lock().first_mut() {
            *data = json;
        }
    }

    /// Puts what another process has in the place of what `setup` of each program returned.
    pub(crate) fn set_all_setup_data(&self, data: Vec<Option<String>>) {
        *self.setup_data.lock() = data;
    }

    /// What iterations of each program get; the first is the script.
    pub(crate) fn all_setup_data(&self) -> Vec<Option<String>> {
        self.setup_data.lock().clone()
    }

    /// Runs `setup` now, and keeps what it returns. The run still runs it when it begins, unless its
    /// options say that it does not.
    ///
    /// # Errors
    ///
    /// `setup` fails or is not there, or the run is over.
    pub async fn run_setup(&self) -> Result<Option<String>, ControlError> {
        self.requires("setup")?;
        Ok(self.setup().await?)
    }

    /// Runs `teardown` now. The run still runs it when it ends, unless its options say that it does not.
    ///
    /// # Errors
    ///
    /// `teardown` fails or is not there, or the run is over.
    pub async fn run_teardown(&self) -> Result<(), ControlError> {
        self.requires("teardown")?;
        Ok(self.teardown().await?)
    }

    fn requires(&self, function: &'static str) -> Result<(), ControlError> {
        if self.progress.get().is_some_and(|progress| progress.phase() == Phase::Done) {
            return Err(ControlError::Over);
        }
        if !self.stages.exports(function) {
            return Err(ControlError::NotExported(function));
        }
        Ok(())
    }

    pub(crate) async fn setup(&self) -> Result<Option<String>, RunError> {
        let _alone = self.stage.lock().await;
        let data = self.stages.setup().await?;
        let own = data.first().cloned().flatten();
        *self.setup_data.lock() = data;
        Ok(own)
    }

    pub(crate) async fn teardown(&self) -> Result<(), RunError> {
        let _alone = self.stage.lock().await;
        let data = self.all_setup_data();
        self.stages.teardown(&data).await
    }

    pub(crate) fn stages(&self) -> &Stages {
        &self.stages
    }

    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// The run is being carried out.
    pub(crate) fn follow(&self, progress: Arc<Progress>) {
        // A plan that is carried out a second time keeps showing the first.
        let _ = self.progress.set(progress);
    }

    /// Whether the run has to wait before it begins.
    pub(crate) fn is_paused(&self) -> bool {
        *self.gate.borrow() == Gate::Closed
    }

    /// Waits until the run may begin; from then on it cannot be paused.
    pub(crate) async fn begin(&self) {
        let mut gate = self.gate.subscribe();
        loop {
            // The sender lives as long as `self`, so waiting cannot fail.
            let _ = gate.wait_for(|gate| *gate != Gate::Closed).await;
            self.gate.send_if_modified(|gate| replace(gate, Gate::Open, Gate::Passed));
            if *self.gate.borrow() == Gate::Passed {
                return;
            }
        }
    }
}

fn replace(gate: &mut Gate, from: Gate, to: Gate) -> bool {
    let replaces = *gate == from;
    if replaces {
        *gate = to;
    }
    replaces
}
