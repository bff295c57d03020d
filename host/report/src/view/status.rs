//! What the run is doing, or came to.

use std::time::Duration;

use wasock_runner::executors::progress::{Status as ScenarioStatus, View};
use wasock_runner::exit_code::ExitCode;
use wasock_runner::run::Phase;

use super::Shown;
use super::rows::elapsed;
use crate::recording::{About, Ending};
use crate::tallies::Tallies;

/// How something is to be taken. It is told by a mark and a word, never by a colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Neutral,
}

impl Tone {
    /// The name of its class in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Neutral => "neutral",
        }
    }

    /// Its mark.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Bad => "✗",
            Self::Neutral => "•",
        }
    }
}

/// The top of a page.
#[derive(Debug)]
pub(crate) struct Status {
    pub(crate) tone: Tone,
    /// `Running`, `Passed`.
    pub(crate) word: &'static str,
    /// RFC 3339, in UTC; none before the run has begun.
    pub(crate) started: Option<String>,
    pub(crate) elapsed: String,
    /// Labels and texts.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What went wrong.
    pub(crate) problems: Vec<String>,
    /// Whether all of a running test is fine so far.
    pub(crate) is_live: bool,
}

/// One scenario.
#[derive(Debug)]
pub(crate) struct ScenarioRow {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) status: &'static str,
    pub(crate) percent: u32,
    /// How far it is: `4/4 shared iters`.
    pub(crate) columns: String,
    pub(crate) iterations: Shown,
    pub(crate) dropped: Shown,
    pub(crate) sessions: Shown,
    pub(crate) errors: Shown,
    /// How long 95 % of its iterations take at most; none without iterations.
    pub(crate) duration: Option<Shown>,
}

/// The counters of a run at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) active: u32,
    pub(crate) sockets: u32,
    pub(crate) completed: u64,
    pub(crate) interrupted: u64,
}

impl Status {
    /// The status of a run that goes on, or has ended.
    pub(crate) fn new(
        about: &About,
        phase: Phase,
        made: u32,
        counts: Counts,
        started: Option<String>,
        lasted: Duration,
        ending: Option<&Ending>,
    ) -> Self {
        let (tone, word) = match ending {
            Some(ending) => verdict(ending.exit_code),
            None => (Tone::Neutral, phase_word(phase)),
        };
        let vus = match (ending, phase) {
            (Some(_), _) => format!("{} at most", about.max_vus),
            (None, Phase::Initializing) => format!("{made} of {} made", about.max_vus),
            (None, _) => format!("{} of {}", counts.active, about.max_vus),
        };
        let iterations = match counts.interrupted {
            0 => format!("{} complete", counts.completed),
            interrupted => format!("{} complete, {interrupted} interrupted", counts.completed),
        };
        let mut facts = vec![("Virtual users", vus), ("Iterations", iterations)];
        match ending {
            Some(ending) => facts.push(("Exit code", (ending.exit_code as u8).to_string())),
            None => facts.push(("Open sockets", counts.sockets.to_string())),
        }
        Self {
            tone,
            word,
            started,
            elapsed: elapsed(lasted),
            facts,
            problems: ending.map(|ending| ending.errors.clone()).unwrap_or_default(),
            is_live: ending.is_none(),
        }
    }
}

/// What an exit code means.
pub(crate) fn verdict(code: ExitCode) -> (Tone, &'static str) {
    match code {
        ExitCode::Success => (Tone::Good, "Passed"),
        ExitCode::Aborted => (Tone::Bad, "Stopped"),
        ExitCode::ScriptAborted => (Tone::Bad, "Aborted"),
        _ => (Tone::Bad, "Failed"),
    }
}

/// What the run is doing, in a word or two.
pub(crate) fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Initializing => "Making virtual users",
        Phase::Setup => "Setting up",
        Phase::Running => "Running",
        Phase::Teardown => "Tearing down",
        Phase::Paused => "Paused",
        Phase::Lingering => "Done, and lingering",
        Phase::Done => "Ending",
    }
}

impl ScenarioRow {
    /// The rows of all scenarios. Those that have not been prepared yet are waiting.
    pub(crate) fn all(about: &About, views: &[View], tallies: &Tallies) -> Vec<Self> {
        let row = |(name, description): &(String, String)| {
            let view = views.iter().find(|view| view.name == *name);
            let tally = tallies.scenario(name);
            let number = |get: fn(&crate::tallies::ScenarioTally) -> f64| {
                Shown::number(tally.map_or(0.0, get))
            };
            let duration = tally.filter(|tally| tally.durations.count() > 0).map(|tally| {
                let exact = tally.durations.percentile(95.0);
                Shown::value(exact, wasock_runner::metrics::Contents::Time, about.time_unit)
            });
            Self {
                name: name.clone(),
                description: description.clone(),
                status: view.map_or("waiting", |view| status_word(view.status)),
                percent: view.map_or(0, |view| percent(view.fraction)),
                columns: view.map(|view| view.columns.join(", ")).unwrap_or_default(),
                iterations: number(|tally| tally.iterations),
                dropped: number(|tally| tally.dropped),
                sessions: number(|tally| tally.sessions),
                errors: number(|tally| tally.errors),
                duration,
            }
        };
        about.scenarios.iter().map(row).collect()
    }
}

fn status_word(status: ScenarioStatus) -> &'static str {
    match status {
        ScenarioStatus::Waiting => "waiting",
        ScenarioStatus::Running => "running",
        ScenarioStatus::Stopping => "stopping",
        ScenarioStatus::Interrupted => "interrupted",
        ScenarioStatus::Done => "done",
    }
}

fn percent(fraction: f64) -> u32 {
    (fraction.clamp(0.0, 1.0) * 100.0).floor() as u32
}
