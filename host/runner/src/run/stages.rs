//! `setup`, `teardown` and `handleSummary`: what runs once for each program, each time in a virtual user of its own.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::unconstrained;
use wasock_sockets::Interrupter;

use super::{Guest, RunError};
use crate::context::RunContext;
use crate::duration;
use crate::options::Options;
use crate::summary::SummaryText;
use crate::vu::bindings::lifecycle::SummaryOutput;
use crate::vu::{Factory, Identity, StageError, VirtualUser};

/// Runs the functions of a test's programs that run once.
pub(crate) struct Stages {
    programs: Vec<Program>,
    run: Arc<RunContext>,
    setup_timeout: Duration,
    teardown_timeout: Duration,
    handle_summary_timeout: Duration,
}

/// A program, and what it exports.
struct Program {
    factory: Arc<Factory>,
    functions: Vec<String>,
}

impl Program {
    fn exports(&self, name: &str) -> bool {
        self.functions.iter().any(|function| function == name)
    }
}

impl Stages {
    pub(super) fn new(guests: &[Guest], run: Arc<RunContext>, options: &Options) -> Self {
        let program = |guest: &Guest| Program {
            factory: guest.factory.clone(),
            functions: guest.info.functions.clone(),
        };
        Self {
            programs: guests.iter().map(program).collect(),
            run,
            setup_timeout: options.setup_timeout(),
            teardown_timeout: options.teardown_timeout(),
            handle_summary_timeout: options.handle_summary_timeout(),
        }
    }

    /// Whether a program exports this function.
    pub(crate) fn exports(&self, name: &str) -> bool {
        self.programs.iter().any(|program| program.exports(name))
    }

    /// How many programs there are.
    pub(crate) fn programs(&self) -> usize {
        self.programs.len()
    }

    /// Runs `setup` of the programs that export it. The results, for all programs in order, are JSON.
    pub(crate) async fn setup(&self) -> Result<Vec<Option<String>>, RunError> {
        let mut results = Vec::new();
        for program in &self.programs {
            results.push(match program.exports("setup") {
                true => self.setup_of(program).await?,
                false => None,
            });
        }
        Ok(results)
    }

    async fn setup_of(&self, program: &Program) -> Result<Option<String>, RunError> {
        let mut user = tokio::select! {
            biased;
            user = self.user(program) => user?,
            () = unconstrained(self.run.stop.stopped()) => return Err(RunError::Stopped),
        };
        let interrupter = user.interrupter();
        let stopped = self.run.stop.stopped();
        bounded("setup", self.setup_timeout, interrupter, stopped, user.setup()).await
    }

    /// Runs `teardown` of the programs that export it, whatever ended the scenarios; only its own time limit
    /// ends it. `data` is what `setup` returned, for all programs in order. The first error counts.
    pub(crate) async fn teardown(&self, data: &[Option<String>]) -> Result<(), RunError> {
        let mut outcome = Ok(());
        for (program, data) in self.programs.iter().zip(data) {
            if program.exports("teardown") {
                outcome = outcome.and(self.teardown_of(program, data.as_deref()).await);
            }
        }
        outcome
    }

    async fn teardown_of(&self, program: &Program, data: Option<&str>) -> Result<(), RunError> {
        let mut user = self.user(program).await?;
        let (interrupter, limit) = (user.interrupter(), self.teardown_timeout);
        bounded("teardown", limit, interrupter, pending(), user.teardown(data)).await
    }

    /// Runs `handleSummary` of the first program that exports it, which there must be.
    pub(super) async fn handle_summary(
        &self,
        data: &str,
        text: SummaryText,
    ) -> Result<Vec<SummaryOutput>, RunError> {
        let program = self.programs.iter().find(|program| program.exports("handleSummary"));
        let program = program.unwrap_or(&self.programs[0]);
        let mut user = self.user(program).await?;
        let (interrupter, limit) = (user.interrupter(), self.handle_summary_timeout);
        let call = user.handle_summary(data, text);
        bounded("handleSummary", limit, interrupter, pending(), call).await
    }

    async fn user(&self, program: &Program) -> Result<VirtualUser, RunError> {
        let starting = crate::executors::start(&program.factory, &self.run, Identity::NONE);
        starting.await.map(|(user, _)| user)
    }
}

/// Waits for a stage, which may use up what tokio lets a task do in a turn. When its `limit` has passed, or the run is `stopped`, the stage is interrupted and
/// has as long to leave as an iteration.
async fn bounded<T>(
    stage: &'static str,
    limit: Duration,
    interrupter: Interrupter,
    stopped: impl Future<Output = ()>,
    call: impl Future<Output = Result<T, StageError>>,
) -> Result<T, RunError> {
    let mut call = pin!(call);
    let mut timed_out = false;
    let result = tokio::select! {
        biased;
        result = &mut call => result,
        () = unconstrained(stopped) => { interrupter.interrupt(); call.await }
        () = unconstrained(tokio::time::sleep(limit)) => {
            timed_out = true;
            interrupter.interrupt();
            call.await
        }
    };
    result.map_err(|error| match error {
        _ if timed_out => RunError::Timeout { stage, limit: duration::format(limit) },
        StageError::Interrupted => RunError::Stopped,
        error => RunError::Script { stage, error },
    })
}
