//! `wasock completion`: what a shell needs to complete command lines.

use clap::Args;
use clap_complete::Shell;
use wasock_runner::exit_code::ExitCode;

use super::Context;
use crate::cli;

const EXAMPLES: &str = "\
Examples:
  wasock completion bash > /etc/bash_completion.d/wasock
  wasock completion zsh > \"${fpath[1]}/_wasock\"
  wasock completion fish > ~/.config/fish/completions/wasock.fish
  wasock completion powershell >> $PROFILE";

/// Print a script that completes command lines in a shell
///
/// The script goes to standard output; where it belongs depends on the shell.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn completion(args: &CompletionArgs, context: &Context) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "wasock", &mut script);
    context.screen.out(script);
    ExitCode::Success
}
