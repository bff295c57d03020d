//! One scenario, from its start to its end.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::orders::Orders;
use super::pool::Pool;
use super::progress::{Ended, ScenarioProgress, Status};
use super::work::Work;
use super::worker;
use crate::context::RunContext;
use crate::metrics::{Builtin, Sample};
use crate::options::{ExecutorConfig, Scenario, SystemTag};
use crate::samples;
use crate::vu::Position;
use crate::vu::bindings::execution::ScenarioInfo;

/// What all virtual users of a scenario share.
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) executor: &'static str,
    pub(super) exec: String,
    /// What `setup` returned, as JSON.
    pub(super) data: Option<String>,
    pub(super) work: Work,
    pub(super) min_iteration_duration: Option<Duration>,
    pub(super) active: AtomicU32,
    /// Iterations that ran to their end; they may have thrown.
    pub(super) finished: AtomicU64,
    tags: Arc<[(String, String)]>,
    env: Arc<[(String, String)]>,
    begun: AtomicU64,
    started: OnceLock<(Instant, f64)>,
    config: ExecutorConfig,
}

/// A scenario that is going to run.
pub(crate) struct ScenarioRun {
    scenario: Scenario,
    shared: Arc<Shared>,
    ended: Arc<OnceLock<Ended>>,
}

impl ScenarioRun {
    /// Prepares a scenario. `data` is what `setup` returned, as JSON.
    pub(crate) fn new(
        scenario: Scenario,
        data: Option<String>,
        min_iteration_duration: Option<Duration>,
    ) -> Self {
        let shared = Shared {
            name: scenario.name.clone(),
            executor: scenario.executor.name(),
            exec: scenario.exec.clone(),
            data,
            work: work(&scenario.executor),
            min_iteration_duration,
            active: AtomicU32::new(0),
            finished: AtomicU64::new(0),
            tags: scenario.tags.clone().into(),
            env: scenario.env.clone().into(),
            begun: AtomicU64::new(0),
            started: OnceLock::new(),
            config: scenario.executor.clone(),
        };
        Self { scenario, shared: Arc::new(shared), ended: Arc::default() }
    }

    /// What people see of it.
    pub(crate) fn progress(&self) -> ScenarioProgress {
        ScenarioProgress::new(&self.scenario, self.shared.clone(), self.ended.clone())
    }

    /// Runs it: waits for its time, lends virtual users, gives orders, and waits for all to leave.
    pub(crate) async fn run(self, pool: Arc<Pool>) {
        let run = pool.run().clone();
        tokio::select! {
            biased;
            () = run.stop.stopped() => return self.end(Status::Interrupted),
            () = tokio::time::sleep(self.scenario.start_time) => {}
        }
        let orders = Orders::new(&self.scenario.executor, self.scenario.graceful_stop);
        self.shared.start();
        let mut workers = JoinSet::new();
        let vus = self.scenario.executor.max_vus() as usize;
        for (mut seat, receiver) in pool.lend(vus).into_iter().zip(orders.subscribe()) {
            let (pool, shared) = (pool.clone(), self.shared.clone());
            workers.spawn(async move {
                let begun = worker::work(&pool, &mut seat, &shared, receiver).await;
                pool.take_back(seat);
                begun
            });
        }
        let mut begun = Vec::with_capacity(vus);
        let leaving = async {
            while let Some(result) = workers.join_next().await {
                begun.extend(result.ok());
            }
        };
        let stopped = command(&orders, &run, leaving).await;
        if !stopped {
            self.record_dropped(&run, &begun);
        }
        self.end(if stopped { Status::Interrupted } else { Status::Done });
    }

    fn end(&self, status: Status) {
        let elapsed = self.shared.elapsed();
        self.ended.get_or_init(|| Ended { status, elapsed });
    }

    /// Records the iterations that time did not allow.
    fn record_dropped(&self, run: &RunContext, begun: &[u64]) {
        let work = &self.shared.work;
        let each = begun.iter().map(|begun| work.left_by_one(*begun));
        let system = run.system_tags;
        let mut tags = run.tags.to_builder();
        tags.extend(self.scenario.tags.iter().cloned());
        if system.contains(SystemTag::Scenario) {
            tags = tags.set(SystemTag::Scenario.name(), self.scenario.name.as_str());
        }
        let tags = tags.build();
        let slot = run.samples.slot();
        for left in each.chain([work.left_by_all()]).filter(|left| *left > 0) {
            let (metric, time) = (Builtin::DroppedIterations.into(), samples::now());
            let value = left as f64;
            run.samples
                .push(slot, Sample { metric, value, time, tags: tags.clone(), metadata: None });
        }
    }
}

/// Gives orders until all have left. Tells whether the run was stopped before.
async fn command(orders: &Orders, run: &RunContext, leaving: impl Future<Output = ()>) -> bool {
    let mut leaving = std::pin::pin!(leaving);
    tokio::select! {
        biased;
        () = &mut leaving => return false,
        () = run.stop.stopped() => {}
        () = orders.give() => {
            leaving.await;
            return false;
        }
    }
    orders.abort();
    leaving.await;
    true
}

fn work(executor: &ExecutorConfig) -> Work {
    match executor {
        ExecutorConfig::SharedIterations { iterations, .. } => {
            Work::Shared(AtomicU64::new(*iterations))
        }
        ExecutorConfig::PerVuIterations { iterations, .. } => Work::Each(*iterations),
        ExecutorConfig::ConstantVus { .. } | ExecutorConfig::RampingVus { .. } => Work::Unlimited,
    }
}

impl Shared {
    fn start(&self) {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.started.get_or_init(|| (Instant::now(), unix.as_secs_f64() * 1_000.0));
    }

    /// How long the scenario has run; none before its start.
    pub(super) fn elapsed(&self) -> Option<Duration> {
        self.started.get().map(|(started, _)| started.elapsed())
    }

    /// How much of the scenario is done, 0 to 1: the larger of the shares of its time and its work.
    pub(super) fn progress(&self) -> f64 {
        let by_time = match self.elapsed() {
            Some(elapsed) if !self.config.duration().is_zero() => {
                elapsed.as_secs_f64() / self.config.duration().as_secs_f64()
            }
            _ => 0.0,
        };
        let by_work = match self.total_iterations() {
            Some(total) if total > 0 => self.finished.load(Ordering::Relaxed) as f64 / total as f64,
            _ => return by_time.min(1.0),
        };
        by_work.min(1.0)
    }

    /// How many iterations there are to do, if it is a number of iterations.
    pub(super) fn total_iterations(&self) -> Option<u64> {
        match &self.config {
            ExecutorConfig::SharedIterations { iterations, .. } => Some(*iterations),
            ExecutorConfig::PerVuIterations { vus, iterations, .. } => {
                Some(u64::from(*vus).saturating_mul(*iterations))
            }
            ExecutorConfig::ConstantVus { .. } | ExecutorConfig::RampingVus { .. } => None,
        }
    }

    /// Takes the next number for an iteration.
    pub(super) fn position(&self, in_scenario: u64, in_instance: u64) -> Position {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let scenario = ScenarioInfo {
            name: self.name.clone(),
            executor: self.executor.to_owned(),
            start_time: self.started.get().map_or(0.0, |(_, unix)| *unix),
            progress: self.progress(),
            iteration_in_instance: number,
            iteration_in_test: number,
        };
        let (tags, env) = (self.tags.clone(), self.env.clone());
        Position { scenario, tags, env, in_scenario, in_instance }
    }
}
