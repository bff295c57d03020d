//! What people see of a scenario while it runs.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::scenario::Shared;
use crate::duration::format;
use crate::options::{ExecutorConfig, Rate, lasting};
use crate::vu::ScenarioFacts as _;

/// How a scenario is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Its time has not come.
    Waiting,
    /// It runs.
    Running,
    /// Its time is over, and iterations are ending.
    Stopping,
    /// It was broken off.
    Interrupted,
    /// All is done.
    Done,
}

/// One scenario at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Its name.
    pub name: String,
    /// How it is doing.
    pub status: Status,
    /// How much of it is done, 0 to 1.
    pub fraction: f64,
    /// Columns for the right of a bar: `2 VUs`, `00m00.1s/10m0s`, `4/4 shared iters`.
    pub columns: Vec<String>,
}

/// The numbers of a scenario in one process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ScenarioStanding {
    name: String,
    /// How long it is until its time comes.
    rest: Duration,
    started: bool,
    paused: bool,
    active: u32,
    crew: u32,
    finished: u64,
    /// How it ended, if it has.
    ended: Option<Status>,
}

impl ScenarioStanding {
    /// The process has broken down.
    pub(crate) fn break_off(&mut self) {
        (self.active, self.crew) = (0, 0);
        self.ended.get_or_insert(Status::Interrupted);
    }
}

/// How a scenario came to its end, and how long it had run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) status: Status,
    pub(super) elapsed: Option<Duration>,
}

/// Follows a scenario.
pub struct ScenarioProgress {
    shared: Arc<Shared>,
    ended: Arc<OnceLock<Ended>>,
}

impl ScenarioProgress {
    pub(super) fn new(shared: Arc<Shared>, ended: Arc<OnceLock<Ended>>) -> Self {
        Self { shared, ended }
    }

    /// The scenario at this moment.
    pub fn view(&self) -> View {
        let scenario = &self.shared.scenario;
        let ended = self.ended.get();
        let elapsed = ended.map_or_else(|| self.shared.elapsed(), |ended| ended.elapsed);
        let status = match (ended, elapsed) {
            (Some(ended), _) => ended.status,
            (None, None) => Status::Waiting,
            (None, Some(elapsed)) if elapsed >= scenario.executor.duration() => Status::Stopping,
            (None, Some(_)) => Status::Running,
        };
        let counts_iterations = self.shared.total_iterations().is_some_and(|total| total > 0);
        let fraction = match (status, elapsed) {
            (Status::Done, _) if !counts_iterations => 1.0,
            (_, None) => 0.0,
            _ => self.shared.progress(),
        };
        // Time can be over before all iterations are.
        let status = match status {
            Status::Done if fraction < 1.0 => Status::Interrupted,
            status => status,
        };
        let columns = match elapsed {
            None => vec![format!("starts in {}", format(whole_seconds(self.shared.rest())))],
            Some(elapsed) => self.columns(elapsed),
        };
        View { name: scenario.name.clone(), status, fraction, columns }
    }

    /// Its numbers.
    pub(crate) fn standing(&self) -> ScenarioStanding {
        let shared = &self.shared;
        ScenarioStanding {
            name: shared.scenario.name.clone(),
            rest: shared.rest(),
            started: shared.elapsed().is_some(),
            paused: shared.is_paused(),
            active: shared.active.load(Ordering::Relaxed),
            crew: shared.crew.load(Ordering::Relaxed),
            finished: shared.finished.load(Ordering::Relaxed),
            ended: self.ended.get().map(|ended| ended.status),
        }
    }

