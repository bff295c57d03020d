//! One virtual user, stage by stage.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use thiserror::Error;
use wasmtime::Store;
use wasmtime::component::ResourceTableError;
use wasock_script::SourceMaps;
use wasock_sockets::{Interrupter, Leaving};

use super::bindings::lifecycle::Failure;
use super::bindings::{Vu, lifecycle};
use super::state::{Iteration, VuState};
use super::turn;
use crate::context::RunContext;
use crate::duration;
use crate::limits::Stopped;
use crate::log::clipped;
use crate::metrics::Builtin;
use crate::poll_when_woken::poll_when_woken;
use crate::summary::SummaryText;

pub use super::bindings::lifecycle::ScriptInfo;

/// How long a virtual user that was interrupted may take to leave: it unwinds and writes its close frames, which
/// takes milliseconds, on a busy machine more. After that it is dropped where it stands. Whoever has pressed Ctrl-C
/// waits for it.
const INTERRUPTION_GRACE: Duration = Duration::from_secs(2);

/// How long the end of a stage waits for the last bytes of its connections, so that they count for
/// it: many times what writing a close frame takes, also on a busy machine. Only a peer that does not
/// read uses it up, and what it reads later counts when it does.
const LAST_BYTES_WAIT: Duration = Duration::from_millis(500);

/// What a script gets that has used up its memory.
const OUT_OF_MEMORY: &str = "InternalError: out of memory";

/// What the engine throws if there is no memory for the exception, or for its message.
const NO_ROOM_FOR_MORE: [&str; 2] = ["null", "InternalError: Invalid error message"];

/// Why a stage did not run to its end.
#[derive(Debug, Error)]
pub enum StageError {
    /// The script threw. The text has the stack, in positions of the user's files.
    #[error("{0}")]
    Exception(String),
    /// It was asked to finish.
    #[error("the script was interrupted")]
    Interrupted,
    /// It came to a limit, and was asked to finish.
    #[error("{0}")]
    Limit(String),
    /// The guest is gone: it broke a rule or a limit.
    #[error("the virtual user was stopped: {0}")]
    Trap(String),
}

impl StageError {
    /// Whether the virtual user can go on with another iteration.
    pub fn is_survivable(&self) -> bool {
        matches!(self, Self::Exception(_))
    }
}

/// What an iteration can learn about its scenario.
pub trait ScenarioFacts: Send + Sync {
    /// Its name.
    fn name(&self) -> &str;

    /// The name of its executor.
    fn executor(&self) -> &'static str;

    /// When it began, in milliseconds since 1970.
    fn start_time(&self) -> f64;

    /// How much of it is done at this moment, 0 to 1.
    fn progress(&self) -> f64;
}

/// Which iteration is next.
#[derive(Clone)]
pub struct Position {
    /// The scenario.
    pub scenario: Arc<dyn ScenarioFacts>,
    /// The scenario's tags.
    pub tags: Arc<[(String, String)]>,
    /// `__ENV`: the variables of the run, and those of the scenario.
    pub env: Arc<[(String, String)]>,
    /// Iterations of this scenario that this process has begun before.
    pub number: u64,
    /// The number among those of the whole test, from 0.
    pub number_in_test: u64,
    /// Iterations of this scenario that the virtual user has begun before.
    pub in_scenario: u64,
    /// Iterations that the virtual user has begun before.
    pub in_instance: u64,
}

/// One component instance with its store.
pub struct VirtualUser {
    store: Store<VuState>,
    guest: Vu,
    maps: Arc<SourceMaps>,
}

impl VirtualUser {
    pub(super) fn new(store: Store<VuState>, guest: Vu, maps: Arc<SourceMaps>) -> Self {
        Self { store, guest, maps }
    }

    /// A handle to interrupt the stage that runs.
    pub fn interrupter(&self) -> Interrupter {
        self.store.data().interrupter.clone()
    }

    /// Runs the script's top level.
    ///
    /// # Errors
    ///
    /// See [`StageError`].
    pub async fn init(&mut self) -> Result<ScriptInfo, StageError> {
        let Self { store, guest, maps } = self;
        let (interrupter, run) = store.data_mut().begin_call();
        let call = guest.wasock_websocket_lifecycle().call_init(&mut *store);
        finish(guarded(interrupter, call).await, maps, &run, store.data())
    }

    /// Runs `setup`.
    ///
    /// # Errors
    ///
    /// See [`StageError`].
    pub async fn setup(&mut self) -> Result<Option<String>, StageError> {
        self.enter_stage("::setup");
        let Self { store, guest, maps } = self;
        let (interrupter, run) = store.data_mut().begin_call();
        let call = guest.wasock_websocket_lifecycle().call_setup(&mut *store);
        let result = finish(guarded(interrupter, call).await, maps, &run, store.data());
        self.record_traffic().await;
        result
    }

    /// Runs `teardown`.
    ///
    /// # Errors
    ///
    /// See [`StageError`].
    pub async fn teardown(&mut self, data: Option<&str>) -> Result<(), StageError> {
        self.enter_stage("::teardown");
        let Self { store, guest, maps } = self;
        let (interrupter, run) = store.data_mut().begin_call();
        let call = guest.wasock_websocket_lifecycle().call_teardown(&mut *store, data);
        let result = finish(guarded(interrupter, call).await, maps, &run, store.data());
        self.record_traffic().await;
        result
    }

