//! `setup`, `teardown` and `handleSummary`: what runs once, each time in a virtual user of its own.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::unconstrained;
use wasock_sockets::Interrupter;

use super::RunError;
use crate::context::RunContext;
use crate::duration;
use crate::options::Options;
use crate::summary::SummaryText;
use crate::vu::bindings::lifecycle::SummaryOutput;
use crate::vu::{Factory, Identity, ScriptInfo, StageError, VirtualUser};

/// Runs the functions of a script that run once.
pub(crate) struct Stages {
    factory: Arc<Factory>,
    run: Arc<RunContext>,
    functions: Vec<String>,
    setup_timeout: Duration,
    teardown_timeout: Duration,
    handle_summary_timeout: Duration,
}

impl Stages {
    pub(super) fn new(
        factory: Arc<Factory>,
        run: Arc<RunContext>,
        info: &ScriptInfo,
        options: &Options,
    ) -> Self {
        Self {
            factory,
            run,
            functions: info.functions.clone(),
            setup_timeout: options.setup_timeout(),
            teardown_timeout: options.teardown_timeout(),
            handle_summary_timeout: options.handle_summary_timeout(),
        }
    }

    /// Whether the script exports this function.
    pub(crate) fn exports(&self, name: &str) -> bool {
        self.functions.iter().any(|function| function == name)
    }

    /// Runs `setup`, which the script must export. The result is JSON.
    pub(crate) async fn setup(&self) -> Result<Option<String>, RunError> {
        let mut user = tokio::select! {
            biased;
            user = self.user() => user?,
            () = unconstrained(self.run.stop.stopped()) => return Err(RunError::Stopped),
        };
        let interrupter = user.interrupter();
        let stopped = self.run.stop.stopped();
        bounded("setup", self.setup_timeout, interrupter, stopped, user.setup()).await
    }

    /// Runs `teardown`, which the script must export, whatever ended the scenarios; only its own time
    /// limit ends it.
    pub(crate) async fn teardown(&self, data: Option<&str>) -> Result<(), RunError> {
        let mut user = self.user().await?;
        let (interrupter, limit) = (user.interrupter(), self.teardown_timeout);
        bounded("teardown", limit, interrupter, pending(), user.teardown(data)).await
    }

    /// Runs `handleSummary`, which the script must export.
    pub(super) async fn handle_summary(
        &self,
        data: &str,
        text: SummaryText,
    ) -> Result<Vec<SummaryOutput>, RunError> {
        let mut user = self.user().await?;
        let (interrupter, limit) = (user.interrupter(), self.handle_summary_timeout);
        let call = user.handle_summary(data, text);
        bounded("handleSummary", limit, interrupter, pending(), call).await
    }

    async fn user(&self) -> Result<VirtualUser, RunError> {
        let starting = crate::executors::start(&self.factory, &self.run, Identity::NONE);
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