    /// Shows the sum of what other processes say of it. It has begun when it has in one of them, and ended when it
    /// has in all.
    pub(crate) fn show<'a>(&self, all: impl Iterator<Item = &'a ScenarioStanding> + Clone) {
        let shared = &self.shared;
        let own = all.filter(|standing| standing.name == shared.scenario.name);
        if let Some(rest) = own.clone().map(|part| part.rest).min() {
            shared.wait_for(rest);
        }
        if own.clone().any(|standing| standing.started) {
            shared.start();
            shared.pause(own.clone().any(|standing| standing.paused));
        }
        let (active, crew) =
            (own.clone().map(|part| part.active), own.clone().map(|part| part.crew));
        shared.active.store(active.sum(), Ordering::Relaxed);
        shared.crew.store(crew.sum(), Ordering::Relaxed);
        shared.finished.store(own.clone().map(|part| part.finished).sum(), Ordering::Relaxed);
        let ends: Option<Vec<Status>> = own.map(|part| part.ended).collect();
        if let Some(ends) = ends.filter(|ends| !ends.is_empty()) {
            let status = if ends.contains(&Status::Interrupted) {
                Status::Interrupted
            } else {
                Status::Done
            };
            self.ended.get_or_init(|| Ended { status, elapsed: shared.elapsed() });
        }
    }

    fn columns(&self, elapsed: Duration) -> Vec<String> {
        let scenario = &self.shared.scenario;
        let duration = scenario.executor.duration();
        let time = format!("{}/{}", clock(elapsed.min(duration)), lasting(duration));
        let finished = self.shared.finished.load(Ordering::Relaxed);
        let (max_vus, crew) = (scenario.max_vus(), self.shared.crew.load(Ordering::Relaxed));
        let total = self.shared.total_iterations().unwrap_or_default();
        let width = total.to_string().len();
        match &scenario.executor {
            ExecutorConfig::SharedIterations { .. } => {
                vec![
                    format!("{max_vus} VUs"),
                    time,
                    format!("{finished:0width$}/{total} shared iters"),
                ]
            }
            ExecutorConfig::PerVuIterations { iterations, .. } => {
                vec![
                    format!("{max_vus} VUs"),
                    time,
                    format!("{finished:0width$}/{total} iters, {iterations} per VU"),
                ]
            }
            ExecutorConfig::ConstantVus { .. } => vec![format!("{max_vus} VUs"), time],
            ExecutorConfig::RampingVus { .. } => vec![self.active(max_vus, max_vus), time],
            ExecutorConfig::ExternallyControlled { .. } => vec![self.active(crew, crew), time],
            ExecutorConfig::ConstantArrivalRate { .. }
            | ExecutorConfig::RampingArrivalRate { .. } => {
                vec![self.active(crew, max_vus), time, self.rate(elapsed)]
            }
        }
    }

    /// `02/10 VUs`, in which all numbers are as wide as `widest`.
    fn active(&self, all: u32, widest: u32) -> String {
        let width = widest.to_string().len();
        let active = self.shared.active.load(Ordering::Relaxed);
        format!("{active:0width$}/{all:0width$} VUs")
    }

    /// `05.00 iters/s`, as wide as the highest rate.
    fn rate(&self, elapsed: Duration) -> String {
        let scenario = &self.shared.scenario;
        let highest = match &scenario.executor {
            ExecutorConfig::RampingArrivalRate { start_rate, time_unit, stages, .. } => {
                let highest = stages.iter().map(|stage| stage.target).fold(*start_rate, Rate::max);
                scenario.own_rate(highest, *time_unit)
            }
            _ => 0.0,
        };
        let width = format!("{highest:.2}").len();
        let rate = self.shared.arrivals.as_ref().map_or(0.0, |arrivals| arrivals.rate(elapsed));
        format!("{rate:0width$.2} iters/s")
    }
}

/// The same in seconds, of which the last counts until it is over.
fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}

