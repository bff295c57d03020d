//! Flags that turn something on or off: `--quiet`, `--quiet=false`.

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, Command};
use wasock_runner::options::boolean;

/// Whether a text says yes or no, as options of the run have it.
///
/// # Errors
///
/// It says neither.
pub fn parse(text: &str) -> Result<bool, String> {
    boolean(text).ok_or_else(|| "expected true or false".to_owned())
}

/// The same command with flags that may be followed by `=true` or `=false`, so that they can turn off what a
/// variable has turned on.
pub fn with_values(command: Command) -> Command {
    command.mut_args(with_value).mut_subcommands(with_values)
}

fn with_value(flag: Arg) -> Arg {
    match flag.get_action() {
        ArgAction::SetTrue => flag
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .value_name("BOOL")
            .default_value("false")
            .hide_default_value(true)
            .default_missing_value("true")
            .value_parser(ValueParser::new(parse)),
        _ => flag,
    }
}
