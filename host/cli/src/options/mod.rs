//! The options of a run from all sources but the script: flags, environment variables, and the
//! configuration file.

mod env;
mod sources;

use std::path::PathBuf;

use clap::Args;
use wasock_runner::exit_code::ExitCode;

pub use env::system_environment;

use crate::failure::Failure;
use crate::script_type::ScriptType;
use crate::switch;

/// The flags of commands that know the options of a run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the run")]
pub struct OptionArgs {
    /// Virtual users
    #[arg(short = 'u', long, value_name = "N", allow_negative_numbers = true)]
    vus: Option<String>,

    /// How long to keep starting iterations: 30s, 1h30m
    #[arg(short, long, value_name = "TIME", allow_hyphen_values = true)]
    duration: Option<String>,

    /// Number of iterations, shared by all virtual users
    #[arg(short, long, value_name = "N", allow_negative_numbers = true)]
    iterations: Option<String>,

    /// A stage of a ramp, as its duration and target number of virtual users: 10s:5; can be repeated
    #[arg(short, long, value_name = "TIME:N")]
    stage: Vec<String>,

    /// The segment of the test that this process runs: 1/3:2/3, 25%
    #[arg(long, value_name = "FROM:TO")]
    execution_segment: Option<String>,

    /// The boundaries of the segments of all processes: 0,1/3,2/3,1
    #[arg(long, value_name = "ENDS")]
    execution_segment_sequence: Option<String>,

    /// A variable for the script's __ENV; can be repeated
    #[arg(short, long, value_name = "NAME=VALUE")]
    env: Vec<String>,

    /// Whether __ENV includes the system's environment variables
    #[arg(long, value_name = "BOOL", env = "K6_INCLUDE_SYSTEM_ENV_VARS", hide_env_values = true)]
    #[arg(num_args = 0..=1, require_equals = true, action = clap::ArgAction::Set)]
    #[arg(default_value = "true", default_missing_value = "true")]
    #[arg(value_parser = switch::parse)]
    include_system_env_vars: bool,

    /// A file with options in JSON [default: wasock/config.json in the user's config folder]
    #[arg(short, long, value_name = "FILE", env = "K6_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,

    /// Initialise all virtual users, then wait until the API (--address) starts the run
    #[arg(short, long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    paused: Option<String>,

    /// Require the input to be of this type
    #[arg(
        short = 't',
        long = "type",
        value_name = "TYPE",
        env = "K6_TYPE",
        hide_env_values = true
    )]
    #[arg(value_enum)]
    pub script_type: Option<ScriptType>,

    /// Features to enable, of those that `wasock features` lists; can be repeated
    #[arg(long, value_name = "NAMES")]
    features: Vec<String>,

    /// Do not run setup()
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_setup: Option<String>,

    /// Do not run teardown()
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_teardown: Option<String>,

    /// Minimum duration of an iteration
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    min_iteration_duration: Option<String>,

    /// Throw exceptions for failed connections
    #[arg(short = 'w', long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    throw: Option<String>,

    /// The User-Agent header of handshakes
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,

    /// Maximum number of redirects that an HTTP request follows
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_redirects: Option<String>,

    /// Maximum number of concurrent requests of one http.batch()
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    batch: Option<String>,

    /// Maximum number of concurrent requests of one http.batch() to the same host
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    batch_per_host: Option<String>,

    /// Maximum number of HTTP requests per second, over all virtual users
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    rps: Option<String>,

    /// Log HTTP requests and responses: headers, or full with bodies
    #[arg(long, value_name = "HOW")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "headers")]
    http_debug: Option<String>,

    /// Discard response bodies unless a request sets `responseType`
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    discard_response_bodies: Option<String>,

    /// Make a new connection for each HTTP request
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_connection_reuse: Option<String>,

    /// Make new connections for HTTP requests in each iteration
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_vu_connection_reuse: Option<String>,

    /// Accept any TLS certificate
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    insecure_skip_tls_verify: Option<String>,

    /// A PEM file with certificates to trust in addition to the system's; can be repeated
    #[arg(long, value_name = "FILE")]
    ca_cert: Vec<PathBuf>,

    /// Block connections to these host names: *.example.com,…; can be repeated
    #[arg(long, value_name = "NAMES")]
    block_hostnames: Vec<String>,

    /// Block connections to these addresses: 10.0.0.0/8,…; can be repeated
    #[arg(long, value_name = "RANGES")]
    blacklist_ip: Vec<String>,

    /// How host names are resolved: ttl=5m,select=random,policy=preferIPv4
    #[arg(long, value_name = "RULES")]
    dns: Option<String>,

    /// Local addresses to connect from: 10.0.0.1,10.0.1.1-10.0.1.9,10.0.2.0/24
    #[arg(long, value_name = "ADDRESSES")]
    local_ips: Option<String>,

    /// A tag for all samples; can be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    tag: Vec<String>,

    /// The system tags of samples: url,scenario,…
    #[arg(long, value_name = "NAMES")]
    system_tags: Option<String>,

    /// The columns of trends in the summary: avg,p(99),count
    #[arg(long, value_name = "STATS")]
    summary_trend_stats: Option<String>,

    /// The unit of times in the summary: s, ms or us
    #[arg(long, value_name = "UNIT")]
    summary_time_unit: Option<String>,
}

/// What the operator says is wrong.
pub(crate) fn wrong(message: String) -> Failure {
    Failure::new(ExitCode::InvalidConfig, message)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        options: OptionArgs,
    }

    /// The options that a command line without a command has.
    pub(super) fn parse(flags: &[&str]) -> OptionArgs {
        Only::try_parse_from([&["test"], flags].concat()).unwrap().options
    }
}
