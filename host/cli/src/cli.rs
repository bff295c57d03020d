//! The command line: its commands, and the flags that all of them have.

use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use clap::builder::{FalseyValueParser, Styles};
use clap::{Args, Parser, Subcommand};

use crate::commands::{archive, compile, completion, inspect, run, serve};
use crate::terminal::log::{LogFormat, LogOutput};

/// The colours of help texts.
const STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Green.on_default());

const EXAMPLES: &str = "\
Examples:
  wasock run script.js                      run a script with its own options
  wasock run -u 50 -d 30s script.ts         50 virtual users for 30 seconds
  wasock run --serve script.js              run against the embedded test server
  wasock serve                              serve echo and chat endpoints until Ctrl-C
  wasock compile script.js -o script.wasm   make a component for other hosts";

/// Load tests for WebSocket services
///
/// wasock runs scripts that were written for k6's WebSocket modules, each virtual user in a
/// WebAssembly sandbox of its own. It reaches the network, and no files besides the script, what it
/// imports, and those that the run grants.
#[derive(Debug, Parser)]
#[command(name = "wasock", version, styles = STYLES, after_help = EXAMPLES, max_term_width = 100)]
#[command(args_override_self = true)]
pub struct Cli {
    /// The flags of all commands.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. Those with flags are described where these are.
#[derive(Debug, Subcommand)]
pub enum Command {
    Run(Box<run::RunArgs>),
    Serve(serve::ServeArgs),
    Compile(compile::CompileArgs),
    Archive(Box<archive::ArchiveArgs>),
    Inspect(Box<inspect::InspectArgs>),
    Completion(completion::CompletionArgs),
    /// Print the version
    Version,
}

/// The flags of all commands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Show no banner and no progress
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Show log lines of the level debug too
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// Use no colours; NO_COLOR does the same
    #[arg(long, global = true, env = "K6_NO_COLOR", hide_env_values = true)]
    #[arg(value_parser = FalseyValueParser::new())]
    pub no_color: bool,

    /// How log lines are written
    #[arg(long, global = true, value_name = "FORMAT", env = "K6_LOG_FORMAT")]
    #[arg(value_enum, default_value_t = LogFormat::Text, hide_env_values = true)]
    pub log_format: LogFormat,

    /// Where log lines go: stderr, stdout, none or file=PATH
    #[arg(long, global = true, value_name = "OUTPUT", env = "K6_LOG_OUTPUT")]
    #[arg(default_value = "stderr", hide_env_values = true)]
    pub log_output: LogOutput,

    /// A file for the lines of the script's console, instead of the log
    #[arg(long, global = true, value_name = "FILE", env = "K6_CONSOLE_OUTPUT")]
    #[arg(hide_env_values = true)]
    pub console_output: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }
}
