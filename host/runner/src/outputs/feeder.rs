//! Brings samples to outputs: each has a thread and a bounded queue, so that none holds up the run or another.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use wasock_sockets::chain;

use super::{Output, OutputError};
use crate::limits::shown_bytes;
use crate::log::{Level, SharedLog, say};
use crate::metrics::{Registry, Sample, Tags};
use crate::thresholds::Thresholds;

/// How many samples wait for one output. The samples are shared by all outputs, and a million of them are some
/// 60 MB: enough to bridge seconds in which a disk or a server does not answer, whatever the load.
pub const QUEUE_ROOM: usize = 1_000_000;

/// How many bytes the samples have that wait for one output, with their tags: what a million samples have if they share
/// few sets of tags, several times over. A script can give each sample tags of its own, of 16 KiB.
pub const QUEUE_BYTES: usize = 256 << 20;

/// How long outputs have, all at once, to write what they hold when the run is over: a request that is under way
/// may take five seconds until it fails, and then the rest has to go. After Ctrl-C people wait for it.
pub const FINISH_TIME: Duration = Duration::from_secs(12);

/// How long an output that has no samples waits until it may do something else: as often as samples are fetched.
const TICK: Duration = Duration::from_millis(100);

/// A number of samples that belong to all outputs.
type Batch = Arc<Samples>;

struct Samples {
    samples: Vec<Sample>,
    /// How much memory they take.
    bytes: usize,
}

impl Samples {
    fn new(samples: Vec<Sample>) -> Self {
        let mut seen = HashSet::new();
        let mut bytes_of = |tags: &Tags, last: &mut usize| {
            // Samples that come one after the other often have the same tags.
            let address = tags.address();
            let is_new = std::mem::replace(last, address) != address && seen.insert(address);
            if is_new { tags.bytes() } else { 0 }
        };
        let mut bytes = samples.len() * size_of::<Sample>();
        let (mut tags, mut metadata) = (0, 0);
        for sample in &samples {
            bytes += bytes_of(&sample.tags, &mut tags);
            bytes += sample.metadata.as_ref().map_or(0, |own| bytes_of(own, &mut metadata));
        }
        Self { samples, bytes }
    }
}

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
    /// The bytes of these samples.
    bytes: usize,
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
        self.bytes = 0;
    }

    /// Whether there is room for more. One batch alone always has some.
    fn has_room_for(&self, batch: &Samples) -> bool {
        let fits = |queued: usize, more: usize, room: usize| queued + more <= room;
        self.queued == 0
            || fits(self.queued, batch.samples.len(), QUEUE_ROOM)
                && fits(self.bytes, batch.bytes, QUEUE_BYTES)
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
        let batch = Arc::new(Samples::new(samples));
        for feeder in &self.feeders {
            if let Some((waiting, bytes)) = feeder.shared.offer(&batch) {
                let text = format!(
                    "the output {} is too slow for this load: {waiting} samples wait for it ({}), \
                     and those that come until it has caught up are left out",
                    feeder.description,
                    shown_bytes((bytes as u64).next_multiple_of(1 << 20))
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
    /// Puts a batch into the queue, or leaves it out. If that happens for the first time, it returns how many samples
    /// wait, and their bytes.
    fn offer(&self, batch: &Batch) -> Option<(usize, usize)> {
        let mut state = self.state.lock();
        let samples = batch.samples.len();
        if state.failed {
            state.lost += samples as u64;
            return None;
        }
        if !state.has_room_for(batch) {
            state.lost += samples as u64;
            let is_first = !std::mem::replace(&mut state.overran, true);
            return is_first.then_some((state.queued, state.bytes));
        }
        state.queued += samples;
        state.bytes += batch.bytes;
        state.waiting.push_back(batch.clone());
        drop(state);
        self.changed.notify_all();
        None
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
    fn written(&self, batch: &Samples) {
        let mut state = self.state.lock();
        state.queued -= batch.samples.len();
        state.bytes -= batch.bytes;
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
                self.output.write(&self.registry, &batch.samples)?;
                self.shared.written(&batch);
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
