//! Ctrl-C, SIGTERM and SIGHUP: the first asks the program to finish, the second ends it.

use std::future::Future;
use std::sync::Arc;
use std::sync::mpsc;
use std::{io, thread};

use parking_lot::Mutex;
use tokio::runtime::Builder;
use tokio::sync::watch;
use wasock_runner::exit_code::ExitCode;

use crate::failure::Failure;

/// What is done when the first signal comes.
type Deed = Box<dyn FnOnce() + Send>;

/// The signals of the process, from the moment on that they are listened for.
#[derive(Clone)]
pub struct Signals {
    came: watch::Receiver<bool>,
    deed: Arc<Mutex<Option<Deed>>>,
}

impl Signals {
    /// Listens, on a thread of its own: those of the runtime may all be busy when somebody wants the program to end.
    ///
    /// # Errors
    ///
    /// The system has no room for a handler or a thread.
    pub fn listen() -> Result<Self, Failure> {
        let (sender, came) = watch::channel(false);
        let signals = Self { came, deed: Arc::default() };
        let deed = signals.deed.clone();
        let (ready, begun) = mpsc::channel();
        let listen = move || {
            let runtime = match Builder::new_current_thread().enable_io().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(ready.send(Err(error))),
            };
            runtime.block_on(async move {
                let mut source = match Source::new() {
                    Ok(source) => source,
                    Err(error) => return drop(ready.send(Err(error))),
                };
                // Whoever has started this waits for it.
                let _ = ready.send(Ok(()));
                source.first().await;
                sender.send_replace(true);
                if let Some(deed) = deed.lock().take() {
                    deed();
                }
                source.second().await;
                std::process::exit(ExitCode::Aborted as i32);
            });
        };
        let thread = thread::Builder::new().name("wasock-signals".to_owned()).spawn(listen);
        let begun =
            thread.and_then(|_| begun.recv().unwrap_or_else(|gone| Err(io::Error::other(gone))));
        begun.map(|()| signals).map_err(|error| {
            Failure::new(ExitCode::Other, format!("Ctrl-C cannot be listened for: {error}"))
        })
    }

    /// Does this as soon as the first signal comes, whatever else the program is doing, or at once if one has come. It
    /// must not block.
    pub fn at_first(&self, deed: impl FnOnce() + Send + 'static) {
        let mut waiting = self.deed.lock();
        if *self.came.borrow() {
            deed();
        } else {
            *waiting = Some(Box::new(deed));
        }
    }

    /// Nothing is done any more when a signal comes.
    pub fn forget(&self) {
        self.deed.lock().take();
    }

    /// Waits for the first signal.
    pub async fn first(&self) {
        let mut came = self.came.clone();
        if came.wait_for(|came| *came).await.is_err() {
            // The listener is gone only when the program is, so nothing will come any more.
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
    /// None if whoever has started the program wants it to outlive its terminal, as nohup does.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Source {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let heard = !is_ignored(libc::SIGHUP);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: heard.then(|| signal(SignalKind::hangup())).transpose()?,
        })
    }

    async fn first(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hang_up => {}
        }
    }

    /// A terminal that is closed sends SIGHUP, and so does its shell: nobody insists by that.
    async fn second(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Whether the process ignores a signal.
#[cfg(unix)]
fn is_ignored(signal: libc::c_int) -> bool {
    // SAFETY: all zeros are a value of this struct of numbers, and a null pointer changes nothing.
    let (outcome, now) = unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        (libc::sigaction(signal, std::ptr::null(), &raw mut now), now)
    };
    outcome == 0 && now.sa_sigaction == libc::SIG_IGN
}

#[cfg(windows)]
struct Source(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Source {
    fn new() -> io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn first(&mut self) {
        self.0.recv().await;
    }

    async fn second(&mut self) {
        self.0.recv().await;
    }
}
