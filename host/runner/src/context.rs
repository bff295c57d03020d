//! What all virtual users of a run share.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use wasock_sockets::Alarms;
use wasock_sockets::tls::ClientConfigs;

use crate::attempts::Attempts;
use crate::executors::control::ExternalControl;
use crate::files::{FileAccess, FileStore};
use crate::limits::{Counting, Stops, VuLimits};
use crate::log::SharedLog;
use crate::metrics::{Registry, Tags};
use crate::network::{self, HttpSettings, NetworkSetup, RunNetwork};
use crate::options::{OptionError, Options, Scenario, SystemTags};
use crate::samples::Samples;
use crate::secrets::{RedactedLog, Secrets};
use crate::shared_data::SharedData;
use crate::traffic::Accounts;
use crate::vu;

/// What the contexts of a test have in common: the one in which its options are found out, and the one
/// of the run.
#[derive(Clone)]
pub struct Common {
    /// All metrics.
    pub registry: Arc<Registry>,
    /// Where lines go.
    pub log: SharedLog,
    /// `__ENV`.
    pub env: Vec<(String, String)>,
    /// The files that scripts open.
    pub files: Arc<FileStore>,
    /// The arrays of `k6/data`.
    pub shared_data: Arc<SharedData>,
    /// The values of `k6/secrets`.
    pub secrets: Arc<Secrets>,
    /// What each virtual user may cost.
    pub limits: Arc<VuLimits>,
    /// What was stopped.
    pub stops: Arc<Stops>,
    /// How many virtual users there is room for, in all processes of the run.
    pub room: u32,
}

impl Common {
    /// What a run begins with in one process. Secrets are kept from the log.
    pub(crate) fn new(
        log: SharedLog,
        env: Vec<(String, String)>,
        files: FileAccess,
        secrets: Arc<Secrets>,
        limits: VuLimits,
    ) -> Self {
        Self {
            registry: Arc::new(Registry::new()),
            log: RedactedLog::over(log, secrets.clone()),
            env,
            files: Arc::new(FileStore::new(files)),
            shared_data: Arc::default(),
            secrets,
            limits: Arc::new(limits),
            stops: Arc::default(),
            room: vu::room(),
        }
    }
}

/// What all virtual users of a run share.
pub struct RunContext {
    /// All metrics.
    pub registry: Arc<Registry>,
    /// Where samples go.
    pub samples: Samples,
    /// Where lines go.
    pub log: SharedLog,
    /// `__ENV`.
    pub env: Vec<(String, String)>,
    /// The files that scripts open.
    pub files: Arc<FileStore>,
    /// The arrays of `k6/data`.
    pub shared_data: Arc<SharedData>,
    /// The values of `k6/secrets`.
    pub secrets: Arc<Secrets>,
    /// What each virtual user may cost.
    pub limits: Arc<VuLimits>,
    /// What was stopped.
    pub stops: Arc<Stops>,
    /// Tells what sockets and requests are refused.
    pub(crate) bounds: Arc<Counting>,
    /// The tags of all samples.
    pub tags: Tags,
    /// The tags that the runner gives to samples.
    pub system_tags: SystemTags,
    /// Whether the sizes of messages are measured.
    pub message_sizes: bool,
    /// The bytes of all virtual users.
    pub(crate) accounts: Accounts,
    /// The options that are in force, as JSON.
    pub options_json: String,
    /// The `User-Agent` of handshakes.
    pub user_agent: String,
    /// Where virtual users may connect to.
    pub(crate) network: Arc<RunNetwork>,
    /// How servers are trusted; none when every default will do, so that roots are read when needed.
    pub(crate) tls: Option<Arc<dyn ClientConfigs>>,
    /// Where timers and waits get their points in time from.
    pub(crate) alarms: Alarms,
    /// How long making one virtual user may take.
    pub(crate) init_timeout: Duration,
    /// Whether virtual users keep their cookies from one iteration to the next.
    pub(crate) keeps_cookies: bool,
    /// What HTTP requests do.
    pub(crate) http: HttpSettings,
    /// How the run is going.
    pub counters: Counters,
    /// How attempts to connect went.
    pub attempts: Attempts,
    /// Whether and why the run ends before its time.
    pub stop: Stop,
    /// Controls the scenario with the executor `externally-controlled`.
    pub external: ExternalControl,
    each_sample: AtomicBool,
    started: OnceLock<(Instant, SystemTime)>,
    /// How long the run lasted, once it is over.
    lasted: OnceLock<Duration>,
}

/// How the run is going.
#[derive(Debug, Default)]
pub struct Counters {
    /// Iterations that ran to their end.
    pub completed: AtomicU64,
    /// Iterations that were cut short.
    pub interrupted: AtomicU64,
    /// Virtual users at work.
    pub active: AtomicU32,
    /// Virtual users that are ready or at work.
    pub initialized: AtomicU32,
    /// Sockets that are open.
    pub sockets: AtomicU32,
}

/// Counts one open socket as long as it lives.
pub(crate) struct OpenSocket(Arc<RunContext>);

/// Why a run ends before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopReason {
    /// The user pressed Ctrl-C, or the process was asked to end.
    Signal,
    /// Whoever holds the run's [`Control`](crate::control::Control) asked for it.
    Control,
    /// The script called `exec.test.abort()`.
    Abort(String),
    /// A threshold with `abortOnFail` was crossed.
    Threshold(String),
}

