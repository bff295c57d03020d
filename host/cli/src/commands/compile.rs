//! `wasock compile`: a script as a component for other hosts, or as a command for any.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::run::RunError;
use wasock_runner::vu;
use wasock_script::{Compiler, Entry, LoadOptions, NamedGuests, component_file, read_component};
use wasock_standalone::StandaloneError;

use super::Context;
use crate::failure::Failure;
use crate::grants;
use crate::input;
use crate::load;
use crate::signals::Signals;

/// The name of a component that is made from something without a name.
const DEFAULT_STEM: &str = "script";

/// What the names of components end with.
const ENDING: &str = ".wasm";

/// What those end with that stand alone: the test itself may be in the same folder.
const STANDALONE_ENDING: &str = "-standalone.wasm";

const EXAMPLES: &str = "\
Examples:
  wasock compile script.js                 write script.wasm
  wasock compile script.ts -o chat.wasm    write chat.wasm
  wasock run chat.wasm                     run it

  wasock compile --standalone chat.wasm    write chat-standalone.wasm
  wasock compile --standalone script.js -o once.wasm
  wasmtime run -S inherit-network -S allow-ip-name-lookup once.wasm
  jco run once.wasm                        run it once without wasock";

/// Turn a script into a WebAssembly component
///
/// The component holds the JavaScript engine, the script and everything it imports, so that nothing
/// remains to be loaded. It runs in wasock and in every host that implements the WIT package
/// wasock:websocket.
///
/// With --standalone it needs nothing but WASI 0.2: it also holds an implementation of that package, and is
/// a command that runs one iteration of the function that its first argument names. A test in another
/// language, which is already a component, can be made standalone too.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompileArgs {
    /// The script: a path, an https URL, or - for standard input; with --standalone also a component
    script: String,

    /// The file to write [default: the script's name with .wasm, or with -standalone.wasm, in the current
    /// folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Make a command for any host that has WASI 0.2
    #[arg(long)]
    standalone: bool,
}

/// Writes the component.
///
/// # Errors
///
/// The script is wrong, or the file cannot be written.
pub async fn compile(args: CompileArgs, context: &Context) -> Result<ExitCode, Failure> {
    let ending = if args.standalone { STANDALONE_ENDING } else { ENDING };
    let output = args.output.unwrap_or_else(|| default_output(&args.script, ending));
    if output == Path::new(&args.script) {
        let message = format!("\"{}\" is both the script and the output", output.display());
        return Err(Failure::new(ExitCode::InvalidConfig, message)
            .with_hint(Some("a compiled script needs no compiling; name another file with -o")));
    }
    let entry = match input::piped(&args.script)? {
        Some(content) => Entry::from_stdin(content)?,
        None => Entry::from_argument(&args.script)?,
    };
    let modules =
        LoadOptions { files: Some(grants::own_modules(&entry)?.into()), ..LoadOptions::default() };
    let mut component = match existing(&entry, &modules).filter(|_| args.standalone) {
        Some(component) => component?,
        None => {
            if args.standalone {
                check_guests(&args.script, &entry, &modules).await?;
            }
            compiled(&args.script, entry, modules, context).await?
        }
    };
    if args.standalone {
        let alone = wasock_standalone::compose(&component);
        component = alone.map_err(|error| not_alone(&args.script, &error))?;
    }
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

/// The content of a component that is one already.
fn existing(entry: &Entry, modules: &LoadOptions) -> Option<Result<Vec<u8>, Failure>> {
    if let Entry::Component(content) = entry {
        return Some(Ok(content.to_vec()));
    }
    let path = component_file(entry, modules)?;
    Some(read_component(&path, modules).map_err(Failure::from))
}

/// Looks whether a test has programs besides itself: a command has one.
async fn check_guests(name: &str, entry: &Entry, modules: &LoadOptions) -> Result<(), Failure> {
    let graph = wasock_script::load(entry, modules).await?;
    let guests = NamedGuests::of(&graph)?;
    let mut names: Vec<_> = guests.names.iter().map(|name| format!("\"{name}\"")).collect();
    names.extend(guests.computed.then(|| "one whose name is put together at run time".to_owned()));
    if names.is_empty() {
        return Ok(());
    }
    let names = names.join(", ");
    let message =
        format!("\"{name}\" cannot stand alone: its scenarios name other programs: {names}");
    Err(Failure::new(ExitCode::InvalidConfig, message).with_hint(Some(
        "make a command of each program, or an archive of the test for `wasock run`",
    )))
}

/// A script as a component.
async fn compiled(
    name: &str,
    entry: Entry,
    modules: LoadOptions,
    context: &Context,
) -> Result<Vec<u8>, Failure> {
    let signals = Signals::listen()?;
    let engine = vu::engine().map_err(RunError::from)?;
    let compiler = Compiler::new(&engine, modules);
    let spinner = load::spinner(name, context.global.quiet, &context.screen);
    load::component(compiler, entry, spinner, &signals).await
}

/// Why a component cannot stand alone, and what can be done.
fn not_alone(name: &str, error: &StandaloneError) -> Failure {
    let hint = match error {
        StandaloneError::NoTest { .. } | StandaloneError::Malformed(_) => {
            "a test is a component for the world vu of wit/, or a script; docs/guests.md tells how to make one"
        }
        StandaloneError::WorldMismatch(_) => "build it for the WIT of this version of wasock",
    };
    let message = format!("\"{name}\" cannot stand alone: {error}");
    Failure::new(ExitCode::InvalidConfig, message).with_hint(Some(hint))
}

/// The script's name with another ending; without the query, if it is a URL.
fn default_output(script: &str, ending: &str) -> PathBuf {
    let path = match script.split_once("://") {
        Some((_, rest)) => rest.split(['?', '#']).next().unwrap_or(rest),
        None => script,
    };
    let stem = Path::new(path).file_stem().filter(|stem| *stem != "-" && !stem.is_empty());
    let mut name = stem.unwrap_or(OsStr::new(DEFAULT_STEM)).to_owned();
    name.push(ending);
    name.into()
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
            assert_eq!(default_output(script, ENDING), Path::new(expected), "{script}");
        }
        let alone = default_output("target/guests/c.wasm", STANDALONE_ENDING);
        assert_eq!(alone, Path::new("c-standalone.wasm"));
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(size(999_949), "999.9 kB");
        assert_eq!(size(1_450_000), "1.4 MB");
    }
}
