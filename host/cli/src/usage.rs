//! What is wrong with a command line, and what to write instead.

use std::env;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::Log as _;

use crate::cli::GlobalArgs;
use crate::failure::Failure;
use crate::terminal::Screen;
use crate::terminal::log::Logger;
use crate::{cli, commands};

/// What k6 has had, and what to do instead.
const GONE: [(&str, &str); 14] = [
    ("--no-summary", "the summary is left out by --summary-mode=disabled"),
    ("--upload-only", "tests run on this machine; there is no cloud to upload to"),
    ("--show-cloud-logs", "tests run on this machine; log lines go to standard error"),
    ("--local-execution", "tests always run on this machine; leave the flag out"),
    ("pause", "start the run with --paused, and resume it through the REST API (--address)"),
    (
        "resume",
        "PATCH /v1/status of the REST API (--address) resumes a run that was started with --paused",
    ),
    (
        "scale",
        "PATCH /v1/status of the REST API (--address) sets the number of virtual users of an \
               externally-controlled scenario",
    ),
    ("status", "GET /v1/status of the REST API (--address) reports the state of a run"),
    ("stats", "GET /v1/metrics of the REST API (--address) reports the metrics of a run"),
    ("login", "there is no cloud to log in to"),
    (
        "cloud",
        "tests run on this machine: wasock run SCRIPT; several machines share a test with \
               --execution-segment",
    ),
    ("convert", "k6 no longer has this; har-to-k6 converts recorded traffic to scripts"),
    ("deps", "wasock inspect --imports SCRIPT lists what a script imports"),
    ("x", "there are no extensions; wasock features lists what is built in"),
];

/// Prints what clap has to say: help, the version, or what is wrong with the command line. Returns how
/// the program ends.
pub fn report(error: &clap::Error) -> ExitCode {
    let global = GlobalArgs::of_log();
    if error.use_stderr() && (commands::called_as_k6() || global.log_has_errors()) {
        // What starts k6, and what reads a log, look for errors in it.
        return match Logger::new(&global, Screen::new(false).into()) {
            Ok(log) => {
                log.line(failure(error).line());
                exit_code(error)
            }
            Err(failure) => {
                Screen::new(false).err(failure.report(false));
                failure.code
            }
        };
    }
    // Nobody is left to be told that standard output is closed.
    let _ = error.print();
    if let Some(hint) = hint(error) {
        let screen = Screen::new(false);
        let style = match screen.stderr_colours {
            true => anstyle::AnsiColor::Cyan.on_default().bold(),
            false => anstyle::Style::new(),
        };
        screen.err(format!("\n{style}hint:{style:#} {hint}\n"));
    }
    exit_code(error)
}

/// The same as a failure, without what clap says besides.
fn failure(error: &clap::Error) -> Failure {
    let text = error.to_string();
    let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    Failure::new(exit_code(error), message).with_hint(hint(error))
}

fn exit_code(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::Success,
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => ExitCode::InvalidConfig,
        _ => ExitCode::Other,
    }
}

fn hint(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => instead_of(&text(ContextKind::InvalidArg)?),
        ErrorKind::InvalidSubcommand => instead_of(&text(ContextKind::InvalidSubcommand)?),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let (argument, value) =
                (text(ContextKind::InvalidArg)?, text(ContextKind::InvalidValue)?);
            match (argument.as_str(), value.as_str()) {
                (flag, "legacy") if flag.starts_with("--summary-mode") => {
                    Some("k6 no longer has this mode; compact is the closest".to_owned())
                }
                _ => variable_of(&argument),
            }
        }
        _ => None,
    }
}

fn instead_of(name: &str) -> Option<String> {
    let name = name.split('=').next()?;
    GONE.iter().find(|(gone, _)| *gone == name).map(|(_, instead)| (*instead).to_owned())
}

/// The environment variable that has set a flag, if the command line has not.
fn variable_of(argument: &str) -> Option<String> {
    let flag = argument.split([' ', '=', '[']).next()?;
    let written = env::args_os().any(|one| one.to_string_lossy().starts_with(flag));
    let variable = cli::variables().into_iter().find(|(_, name)| name == flag)?.0;
    (!written && env::var_os(&variable).is_some())
        .then(|| format!("the value comes from the environment variable {variable}"))
}

/// The help of the program, with its commands in groups.
pub fn grouped_help(command: &clap::Command, groups: &[(&str, &[&str])]) -> StyledStr {
    let style = command.get_styles().get_header();
    let literal = command.get_styles().get_literal();
    let visible = || command.get_subcommands().filter(|command| !command.is_hide_set());
    let width = visible().map(|command| command.get_name().len()).max().unwrap_or(0);
    let line = |command: &clap::Command| {
        let (name, about) = (command.get_name(), command.get_about().cloned().unwrap_or_default());
        format!("  {literal}{name:<width$}{literal:#}  {about}\n")
    };
    let mut text = format!("{{about-with-newline}}\n{style}Usage:{style:#} {{usage}}\n");
    let listed = |name: &str| groups.iter().any(|(_, names)| names.contains(&name));
    for (title, names) in groups {
        text += &format!("\n{style}{title}:{style:#}\n");
        text.extend(names.iter().filter_map(|name| command.find_subcommand(name)).map(line));
    }
    let rest: String = visible().filter(|command| !listed(command.get_name())).map(line).collect();
    if !rest.is_empty() {
        text += &format!("\n{style}Other:{style:#}\n{rest}");
    }
    text += &format!("\n{style}Global options:{style:#}\n{{options}}{{after-help}}");
    StyledStr::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_has_a_successor() {
        assert!(
            instead_of("--no-summary").is_some_and(|hint| hint.contains("--summary-mode=disabled"))
        );
        assert!(instead_of("--upload-only=true").is_some());
        assert_eq!(instead_of("--vus"), None);
    }

    #[test]
    fn nothing_that_is_gone_is_here() {
        let command = cli::command();
        let run = command.find_subcommand("run").expect("it is there");
        for (gone, _) in GONE {
            assert!(command.find_subcommand(gone).is_none(), "{gone}");
            let flag = gone.strip_prefix("--");
            assert!(
                run.get_arguments().all(|one| flag.is_none() || one.get_long() != flag),
                "{gone}"
            );
        }
    }
}