/// Whether and why the run ends before its time. The first reason counts.
pub struct Stop {
    reason: watch::Sender<Option<StopReason>>,
    /// Whether somebody outside of the test asked for the end, first or later.
    from_outside: watch::Sender<bool>,
    failure: Mutex<Option<String>>,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            reason: watch::Sender::new(None),
            from_outside: watch::Sender::new(false),
            failure: Mutex::new(None),
        }
    }
}

impl Stop {
    /// Ends the run.
    pub fn stop(&self, reason: StopReason) {
        let from_outside = matches!(reason, StopReason::Signal | StopReason::Control);
        self.reason.send_if_modified(|current| {
            let first = current.is_none();
            if first {
                *current = Some(reason);
            }
            first
        });
        if from_outside {
            self.from_outside.send_replace(true);
        }
    }

    /// Waits until somebody outside of the test asks for the end: a user, not the script and not a
    /// threshold.
    pub async fn stopped_from_outside(&self) {
        let mut asked = self.from_outside.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = asked.wait_for(|asked| *asked).await;
    }

    /// Why the run ends, if it does.
    pub fn reason(&self) -> Option<StopReason> {
        self.reason.borrow().clone()
    }

    /// Waits until the run is to end.
    pub async fn stopped(&self) {
        let mut reason = self.reason.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = reason.wait_for(Option::is_some).await;
    }

    /// Marks the test as failed; it goes on.
    pub fn fail(&self, message: String) {
        self.failure.lock().get_or_insert(message);
    }

    /// What the script said when it marked the test as failed.
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().clone()
    }
}

impl RunContext {
    /// A context for a run with these options. `default_user_agent` is used where they have none.
    ///
    /// # Errors
    ///
    /// The options for TLS do not fit together.
    pub fn new(
        common: Common,
        options: &Options,
        scenarios: &[Scenario],
        default_user_agent: &str,
        setup: NetworkSetup,
    ) -> Result<Self, OptionError> {
        let Common { registry, log, env, files, shared_data, secrets, limits, stops, room } =
            common;
        let tls = network::tls::settings(options, setup.log_tls_keys)?;
        let user_agent = options.user_agent.as_deref().unwrap_or(default_user_agent).to_owned();
        Ok(Self {
            registry,
            samples: Samples::default(),
            log,
            env,
            files,
            shared_data,
            secrets,
            limits,
            bounds: Arc::new(Counting(stops.clone())),
            stops,
            tags: options.tags.iter().flatten().cloned().collect(),
            system_tags: options.system_tags(),
            message_sizes: options.ws_message_sizes(),
            accounts: Accounts::default(),
            options_json: options.to_json(scenarios).to_string(),
            user_agent,
            network: Arc::new(RunNetwork::new(options, setup)),
            tls,
            alarms: Alarms::fine(),
            init_timeout: options.init_timeout(),
            keeps_cookies: options.no_cookies_reset == Some(true),
            http: HttpSettings::new(&options.http),
            counters: Counters::default(),
            attempts: Attempts::default(),
            stop: Stop::default(),
            external: ExternalControl::new(scenarios, room),
            each_sample: AtomicBool::new(false),
            started: OnceLock::new(),
            lasted: OnceLock::new(),
        })
    }

    /// Somebody is shown each sample: counts are not added up before.
    pub(crate) fn show_each_sample(&self) {
        self.each_sample.store(true, Ordering::Relaxed);
    }

    /// Whether somebody is shown each sample. Else several of a counter may come as one.
    pub(crate) fn shows_each_sample(&self) -> bool {
        self.each_sample.load(Ordering::Relaxed)
    }

    /// Starts the clock of the run; only the first call counts.
    pub fn start_clock(&self) {
        self.started.get_or_init(|| (Instant::now(), SystemTime::now()));
    }

    /// When the run began.
    pub fn started(&self) -> Option<Instant> {
        self.started.get().map(|(instant, _)| *instant)
    }

    /// Stops the clock of the run; only the first call counts.
    pub(crate) fn stop_clock(&self) {
        let elapsed = self.elapsed();
        self.lasted.get_or_init(|| elapsed);
    }

    /// When the run began, by the clock on the wall.
    pub fn started_at(&self) -> Option<SystemTime> {
        self.started.get().map(|(_, time)| *time)
    }

    /// How long the run has lasted.
    pub fn elapsed(&self) -> Duration {
        let so_far = || self.started().map(|started| started.elapsed()).unwrap_or_default();
        self.lasted.get().copied().unwrap_or_else(so_far)
    }
}

impl OpenSocket {
    /// Counts a socket that has opened.
    pub(crate) fn new(run: Arc<RunContext>) -> Self {
        run.counters.sockets.fetch_add(1, Ordering::Relaxed);
        Self(run)
    }
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.counters.sockets.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counters {
    /// Virtual users at work.
    pub fn active(&self) -> u32 {
        self.active.load(Ordering::Relaxed)
    }

    /// Virtual users that are ready or at work.
    pub fn initialized(&self) -> u32 {
        self.initialized.load(Ordering::Relaxed)
    }

    /// Sockets that are open.
    pub fn sockets(&self) -> u32 {
        self.sockets.load(Ordering::Relaxed)
    }

    /// Iterations that ran to their end.
    pub fn completed(&self) -> u64 {
        self.completed.load(Ordering::Relaxed)
    }

    /// Iterations that were cut short.
    pub fn interrupted(&self) -> u64 {
        self.interrupted.load(Ordering::Relaxed)
    }
}
