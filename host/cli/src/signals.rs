//! Ctrl-C and SIGTERM: the first asks the program to finish, the second ends it.

use std::future::Future;
use std::io;

use tokio::sync::watch;
use wasock_runner::exit_code::ExitCode;

use crate::failure::Failure;

/// The signals of the process, from the moment on that they are listened for.
#[derive(Clone)]
pub struct Signals {
    came: watch::Receiver<bool>,
}

impl Signals {
    /// Listens, on the runtime that this is called on.
    ///
    /// # Errors
    ///
    /// The system has no room for a handler.
    pub fn listen() -> Result<Self, Failure> {
        let mut source = Source::new().map_err(|error| {
            Failure::new(ExitCode::Other, format!("Ctrl-C cannot be listened for: {error}"))
        })?;
        let (sender, came) = watch::channel(false);
        tokio::spawn(async move {
            source.next().await;
            sender.send_replace(true);
            source.next().await;
            std::process::exit(ExitCode::Aborted as i32);
        });
        Ok(Self { came })
    }

    /// Waits for the first signal.
    pub async fn first(&self) {
        let mut came = self.came.clone();
        if came.wait_for(|came| *came).await.is_err() {
            // The listener is gone only when the runtime is, so nothing will come any more.
            std::future::pending::<()>().await;
        }
    }

    /// What the future comes to, if no signal comes before.
    ///
    /// # Errors
    ///
    /// A signal came.
    pub async fn guard<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.first() => {
                Err(Failure::new(ExitCode::Aborted, "stopped by a signal before the run began"))
            }
            done = work => Ok(done),
        }
    }
}

#[cfg(unix)]
struct Source {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Source {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Source(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Source {
    fn new() -> io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
