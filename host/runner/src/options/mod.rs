//! The options of a run: where they come from, what they may be, and the scenarios that follow from them.

mod addresses;
mod certificates;
mod connection;
mod derive;
mod describe;
mod dns;
mod effective;
mod error;
mod feature;
mod fields;
mod hosts;
mod http;
mod layers;
mod origin;
mod parse_scenario;
mod pattern;
mod ramp;
mod rate;
mod read;
mod record;
mod requirements;
mod scenario;
mod segment;
mod set;
mod share;
mod spread;
pub mod suggest;
mod system_tags;
mod text;
mod tls;

pub use addresses::{AddressRange, LocalAddresses};
pub use certificates::ClientCertificate;
pub use describe::lasting;
pub use dns::{DnsOptions, Policy, Select, Ttl};
pub use error::OptionError;
pub use feature::Feature;
pub use hosts::Hosts;
pub use http::{HttpDebug, HttpOptions};
pub use layers::{Consolidated, Layer};
pub use origin::Origin;
pub use parse_scenario::executors;
pub use pattern::{HostPattern, normal};
pub(crate) use rate::PARTS;
pub use rate::Rate;
pub use read::{MAX_ITERATIONS, MAX_VUS};
pub use requirements::{max_vus, planned_vus};
pub use scenario::{
    ArrivalUsers, DEFAULT_GRACEFUL_STOP, DEFAULT_MAX_DURATION, DEFAULT_NAME, DEFAULT_TIME_UNIT,
    ENDLESS, ExecutorConfig, RateStage, Scenario, Stage, max_duration,
};
pub use segment::{ExecutionSegment, ExecutionSegmentSequence, Fraction};
pub use set::unknown_options;
pub use share::Share;
pub use system_tags::{SystemTag, SystemTags};
pub use text::{boolean, misspelt_variable, variables};
pub use tls::{CipherSuites, TlsVersions};

use std::time::Duration;

use serde_json::{Map, Value};

use crate::metrics::TrendColumn;

/// How long `setup` and `teardown` may take if nothing else is asked for, as in k6.
pub const DEFAULT_SETUP_TIMEOUT: Duration = Duration::from_secs(60);

/// How long making one virtual user may take, with its script's top level, if nothing else is asked for: long
/// enough to parse the largest files, short enough that somebody who waits for a loop without end learns of it.
pub const DEFAULT_INIT_TIMEOUT: Duration = Duration::from_secs(120);

/// How long `handleSummary` may take if nothing else is asked for, as in k6.
pub const DEFAULT_HANDLE_SUMMARY_TIMEOUT: Duration = Duration::from_secs(120);

/// A threshold as the options have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdSpec {
    /// The expression: `p(95)<200`.
    pub threshold: String,
    /// Whether the run ends as soon as it is crossed.
    pub abort_on_fail: bool,
    /// How long the run must have lasted before it may end for that.
    pub delay_abort_eval: Option<Duration>,
}

/// A fixed unit for the times in the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
}

impl TimeUnit {
    /// Its name, as in `summaryTimeUnit`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::Microseconds => "us",
        }
    }

    /// The unit of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Seconds, Self::Milliseconds, Self::Microseconds];
        all.into_iter().find(|unit| unit.name() == name)
    }
}

