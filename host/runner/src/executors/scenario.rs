//! One scenario, from its start to its end.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use tokio::time::Instant;

use super::arrivals::Arrivals;
use super::crew::Crew;
use super::pool::{Pool, Seat};
use super::progress::{Ended, ScenarioProgress, Status};
use super::timeline::timeline;
use super::work::Work;
use super::{arriving, external, worker};
use crate::context::RunContext;
use crate::metrics::{Builtin, Sample, Tags};
use crate::options::{ExecutorConfig, Scenario, Share, SystemTag};
use crate::samples::{self, Slot};
use crate::vu::{Position, ScenarioFacts};

/// What all virtual users of a scenario share.
pub(super) struct Shared {
    pub(super) scenario: Scenario,
    /// Its place among the scenarios of the run.
    index: usize,
    /// What `setup` returned, as JSON.
    pub(super) data: Option<String>,
    pub(super) work: Work,
    pub(super) min_iteration_duration: Option<Duration>,
    /// Virtual users that run iterations.
    pub(super) active: AtomicU32,
    /// Virtual users that the scenario has, where that changes.
    pub(super) crew: AtomicU32,
    /// Virtual users that have done their part. They are not lent again before all have, so that each does one.
    pub(super) retired: Mutex<Vec<Seat>>,
    /// Iterations that ran to their end; they may have thrown.
    pub(super) finished: AtomicU64,
    /// When iterations are due, if they have a rate.
    pub(super) arrivals: Option<Arrivals>,
    tags: Arc<[(String, String)]>,
    /// `__ENV` of its iterations.
    env: Arc<[(String, String)]>,
    begun: AtomicU64,
    /// Which iterations of the whole test are run here.
    iterations_share: Share,
    iterations: Option<u64>,
    /// When it is to begin, once the run has.
    due: OnceLock<Instant>,
    started: OnceLock<(Instant, f64)>,
    /// How long it has been paused, and since when it is.
    pauses: Mutex<(Duration, Option<Instant>)>,
}

/// A scenario that is going to run.
pub(crate) struct ScenarioRun {
    shared: Arc<Shared>,
    ended: Arc<OnceLock<Ended>>,
}

impl ScenarioRun {
    /// Prepares a scenario, the one at this `index`. `data` is what `setup` returned, as JSON; `env` is `__ENV` of
    /// the run.
    pub(crate) fn new(
        index: usize,
        scenario: Scenario,
        data: Option<String>,
        min_iteration_duration: Option<Duration>,
        env: &[(String, String)],
    ) -> Self {
        let shared = Shared {
            index,
            data,
            work: work(&scenario),
            min_iteration_duration,
            active: AtomicU32::new(0),
            crew: AtomicU32::new(0),
            retired: Mutex::default(),
            finished: AtomicU64::new(0),
            arrivals: Arrivals::new(&scenario),
            tags: scenario.tags.clone().into(),
            env: merged(env, &scenario.env),
            begun: AtomicU64::new(0),
            iterations_share: scenario.iterations_share(),
            iterations: scenario.iterations(),
            due: OnceLock::new(),
            started: OnceLock::new(),
            pauses: Mutex::default(),
            scenario,
        };
        Self { shared: Arc::new(shared), ended: Arc::default() }
    }

    /// What people see of it.
    pub(crate) fn progress(&self) -> ScenarioProgress {
        ScenarioProgress::new(self.shared.clone(), self.ended.clone())
    }

    /// Waits for its time, and runs it to its end.
    pub(crate) async fn run(self, pool: Arc<Pool>) {
        let run = pool.run().clone();
        let start_time = self.shared.scenario.start_time;
        self.shared.wait_for(start_time);
        tokio::select! {
            biased;
            () = run.stop.stopped() => return self.end(Status::Interrupted),
            () = tokio::time::sleep(start_time) => {}
        }
        let stopped = match &self.shared.scenario.executor {
            ExecutorConfig::ConstantArrivalRate { users, .. }
            | ExecutorConfig::RampingArrivalRate { users, .. } => {
                arriving::run(&pool, &self.shared, *users).await
            }
            ExecutorConfig::ExternallyControlled { duration, .. } => {
                external::run(&pool, &self.shared, *duration).await
            }
            ExecutorConfig::RampingVus { graceful_ramp_down, .. } => {
                self.run_in_turns(&pool, Some(*graceful_ramp_down)).await
            }
            ExecutorConfig::SharedIterations { .. }
            | ExecutorConfig::PerVuIterations { .. }
            | ExecutorConfig::ConstantVus { .. } => self.run_in_turns(&pool, None).await,
        };
        self.end(if stopped { Status::Interrupted } else { Status::Done });
    }

