//! How a run goes: lines that are redrawn on a terminal, and repeated elsewhere.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wasock_runner::context::RunContext;
use wasock_runner::run::{Phase, Progress};

use super::Screen;
use super::frame::{self, Numbers, Space};
use super::screen::Stream;

/// How often a terminal is redrawn: often enough to look continuous, and a small cost for the processor.
const TERMINAL_PERIOD: Duration = Duration::from_millis(100);

/// How often the lines are repeated where there is no terminal: as often as k6 does, since each stays in the log.
const LINES_PERIOD: Duration = Duration::from_secs(1);

/// How long virtual users may take to be made before it is told: what takes less needs no explanation.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is shown.
#[derive(Clone)]
pub struct Watched {
    /// The stages and scenarios.
    pub progress: Arc<Progress>,
    /// The counters.
    pub run: Arc<RunContext>,
    /// How many virtual users are made before the run.
    pub vus: u32,
}

impl Watched {
    fn lines(&self, elapsed: Duration, space: Option<Space>, colours: bool) -> Vec<String> {
        let (view, counters) = (self.progress.view(), &self.run.counters);
        let numbers = Numbers {
            elapsed,
            active: counters.active(),
            vus: match view.phase {
                Phase::Initializing => self.vus,
                _ => counters.initialized(),
            },
            completed: counters.completed(),
            interrupted: counters.interrupted(),
        };
        frame::lines(&view, numbers, space, colours)
    }
}

/// Shows how a run goes, on a thread of its own, so that it goes on however busy the others are.
pub struct Display {
    watched: Watched,
    screen: Arc<Screen>,
    thread: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Display {
    /// Shows how the run goes until [`finish`](Self::finish).
    pub fn start(watched: Watched, screen: Arc<Screen>) -> Self {
        let (finish, finished) = mpsc::channel();
        let (run, shown) = (watched.clone(), screen.clone());
        let thread = thread::Builder::new()
            .name("wasock-progress".to_owned())
            .spawn(move || show(&run, &shown, &finished));
        // Without a thread to spare the run still goes on, unseen.
        let thread = thread.ok().map(|thread| (finish, thread));
        Self { watched, screen, thread }
    }

    /// Ends the show, and returns how the run went in the end, after this time.
    pub fn finish(mut self, elapsed: Duration) -> String {
        if let Some((finish, thread)) = self.thread.take() {
            drop(finish);
            // A thread that panicked has said so, and has nothing left to draw.
            let _ = thread.join();
        }
        // What stays may be longer than the terminal is high.
        let space = self.screen.space(Stream::Out).map(|space| Space { rows: usize::MAX, ..space });
        let lines = self.watched.lines(elapsed, space, self.screen.stdout_colours);
        format!("\n{}\n", lines.join("\n"))
    }
}

fn show(watched: &Watched, screen: &Screen, finished: &mpsc::Receiver<()>) {
    let started = Instant::now();
    let period = if screen.stdout_is_terminal { TERMINAL_PERIOD } else { LINES_PERIOD };
    while finished.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
        let phase = watched.progress.phase();
        // What waits for somebody outside does not change, and may wait for hours.
        let is_still = matches!(phase, Phase::Paused | Phase::Lingering);
        if phase == Phase::Initializing && started.elapsed() < PATIENCE
            || is_still && !screen.stdout_is_terminal
        {
            continue;
        }
        let space = screen.space(Stream::Out);
        let lines = watched.lines(watched.run.elapsed(), space, screen.stdout_colours);
        match space {
            Some(_) => screen.draw(Stream::Out, &lines),
            None => screen.out(lines.join("\n") + "\n\n"),
        }
    }
    screen.clear();
}
