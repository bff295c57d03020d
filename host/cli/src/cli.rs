//! The command line: its commands, and the flags that all of them have.

use std::env;
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use clap::builder::Styles;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum as _};
use wasock_runner::processes::PartNumber;

use crate::commands::{archive, compile, completion, features, inspect, new, run, serve, version};
use crate::terminal::log::{LogFormat, LogOutput};
use crate::{switch, usage};

/// The colours of help texts.
const STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Green.on_default());

/// The commands by what they are for. Those in no group are listed behind them.
const GROUPS: [(&str, &[&str]); 3] = [
    ("Tests", &["run", "inspect", "serve"]),
    ("Scripts", &["new", "compile", "archive"]),
    ("This program", &["features", "completion", "version", "help"]),
];

const EXAMPLES: &str = "\
Examples:
  wasock new script.js                      write a starter script
  wasock run script.js                      run a script with its own options
  wasock run -u 50 -d 30s script.ts         50 virtual users for 30 seconds
  wasock run --serve script.js              run against the embedded test server
  wasock serve                              serve echo and chat endpoints until Ctrl-C
  wasock compile script.js -o script.wasm   make a component for other hosts";

/// Load tests for WebSocket services
///
/// wasock runs scripts that were written for k6's WebSocket modules, each virtual user in a
/// WebAssembly sandbox of its own. A sandbox can reach the network, but no files other than the script,
/// what it imports, and those that the run grants.
#[derive(Debug, Parser)]
#[command(name = "wasock", version, long_version = version::details(), styles = STYLES, after_help = EXAMPLES, max_term_width = 100)]
#[command(args_override_self = true)]
pub struct Cli {
    /// The flags of all commands.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// Which of the processes of a run this is, if it was started by another
    #[arg(long, hide = true)]
    pub part: Option<PartNumber>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. Those with flags are described where these are.
#[derive(Debug, Subcommand)]
pub enum Command {
    Run(Box<run::RunArgs>),
    Serve(serve::ServeArgs),
    New(new::NewArgs),
    Compile(compile::CompileArgs),
    Archive(Box<archive::ArchiveArgs>),
    Inspect(Box<inspect::InspectArgs>),
    Features(features::FeaturesArgs),
    Completion(completion::CompletionArgs),
    Version(version::VersionArgs),
}

impl Cli {
    /// Reads the command line of this process.
    ///
    /// # Errors
    ///
    /// It is wrong, or asks for help or the version.
    pub fn read() -> Result<Self, clap::Error> {
        Self::from_arg_matches(&without_empty_variables(command()).try_get_matches()?)
    }
}

/// The same command line without the environment variables that are empty: they set nothing.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |argument: &clap::Arg| {
        argument.get_env().and_then(env::var_os).is_some_and(|value| value.is_empty())
    };
    let command = command.mut_args(|argument| match is_empty(&argument) {
        true => argument.env(None::<&'static str>),
        false => argument,
    });
    command.mut_subcommands(without_empty_variables)
}

/// The commands and flags, for the parser, for help and for completions.
pub fn command() -> clap::Command {
    let mut command = Cli::command();
    // Global flags and the command `help` are there only then.
    command.build();
    let help = usage::grouped_help(&command, &GROUPS);
    switch::with_values(Cli::command()).help_template(help)
}

/// The environment variables that set flags, and the flags.
pub fn variables() -> Vec<(String, String)> {
    let mut command = Cli::command();
    command.build();
    let commands = command.get_subcommands().chain([&command]);
    let flag = |argument: &clap::Arg| {
        let variable = argument.get_env()?.to_str()?.to_owned();
        Some((variable, format!("--{}", argument.get_long()?)))
    };
    commands.flat_map(|command| command.get_arguments().filter_map(flag)).collect()
}

