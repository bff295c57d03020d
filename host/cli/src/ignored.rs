//! Flags of k6 that change nothing here. They are taken, so that command lines need
//! no change, and left out of the help; each that is used is told once, with the reason.

use clap::Args;
use wasock_runner::log::Level;

use crate::terminal::log::Logger;

/// Flags without effect.
#[derive(Debug, Args)]
pub struct IgnoredArgs {
    #[arg(long, hide = true, value_name = "MODE", env = "K6_COMPATIBILITY_MODE")]
    #[arg(value_parser = ["extended", "base", "experimental_enhanced"], hide_env_values = true)]
    compatibility_mode: Option<String>,
    #[arg(long, hide = true, env = "K6_NO_USAGE_REPORT", hide_env_values = true)]
    no_usage_report: bool,
    #[arg(
        long,
        hide = true,
        value_name = "OUTPUT",
        env = "K6_TRACES_OUTPUT",
        hide_env_values = true
    )]
    traces_output: Option<String>,
}

impl IgnoredArgs {
    /// Tells the log what was asked for and is not done.
    pub fn warn(&self, log: &Logger) {
        for warning in self.warnings() {
            log.say(Level::Warn, warning);
        }
    }

    /// What was asked for and is not done, a sentence each.
    fn warnings(&self) -> Vec<String> {
        let traces = self.traces_output.as_deref().filter(|output| *output != "none");
        let flags = [
            (
                "--compatibility-mode (K6_COMPATIBILITY_MODE)",
                self.compatibility_mode.is_some(),
                "there is one mode, in which JavaScript, CommonJS and TypeScript all work",
            ),
            (
                "--no-usage-report (K6_NO_USAGE_REPORT)",
                self.no_usage_report,
                "wasock reports to nobody",
            ),
            (
                "--traces-output (K6_TRACES_OUTPUT)",
                traces.is_some(),
                "WebSocket tests have no traces; --out writes samples",
            ),
        ];
        let used = flags.into_iter().filter(|(_, used, _)| *used);
        used.map(|(flag, _, reason)| format!("{flag} has no effect: {reason}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        ignored: IgnoredArgs,
    }

    fn warnings(flags: &[&str]) -> Vec<String> {
        Only::try_parse_from([&["test"], flags].concat()).unwrap().ignored.warnings()
    }

    #[test]
    fn each_flag_that_is_used_is_told_with_its_reason() {
        assert_eq!(warnings(&[]), [""; 0]);
        assert_eq!(
            warnings(&["--no-usage-report", "--compatibility-mode=base"]),
            [
                "--compatibility-mode (K6_COMPATIBILITY_MODE) has no effect: there is one mode, in which \
                 JavaScript, CommonJS and TypeScript all work",
                "--no-usage-report (K6_NO_USAGE_REPORT) has no effect: wasock reports to nobody",
            ]
        );
        assert_eq!(warnings(&["--traces-output", "none"]), [""; 0]);
        assert_eq!(warnings(&["--traces-output=otel=proto=grpc"]).len(), 1);
    }
}
