//! The pages of a run: the report, and the dashboard.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use wasock_report::{
    DEFAULT_ADDRESS, Dashboard, DashboardError, Recording, ReportError, ReportFile,
};
use wasock_runner::chain;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::Level;
use wasock_runner::outputs::Output;
use wasock_runner::run::{Plan, Progress, Report};
use wasock_runner::summary::Summary;

use crate::failure::Failure;
use crate::terminal::log::Logger;
use crate::web_dashboard::{self, WebDashboard};

/// The flags for pages.
#[derive(Debug, Args)]
#[command(next_help_heading = "Results")]
pub struct PageArgs {
    /// Write an HTML report with charts to this file [env: K6_WEB_DASHBOARD_EXPORT]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// Show the run live in the browser, at 127.0.0.1:5665 or another address [env: K6_WEB_DASHBOARD]
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = DEFAULT_ADDRESS)]
    dashboard: Option<String>,
}

/// The pages that were asked for.
pub struct Pages {
    recording: Recording,
    report: Option<ReportFile>,
    dashboard: Option<Dashboard>,
}

impl Pages {
    /// Creates the file of the report, and starts the dashboard; none if neither was asked for, by our flags or in
    /// k6's way. The flags count more.
    ///
    /// # Errors
    ///
    /// The file cannot be created, or the address not be listened on.
    pub async fn prepare(
        args: &PageArgs,
        k6: WebDashboard,
        plan: &Plan,
        progress: &Arc<Progress>,
        script: &str,
        log: &Logger,
    ) -> Result<Option<Self>, Failure> {
        for warning in k6.warnings {
            log.say(Level::Warn, warning);
        }
        let report = args.report.clone().or(k6.report);
        let address = args.dashboard.clone().or(k6.address);
        if report.is_none() && address.is_none() {
            return Ok(None);
        }
        let report = report.as_deref().map(ReportFile::create).transpose()?;
        let version = env!("CARGO_PKG_VERSION");
        let recording = Recording::new(plan, progress.clone(), script, version);
        let dashboard = match address {
            Some(address) => Some(Dashboard::start(&address, recording.clone()).await?),
            None => None,
        };
        if let Some(dashboard) = dashboard.as_ref().filter(|_| k6.open)
            && let Err(problem) = web_dashboard::open(dashboard.url())
        {
            log.say(Level::Warn, problem);
        }
        Ok(Some(Self { recording, report, dashboard }))
    }

    /// The output that fills them.
    pub fn output(&self) -> Box<dyn Output> {
        let report = self.report.as_ref().map(ReportFile::description);
        let dashboard = self.dashboard.as_ref().map(|_| "dashboard".to_owned());
        let descriptions: Vec<_> = report.into_iter().chain(dashboard).collect();
        self.recording.output(descriptions.join(", "), self.dashboard.is_some())
    }

    /// Where the dashboard is.
    pub fn url(&self) -> Option<&str> {
        self.dashboard.as_ref().map(Dashboard::url)
    }

    /// Takes down how the run has ended.
    pub fn record(&self, report: &Report, summary: &Summary<'_>) {
        self.recording.end(report, summary);
    }

    /// Writes the report, and closes the dashboard; false if the report could not be written, and the log says why.
    pub async fn close(self, log: &Logger) -> bool {
        let written = self.report.map_or(Ok(()), |report| report.write(&self.recording));
        if let Err(error) = &written {
            log.say(Level::Error, chain(error));
        }
        if let Some(dashboard) = self.dashboard {
            dashboard.end().await;
        }
        written.is_ok()
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        let code = match error {
            ReportError::Create { .. } => ExitCode::InvalidConfig,
            ReportError::Write { .. } => ExitCode::Other,
        };
        Self::of(code, &error).with_hint(error.hint())
    }
}

impl From<DashboardError> for Failure {
    fn from(error: DashboardError) -> Self {
        let code = match error {
            DashboardError::Address(_) => ExitCode::InvalidConfig,
            DashboardError::Listen { .. } => ExitCode::CannotListen,
        };
        Self::of(code, &error).with_hint(error.hint())
    }
}
