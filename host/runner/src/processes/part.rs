//! One of the processes that run a test for another.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

use super::batch::Encoder;
use super::message::{self, Failure, FromPart, Greeting, ToPart};
use super::standing::Standing;
use crate::context::RunContext;
use crate::control::Control;
use crate::exit_code::ExitCode;
use crate::log::{Level, Line, Log, SharedLog, say};
use crate::metrics::{Registry, Sample};
use crate::outputs::{Output, OutputError};
use crate::run::{Execution, Plan, Progress, RunError};
use crate::summary::SummaryMode;

/// How often a part tells how far it is: as often as people can see that something moves.
const STANDING_PERIOD: Duration = Duration::from_millis(200);

/// How often a part says that it is there, from its beginning on, whatever its users and its runtime do: often enough
/// to be told from one that stands still.
const ALIVE_PERIOD: Duration = super::silence::TICK;

/// This process, as one that runs a part of a test. When the one that it works for is gone, the process ends at once.
#[derive(Clone)]
pub struct Part(Arc<Link>);

/// The pipe to the whole.
struct Link {
    to: Mutex<Pipe>,
    /// Whether lines are told. While the plan is made the whole says the same.
    speaks: AtomicBool,
}

struct Pipe {
    to: Box<dyn Write + Send>,
    room: Vec<u8>,
}

/// What the whole has to say, until the plan is made.
pub struct Orders(Box<dyn Read + Send>);

impl Part {
    /// Begins by reading what the whole says first.
    ///
    /// # Errors
    ///
    /// Nobody speaks there.
    pub fn join(
        mut from: impl Read + Send + 'static,
        to: impl Write + Send + 'static,
    ) -> io::Result<(Self, Greeting, Orders)> {
        let Some(ToPart::Greeting(greeting)) = message::read(&mut Vec::new(), &mut from)? else {
            return Err(io::Error::other("a greeting comes first"));
        };
        let to = Mutex::new(Pipe { to: Box::new(to), room: Vec::new() });
        let link = Arc::new(Link { to, speaks: AtomicBool::new(false) });
        tell_alive(&link)?;
        Ok((Self(link), greeting, Orders(Box::new(from))))
    }

    /// A log whose lines the whole gets, from the beginning of the plan's execution on.
    pub fn log(&self) -> SharedLog {
        self.0.clone()
    }

    /// Tells that this part cannot begin.
    pub fn fail(&self, failure: Failure) -> ExitCode {
        let code = failure.code;
        self.0.tell(&FromPart::Failed(failure));
        code
    }

    /// Carries a plan out, when the whole says so. Its results are the whole's.
    pub async fn carry_out(&self, plan: &Plan, orders: Orders) -> ExitCode {
        let link = self.0.clone();
        let (run, control) = (plan.context().clone(), plan.control().clone());
        let progress = Arc::new(Progress::default());
        // A run that has not begun can be paused.
        let _ = control.pause();
        link.speaks.store(true, Ordering::Relaxed);
        obey(orders, run.clone(), control);
        let telling = Standings::tell(link.clone(), run.clone(), progress.clone());
        let stopping = tokio::spawn(tell_stop(link.clone(), run.clone()));
        let execution = Execution {
            watchers: vec![Box::new(Relay { link: link.clone(), encoder: Encoder::default() })],
            summary_mode: SummaryMode::Disabled,
            progress: progress.clone(),
            part: Some(self.clone()),
            ..Execution::default()
        };
        let outcome = plan.execute(execution).await;
        stopping.abort();
        telling.end();
        match outcome {
            Ok(_) => {
                link.tell(&FromPart::Done { failure: run.stop.failure() });
                ExitCode::Success
            }
            Err(error) => self.fail(error.into()),
        }
    }

    /// Tells that the virtual users are made.
    pub(crate) fn tell_ready(&self, run: &RunContext, progress: &Progress) {
        self.0.tell(&FromPart::Standing(Standing::of(run, progress)));
        self.0.tell(&FromPart::Ready);
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self { message: error.to_string(), hint: error.hint(), code: error.exit_code() }
    }
}

impl Link {
    fn tell(&self, message: &FromPart) {
        let Pipe { to, room } = &mut *self.to.lock();
        if message::write(message, room, to).is_err() {
            leave();
        }
    }
}

impl Log for Link {
    fn line(&self, line: Line) {
        if self.speaks.load(Ordering::Relaxed) {
            self.tell(&FromPart::Line(line));
        }
    }
}

/// Nobody wants to know what comes of this part any more.
fn leave() -> ! {
    std::process::exit(ExitCode::Aborted as i32)
}

/// Does what the whole says, on a thread of its own.
fn obey(Orders(mut from): Orders, run: Arc<RunContext>, control: Arc<Control>) {
    thread::spawn(move || {
        let mut room = Vec::new();
        loop {
            match message::read(&mut room, &mut from) {
                Ok(Some(ToPart::Begin { setup_data, each_sample })) => {
                    if each_sample {
                        run.show_each_sample();
                    }
                    control.set_all_setup_data(setup_data);
                    control.resume();
                }
                Ok(Some(ToPart::External(view))) => {
                    let set = run.external.set(Some(view.vus), Some(view.max_vus));
                    if let Err(error) = set.and_then(|_| run.external.pause(view.paused)) {
                        say(&run.log, Level::Error, error.to_string());
                    }
                }
                Ok(Some(ToPart::Stop(reason))) => run.stop.stop(reason),
                Ok(Some(ToPart::Greeting(_)) | None) | Err(_) => leave(),
            }
        }
    });
}

/// Tells that this process is there, as long as there is somebody to tell it.
fn tell_alive(link: &Arc<Link>) -> io::Result<()> {
    let link = Arc::downgrade(link);
    let tell = move || {
        while let Some(link) = link.upgrade() {
            link.tell(&FromPart::Alive);
            drop(link);
            thread::sleep(ALIVE_PERIOD);
        }
    };
    thread::Builder::new().name("wasock-alive".to_owned()).spawn(tell).map(drop)
}

/// Tells how far the part is, on a thread of its own: busy users would hold up a task.
struct Standings(thread::JoinHandle<()>, mpsc::Sender<()>);

impl Standings {
    fn tell(link: Arc<Link>, run: Arc<RunContext>, progress: Arc<Progress>) -> Self {
        let (end, ended) = mpsc::channel();
        let thread = thread::spawn(move || {
            loop {
                let over = ended.recv_timeout(STANDING_PERIOD) != Err(RecvTimeoutError::Timeout);
                link.tell(&FromPart::Standing(Standing::of(&run, &progress)));
                if over {
                    return;
                }
            }
        });
        Self(thread, end)
    }

    /// Tells it for the last time.
    fn end(self) {
        drop(self.1);
        // It has no reason to panic, and if it does, the last numbers are those before.
        let _ = self.0.join();
    }
}

/// The whole ends the run, whoever has stopped it.
async fn tell_stop(link: Arc<Link>, run: Arc<RunContext>) {
    run.stop.stopped().await;
    if let Some(reason) = run.stop.reason() {
        link.tell(&FromPart::Stopping(reason));
    }
}

/// Gives the whole what is measured, and waits while it cannot take it.
struct Relay {
    link: Arc<Link>,
    encoder: Encoder,
}

impl Output for Relay {
    fn description(&self) -> String {
        "the process that has the whole test".to_owned()
    }

    fn write(&mut self, registry: &Registry, samples: &[Sample]) -> Result<(), OutputError> {
        let batch = self.encoder.encode(registry, samples);
        self.link.tell(&FromPart::Samples(batch));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}
