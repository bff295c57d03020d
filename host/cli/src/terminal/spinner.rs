//! What takes time before a run: the script is compiled.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use wasock_script::Stage;
use wasock_script::shown::one_line;

use super::Screen;
use super::screen::Stream;

/// How often the spinner moves: fast enough for ten pictures to look like one movement.
const TICK: Duration = Duration::from_millis(80);

/// How it looks, one tick after the other.
const FORMS: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Says on standard error that a script is being compiled, if it is. Clones are the same spinner.
#[derive(Clone)]
pub struct Spinner {
    name: String,
    screen: Arc<Screen>,
    form: Form,
}

#[derive(Clone)]
enum Form {
    Silent,
    /// Says it once.
    Line,
    Turning(Arc<Turning>),
}

#[derive(Default)]
struct Turning {
    text: Mutex<String>,
    /// Its end ends the thread that turns it.
    thread: Mutex<Option<(mpsc::Sender<()>, thread::JoinHandle<()>)>>,
}

impl Spinner {
    /// A spinner for the script `name`; it does not show yet.
    pub fn new(name: &str, quiet: bool, screen: &Arc<Screen>) -> Self {
        let form = match (quiet, screen.stderr_is_terminal) {
            (true, _) => Form::Silent,
            (false, false) => Form::Line,
            (false, true) => Form::Turning(Arc::default()),
        };
        Self { name: one_line(name).into_owned(), screen: screen.clone(), form }
    }

    /// Says what is being done.
    pub fn stage(&mut self, stage: Stage) {
        let name = &self.name;
        match &self.form {
            Form::Turning(turning) => {
                *turning.text.lock() = match stage {
                    Stage::Loading => format!("loading {name} …"),
                    Stage::Snapshotting => format!("compiling {name} …"),
                    Stage::Compiling => format!("compiling {name} to machine code …"),
                };
                turning.clone().start(self.screen.clone());
            }
            // Loading takes next to no time, or ends with an error.
            Form::Line if stage != Stage::Loading => {
                self.screen.err(format!("compiling {name} …\n"));
                self.form = Form::Silent;
            }
            Form::Line | Form::Silent => {}
        }
    }

    /// Removes it from the terminal.
    pub fn clear(&self) {
        if let Form::Turning(turning) = &self.form
            && let Some((end, thread)) = turning.thread.lock().take()
        {
            drop(end);
            // It has nothing left to draw.
            let _ = thread.join();
            self.screen.clear();
        }
    }
}

impl Turning {
    fn start(self: Arc<Self>, screen: Arc<Screen>) {
        let mut thread = self.thread.lock();
        if thread.is_some() {
            return;
        }
        let (end, ended) = mpsc::channel::<()>();
        let turning = self.clone();
        let turn = move || {
            for form in FORMS.into_iter().cycle() {
                let columns = screen.space(Stream::Err).map_or(0, |space| space.columns);
                let text = format!("{form} {}", turning.text.lock());
                screen.draw(Stream::Err, &[text.chars().take(columns).collect()]);
                if ended.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        // Without a thread to spare the script is compiled all the same.
        let spawned = thread::Builder::new().name("wasock-spinner".to_owned()).spawn(turn);
        *thread = spawned.ok().map(|handle| (end, handle));
    }
}