/// The options of one source, or of all sources taken together. None means not set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// Virtual users.
    pub vus: Option<u32>,
    /// How long iterations are started.
    pub duration: Option<Duration>,
    /// How many iterations all virtual users run together.
    pub iterations: Option<u64>,
    /// The parts of a ramp.
    pub stages: Option<Vec<Stage>>,
    /// The loads of the run.
    pub scenarios: Option<Vec<Scenario>>,
    /// The part of the test that this process runs.
    pub execution_segment: Option<ExecutionSegment>,
    /// The parts that all processes run.
    pub execution_segment_sequence: Option<ExecutionSegmentSequence>,
    /// Pass criteria by metric or sub-metric.
    pub thresholds: Option<Vec<(String, Vec<ThresholdSpec>)>>,
    /// Whether the run waits to be told to begin.
    pub paused: Option<bool>,
    /// Whether the run, when all is done, waits until it is stopped.
    pub linger: Option<bool>,
    /// Whether `setup` is left out.
    pub no_setup: Option<bool>,
    /// Whether `teardown` is left out.
    pub no_teardown: Option<bool>,
    /// How long making one virtual user may take, with its script's top level.
    pub init_timeout: Option<Duration>,
    /// How long `setup` may take.
    pub setup_timeout: Option<Duration>,
    /// How long `teardown` may take.
    pub teardown_timeout: Option<Duration>,
    /// How long `handleSummary` may take.
    pub handle_summary_timeout: Option<Duration>,
    /// Whether failed connections and wrong values throw.
    pub throw: Option<bool>,
    /// The header field `User-Agent`.
    pub user_agent: Option<String>,
    /// Whether any certificate is accepted.
    pub insecure_skip_tls_verify: Option<bool>,
    /// Names that lead to other addresses.
    pub hosts: Option<Hosts>,
    /// How names become addresses.
    pub dns: Option<DnsOptions>,
    /// Names that must not be reached.
    pub block_hostnames: Option<Vec<HostPattern>>,
    /// Addresses that must not be reached.
    pub blacklist_ips: Option<Vec<AddressRange>>,
    /// Addresses of this machine to connect from.
    pub local_ips: Option<LocalAddresses>,
    /// Roots that are trusted besides the system's, in PEM.
    pub ca_certs: Option<Vec<String>>,
    /// Certificates for servers that ask for one.
    pub tls_auth: Option<Vec<ClientCertificate>>,
    /// The versions of TLS to offer.
    pub tls_version: Option<TlsVersions>,
    /// The cipher suites to offer.
    pub tls_cipher_suites: Option<CipherSuites>,
    /// Tags of all samples.
    pub tags: Option<Vec<(String, String)>>,
    /// The tags that the runner itself gives to samples.
    pub system_tags: Option<SystemTags>,
    /// What `systemTags` names besides, which is no system tag.
    pub unknown_system_tags: Vec<String>,
    /// Behaviour that is had on request only.
    pub features: Option<Vec<Feature>>,
    /// The columns of trends in the summary.
    pub summary_trend_stats: Option<Vec<TrendColumn>>,
    /// The unit of times in the summary; each time its own if there is none.
    pub summary_time_unit: Option<TimeUnit>,
    /// How long an iteration lasts at least.
    pub min_iteration_duration: Option<Duration>,
    /// Whether a virtual user keeps its cookies from one iteration to the next.
    pub no_cookies_reset: Option<bool>,
    /// Whether the sizes of messages are measured.
    pub ws_message_sizes: Option<bool>,
    /// What HTTP requests do.
    pub http: HttpOptions,
    /// Options that k6 has and this version does nothing with, as they are.
    pub other: Map<String, Value>,
}

impl Options {
    /// How long making one virtual user may take, or the default.
    pub fn init_timeout(&self) -> Duration {
        self.init_timeout.unwrap_or(DEFAULT_INIT_TIMEOUT)
    }

    /// How long `setup` may take, or the default.
    pub fn setup_timeout(&self) -> Duration {
        self.setup_timeout.unwrap_or(DEFAULT_SETUP_TIMEOUT)
    }

    /// How long `teardown` may take, or the default.
    pub fn teardown_timeout(&self) -> Duration {
        self.teardown_timeout.unwrap_or(DEFAULT_SETUP_TIMEOUT)
    }

    /// How long `handleSummary` may take, or the default.
    pub fn handle_summary_timeout(&self) -> Duration {
        self.handle_summary_timeout.unwrap_or(DEFAULT_HANDLE_SUMMARY_TIMEOUT)
    }

    /// The tags that the runner itself gives to samples, or the default.
    pub fn system_tags(&self) -> SystemTags {
        self.system_tags.unwrap_or_default()
    }

    /// The columns of trends in the summary, or the default.
    pub fn summary_trend_stats(&self) -> &[TrendColumn] {
        self.summary_trend_stats.as_deref().unwrap_or(TrendColumn::defaults())
    }

    /// Whether any certificate is accepted.
    pub fn insecure_skip_tls_verify(&self) -> bool {
        self.insecure_skip_tls_verify.unwrap_or(false)
    }

    /// Whether the sizes of messages are measured.
    pub fn ws_message_sizes(&self) -> bool {
        self.ws_message_sizes.unwrap_or(false)
    }

    /// Whether failed connections and wrong values throw.
    pub fn throw(&self) -> bool {
        self.throw.unwrap_or(false)
    }
}