/// A time that does not change its width: `00m01.5s`.
pub fn clock(time: Duration) -> String {
    let tenths = time.as_millis() / 100;
    let (minutes, tenths) = (tenths / 600, tenths % 600);
    let seconds = format!("{:02}.{}s", tenths / 10, tenths % 10);
    match minutes / 60 {
        0 => format!("{minutes:02}m{seconds}"),
        hours => format!("{hours}h{:02}m{seconds}", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::executors::ScenarioRun;
    use crate::options::Options;

    #[test]
    fn a_clock_keeps_its_width() {
        assert_eq!(clock(Duration::from_millis(99)), "00m00.0s");
        assert_eq!(clock(Duration::from_millis(61_550)), "01m01.5s");
        assert_eq!(clock(Duration::from_secs(3_661)), "1h01m01.0s");
    }

    /// What people see of a scenario 1.5 s after its start, with one of its users at work.
    async fn columns(scenario: serde_json::Value) -> String {
        let run = run_of(scenario);
        let progress = run.progress();
        assert_eq!(progress.view().columns, ["starts in 0s"]);
        progress.shared.start();
        progress.shared.active.store(1, Ordering::Relaxed);
        progress.shared.crew.store(3, Ordering::Relaxed);
        progress.shared.finished.store(2, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let view = progress.view();
        assert_eq!(view.status, Status::Running);
        format!("{:.2} {}", view.fraction, view.columns.join("  "))
    }

    fn run_of(scenario: serde_json::Value) -> ScenarioRun {
        let value = serde_json::json!({"scenarios": {"s": scenario}});
        let scenario = Options::from_json(&value).unwrap().0.scenarios().unwrap().remove(0);
        ScenarioRun::new(0, scenario, None, None, &[])
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_until_the_start_counts_down() {
        let run = run_of(json!({"executor": "shared-iterations", "startTime": "2500ms"}));
        let progress = run.progress();
        let mut seen = vec![progress.view().columns];
        progress.shared.wait_for(progress.shared.scenario.start_time);
        for _ in 0..3 {
            seen.push(progress.view().columns);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        seen.push(progress.view().columns);
        assert_eq!(
            seen.concat(),
            ["3s", "3s", "2s", "1s", "0s"].map(|rest| format!("starts in {rest}"))
        );
        assert_eq!(progress.view().status, Status::Waiting);
    }

    #[tokio::test(start_paused = true)]
    async fn parts_say_when_a_scenario_begins() {
        let scenario = json!({"executor": "shared-iterations", "startTime": "5s"});
        let (part, whole) = (run_of(scenario.clone()).progress(), run_of(scenario).progress());
        part.shared.wait_for(Duration::from_secs(5));
        tokio::time::sleep(Duration::from_secs(2)).await;
        whole.show([part.standing()].iter());
        assert_eq!(whole.view().columns, ["starts in 3s"]);
    }

    #[tokio::test]
    async fn a_scenario_whose_time_was_over_before_its_iterations_is_not_done() {
        let cases = [
            (json!({"executor": "shared-iterations", "vus": 2, "iterations": 4}), 3, 0.75),
            (json!({"executor": "per-vu-iterations", "vus": 2, "iterations": 2}), 2, 0.5),
        ];
        for (scenario, finished, fraction) in cases {
            let run = run_of(scenario);
            let progress = run.progress();
            progress.shared.start();
            let view = |finished| {
                progress.shared.finished.store(finished, Ordering::Relaxed);
                let elapsed = progress.shared.elapsed();
                progress.ended.get_or_init(|| Ended { status: Status::Done, elapsed });
                let view = progress.view();
                (view.status, view.fraction)
            };
            assert_eq!(view(finished), (Status::Interrupted, fraction));
            assert_eq!(view(4), (Status::Done, 1.0));
        }
        let constant = run_of(json!({"executor": "constant-vus", "duration": "3s"})).progress();
        constant
            .ended
            .get_or_init(|| Ended { status: Status::Done, elapsed: Some(Duration::ZERO) });
        assert_eq!((constant.view().status, constant.view().fraction), (Status::Done, 1.0));
    }

    #[tokio::test(start_paused = true)]
    async fn executors_have_columns_of_their_own() {
        let stages = json!([{"duration": "3s", "target": 20}]);
        let cases = [
            (
                json!({"executor": "shared-iterations", "vus": 2, "iterations": 40}),
                "0.05 2 VUs  00m01.5s/10m0s  02/40 shared iters",
            ),
            (
                json!({"executor": "per-vu-iterations", "vus": 2, "iterations": 5}),
                "0.20 2 VUs  00m01.5s/10m0s  02/10 iters, 5 per VU",
            ),
            (
                json!({"executor": "constant-vus", "vus": 2, "duration": "3s"}),
                "0.50 2 VUs  00m01.5s/3s",
            ),
            (json!({"executor": "ramping-vus", "stages": stages}), "0.50 01/20 VUs  00m01.5s/3s"),
            (
                json!({
                    "executor": "constant-arrival-rate", "rate": 90, "timeUnit": "1m", "duration": "3s",
                    "preAllocatedVUs": 3, "maxVUs": 12
                }),
                "0.50 01/03 VUs  00m01.5s/3s  1.50 iters/s",
            ),
            (
                json!({
                    "executor": "ramping-arrival-rate", "stages": stages, "preAllocatedVUs": 3
                }),
                "0.50 1/3 VUs  00m01.5s/3s  10.00 iters/s",
            ),
            (
                json!({"executor": "ramping-arrival-rate", "startRate": 100, "stages": [{"duration": "2s", "target": 0}], "preAllocatedVUs": 3}),
                "0.75 1/3 VUs  00m01.5s/2s  025.00 iters/s",
            ),
            (
                json!({"executor": "externally-controlled", "maxVUs": 3, "duration": 0}),
                "0.00 1/3 VUs  00m01.5s/infinite",
            ),
        ];
        for (scenario, expected) in cases {
            assert_eq!(columns(scenario).await, expected);
        }
    }
}
