//! `setup`, scenarios, `teardown`, and `handleSummary`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::collector::{Collected, Collector, Takers};
use super::error::with_reason;
use super::load::Load;
use super::{Phase, Plan, Progress, RunError};
use crate::context::{RunContext, StopReason};
use crate::exit_code::ExitCode;
use crate::limits::Stop;
use crate::log::{Level, say};
use crate::metrics::{Aggregator, Builtin, Sample};
use crate::options::Options;
use crate::outputs::Output;
use crate::processes::{Part, Processes};
use crate::samples;
use crate::summary::{MachineReadable, Summary, SummaryMode, SummaryText, Surroundings};
use crate::thresholds::Evaluation;
use crate::vu::bindings::lifecycle::SummaryOutput;

/// How often what is not a sample of its own is measured, virtual users and bytes: as often as k6 does, and as fine
/// as charts show a run.
const MEASURE_PERIOD: Duration = Duration::from_secs(1);

/// How a plan is carried out.
#[derive(Default)]
pub struct Execution {
    /// Where samples go besides the summary.
    pub outputs: Vec<Box<dyn Output>>,
    /// Who else gets samples, and sees the sums. They must not block: they are called on the thread that
    /// adds samples up.
    pub watchers: Vec<Box<dyn Output>>,
    /// How much of the results the summary shows.
    pub summary_mode: SummaryMode,
    /// What `handleSummary` is told about where its text will be shown.
    pub surroundings: Surroundings,
    /// Whether `handleSummary` gets the machine-readable format, and what that says about the run.
    pub machine_readable: Option<MachineReadable>,
    /// Follows the run.
    pub progress: Arc<Progress>,
    /// Whether the run, when all is done, waits until it is stopped from outside.
    pub linger: bool,
    /// The processes that make the load, if it is not this one.
    pub processes: Option<Processes>,
    /// This process, if it is one of those.
    pub part: Option<Part>,
}

/// A file, or `stdout` or `stderr`, that `handleSummary` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryFile {
    /// The path, or `stdout` or `stderr`.
    pub destination: String,
    /// What to write.
    pub content: Vec<u8>,
}

/// What a run came to.
pub struct Report {
    /// The exit code.
    pub exit_code: ExitCode,
    /// What went wrong, the decisive thing first.
    pub errors: Vec<String>,
    /// The numbers.
    pub results: Arc<Results>,
    /// What `handleSummary` asks for; none if the built-in text is to be shown.
    pub summary_files: Option<Vec<SummaryFile>>,
}

/// The numbers of a run.
pub struct Results {
    /// The samples, added up.
    pub samples: Aggregator,
    /// How the thresholds came out.
    pub thresholds: Evaluation,
    /// How long the run lasted.
    pub elapsed: Duration,
    /// What `setup` returned.
    pub setup_data: Option<Value>,
    /// What was stopped.
    pub stops: Vec<Stop>,
    /// What outputs have lost, as sentences.
    pub losses: Vec<String>,
}

impl Results {
    /// The results, ready to be shown.
    pub fn summary<'a>(&'a self, options: &'a Options) -> Summary<'a> {
        Summary {
            results: &self.samples,
            thresholds: &self.thresholds,
            elapsed: self.elapsed,
            trend_stats: options.summary_trend_stats(),
            time_unit: options.summary_time_unit,
            setup_data: self.setup_data.as_ref(),
            stops: &self.stops,
            losses: &self.losses,
        }
    }
}

