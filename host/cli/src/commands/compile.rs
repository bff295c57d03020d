//! `wasock compile`: a script as a component for other hosts.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::run::RunError;
use wasock_runner::vu;
use wasock_script::{Compiler, Entry, LoadOptions};

use super::Context;
use crate::failure::Failure;
use crate::load;
use crate::signals::Signals;

/// The name of a component that is made from something without a name.
const DEFAULT_STEM: &str = "script";

const EXAMPLES: &str = "\
Examples:
  wasock compile script.js                 write script.wasm
  wasock compile script.ts -o chat.wasm    write chat.wasm
  wasock run chat.wasm                     run it";

/// Turn a script into a WebAssembly component
///
/// The component holds the JavaScript engine, the script and all that it imports, so that nothing is
/// left to load. It runs in wasock and in every host that offers the WIT package wasock:websocket.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompileArgs {
    /// The script: a path, an https URL, or - for standard input
    script: String,

    /// The file to write [default: the script's name with .wasm, in the current folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the component.
///
/// # Errors
///
/// The script is wrong, or the file cannot be written.
pub async fn compile(args: CompileArgs, context: &Context) -> Result<ExitCode, Failure> {
    let output = args.output.unwrap_or_else(|| default_output(&args.script));
    if output == Path::new(&args.script) {
        let message = format!("\"{}\" is both the script and the output", output.display());
        return Err(Failure::new(ExitCode::InvalidConfig, message)
            .with_hint(Some("a compiled script needs no compiling; name another file with -o")));
    }
    let entry = Entry::from_argument(&args.script)?;
    let signals = Signals::listen()?;
    let engine = vu::engine().map_err(RunError::from)?;
    let compiler = Compiler::new(&engine, LoadOptions::default());
    let spinner = load::spinner(&args.script, context.global.quiet, &context.screen);
    let component = load::component(compiler, entry, spinner, &signals).await?;
    fs::write(&output, &component).map_err(|error| {
        let message = format!("cannot write \"{}\": {error}", output.display());
        Failure::new(ExitCode::Other, message)
    })?;
    if !context.global.quiet {
        let size = size(component.len());
        context.screen.out(format!("{} ({size})\n", output.display()));
    }
    Ok(ExitCode::Success)
}

/// The script's name with another ending; without the query, if it is a URL.
fn default_output(script: &str) -> PathBuf {
    let path = match script.split_once("://") {
        Some((_, rest)) => rest.split(['?', '#']).next().unwrap_or(rest),
        None => script,
    };
    let stem = Path::new(path).file_stem().filter(|stem| *stem != "-" && !stem.is_empty());
    Path::new(stem.unwrap_or(OsStr::new(DEFAULT_STEM))).with_extension("wasm")
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_named_after_its_script() {
        let cases = [
            ("tests/chat.ts", "chat.wasm"),
            ("-", "script.wasm"),
            ("https://a.test/b/echo.js?x=1/2", "echo.wasm"),
            ("name", "name.wasm"),
        ];
        for (script, expected) in cases {
            assert_eq!(default_output(script), Path::new(expected), "{script}");
        }
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(size(999_949), "999.9 kB");
        assert_eq!(size(1_450_000), "1.4 MB");
    }
}
