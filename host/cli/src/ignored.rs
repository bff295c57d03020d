//! Flags of k6 that change nothing for WebSocket tests, there or here. They are taken, so that command
//! lines need no change, and left out of the help.

use clap::Args;

/// Flags without effect.
#[derive(Debug, Args)]
pub struct IgnoredArgs {
    #[arg(long, hide = true, value_name = "N")]
    batch: Option<String>,
    #[arg(long, hide = true, value_name = "N")]
    batch_per_host: Option<String>,
    #[arg(long, hide = true, value_name = "MODE")]
    compatibility_mode: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    discard_response_bodies: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    http_debug: Option<Option<String>>,
    #[arg(long, hide = true, value_name = "N")]
    max_redirects: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    no_connection_reuse: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    no_usage_report: Option<Option<String>>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    no_vu_connection_reuse: Option<Option<String>>,
    #[arg(long, hide = true, value_name = "N")]
    rps: Option<String>,
}
