//! `wasock new`: a script to begin with.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wasock_runner::exit_code::ExitCode;

use super::Context;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  wasock new                               write script.js
  wasock new chat.js --template ws         write chat.js, a ramp of users with k6/ws
  wasock new - --template protocol         print it";

/// What stands for the name of the script in a template.
const FILE: &str = "{{file}}";

/// Write a starter script
///
/// The script is commented and runs unchanged against the test server of `wasock serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct NewArgs {
    /// The file to write, or - for standard output
    #[arg(default_value = "script.js")]
    file: PathBuf,

    /// The template to start from
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Template::Minimal)]
    template: Template,

    /// Replace the file if it exists
    #[arg(short, long)]
    force: bool,
}

/// A script to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// One connection, one message there and back.
    Minimal,
    /// A ramp of users with k6/ws, checks and thresholds.
    Ws,
    /// Several of the browser's WebSockets for each user.
    Websocket,
    /// Requests and replies on connections that outlive iterations.
    Protocol,
}

impl Template {
    fn text(self) -> &'static str {
        match self {
            Self::Minimal => include_str!("../../templates/minimal.js"),
            Self::Ws => include_str!("../../templates/ws.js"),
            Self::Websocket => include_str!("../../templates/websocket.js"),
            Self::Protocol => include_str!("../../templates/protocol.js"),
        }
    }
}

/// Writes the script.
///
/// # Errors
///
/// The file is there, or cannot be written.
pub fn new(args: &NewArgs, context: &Context) -> Result<ExitCode, Failure> {
    let path = args.file.display().to_string();
    if path == "-" {
        context.screen.out(args.template.text().replace(FILE, &path));
        return Ok(ExitCode::Success);
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).create_new(!args.force);
    let text = args.template.text().replace(FILE, &path);
    let written = options.open(&args.file).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::new(ExitCode::Other, format!("\"{path}\" already exists"))
                .with_hint(Some("name another file, or replace it with --force"))
        }
        _ => Failure::new(ExitCode::Other, format!("cannot write \"{path}\": {error}")),
    })?;
    if !context.global.quiet {
        context.screen.out(format!(
            "{path}\n\nTo run it against a server that comes with wasock:\n\n  wasock serve\n  \
             wasock run {path}\n"
        ));
    }
    Ok(ExitCode::Success)
}
