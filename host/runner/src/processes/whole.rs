//! The process that lets others run the scenarios of a test.

use std::future::pending;
use std::io;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::batch::Decoder;
use super::message::{self, Failure, FromPart, Greeting, ToPart};
use super::silence::{PATIENCE, TICK, Watch, Watched};
use super::standing::Standing;
use crate::context::RunContext;
use crate::executors::control::ExternalView;
use crate::log::{Level, say};
use crate::run::{Progress, RunError};
use crate::samples::Slot;

/// How the processes are started that run a test, one command each. Each of them must come to a
/// [`Part`](super::Part) on its standard input and output.
pub struct Processes {
    /// The commands. What they do with standard input and output is set later.
    pub commands: Vec<Command>,
    /// What they are told first.
    pub greeting: Greeting,
}

/// The processes of a run.
pub(crate) struct Whole {
    shared: Arc<Shared>,
    /// They end when this ends.
    pipes: Arc<[Pipe]>,
    _watch: Watch,
}

impl Drop for Whole {
    fn drop(&mut self) {
        self.shared.dismissed.store(true, Ordering::Relaxed);
    }
}

/// Where a part is told something. The thread that listens to it has it too, until it has greeted the part.
type Pipe = Arc<Mutex<ChildStdin>>;

/// What the threads that listen to the parts have in common.
struct Shared {
    run: Arc<RunContext>,
    progress: Arc<Progress>,
    standings: Mutex<Vec<Standing>>,
    states: watch::Sender<Vec<State>>,
    /// Whether the parts are no longer wanted.
    dismissed: AtomicBool,
}

/// What a part is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Starting,
    /// It has made its users, and works when it is told to.
    Ready,
    Done,
    Failed(Failure),
    /// It has broken down.
    Lost,
}

impl State {
    fn is_end(&self) -> bool {
        matches!(self, Self::Done | Self::Failed(_) | Self::Lost)
    }
}

impl Whole {
    /// Starts the processes.
    ///
    /// # Errors
    ///
    /// One of them cannot be started.
    pub(crate) fn start(
        processes: Processes,
        run: Arc<RunContext>,
        progress: Arc<Progress>,
    ) -> Result<Self, RunError> {
        let Processes { commands, greeting } = processes;
        let greeting = Arc::new(ToPart::Greeting(greeting));
        let count = commands.len();
        let shared = Arc::new(Shared {
            run,
            progress,
            standings: Mutex::new(vec![Standing::default(); count]),
            states: watch::Sender::new(vec![State::Starting; count]),
            dismissed: AtomicBool::new(false),
        });
        let start = |(index, command)| start(command, index, &greeting, shared.clone());
        let started = commands.into_iter().enumerate().map(start).collect::<io::Result<Vec<_>>>();
        let (pipes, parts): (Vec<_>, _) = started
            .map_err(|error| {
                shared.dismissed.store(true, Ordering::Relaxed);
                RunError::ProcessStart(error)
            })?
            .into_iter()
            .unzip();
        Ok(Self { shared, pipes: pipes.into(), _watch: Watch::start(parts) })
    }

    /// Waits until all have made their virtual users.
    ///
    /// # Errors
    ///
    /// One of them cannot begin.
    pub(crate) async fn ready(&self) -> Result<(), RunError> {
        let states = self.shared.until(|states| {
            states.iter().all(|state| *state == State::Ready) || states.iter().any(State::is_end)
        });
        let states = states.await;
        for state in &states {
            match state {
                State::Failed(failure) => return Err(RunError::Process(failure.clone())),
                State::Lost | State::Done => return Err(lost(&states)),
                State::Starting | State::Ready => {}
            }
        }
        Ok(())
    }

    /// Lets all work, until the last has ended.
    ///
    /// # Errors
    ///
    /// Some of them have broken down.
    pub(crate) async fn work(
        &self,
        setup_data: Vec<Option<String>>,
        each_sample: bool,
    ) -> Result<(), RunError> {
        let run = &self.shared.run;
        self.tell(ToPart::Begin { setup_data, each_sample }).await;
        let mut wanted = run.external.follow();
        let mut told_to_stop = false;
        let states = loop {
            tokio::select! {
                biased;
                states = self.shared.until(|states| states.iter().all(State::is_end)) => {
                    break states;
                }
                () = run.stop.stopped(), if !told_to_stop => {
                    told_to_stop = true;
                    if let Some(reason) = run.stop.reason() {
                        self.tell(ToPart::Stop(reason)).await;
                    }
                }
                view = changed(&mut wanted) => self.tell(ToPart::External(view)).await,
            }
        };
        Standing::count_stops(&self.shared.standings.lock(), run);
        if states.iter().all(|state| *state == State::Done) { Ok(()) } else { Err(lost(&states)) }
    }

    /// Tells all parts. Those that are gone do not hear it.
    async fn tell(&self, message: ToPart) {
        let pipes = self.pipes.clone();
        // A process that does not read would hold up a thread of the runtime.
        let telling = tokio::task::spawn_blocking(move || {
            let mut room = Vec::new();
            for pipe in &*pipes {
                // Who listens to it will find its end.
                let _ = message::write(&message, &mut room, &mut *pipe.lock());
            }
        });
        // Nothing in there panics.
        let _ = telling.await;
    }
}

