//! A run as it is recorded for its pages: filled by an output, read by the pages.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;
use wasock_runner::context::RunContext;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::metrics::{Aggregator, Registry, Sample, TrendColumn};
use wasock_runner::options::TimeUnit;
use wasock_runner::outputs::{Output, OutputError};
use wasock_runner::run::{Phase, Plan, Progress, Report};
use wasock_runner::samples::unix_nanos;
use wasock_runner::summary::{Summary, Surroundings};
use wasock_runner::thresholds::Thresholds;

use crate::tallies::Tallies;
use crate::timeline::{Patch, Timeline};
use crate::view::{Counts, ScenarioRow, Status, Tables};

/// How often the tables of a run that goes on are made anew, if somebody may look at them.
const TABLES_PERIOD: Duration = Duration::from_secs(1);

/// What stands in pages for the values of variables, which may be secrets.
const HIDDEN: &str = "(hidden)";

/// What is known of a run before it begins.
#[derive(Debug)]
pub(crate) struct About {
    /// The script as the command line names it.
    pub(crate) script: String,
    /// The version of the program.
    pub(crate) version: &'static str,
    /// The most virtual users at one time.
    pub(crate) max_vus: u32,
    /// Names and descriptions.
    pub(crate) scenarios: Vec<(String, String)>,
    /// The options that are in force, as JSON, without the values of variables.
    pub(crate) options: Value,
    pub(crate) time_unit: Option<TimeUnit>,
    trend_stats: Vec<TrendColumn>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) exit_code: ExitCode,
    /// What went wrong, the decisive thing first.
    pub(crate) errors: Vec<String>,
    pub(crate) elapsed: Duration,
    /// The argument of `handleSummary`.
    pub(crate) summary: Value,
}

/// What has been recorded so far.
pub(crate) struct State {
    timeline: Option<Timeline>,
    tallies: Tallies,
    pub(crate) tables: Tables,
    pub(crate) ending: Option<Ending>,
}

/// A run as it is recorded for its pages. Clones share it.
#[derive(Clone)]
pub struct Recording(Arc<Inner>);

struct Inner {
    about: About,
    run: Arc<RunContext>,
    progress: Arc<Progress>,
    state: Mutex<State>,
}

impl Recording {
    /// Prepares to record a run of this plan. `script` and `version` are what pages name it by.
    pub fn new(plan: &Plan, progress: Arc<Progress>, script: &str, version: &'static str) -> Self {
        let about = About::new(plan, script, version);
        let names = about.scenarios.iter().map(|(name, _)| name.as_str());
        let state = State {
            timeline: None,
            tallies: Tallies::new(names),
            tables: Tables::default(),
            ending: None,
        };
        let run = plan.context().clone();
        Self(Arc::new(Inner { about, run, progress, state: Mutex::new(state) }))
    }

    /// The output that fills it. With `live`, tables are kept up to date for a page that watches.
    pub fn output(&self, description: String, live: bool) -> Box<dyn Output> {
        let recording = self.clone();
        Box::new(Recorder { recording, description, live, shown: None })
    }

    /// Records how the run ended.
    pub fn end(&self, report: &Report, summary: &Summary<'_>) {
        let mut state = self.0.state.lock();
        state.tables = Tables::new(summary, &state.tallies);
        state.ending = Some(Ending {
            exit_code: report.exit_code,
            errors: report.errors.iter().chain(summary.losses).cloned().collect(),
            elapsed: summary.elapsed,
            summary: summary.handle_summary_data(Surroundings::default()),
        });
        self.reach(&mut state, summary.elapsed);
    }

    pub(crate) fn about(&self) -> &About {
        &self.0.about
    }

