//! The results of a run: what is asked for, and where it goes besides outputs.

use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wasock_runner::exit_code::ExitCode;
use wasock_runner::limits::{Stop, Stopped};
use wasock_runner::log::Level;
use wasock_runner::run::{Plan, Report};
use wasock_runner::summary::{MachineReadable, Summary, SummaryMode};
use wasock_runner::written::WriteAccess;
use wasock_script::Entry;
use wasock_script::archive::Kind;

use super::{Context, Failure};
use crate::input::Input;
use crate::pages::Pages;
use crate::report::{self, Export};
use crate::terminal::LAST_PATIENCE;
use crate::terminal::findings::Findings;

/// The flags for what comes out of a run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Results")]
pub(super) struct ResultArgs {
    /// Also send samples to this output; can be repeated [env: K6_OUT]
    ///
    /// json=FILE and csv=FILE write files, compressed if their names end in .gz, or to standard output
    /// with -. influxdb=URL, experimental-prometheus-rw and opentelemetry send to a server; GUIDE.md lists
    /// their environment variables. web-dashboard is k6's name for --dashboard and --report.
    #[arg(short, long, value_name = "TYPE=TARGET")]
    pub(super) out: Vec<String>,

    /// How detailed the summary is
    #[arg(long, value_name = "MODE", env = "K6_SUMMARY_MODE", hide_env_values = true)]
    #[arg(value_enum, default_value_t = Mode::Compact)]
    pub(super) summary_mode: Mode,

    /// Write the summary to this file as JSON
    #[arg(long, value_name = "FILE", env = "K6_SUMMARY_EXPORT", hide_env_values = true)]
    summary_export: Option<PathBuf>,

    /// Write the file of --summary-export in k6's machine-readable format
    #[arg(long, env = "K6_NEW_MACHINE_READABLE_SUMMARY", hide_env_values = true)]
    new_machine_readable_summary: bool,

    /// Ignore the thresholds
    #[arg(long, env = "K6_NO_THRESHOLDS", hide_env_values = true)]
    pub(super) no_thresholds: bool,
}

/// The names of [`SummaryMode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
    Compact,
    Full,
    Disabled,
}

impl From<Mode> for SummaryMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Compact => Self::Compact,
            Mode::Full => Self::Full,
            Mode::Disabled => Self::Disabled,
        }
    }
}

impl ResultArgs {
    /// What k6's machine-readable format says about the run, if that is asked for.
    pub(super) fn machine_readable(&self, input: &Input) -> Option<MachineReadable> {
        self.new_machine_readable_summary.then(|| MachineReadable {
            script: source(input),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Opens the file of `--summary-export`.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub(super) fn export(
        &self,
        machine_readable: Option<MachineReadable>,
    ) -> Result<Option<Export>, Failure> {
        let path = self.summary_export.as_deref();
        path.map(|path| Export::open(path, machine_readable)).transpose()
    }
}

/// The text of a script, for formats that carry it along; empty if it is no text at hand.
fn source(input: &Input) -> String {
    match input {
        Input::Script(Entry::Text(text)) => text.clone(),
        Input::Script(Entry::Path(path)) => fs::read_to_string(path).unwrap_or_default(),
        Input::Archive(archive) if archive.metadata.kind == Kind::Js => {
            String::from_utf8_lossy(&archive.script).into_owned()
        }
        Input::Script(Entry::Url(_) | Entry::Component(_)) | Input::Archive(_) => String::new(),
    }
}

/// Where the results of a run go, besides outputs.
pub(super) struct Destinations {
    /// How much the summary shows.
    pub(super) mode: SummaryMode,
    /// The files that `handleSummary` may write.
    pub(super) access: WriteAccess,
    /// The file of `--summary-export`.
    pub(super) export: Option<Export>,
    /// The report and the dashboard.
    pub(super) pages: Option<Pages>,
}

impl Destinations {
    /// Shows and writes the results, and returns the exit code of the program.
    pub(super) async fn take(
        self,
        plan: &Plan,
        report: Report,
        last_lines: String,
        context: &Context,
    ) -> ExitCode {
        let Self { mode, access, export, pages } = self;
        if let Some(pages) = &pages {
            pages.record(&report, &report.results.summary(&plan.options));
        }
        let Report { exit_code, errors, results, summary_files } = report;
        let (screen, log) = (&context.screen, &context.log);
        let summary = results.summary(&plan.options);
        let is_unseen = summary_files.is_some() || mode == SummaryMode::Disabled;
        let refused = report::show(&summary, summary_files, &access, mode, screen, log);
        let mut stops = results.stops.clone();
        stops.extend((refused > 0).then_some(Stop { by: Stopped::Writes, count: refused }));
        let summary = Summary { stops: &stops, ..summary };
        // A file may be standard output, where the summary comes first.
        screen.settle(LAST_PATIENCE);
        let mut all_written = export.is_none_or(|export| export.write(&summary, log));
        if let Some(pages) = pages {
            all_written &= pages.close(log).await;
        }
        screen.out(last_lines);
        if !context.global.quiet {
            let findings = Findings::of(plan.context());
            screen.out(findings.text(screen.stdout_colours));
        }
        for stop in stops.iter().filter(|_| is_unseen) {
            log.say(Level::Warn, stop.text());
        }
        for loss in &results.losses {
            log.say(Level::Warn, loss.clone());
        }
        for error in errors {
            log.say(Level::Error, error);
        }
        // What the user has asked for is not there.
        if exit_code == ExitCode::Success && !all_written { ExitCode::Other } else { exit_code }
    }
}
