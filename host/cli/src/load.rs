//! Loads and compiles scripts, and shows that it does.

use tokio::task::JoinHandle;
use wasock_runner::exit_code::ExitCode;
use wasock_script::{CompileError, Compiler, Entry, Script};

use crate::failure::Failure;
use crate::signals::Signals;
use crate::terminal::Screen;
use crate::terminal::spinner::Spinner;

/// Compiles `entry` on another thread, so that signals are heard.
///
/// # Errors
///
/// The script is wrong, or a signal came.
pub async fn script(
    compiler: Compiler,
    entry: Entry,
    spinner: Spinner,
    signals: &Signals,
) -> Result<Script, Failure> {
    let mut turning = spinner.clone();
    let task =
        tokio::spawn(
            async move { compiler.script(&entry, &mut |stage| turning.stage(stage)).await },
        );
    finish(task, &spinner, signals).await
}

/// The component of `entry`, for other hosts.
///
/// # Errors
///
/// The script is wrong, or a signal came.
pub async fn component(
    compiler: Compiler,
    entry: Entry,
    spinner: Spinner,
    signals: &Signals,
) -> Result<Vec<u8>, Failure> {
    let mut turning = spinner.clone();
    let task =
        tokio::spawn(
            async move { compiler.component(&entry, &mut |stage| turning.stage(stage)).await },
        );
    finish(task, &spinner, signals).await
}

/// A spinner for a script, unless nothing but results is to be seen.
pub fn spinner(script: &str, quiet: bool, screen: &Screen) -> Spinner {
    let name = if script == "-" { "standard input" } else { script };
    Spinner::new(name, quiet, screen)
}

async fn finish<T>(
    task: JoinHandle<Result<T, CompileError>>,
    spinner: &Spinner,
    signals: &Signals,
) -> Result<T, Failure> {
    let outcome = signals.guard(task).await;
    spinner.clear();
    match outcome? {
        Ok(result) => Ok(result?),
        Err(error) => Err(Failure::new(ExitCode::Other, format!("the compiler failed: {error}"))),
    }
}
