//! Brings samples to outputs: each has a thread and a bounded queue, so that none holds up the run or another.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use wasock_sockets::chain;

use super::{Output, OutputError};
use crate::log::{Level, SharedLog, say};
use crate::metrics::{Registry, Sample};
use crate::thresholds::Thresholds;

/// How many samples wait for one output. The samples are shared by all outputs, and a million of them are some
/// 60 MB: enough to bridge seconds in which a disk or a server does not answer, whatever the load.
pub const QUEUE_ROOM: usize = 1_000_000;

/// How long outputs have, all at once, to write what they hold when the run is over: a request that is under way
/// may take five seconds until it fails, and then the rest has to go. After Ctrl-C people wait for it.
pub const FINISH_TIME: Duration = Duration::from_secs(12);

/// How long an output that has no samples waits until it may do something else.
const TICK: Duration = Duration::from_millis(100);

/// A number of samples that belong to all outputs.
type Batch = Arc<Vec<Sample>>;

/// The outputs of a run.
pub(crate) struct Feeders {
    feeders: Vec<Feeder>,
    log: SharedLog,
}

/// One output.
struct Feeder {
    description: String,
    shared: Arc<Shared>,
}

/// What an output's thread and the rest have in common.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Batch>,
    /// Samples that wait or are being written.
    queued: usize,
    /// Samples that will not be written.
    lost: u64,
    /// Whether samples were left out because the queue was full.
    overran: bool,
    /// Whether the output takes no more.
    failed: bool,
    /// Whether there will be no more samples.
    finishing: bool,
    /// Whether the output is done.
    done: bool,
}

impl State {
    /// The output takes no more: what waits is lost, and what comes will be.
    fn fail(&mut self) {
        self.failed = true;
        self.waiting.clear();
        self.lost += std::mem::take(&mut self.queued) as u64;
    }
}

impl Feeders {
    /// Starts the thread of each output.
    ///
    /// # Errors
    ///
    /// The system has no room for another thread.
    pub(crate) fn start(
        outputs: Vec<Box<dyn Output>>,
        registry: &Arc<Registry>,
        thresholds: &Thresholds,
        log: &SharedLog,
    ) -> std::io::Result<Self> {
        let start = |output: Box<dyn Output>| {
            let description = output.description();
            let shared = Arc::new(Shared::default());
            let work = Work {
                output,
                registry: registry.clone(),
                log: log.clone(),
                shared: shared.clone(),
            };
            let thresholds = thresholds.clone();
            let thread = thread::Builder::new().name("wasock-output".to_owned());
            thread.spawn(move || work.run(&thresholds))?;
            Ok(Feeder { description, shared })
        };
        let feeders = outputs.into_iter().map(start).collect::<std::io::Result<_>>()?;
        Ok(Self { feeders, log: log.clone() })
    }

    /// Gives samples to all outputs. It does not wait for any.
    pub(crate) fn offer(&self, samples: Vec<Sample>) {
        if self.feeders.is_empty() || samples.is_empty() {
            return;
        }
        let batch = Arc::new(samples);
        for feeder in &self.feeders {
            if feeder.shared.offer(&batch) {
                let text = format!(
                    "the output {} is too slow for this load: {QUEUE_ROOM} samples wait for it, \
                     and those that come until it has caught up are left out",
                    feeder.description
                );
                say(&self.log, Level::Warn, text);
            }
        }
    }

    /// Lets all outputs write what they hold, and waits until they have, or [`FINISH_TIME`] has passed.
    /// Returns what has to be said about it.
    pub(crate) fn finish(&self) -> Vec<String> {
        self.finish_by(Instant::now() + FINISH_TIME)
    }

    /// The same with the time at which waiting ends.
    pub(super) fn finish_by(&self, deadline: Instant) -> Vec<String> {
        for feeder in &self.feeders {
            feeder.shared.state.lock().finishing = true;
            feeder.shared.changed.notify_all();
        }
        self.feeders.iter().filter_map(|feeder| feeder.wait(deadline)).collect()
    }
}

impl Feeder {
    /// Waits until the output is done. Returns what it has lost.
    fn wait(&self, deadline: Instant) -> Option<String> {
        let mut state = self.shared.state.lock();
        while !state.done && !self.shared.changed.wait_until(&mut state, deadline).timed_out() {}
        let lost = state.lost + state.queued as u64;
        let description = &self.description;
        if !state.done {
            let limit = FINISH_TIME.as_secs();
            return Some(format!(
                "the output {description} was not done {limit} s after the run and is left behind; \
                 {} waited for it",
                count(lost)
            ));
        }
        (lost > 0).then(|| format!("the output {description} lacks up to {}", count(lost)))
    }
}

fn count(samples: u64) -> String {
    if samples == 1 { "1 sample".to_owned() } else { format!("{samples} samples") }
}

impl Shared {
    /// Puts a batch into the queue, or leaves it out. True if that happens for the first time.
    fn offer(&self, batch: &Batch) -> bool {
        let mut state = self.state.lock();
        if state.failed {
            state.lost += batch.len() as u64;
            return false;
        }
        if state.queued > 0 && state.queued + batch.len() > QUEUE_ROOM {
            state.lost += batch.len() as u64;
            return !std::mem::replace(&mut state.overran, true);
        }
        state.queued += batch.len();
        state.waiting.push_back(batch.clone());
        drop(state);
        self.changed.notify_all();
        false
    }

    /// The next batch; none if there is nothing for a while. False if there will be no more.
    fn next(&self) -> (Option<Batch>, bool) {
        let mut state = self.state.lock();
        if state.waiting.is_empty() && !state.finishing {
            // Whether the time is over makes no difference.
            let _ = self.changed.wait_for(&mut state, TICK);
        }
        let batch = state.waiting.pop_front();
        let goes_on = batch.is_some() || !state.finishing;
        (batch, goes_on)
    }

    /// The samples of a batch are out of the queue.
    fn written(&self, samples: usize) {
        self.state.lock().queued -= samples;
    }
}

/// What runs on the thread of an output.
struct Work {
    output: Box<dyn Output>,
    registry: Arc<Registry>,
    log: SharedLog,
    shared: Arc<Shared>,
}

impl Work {
    fn run(mut self, thresholds: &Thresholds) {
        // Also when the output panics: nobody waits for it then.
        let _done = Done(self.shared.clone());
        self.output.log_to(self.log.clone());
        self.output.start(thresholds);
        let outcome = self.feed();
        if let Err(error) = outcome {
            self.fail(&error);
        } else if let Err(error) = self.output.finish() {
            say(&self.log, Level::Error, chain(&error));
        }
        self.shared.state.lock().lost += self.output.lost();
    }

    fn feed(&mut self) -> Result<(), OutputError> {
        loop {
            let (batch, goes_on) = self.shared.next();
            if let Some(batch) = batch {
                self.output.write(&self.registry, &batch)?;
                self.shared.written(batch.len());
            }
            if !goes_on {
                return Ok(());
            }
            self.output.tick()?;
        }
    }

    fn fail(&self, error: &OutputError) {
        self.shared.state.lock().fail();
        complain(&self.log, error);
    }
}

/// Tells that the thread of an output has ended.
struct Done(Arc<Shared>);

impl Drop for Done {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.done = true;
        // Something is left from a panic.
        state.fail();
        drop(state);
        self.0.changed.notify_all();
    }
}

/// Tells that an output has failed.
pub(crate) fn complain(log: &SharedLog, error: &OutputError) {
    say(log, Level::Error, format!("{}; this output gets no more samples", chain(error)));
}
