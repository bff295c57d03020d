//! What the host calls.

use std::future::Future;

use crate::bindings::exports::wasock::websocket::lifecycle::{
    Exception, Failure, ScriptInfo, SummaryOutput,
};
use crate::executor::{Interrupted, block_on};
use crate::{Error, Result};

pub use crate::SummaryFile;

/// What a test is made of.
pub fn info(
    options: Option<&str>,
    functions: &[&str],
    stages: &[(&str, &str)],
) -> Result<ScriptInfo, Failure> {
    // A panic is a trap, whose own message says nothing.
    std::panic::set_hook(Box::new(|panic| {
        use crate::console::{Level, Source, log};
        log(Level::Error, Source::Runtime, &panic.to_string());
    }));
    let stages = stages.iter().map(|(name, _)| name);
    let functions = functions.iter().chain(stages).map(|&name| name.to_owned()).collect();
    Ok(ScriptInfo { functions, options: options.map(str::to_owned) })
}

/// Runs a stage.
pub fn run<T>(stage: impl Future<Output = Result<T>>) -> Result<T, Failure> {
    match block_on(stage) {
        Ok(result) => result.map_err(failure),
        Err(Interrupted) => Err(Failure::Interrupted),
    }
}

/// Runs `handle_summary`.
pub fn summary(
    stage: impl Future<Output = Result<Vec<SummaryFile>>>,
) -> Result<Vec<SummaryOutput>, Failure> {
    let output = |(destination, content): SummaryFile| SummaryOutput {
        destination,
        content: content.into(),
    };
    Ok(run(stage)?.into_iter().map(output).collect())
}

/// Says which functions there are, when there is none of this name.
pub fn unknown(name: &str, functions: &[&str]) -> Result<(), Failure> {
    let names = functions.join(", ");
    Err(failure(Error::new(format!("there is no function \"{name}\"; there are: {names}"))))
}

fn failure(error: Error) -> Failure {
    let message = error.text().to_owned();
    Failure::Exception(Exception { message, stack: String::new(), location: None })
}