    /// Runs it with virtual users that begin an iteration when they have ended another. Tells whether it was
    /// stopped before its end.
    async fn run_in_turns(&self, pool: &Arc<Pool>, patience: Option<Duration>) -> bool {
        let (run, shared) = (pool.run(), &self.shared);
        shared.start();
        let join = |orders| worker::work_in_turns(pool.clone(), shared.clone(), orders);
        let timeline = timeline(&shared.scenario);
        let (begun, stopped) = Crew::new(join, patience).follow(timeline, run.stop.stopped()).await;
        std::mem::take(&mut *shared.retired.lock()).into_iter().for_each(|seat| pool.put(seat));
        if !stopped {
            // What time did not allow.
            let each = begun.iter().map(|begun| shared.work.left_by_one(*begun));
            let dropped = Dropped::new(shared, run);
            each.chain([shared.work.left_by_all()]).for_each(|left| dropped.record(run, left));
        }
        stopped
    }

    fn end(&self, status: Status) {
        let elapsed = self.shared.elapsed();
        self.ended.get_or_init(|| Ended { status, elapsed });
    }
}

/// Records the iterations of a scenario that were never begun.
pub(super) struct Dropped {
    slot: Slot,
    tags: Tags,
}

impl Dropped {
    pub(super) fn new(shared: &Shared, run: &RunContext) -> Self {
        let mut tags = run.tags.to_builder();
        tags.extend(shared.scenario.tags.iter().cloned());
        if run.system_tags.contains(SystemTag::Scenario) {
            tags = tags.set(SystemTag::Scenario.name(), shared.scenario.name.as_str());
        }
        Self { slot: run.samples.slot(), tags: tags.build() }
    }

    /// Records so many iterations, if there are any.
    pub(super) fn record(&self, run: &RunContext, count: u64) {
        if count > 0 {
            let (metric, time) = (Builtin::DroppedIterations.into(), samples::now());
            let (value, tags) = (count as f64, self.tags.clone());
            run.samples.push(self.slot, Sample { metric, value, time, tags, metadata: None });
        }
    }
}

/// The variables of the run with those of a scenario, which replace others of their names.
fn merged(run: &[(String, String)], scenario: &[(String, String)]) -> Arc<[(String, String)]> {
    let own: HashSet<&str> = scenario.iter().map(|(name, _)| name.as_str()).collect();
    let kept = run.iter().filter(|(name, _)| !own.contains(name.as_str()));
    kept.chain(scenario).cloned().collect()
}

fn work(scenario: &Scenario) -> Work {
    match &scenario.executor {
        ExecutorConfig::SharedIterations { .. } => {
            Work::Shared(AtomicU64::new(scenario.iterations().unwrap_or(0)))
        }
        ExecutorConfig::PerVuIterations { iterations, .. } => Work::Each(*iterations),
        ExecutorConfig::ConstantVus { .. }
        | ExecutorConfig::RampingVus { .. }
        | ExecutorConfig::ConstantArrivalRate { .. }
        | ExecutorConfig::RampingArrivalRate { .. }
        | ExecutorConfig::ExternallyControlled { .. } => Work::Unlimited,
    }
}

impl Shared {
    /// Notes when the scenario is to begin: this long from now, unless that is known.
    pub(super) fn wait_for(&self, rest: Duration) {
        self.due.get_or_init(|| Instant::now() + rest);
    }

    /// How long it is until the scenario begins; all of its start time before its run has begun.
    pub(super) fn rest(&self) -> Duration {
        let due = self.due.get();
        due.map_or(self.scenario.start_time, |due| due.saturating_duration_since(Instant::now()))
    }

