//! Brings samples to outputs: each has a thread and a bounded queue, so that none holds up the run or another.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

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

    fn finish_by(&self, deadline: Instant) -> Vec<String> {
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

    /// The output takes no more: what waits is lost, and what comes will be.
    fn fail(&self, error: &OutputError) {
        let mut state = self.shared.state.lock();
        state.failed = true;
        state.waiting.clear();
        state.lost += std::mem::take(&mut state.queued) as u64;
        drop(state);
        say(&self.log, Level::Error, format!("{}; this output gets no more samples", chain(error)));
    }
}

/// Tells that the thread of an output has ended.
struct Done(Arc<Shared>);

impl Drop for Done {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.done = true;
        // Left from a panic.
        state.failed = true;
        state.waiting.clear();
        state.lost += std::mem::take(&mut state.queued) as u64;
        drop(state);
        self.0.changed.notify_all();
    }
}

/// An error and what lies behind it, each after a colon.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc;

    use super::*;
    use crate::log::{Line, Log};
    use crate::metrics::{Builtin, Tags};

    /// Far more than any of this takes.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[derive(Default)]
    struct Lines(Mutex<Vec<(Level, String)>>);

    impl Log for Lines {
        fn line(&self, line: Line) {
            self.0.lock().push((line.level, line.message));
        }
    }

    /// An output that tells what it gets, and does what it is told when it gets it.
    struct Scripted {
        got: mpsc::Sender<usize>,
        then: mpsc::Receiver<Result<(), OutputError>>,
    }

    impl Output for Scripted {
        fn description(&self) -> String {
            "scripted".to_owned()
        }

        fn write(&mut self, _: &Registry, samples: &[Sample]) -> Result<(), OutputError> {
            // A test that has seen enough may be gone.
            let _ = self.got.send(samples.len());
            self.then.recv().unwrap_or(Ok(()))
        }

        fn finish(&mut self) -> Result<(), OutputError> {
            Ok(())
        }
    }

    type Script = (mpsc::Receiver<usize>, mpsc::Sender<Result<(), OutputError>>);

    fn scripted() -> (Box<dyn Output>, Script) {
        let (got, gets) = mpsc::channel();
        let (tell, then) = mpsc::channel();
        (Box::new(Scripted { got, then }), (gets, tell))
    }

    fn start(outputs: Vec<Box<dyn Output>>) -> (Feeders, Arc<Lines>) {
        let lines = Arc::new(Lines::default());
        let log: SharedLog = lines.clone();
        let registry = Arc::new(Registry::new());
        (Feeders::start(outputs, &registry, &Thresholds::default(), &log).unwrap(), lines)
    }

    fn samples(count: usize) -> Vec<Sample> {
        let metric = Builtin::Iterations.id();
        vec![Sample { metric, value: 1.0, time: 0, tags: Tags::empty(), metadata: None }; count]
    }

    fn full() -> OutputError {
        let source = io::ErrorKind::StorageFull.into();
        OutputError::Write { output: "scripted".to_owned(), source }
    }

    #[test]
    fn every_output_gets_every_sample() {
        let (first, (first_gets, first_tell)) = scripted();
        let (second, (second_gets, second_tell)) = scripted();
        let (feeders, lines) = start(vec![first, second]);
        drop((first_tell, second_tell));
        for batch in 1..=100 {
            feeders.offer(samples(batch));
        }
        assert_eq!(feeders.finish(), [""; 0]);
        assert_eq!(first_gets.iter().sum::<usize>(), 5_050);
        assert_eq!(second_gets.iter().sum::<usize>(), 5_050);
        assert_eq!(*lines.0.lock(), []);
    }

    #[test]
    fn an_output_that_does_not_go_on_loses_what_its_queue_cannot_hold_and_hinders_no_other() {
        const EACH: usize = QUEUE_ROOM / 10;
        let (slow, (slow_gets, slow_tell)) = scripted();
        let (fast, (fast_gets, fast_tell)) = scripted();
        let (feeders, lines) = start(vec![slow, fast]);
        drop(fast_tell);
        for _ in 0..15 {
            feeders.offer(samples(EACH));
            assert_eq!(fast_gets.recv_timeout(PATIENCE), Ok(EACH));
        }
        assert_eq!(slow_gets.recv_timeout(PATIENCE), Ok(EACH));
        let warning = "the output scripted is too slow for this load: 1000000 samples wait for it, \
                       and those that come until it has caught up are left out";
        assert_eq!(*lines.0.lock(), [(Level::Warn, warning.to_owned())]);
        drop(slow_tell);
        assert_eq!(feeders.finish(), ["the output scripted lacks up to 500000 samples"]);
        assert_eq!(slow_gets.iter().sum::<usize>(), 9 * EACH);
    }

    #[test]
    fn an_output_that_fails_is_told_once_and_gets_nothing_more() {
        let (output, (gets, tell)) = scripted();
        let (feeders, lines) = start(vec![output]);
        tell.send(Ok(())).unwrap();
        tell.send(Err(full())).unwrap();
        feeders.offer(samples(1));
        assert_eq!(gets.recv_timeout(PATIENCE), Ok(1));
        feeders.offer(samples(2));
        assert_eq!(gets.recv_timeout(PATIENCE), Ok(2));
        // The thread ends, and with it the sender.
        assert_eq!(gets.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Disconnected));
        feeders.offer(samples(4));
        assert_eq!(feeders.finish(), ["the output scripted lacks up to 6 samples"]);
        let message = "the output scripted could not be written: no storage space; \
                       this output gets no more samples";
        assert_eq!(*lines.0.lock(), [(Level::Error, message.to_owned())]);
    }

    #[test]
    fn an_output_that_does_not_end_is_left_behind() {
        let (stuck, (gets, _tell)) = scripted();
        let (good, (_, good_tell)) = scripted();
        let (feeders, _) = start(vec![stuck, good]);
        drop(good_tell);
        feeders.offer(samples(3));
        assert_eq!(gets.recv_timeout(PATIENCE), Ok(3));
        feeders.offer(samples(1));
        let said = feeders.finish_by(Instant::now());
        let left = "the output scripted was not done 12 s after the run and is left behind; \
                    4 samples waited for it";
        assert_eq!(said.first().map(String::as_str), Some(left));
    }

    #[test]
    fn an_output_that_panics_hinders_nobody() {
        struct Broken;
        impl Output for Broken {
            fn description(&self) -> String {
                "broken".to_owned()
            }
            fn write(&mut self, _: &Registry, _: &[Sample]) -> Result<(), OutputError> {
                panic!("as the test wants it")
            }
            fn finish(&mut self) -> Result<(), OutputError> {
                Ok(())
            }
        }
        let (feeders, _) = start(vec![Box::new(Broken)]);
        feeders.offer(samples(1));
        assert_eq!(feeders.finish(), ["the output broken lacks up to 1 sample"]);
    }

    #[test]
    fn an_output_may_do_what_is_due_without_samples() {
        struct Ticking(mpsc::Sender<()>);
        impl Output for Ticking {
            fn description(&self) -> String {
                "ticking".to_owned()
            }
            fn write(&mut self, _: &Registry, _: &[Sample]) -> Result<(), OutputError> {
                Ok(())
            }
            fn tick(&mut self) -> Result<(), OutputError> {
                // The test listens to the first two.
                let _ = self.0.send(());
                Ok(())
            }
            fn finish(&mut self) -> Result<(), OutputError> {
                Ok(())
            }
        }
        let (sender, ticks) = mpsc::channel();
        let (feeders, _) = start(vec![Box::new(Ticking(sender))]);
        assert_eq!(ticks.recv_timeout(PATIENCE), Ok(()));
        assert_eq!(ticks.recv_timeout(PATIENCE), Ok(()));
        assert_eq!(feeders.finish(), [""; 0]);
    }
}
