//! `wasock completion`: what a shell needs to complete command lines.

use std::fmt::Write as _;

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

/// Print a shell completion script
///
/// The script goes to standard output; where to install it depends on the shell.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn completion(args: &CompletionArgs, context: &Context) -> ExitCode {
    let mut command = cli::command();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "wasock", &mut script);
    if args.shell == Shell::Fish {
        script.extend(fish_values(&command).into_bytes());
    }
    context.screen.out(script);
    ExitCode::Success
}

/// The values of arguments without a flag, which the generator for fish leaves out.
fn fish_values(command: &clap::Command) -> String {
    let mut text = String::new();
    for command in command.get_subcommands() {
        let arguments = command.get_positionals().map(clap::Arg::get_possible_values);
        for values in arguments.filter(|values| !values.is_empty()) {
            let values: Vec<_> = values.iter().map(|value| value.get_name()).collect();
            let (name, values) = (command.get_name(), values.join(" "));
            writeln!(
                text,
                "complete -c wasock -n \"__fish_wasock_using_subcommand {name}\" -f -a \"{values}\""
            )
            .expect("a string takes all text");
        }
    }
    text
}
