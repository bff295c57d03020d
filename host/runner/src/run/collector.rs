//! Adds samples up and hands them to outputs, on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::context::{RunContext, StopReason};
use crate::log::{Level, say};
use crate::metrics::{Aggregator, FURTHER_CHECKS, MAX_CHECKS, MAX_GROUPS};
use crate::outputs::{Feeders, Output};
use crate::thresholds::{EVALUATION_PERIOD, Thresholds};

/// How often samples are fetched: often enough that outputs show a run as it goes.
const PERIOD: Duration = Duration::from_millis(100);

/// Collects samples until it is told to finish.
pub(super) struct Collector {
    run: Arc<RunContext>,
    finishing: Arc<AtomicBool>,
    thread: JoinHandle<Aggregator>,
    feeders: Arc<Feeders>,
}

/// What was collected.
pub(super) struct Collected {
    /// The sums.
    pub(super) results: Aggregator,
    /// What outputs have lost, as sentences.
    pub(super) losses: Vec<String>,
}

impl Collector {
    /// Starts to collect.
    pub(super) fn start(
        run: Arc<RunContext>,
        thresholds: Thresholds,
        details: bool,
        outputs: Vec<Box<dyn Output>>,
    ) -> std::io::Result<Self> {
        let feeders = Feeders::start(outputs, &run.registry, &thresholds, &run.log)?;
        let feeders = Arc::new(feeders);
        let finishing = Arc::new(AtomicBool::new(false));
        let mut work = Work::new(run.clone(), thresholds, details, feeders.clone());
        let thread = thread::Builder::new().name("wasock-samples".to_owned()).spawn({
            let finishing = finishing.clone();
            move || {
                let run = work.run.clone();
                let _collecting = run.samples.collecting();
                while !finishing.load(Ordering::Acquire) {
                    run.samples.wait(PERIOD);
                    work.collect();
                    work.evaluate();
                }
                work.collect();
                work.results
            }
        })?;
        Ok(Self { run, finishing, thread, feeders })
    }

    /// Collects what there still is, closes the outputs, and returns the sums. It blocks, for as long as
    /// outputs may take to finish.
    pub(super) fn finish(self) -> thread::Result<Collected> {
        self.finishing.store(true, Ordering::Release);
        self.run.samples.ring();
        let results = self.thread.join()?;
        Ok(Collected { results, losses: self.feeders.finish() })
    }
}

struct Work {
    run: Arc<RunContext>,
    thresholds: Thresholds,
    results: Aggregator,
    feeders: Arc<Feeders>,
    evaluated: Instant,
    /// Whether the user knows that there are too many groups or checks.
    warned: bool,
}

impl Work {
    fn new(
        run: Arc<RunContext>,
        thresholds: Thresholds,
        details: bool,
        feeders: Arc<Feeders>,
    ) -> Self {
        let mut results = thresholds.aggregator(run.registry.clone());
        if details {
            results = results.with_details();
        }
        Self { run, thresholds, results, feeders, evaluated: Instant::now(), warned: false }
    }

    fn collect(&mut self) {
        let samples = self.run.samples.take();
        self.results.add(&samples);
        self.feeders.offer(samples);
        if !self.warned && self.results.has_further_groups_or_checks() {
            self.warned = true;
            let text = format!(
                "the results keep {MAX_CHECKS} checks and {MAX_GROUPS} groups apart, and this test has \
                 more: further checks count as \"{FURTHER_CHECKS}\", further groups for the group \
                 around them; data belongs into tags rather than into names"
            );
            say(&self.run.log, Level::Warn, text);
        }
    }

    fn evaluate(&mut self) {
        if self.thresholds.is_empty() || self.evaluated.elapsed() < EVALUATION_PERIOD {
            return;
        }
        self.evaluated = Instant::now();
        let evaluation = self.thresholds.evaluate(&self.results, self.run.elapsed());
        if let Some(message) = evaluation.abort_message() {
            self.run.stop.stop(StopReason::Threshold(message));
        }
    }
}