/// What the `externally-controlled` scenario is to do, when that has changed.
async fn changed(wanted: &mut Option<watch::Receiver<ExternalView>>) -> ExternalView {
    if let Some(wanted) = wanted
        && wanted.changed().await.is_ok()
    {
        return *wanted.borrow_and_update();
    }
    pending().await
}

fn lost(states: &[State]) -> RunError {
    let lost = states.iter().filter(|state| matches!(state, State::Lost | State::Failed(_)));
    RunError::ProcessesLost { lost: lost.count().max(1), of: states.len() }
}

/// Starts a process, and a thread that greets it and listens to it.
fn start(
    mut command: Command,
    index: usize,
    greeting: &Arc<ToPart>,
    shared: Arc<Shared>,
) -> io::Result<(Pipe, Arc<Watched>)> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    by_itself(&mut command);
    let mut child = command.spawn()?;
    let taken = (child.stdin.take(), child.stdout.take());
    let (Some(to), Some(from)) = taken else { return Err(io::ErrorKind::BrokenPipe.into()) };
    let (to, process) = (Arc::new(Mutex::new(to)), Arc::new(Watched::new(child)));
    let name = format!("wasock-process-{}", index + 1);
    let (slot, decoder) = (shared.run.samples.slot(), Decoder::default());
    let listener = Listener { index, slot, decoder, shared, process: process.clone() };
    let (greeting, greeted) = (greeting.clone(), to.clone());
    thread::Builder::new().name(name).spawn(move || {
        listener.greet(&greeting, greeted);
        listener.listen(from);
    })?;
    Ok((to, process))
}

/// Ctrl-C goes to the whole alone, which tells the parts what to do.
fn by_itself(command: &mut Command) {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    }
}

impl Shared {
    /// What the parts are doing, when it is as it has to be.
    async fn until(&self, is: impl FnMut(&Vec<State>) -> bool) -> Vec<State> {
        let mut states = self.states.subscribe();
        let states = states.wait_for(is).await.map(|states| states.clone());
        // The sender is here, so waiting cannot fail.
        states.unwrap_or_default()
    }

    fn stands(&self, change: impl FnOnce(&mut Vec<Standing>)) {
        let mut standings = self.standings.lock();
        change(&mut standings);
        Standing::show(&standings, &self.run, &self.progress);
    }
}

/// What listens to one part.
struct Listener {
    index: usize,
    slot: Slot,
    decoder: Decoder,
    shared: Arc<Shared>,
    process: Arc<Watched>,
}

impl Listener {
    /// Tells the part what comes first. One that takes none of it is given up, as one that says nothing.
    fn greet(&self, greeting: &ToPart, to: Pipe) {
        let write = || message::write(greeting, &mut Vec::new(), &mut *to.lock());
        // Who listens to it will find its end.
        let _ = self.process.awaiting(write);
    }

    /// Takes what the part tells, until it has ended.
    fn listen(mut self, from: ChildStdout) {
        let (mut room, mut from) = (Vec::new(), self.process.ear(from));
        let problem = loop {
            match message::read(&mut room, &mut from) {
                Ok(Some(message)) => self.hear(message),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        if problem.is_some() {
            // It says what nobody understands.
            self.process.kill();
        }
        let status = self.process.wait();
        let is_dismissed = self.shared.dismissed.load(Ordering::Relaxed);
        if is_dismissed || self.shared.states.borrow()[self.index].is_end() {
            return;
        }
        let how = match (problem, status) {
            _ if self.process.is_given_up() => {
                format!("nothing came from it for {} s", TICK.as_secs() * u64::from(PATIENCE))
            }
            (Some(problem), _) | (None, Err(problem)) => problem.to_string(),
            (None, Ok(status)) => status.to_string(),
        };
        self.lose(&how);
    }

    fn hear(&mut self, message: FromPart) {
        let Shared { run, .. } = &*self.shared;
        match message {
            FromPart::Alive => {}
            FromPart::Ready => self.enter(State::Ready),
            FromPart::Standing(standing) => {
                self.shared.stands(|standings| standings[self.index] = standing);
            }
            FromPart::Samples(batch) => {
                let push = |sample| run.samples.push(self.slot, sample);
                if let Err(error) = self.decoder.decode(batch, &run.registry, push) {
                    say(&run.log, Level::Error, error.to_string());
                }
            }
            FromPart::Line(line) => run.log.line(line),
            FromPart::Stopping(reason) => run.stop.stop(reason),
            FromPart::Failed(failure) => self.enter(State::Failed(failure)),
            FromPart::Done { failure } => {
                if let Some(message) = failure {
                    run.stop.fail(message);
                }
                self.enter(State::Done);
            }
        }
    }

    fn lose(&self, how: &str) {
        let Self { index, shared, .. } = self;
        let of = shared.states.borrow().len();
        let mut gone = (0, 0);
        shared.stands(|standings| gone = standings[*index].lose());
        let (users, sockets) = gone;
        let text = format!(
            "process {} of {of} ended before its time ({how}); its virtual users are gone, {users} at work with \
             {sockets} open connections, and what they had measured counts",
            index + 1
        );
        say(&shared.run.log, Level::Error, text);
        self.enter(State::Lost);
    }

    fn enter(&self, state: State) {
        self.shared.states.send_modify(|states| states[self.index] = state);
    }
}