/// The flags of all commands.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Show no banner and no progress
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Also show log lines of the level debug
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// Use no colours; NO_COLOR does the same
    #[arg(long, global = true, env = "K6_NO_COLOR", hide_env_values = true)]
    pub no_color: bool,

    /// The format of log lines
    #[arg(long, global = true, value_name = "FORMAT", env = "K6_LOG_FORMAT")]
    #[arg(value_enum, default_value_t = LogFormat::Text, hide_env_values = true)]
    pub log_format: LogFormat,

    /// Where log lines go: stderr, stdout, none or file=PATH[,level=LEVEL]
    #[arg(long, global = true, value_name = "OUTPUT", env = "K6_LOG_OUTPUT")]
    #[arg(default_value = "stderr", hide_env_values = true)]
    pub log_output: LogOutput,

    /// Write the lines of the script's console to this file instead of the log
    #[arg(long, global = true, value_name = "FILE", env = "K6_CONSOLE_OUTPUT")]
    #[arg(hide_env_values = true)]
    pub console_output: Option<PathBuf>,

    /// A profile of k6's program; there is none of this one.
    #[arg(long, global = true, hide = true, env = "K6_PROFILING_ENABLED", hide_env_values = true)]
    pub profiling_enabled: bool,
}

impl GlobalArgs {
    /// The flags for the log of a command line that is wrong elsewhere. What is wrong with themselves is left out.
    pub fn of_log() -> Self {
        Self {
            log_format: written("log-format", "K6_LOG_FORMAT")
                .and_then(|text| LogFormat::from_str(&text, false).ok())
                .unwrap_or_default(),
            log_output: written("log-output", "K6_LOG_OUTPUT")
                .and_then(|text| text.parse().ok())
                .unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Whether the log was asked to be another than what people read on a terminal, and is anywhere: then errors
    /// are lines of it.
    pub fn log_has_errors(&self) -> bool {
        let is_plain = self.log_format == LogFormat::Text && self.log_output == LogOutput::Stderr;
        !is_plain && self.log_output != LogOutput::None
    }

    /// Says nothing, neither on the terminal nor in files.
    pub fn silent(self) -> Self {
        Self { quiet: true, log_output: LogOutput::None, console_output: None, ..self }
    }
}

/// What the command line says behind a flag, else what its variable has.
fn written(flag: &str, variable: &str) -> Option<String> {
    let arguments: Vec<_> = env::args_os().map(|one| one.to_string_lossy().into_owned()).collect();
    let value = |(index, argument): (usize, &String)| match argument.strip_prefix("--")? {
        name if name == flag => arguments.get(index + 1).cloned(),
        text => text.strip_prefix(flag)?.strip_prefix('=').map(str::to_owned),
    };
    arguments.iter().enumerate().rev().find_map(value).or_else(|| env::var(variable).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        command().debug_assert();
    }

    #[test]
    fn every_flag_that_turns_something_on_can_turn_it_off() {
        fn all(command: &clap::Command) -> usize {
            let flags = command.get_arguments();
            flags.filter(|flag| matches!(flag.get_action(), clap::ArgAction::SetTrue)).count()
                + command.get_subcommands().map(all).sum::<usize>()
        }
        assert_eq!(all(&command()), 0);
        let read = |flags: &[&str]| {
            let arguments = ["wasock", "run", "script.js"].iter().chain(flags);
            Cli::from_arg_matches(&command().try_get_matches_from(arguments)?)
        };
        let quiet = |flags: &[&str]| read(flags).unwrap().global.quiet;
        assert!(!quiet(&[]));
        assert!(quiet(&["-q"]));
        assert!(quiet(&["-qv", "--quiet=1"]));
        assert!(!quiet(&["--quiet", "--quiet=false"]));
        assert!(read(&["--quiet=maybe"]).is_err());
    }

    #[test]
    fn the_help_lists_every_command_once() {
        let help = command().render_help().to_string();
        let listed = |name: &str| {
            help.lines().filter(|line| line.starts_with(&format!("  {name} "))).count()
        };
        for command in Cli::command().get_subcommands() {
            assert_eq!(listed(command.get_name()), 1, "{}: {help}", command.get_name());
        }
        assert!(!help.contains("Other:"), "a command is in no group: {help}");
    }

    #[test]
    fn flags_have_the_variables_of_k6() {
        let variables = variables();
        for (variable, flag) in [
            ("K6_CONFIG", "--config"),
            ("K6_LOG_OUTPUT", "--log-output"),
            ("K6_SUMMARY_MODE", "--summary-mode"),
            ("K6_TYPE", "--type"),
        ] {
            let pair = (variable.to_owned(), flag.to_owned());
            assert!(variables.contains(&pair), "{variable}");
        }
    }
}