    /// Calls `read` with the state, which nobody changes meanwhile: it has to be quick.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.0.state.lock())
    }

    /// What has changed on the timeline since this revision; none before the run has begun.
    pub(crate) fn timeline_since(&self, revision: u64) -> Option<Patch> {
        let mut state = self.0.state.lock();
        if state.ending.is_none() {
            self.reach(&mut state, self.0.run.elapsed());
        }
        state.timeline.as_mut().map(|timeline| timeline.since(revision))
    }

    /// The top of a page, and the scenarios.
    pub(crate) fn status(&self) -> (Status, Vec<ScenarioRow>) {
        let Inner { about, run, progress, state } = &*self.0;
        let view = progress.view();
        let counters = &run.counters;
        let counts = Counts {
            active: counters.active(),
            sockets: counters.sockets(),
            completed: counters.completed(),
            interrupted: counters.interrupted(),
        };
        let started = run.started_at().and_then(|time| Timestamp::try_from(time).ok());
        let started = started.map(|time| time.to_string());
        let state = state.lock();
        let ending = state.ending.as_ref();
        let lasted = ending.map_or_else(|| run.elapsed(), |ending| ending.elapsed);
        let status = Status::new(about, view.phase, view.made, counts, started, lasted, ending);
        (status, ScenarioRow::all(about, &view.scenarios, &state.tallies))
    }

    /// What the run is doing.
    pub(crate) fn phase(&self) -> Phase {
        self.0.progress.phase()
    }

    /// Lets the timeline know how late it is. It begins with the run.
    fn reach(&self, state: &mut State, elapsed: Duration) {
        if state.timeline.is_none()
            && let Some(started) = self.0.run.started_at()
        {
            state.timeline = Some(Timeline::new(unix_nanos(started)));
        }
        if let Some(timeline) = &mut state.timeline {
            timeline.reach(elapsed);
        }
    }
}

impl About {
    fn new(plan: &Plan, script: &str, version: &'static str) -> Self {
        let options = &plan.options;
        let mut json = options.to_json(&plan.scenarios);
        hide_variables(&mut json);
        let scenarios = plan.scenarios.iter();
        Self {
            script: script.to_owned(),
            version,
            max_vus: plan.vus,
            scenarios: scenarios.map(|one| (one.name.clone(), one.describe())).collect(),
            options: json,
            time_unit: options.summary_time_unit,
            trend_stats: options.summary_trend_stats().to_vec(),
        }
    }
}

/// Takes the values of the scenarios' variables out: a page may be sent to somebody who must not know them.
fn hide_variables(options: &mut Value) {
    let scenarios = options.get_mut("scenarios").and_then(Value::as_object_mut);
    for (_, scenario) in scenarios.into_iter().flatten() {
        let variables = scenario.get_mut("env").and_then(Value::as_object_mut);
        for (_, value) in variables.into_iter().flatten() {
            *value = HIDDEN.into();
        }
    }
}

/// The output that fills a recording.
struct Recorder {
    recording: Recording,
    description: String,
    live: bool,
    /// When tables were made last.
    shown: Option<Instant>,
}

impl Output for Recorder {
    fn description(&self) -> String {
        self.description.clone()
    }

    fn write(&mut self, registry: &Registry, samples: &[Sample]) -> Result<(), OutputError> {
        let recording = &self.recording;
        let mut state = recording.0.state.lock();
        let state = &mut *state;
        recording.reach(state, recording.0.run.elapsed());
        for sample in samples {
            if let Some(timeline) = &mut state.timeline {
                timeline.add(registry, sample);
            }
            state.tallies.add(registry, sample);
        }
        Ok(())
    }

    fn look(&mut self, results: &Aggregator, thresholds: &Thresholds, elapsed: Duration) {
        let Inner { about, run, state, .. } = &*self.recording.0;
        let mut state = state.lock();
        self.recording.reach(&mut state, elapsed);
        if let Some(timeline) = &mut state.timeline {
            timeline.add_sockets(run.counters.sockets());
        }
        if !self.live || self.shown.is_some_and(|shown| shown.elapsed() < TABLES_PERIOD) {
            return;
        }
        self.shown = Some(Instant::now());
        let evaluation = thresholds.evaluate(results, elapsed);
        let summary = Summary {
            results,
            thresholds: &evaluation,
            elapsed,
            trend_stats: &about.trend_stats,
            time_unit: about.time_unit,
            setup_data: None,
            stops: &[],
            losses: &[],
        };
        state.tables = Tables::new(&summary, &state.tallies);
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_variables_are_not_shown() {
        let mut options =
            json!({"scenarios": {"a": {"env": {"TOKEN": "secret"}, "tags": {"b": "c"}}}});
        hide_variables(&mut options);
        assert_eq!(
            options,
            json!({"scenarios": {"a": {"env": {"TOKEN": "(hidden)"}, "tags": {"b": "c"}}}})
        );
    }
}
