//! Flags of k6 that change nothing here. They are taken, so that command lines need no change, and left
//! out of the help.

use clap::Args;

/// Flags without effect.
#[derive(Debug, Args)]
pub struct IgnoredArgs {
    #[arg(long, hide = true, value_name = "MODE")]
    compatibility_mode: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true)]
    no_usage_report: Option<Option<String>>,
}