impl Plan {
    /// Carries the plan out, to the end or until `context().stop` says so. What has been measured is
    /// never lost: an error after the first iteration is part of the report.
    ///
    /// # Errors
    ///
    /// The run could not begin.
    pub async fn execute(&self, execution: Execution) -> Result<Report, RunError> {
        let Execution { outputs, watchers, summary_mode, progress, linger, .. } = execution;
        let Execution { surroundings, machine_readable, processes, part, .. } = execution;
        let (run, control) = (&self.run, &self.control);
        control.follow(progress.clone());
        let load = Load::of(self, processes, &progress)?;
        tokio::select! {
            biased;
            () = run.stop.stopped() => return Err(stopped_early(run)),
            filled = load.fill(self, &progress) => filled?,
        }
        if !outputs.is_empty() {
            run.show_each_sample();
        }
        let details = (summary_mode == SummaryMode::Full).then_some(&*self.scenarios);
        let (thresholds, collecting) = (self.thresholds.clone(), control.clone());
        let takers = Takers { outputs, watchers };
        let collector = Collector::start(run.clone(), collecting, thresholds, details, takers)
            .map_err(|error| RunError::Internal(error.to_string()))?;
        let outcome = self.stages(&load, &progress, part.as_ref()).await;
        run.stop_clock();
        // What happens while it lingers is no part of how the run came out.
        let reason = run.stop.reason();
        if linger {
            self.linger(&progress).await;
        }
        run.accounts.report(&run.samples);
        progress.enter(Phase::Done);
        let results = Arc::new(self.results(collector).await?);
        let summary_files = match summary_mode {
            SummaryMode::Disabled => None,
            _ => self.summary_files(&results, machine_readable.as_ref(), surroundings).await,
        };
        // Last, because handleSummary() may mark the test as failed.
        let (exit_code, errors) = verdict(run, reason, outcome.err(), &results.thresholds);
        Ok(Report { exit_code, errors, results, summary_files })
    }

    /// Waits, when all is done, until the run is stopped from outside.
    async fn linger(&self, progress: &Progress) {
        progress.enter(Phase::Lingering);
        let text = "the test is done; the run lingers until Ctrl-C or a stop through its API";
        say(&self.run.log, Level::Info, text);
        self.run.stop.stopped_from_outside().await;
    }

    /// The numbers of the run, once the collector has added up the last samples.
    async fn results(&self, collector: Collector) -> Result<Results, RunError> {
        let elapsed = self.run.elapsed();
        let collected = tokio::task::spawn_blocking(move || collector.finish()).await;
        let Ok(Ok(Collected { results: samples, losses })) = collected else {
            return Err(RunError::Internal("the samples could not be added up".to_owned()));
        };
        let thresholds = self.thresholds.evaluate(&samples, elapsed);
        let json = self.control.setup_data();
        let setup_data = json.and_then(|json| serde_json::from_str(&json).ok());
        let stops = self.run.stops.all();
        Ok(Results { samples, thresholds, elapsed, setup_data, stops, losses })
    }

    /// What `handleSummary` asks to be written, if the script has one.
    async fn summary_files(
        &self,
        results: &Arc<Results>,
        machine_readable: Option<&MachineReadable>,
        surroundings: Surroundings,
    ) -> Option<Vec<SummaryFile>> {
        let summary = results.summary(&self.options);
        let data = match machine_readable {
            Some(format) => format.of(&summary),
            None => summary.handle_summary_data(surroundings),
        };
        self.handle_summary(&data, results).await
    }

    async fn stages(
        &self,
        load: &Load,
        progress: &Progress,
        part: Option<&Part>,
    ) -> Result<(), RunError> {
        match part {
            Some(part) => part.tell_ready(&self.run, progress),
            None if self.control.is_paused() => {
                progress.enter(Phase::Paused);
                let text = "all is ready; the run is paused until its API lets it begin";
                say(&self.run.log, Level::Info, text);
            }
            None => {}
        }
        tokio::select! {
            biased;
            () = self.run.stop.stopped() => {
                load.dismiss().await;
                return Ok(());
            }
            () = self.control.begin() => {}
        }
        self.run.start_clock();
        let measuring = tokio::spawn(measure(self.run.clone()));
        let outcome = self.begun(load, progress, part.is_some()).await;
        measuring.abort();
        outcome
    }

    /// `setup` and `teardown` are not those of a part.
    async fn begun(&self, load: &Load, progress: &Progress, is_part: bool) -> Result<(), RunError> {
        let (options, control) = (&self.options, &self.control);
        if self.exports("setup") && options.no_setup != Some(true) && !is_part {
            progress.enter(Phase::Setup);
            control.setup().await?;
        }
        progress.enter(Phase::Running);
        let outcome = load.run(self, progress).await;
        if self.exports("teardown") && options.no_teardown != Some(true) && !is_part {
            progress.enter(Phase::Teardown);
            control.teardown().await?;
        }
        outcome
    }

