//! What becomes of outputs that are slow, fail, panic or do not end.

use std::io;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::feeder::Feeders;
use super::{Output, OutputError, QUEUE_BYTES, QUEUE_ROOM};
use crate::log::{Level, Line, Log, SharedLog};
use crate::metrics::{Builtin, Registry, Sample, Tags};
use crate::thresholds::Thresholds;

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
    let warning = "the output scripted is too slow for this load: 1000000 samples wait for it (54MiB), \
                   and those that come until it has caught up are left out";
    assert_eq!(*lines.0.lock(), [(Level::Warn, warning.to_owned())]);
    drop(slow_tell);
    assert_eq!(feeders.finish(), ["the output scripted lacks up to 500000 samples"]);
    assert_eq!(slow_gets.iter().sum::<usize>(), 9 * EACH);
}

#[test]
fn samples_that_have_tags_of_their_own_count_by_their_bytes() {
    const LENGTH: usize = 1 << 20;
    let (slow, (slow_gets, slow_tell)) = scripted();
    let (feeders, lines) = start(vec![slow]);
    let tagged = |number: usize| {
        let mut samples = samples(1);
        // What one set of tags may have is less; it counts here as it is.
        samples[0].metadata =
            Some((0..64).map(|n| (format!("{n}-{number}"), "x".repeat(200))).collect());
        samples
    };
    let [one] = &tagged(1_000_000)[..] else { panic!("it is one") };
    let each =
        size_of::<Sample>() + one.tags.bytes() + one.metadata.as_ref().map_or(0, Tags::bytes);
    let fitting = QUEUE_BYTES / each;
    for number in 0..fitting + LENGTH.div_ceil(each) {
        feeders.offer(tagged(1_000_000 + number));
    }
    drop(slow_tell);
    let lost = LENGTH.div_ceil(each);
    assert_eq!(feeders.finish(), [format!("the output scripted lacks up to {lost} samples")]);
    assert_eq!(slow_gets.iter().sum::<usize>(), fitting);
    let lines = lines.0.lock();
    assert!(lines[0].1.contains(&format!("{fitting} samples wait for it (256MiB)")), "{lines:?}");
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