    /// Runs `handleSummary`, with the text of the results for scripts that build on it.
    ///
    /// # Errors
    ///
    /// See [`StageError`].
    pub async fn handle_summary(
        &mut self,
        data: &str,
        text: SummaryText,
    ) -> Result<Vec<lifecycle::SummaryOutput>, StageError> {
        let Self { store, guest, maps } = self;
        store.data_mut().summary = Some(text);
        let (interrupter, run) = store.data_mut().begin_call();
        let call = guest.wasock_websocket_lifecycle().call_handle_summary(&mut *store, data);
        finish(guarded(interrupter, call).await, maps, &run, store.data())
    }

    /// Runs the exported function `exec` once, and records the iteration.
    ///
    /// # Errors
    ///
    /// See [`StageError`].
    pub async fn iterate(
        &mut self,
        exec: &str,
        data: Option<&str>,
        position: Position,
    ) -> Result<(), StageError> {
        let state = self.store.data_mut();
        state.enter(Iteration(Some(position)), "");
        state.renew();
        let started = Instant::now();
        let Self { store, guest, maps } = self;
        let (interrupter, run) = store.data_mut().begin_call();
        let call = guest.wasock_websocket_lifecycle().call_iterate(&mut *store, exec, data);
        let result = finish(guarded(interrupter, call).await, maps, &run, store.data());
        if matches!(result, Ok(()) | Err(StageError::Exception(_))) {
            let millis = started.elapsed().as_secs_f64() * 1_000.0;
            let state = self.store.data_mut();
            state.record(Builtin::IterationDuration, millis, None);
            state.record(Builtin::Iterations, 1.0, None);
        }
        self.record_traffic().await;
        result
    }

    /// Lets it go: what it still has open is closed, and counts.
    pub async fn leave(self) {
        let leaving = self.store.data().leaving();
        drop(self);
        last_bytes(&leaving).await;
    }

    fn enter_stage(&mut self, group: &str) {
        self.store.data_mut().enter(Iteration::default(), group);
    }

    async fn record_traffic(&mut self) {
        let state = self.store.data_mut();
        last_bytes(&state.leaving()).await;
        state.account.record(&state.run.samples);
    }
}

/// Waits for the connections that end by themselves, but not for a peer that does not read.
async fn last_bytes(leaving: &Leaving) {
    if !leaving.is_empty() {
        // What is not sent by then counts later, if anybody is left to count it.
        let _ = Box::pin(tokio::time::timeout(LAST_BYTES_WAIT, leaving.until_empty())).await;
    }
}

/// Waits for a call into the guest; one that was interrupted and does not leave in time is dropped.
fn guarded<T>(
    interrupter: Interrupter,
    call: impl Future<Output = wasmtime::Result<Result<T, Failure>>>,
) -> impl Future<Output = wasmtime::Result<Result<T, Failure>>> {
    // On the heap, or every future around it would have room for it once more.
    let call = Box::pin(call);
    async move { until_overdue(interrupter, turn::follow(call)).await }
}

async fn until_overdue<T>(
    interrupter: Interrupter,
    call: impl Future<Output = wasmtime::Result<Result<T, Failure>>>,
) -> wasmtime::Result<Result<T, Failure>> {
    // A guest that calls the host without end uses up what tokio lets a task do in a turn; the clock goes on.
    let overdue = poll_when_woken(async {
        interrupter.interrupted().await;
        tokio::time::sleep(INTERRUPTION_GRACE).await;
    });
    tokio::select! {
        biased;
        result = call => result,
        () = overdue => Ok(Err(Failure::Interrupted)),
    }
}

fn finish<T>(
    result: wasmtime::Result<Result<T, Failure>>,
    maps: &SourceMaps,
    run: &RunContext,
    state: &VuState,
) -> Result<T, StageError> {
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Failure::Interrupted)) => Err(match state.computing.exceeded() {
            Some(limit) => StageError::Limit(format!(
                "the script computed for {} without waiting for anything, which is its limit; \
                 --vu-cpu raises it",
                duration::format(limit)
            )),
            None => StageError::Interrupted,
        }),
        Ok(Err(Failure::Exception(exception))) => {
            let text = if exception.stack.is_empty() { exception.message } else { exception.stack };
            let (message, frames) = text.split_once('\n').unwrap_or((&text, ""));
            let text = match NO_ROOM_FOR_MORE.contains(&message) && state.memory.was_short() {
                true if frames.is_empty() => OUT_OF_MEMORY.to_owned(),
                true => format!("{OUT_OF_MEMORY}\n{frames}"),
                false => text,
            };
            let text = clipped(run.secrets.redact(text).into_owned());
            Err(StageError::Exception(maps.remap(&text) + &state.shortage()))
        }
        // The chain of a trap begins with the guest's own stack, which only its makers can read.
        Err(trap) => {
            let is_full = matches!(trap.downcast_ref(), Some(ResourceTableError::Full));
            run.stops.count(if is_full { Stopped::Handles } else { Stopped::Trap });
            let text = match is_full {
                true => format!(
                    "it has {} handles, which is its limit; --vu-handles raises it",
                    run.limits.handles
                ),
                false => format!("{:#}{}", trap.root_cause(), state.shortage()),
            };
            Err(StageError::Trap(text))
        }
    }
}
