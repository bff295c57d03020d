//! What people see of a scenario while it runs.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::scenario::Shared;
use crate::duration::format;
use crate::options::{ExecutorConfig, Scenario};

/// How a scenario is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// How a scenario came to its end, and how long it had run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) status: Status,
    pub(super) elapsed: Option<Duration>,
}

/// Follows a scenario.
pub struct ScenarioProgress {
    name: String,
    executor: ExecutorConfig,
    start_time: Duration,
    shared: Arc<Shared>,
    ended: Arc<OnceLock<Ended>>,
}

impl ScenarioProgress {
    pub(super) fn new(
        scenario: &Scenario,
        shared: Arc<Shared>,
        ended: Arc<OnceLock<Ended>>,
    ) -> Self {
        Self {
            name: scenario.name.clone(),
            executor: scenario.executor.clone(),
            start_time: scenario.start_time,
            shared,
            ended,
        }
    }

    /// The scenario at this moment.
    pub fn view(&self) -> View {
        let ended = self.ended.get();
        let elapsed = ended.map_or_else(|| self.shared.elapsed(), |ended| ended.elapsed);
        let status = match (ended, elapsed) {
            (Some(ended), _) => ended.status,
            (None, None) => Status::Waiting,
            (None, Some(elapsed)) if elapsed >= self.executor.duration() => Status::Stopping,
            (None, Some(_)) => Status::Running,
        };
        let fraction = match status {
            Status::Done => 1.0,
            _ => self.shared.progress(),
        };
        let columns = match elapsed {
            None => vec![format!("starts in {}", format(self.start_time))],
            Some(elapsed) => self.columns(elapsed),
        };
        View { name: self.name.clone(), status, fraction, columns }
    }

    fn columns(&self, elapsed: Duration) -> Vec<String> {
        let duration = self.executor.duration();
        let time = format!("{}/{}", clock(elapsed.min(duration)), format(duration));
        let finished = self.shared.finished.load(Ordering::Relaxed);
        let max_vus = self.executor.max_vus();
        match &self.executor {
            ExecutorConfig::SharedIterations { iterations, .. } => {
                let width = iterations.to_string().len();
                vec![
                    format!("{max_vus} VUs"),
                    time,
                    format!("{finished:0width$}/{iterations} shared iters"),
                ]
            }
            ExecutorConfig::PerVuIterations { iterations, .. } => {
                let total = self.shared.total_iterations().unwrap_or_default();
                let width = total.to_string().len();
                vec![
                    format!("{max_vus} VUs"),
                    time,
                    format!("{finished:0width$}/{total} iters, {iterations} per VU"),
                ]
            }
            ExecutorConfig::ConstantVus { .. } => vec![format!("{max_vus} VUs"), time],
            ExecutorConfig::RampingVus { .. } => {
                let width = max_vus.to_string().len();
                let active = self.shared.active.load(Ordering::Relaxed);
                vec![format!("{active:0width$}/{max_vus} VUs"), time]
            }
        }
    }
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
    use super::*;

    #[test]
    fn a_clock_keeps_its_width() {
        assert_eq!(clock(Duration::from_millis(99)), "00m00.0s");
        assert_eq!(clock(Duration::from_millis(61_550)), "01m01.5s");
        assert_eq!(clock(Duration::from_secs(3_661)), "1h01m01.0s");
    }
}
