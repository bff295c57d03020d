//! Calls the stages of a test one after the other, as a command of WASI 0.2: `init`, `setup`, one iteration of the
//! function that the first argument names, `teardown`.

use std::io::Write;

use wasip2::cli::environment::get_arguments;
use wasip2::cli::{stderr, stdout};
use wasip2::exports::cli::run::Guest;

use bindings::wasock::standalone::stages::{self, Outcome, Stage};
use bindings::wasock::websocket::lifecycle::{self, Exception, Failure};

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit", "../wit"],
        world: "wasock:standalone/runner",
        generate_all,
    });
}

/// The function that is called if none is named.
const DEFAULT: &str = "default";

/// The names of stages among a test's functions.
const STAGES: [&str; 3] = ["setup", "teardown", "handleSummary"];

struct Runner;

wasip2::cli::command::export!(Runner);

impl Guest for Runner {
    fn run() -> Result<(), ()> {
        let name = get_arguments().into_iter().nth(1);
        let ran = run(name.as_deref().unwrap_or(DEFAULT));
        let Outcome { summary, failure } = stages::finish();
        let _ = stdout::get_stdout().write_all(summary.as_bytes());
        let told = match (ran, failure) {
            (Ok(()), None) => return Ok(()),
            (Err(Problem::Told(text)), _) | (_, Some(text)) => text,
            (Err(Problem::Interrupted), None) => "the test was interrupted".to_owned(),
        };
        let _ = stderr::get_stderr().write_all(format!("error: {told}\n").as_bytes());
        Err(())
    }
}

/// Why the stages did not all run to their ends.
enum Problem {
    /// For this reason.
    Told(String),
    /// The test has ended itself, and has said why.
    Interrupted,
}

/// Calls the stages. What is told went wrong first; `teardown` is called whatever the iteration came to.
fn run(name: &str) -> Result<(), Problem> {
    let script = stage(Stage::Init, "", lifecycle::init)?;
    if let Some(options) = &script.options {
        stages::set_options(options);
    }
    let has = |name: &str| script.functions.iter().any(|function| function == name);
    if !has(name) {
        return Err(Problem::Told(unknown(name, &script.functions)));
    }
    let data = if has("setup") { stage(Stage::Setup, "", lifecycle::setup)? } else { None };
    let iterated = stage(Stage::Iteration, name, || lifecycle::iterate(name, data.as_deref()));
    let torn_down = match has("teardown") {
        true => stage(Stage::Teardown, "", || lifecycle::teardown(data.as_deref())),
        false => Ok(()),
    };
    iterated.and(torn_down)
}

/// Runs a stage.
fn stage<T>(
    stage: Stage,
    name: &str,
    call: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Problem> {
    stages::begin(stage, name);
    let result = call();
    stages::end(result.is_ok());
    result.map_err(Problem::from)
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Interrupted => Self::Interrupted,
            // Some stacks begin with the message.
            Failure::Exception(Exception { message, stack, .. }) => {
                let stack = stack.strip_prefix(&*message).unwrap_or(&stack).trim();
                let behind =
                    if stack.is_empty() { String::new() } else { format!("\n    {stack}") };
                Self::Told(message + &behind)
            }
        }
    }
}

fn unknown(name: &str, functions: &[String]) -> String {
    let functions: Vec<&str> = functions
        .iter()
        .map(String::as_str)
        .filter(|function| !STAGES.contains(function))
        .collect();
    let hint = match functions.is_empty() {
        true => "it has none".to_owned(),
        false => format!("it has {}", functions.join(", ")),
    };
    format!("the test has no function \"{name}\"\nhint: {hint}")
}