    /// Notes that the scenario begins now. Returns the time.
    pub(super) fn start(&self) -> Instant {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.started.get_or_init(|| (Instant::now(), unix.as_secs_f64() * 1_000.0)).0
    }

    /// How long the scenario has run, pauses not counted; none before its start.
    pub(super) fn elapsed(&self) -> Option<Duration> {
        let (started, _) = self.started.get()?;
        let (paused, since) = *self.pauses.lock();
        let paused = paused + since.map(|since| since.elapsed()).unwrap_or_default();
        Some(started.elapsed().saturating_sub(paused))
    }

    /// Stops the clock of the scenario, or lets it go on.
    pub(super) fn pause(&self, paused: bool) {
        let mut pauses = self.pauses.lock();
        match (paused, pauses.1) {
            (true, None) => pauses.1 = Some(Instant::now()),
            (false, Some(since)) => *pauses = (pauses.0 + since.elapsed(), None),
            _ => {}
        }
    }

    /// Whether its clock stands.
    pub(super) fn is_paused(&self) -> bool {
        self.pauses.lock().1.is_some()
    }

    /// How many iterations there are to do here, if it is a number of iterations.
    pub(super) fn total_iterations(&self) -> Option<u64> {
        self.iterations
    }

    /// Takes the next number for an iteration.
    pub(super) fn position(self: &Arc<Self>, seat: &mut Seat) -> Position {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let (in_instance, in_scenario) = seat.count(self.index);
        Position {
            scenario: self.clone(),
            tags: self.tags.clone(),
            env: self.env.clone(),
            number,
            number_in_test: self.iterations_share.global(number),
            in_scenario,
            in_instance,
        }
    }
}

impl ScenarioFacts for Shared {
    fn name(&self) -> &str {
        &self.scenario.name
    }

    fn executor(&self) -> &'static str {
        self.scenario.executor.name()
    }

    fn start_time(&self) -> f64 {
        self.started.get().map_or(0.0, |(_, unix)| *unix)
    }

    /// The share of the iterations that have ended, if their number is given, else of the time.
    fn progress(&self) -> f64 {
        let done = match self.total_iterations() {
            Some(total) if total > 0 => self.finished.load(Ordering::Relaxed) as f64 / total as f64,
            _ => {
                let (elapsed, duration) = (self.elapsed(), self.scenario.executor.duration());
                elapsed.unwrap_or_default().as_secs_f64() / duration.as_secs_f64()
            }
        };
        // A scenario without duration is done as soon as it has begun.
        if done.is_nan() { 1.0 } else { done.min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ENDLESS;

    #[tokio::test(start_paused = true)]
    async fn the_clock_of_a_scenario_stands_while_it_is_paused() {
        let second = Duration::from_secs(1);
        let executor =
            ExecutorConfig::ExternallyControlled { vus: 1, max_vus: 1, duration: 10 * second };
        let shared = ScenarioRun::new(0, Scenario::new("s", executor), None, None, &[]).shared;
        assert_eq!((shared.elapsed(), shared.progress()), (None, 0.0));
        shared.start();
        let mut seen = Vec::new();
        for paused in [false, true, true, false, false, true] {
            shared.pause(paused);
            tokio::time::sleep(second).await;
            seen.push((shared.elapsed().unwrap().as_secs(), shared.progress()));
        }
        assert_eq!(seen, [(1, 0.1), (1, 0.1), (1, 0.1), (2, 0.2), (3, 0.3), (3, 0.3)]);
    }

    #[test]
    fn variables_of_a_scenario_replace_those_of_the_run() {
        let pairs = |text: &str| -> Vec<(String, String)> {
            text.split(' ').map(|pair| (pair[..1].to_owned(), pair[1..].to_owned())).collect()
        };
        assert_eq!(*merged(&pairs("a1 b1 c1"), &pairs("b2 d2")), pairs("a1 c1 b2 d2"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_no_end_makes_no_progress() {
        let executor =
            ExecutorConfig::ExternallyControlled { vus: 1, max_vus: 1, duration: ENDLESS };
        let shared = ScenarioRun::new(0, Scenario::new("s", executor), None, None, &[]).shared;
        shared.start();
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        assert!(shared.progress() < 1e-9, "{}", shared.progress());
    }
}