    /// What shows the results to a script.
    fn summary_text(&self, results: &Arc<Results>) -> SummaryText {
        let (results, options) = (results.clone(), self.options.clone());
        Arc::new(move |colours, names| results.summary(&options).text_of(names, colours))
    }

    /// The files that the script's `handleSummary` asks for. If it throws, or ends a test that has ended, that is
    /// logged and the built-in text takes its place.
    async fn handle_summary(
        &self,
        data: &Value,
        results: &Arc<Results>,
    ) -> Option<Vec<SummaryFile>> {
        if !self.exports("handleSummary") {
            return None;
        }
        let data = data.to_string();
        let file = |file: SummaryOutput| SummaryFile {
            destination: file.destination,
            content: file.content,
        };
        let had_ended_early = self.run.stop.reason().is_some();
        match self.control.stages().handle_summary(&data, self.summary_text(results)).await {
            Ok(files) if files.is_empty() => None,
            Ok(files) => Some(files.into_iter().map(file).collect()),
            Err(RunError::Stopped) => {
                let reason = match self.run.stop.reason() {
                    Some(StopReason::Abort(reason)) if !had_ended_early => reason,
                    _ => String::new(),
                };
                let what = "handleSummary() called exec.test.abort(), and the test had ended";
                say(&self.run.log, Level::Error, with_reason(what, &reason));
                None
            }
            Err(error) => {
                say(&self.run.log, Level::Error, error.to_string());
                None
            }
        }
    }
}

fn stopped_early(run: &RunContext) -> RunError {
    match run.stop.reason() {
        Some(StopReason::Abort(message)) => RunError::Aborted(message),
        Some(StopReason::Control) => RunError::StoppedByControl,
        _ => RunError::Stopped,
    }
}

/// The exit code, and what to say about it. What stopped the run counts before what its stages came
/// to, and that before thresholds and `exec.test.fail`.
fn verdict(
    run: &RunContext,
    reason: Option<StopReason>,
    error: Option<RunError>,
    thresholds: &Evaluation,
) -> (ExitCode, Vec<String>) {
    let mut found: Vec<(ExitCode, String)> = Vec::new();
    let stopped_by_threshold = matches!(reason, Some(StopReason::Threshold(_)));
    match reason {
        Some(StopReason::Abort(message)) => {
            found.push((ExitCode::ScriptAborted, with_reason("test aborted", &message)));
        }
        Some(StopReason::Threshold(message)) => found.push((ExitCode::Thresholds, message)),
        Some(StopReason::Signal) => {
            found.push((ExitCode::Aborted, "the test run was aborted by a signal".to_owned()));
        }
        Some(StopReason::Control) => {
            let message = "the test run was stopped through its API".to_owned();
            found.push((ExitCode::StoppedByApi, message));
        }
        None => {}
    }
    match error {
        None | Some(RunError::Stopped) => {}
        Some(error) => {
            let hint = error.hint().map(|hint| format!("; hint: {hint}")).unwrap_or_default();
            found.push((error.exit_code(), format!("{error}{hint}")));
        }
    }
    if let Some(message) = thresholds.failure_message().filter(|_| !stopped_by_threshold) {
        found.push((ExitCode::Thresholds, message));
    }
    if let Some(message) = run.stop.failure() {
        let message = with_reason("test marked as failed", &message);
        found.push((ExitCode::MarkedAsFailed, message));
    }
    let exit_code = found.first().map_or(ExitCode::Success, |(code, _)| *code);
    (exit_code, found.into_iter().map(|(_, message)| message).collect())
}

/// Measures the virtual users and their bytes once a second.
async fn measure(run: Arc<RunContext>) {
    let slot = run.samples.slot();
    let mut ticks = tokio::time::interval(MEASURE_PERIOD);
    // The first tick is at once.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        run.accounts.report(&run.samples);
        let (active, initialized) = (run.counters.active(), run.counters.initialized());
        let values = [(Builtin::Vus, f64::from(active)), (Builtin::VusMax, f64::from(initialized))];
        let (time, tags) = (samples::now(), run.tags.clone());
        run.samples.extend(
            slot,
            values.map(|(metric, value)| Sample {
                metric: metric.into(),
                value,
                time,
                tags: tags.clone(),
                metadata: None,
            }),
        );
    }
}
