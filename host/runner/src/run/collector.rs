//! Adds samples up and hands them to outputs, on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::live::{LiveResults, Look};
use crate::context::{RunContext, StopReason};
use crate::control::Control;
use crate::limits::Stopped;
use crate::log::{Level, say};
use crate::metrics::{Aggregator, FURTHER_CHECKS, MAX_CHECKS, MAX_GROUPS, Refused, Sample};
use crate::options::Scenario;
use crate::outputs::{Feeders, Output, complain};
use crate::thresholds::{EVALUATION_PERIOD, Thresholds};

/// How often samples are fetched: often enough that outputs show a run as it goes.
const PERIOD: Duration = Duration::from_millis(100);

/// Collects samples until it is told to finish.
pub(super) struct Collector {
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

/// Who gets what is collected.
pub(super) struct Takers {
    /// They have threads of their own.
    pub(super) outputs: Vec<Box<dyn Output>>,
    /// They see the sums too, on the thread that adds samples up.
    pub(super) watchers: Vec<Box<dyn Output>>,
}

impl Collector {
    /// Starts to collect.
    pub(super) fn start(
        run: Arc<RunContext>,
        control: Arc<Control>,
        thresholds: Thresholds,
        details: Option<&[Scenario]>,
        takers: Takers,
    ) -> std::io::Result<Self> {
        let Takers { outputs, watchers } = takers;
        let feeders = Feeders::start(outputs, &run.registry, &thresholds, &run.log)?;
        let feeders = Arc::new(feeders);
        let finishing = Arc::new(AtomicBool::new(false));
        let mut results = thresholds.aggregator(run.registry.clone());
        if let Some(scenarios) = details {
            results = results.with_details(scenarios.iter().map(|scenario| &*scenario.name));
        }
        let (asks, asked) = mpsc::channel();
        control.live().open(asks);
        let work = Work {
            run,
            control,
            thresholds,
            results,
            feeders: feeders.clone(),
            watchers,
            asked,
            evaluated: Instant::now(),
            refused: Refused::default(),
        };
        let thread = thread::Builder::new().name("wasock-samples".to_owned()).spawn({
            let finishing = finishing.clone();
            move || work.until(&finishing)
        })?;
        Ok(Self { finishing, thread, feeders })
    }

    /// Collects what there still is, closes the outputs, and returns the sums. It blocks, for as long as
    /// outputs may take to finish.
    pub(super) fn finish(self) -> thread::Result<Collected> {
        self.finishing.store(true, Ordering::Release);
        self.thread.thread().unpark();
        let results = self.thread.join()?;
        Ok(Collected { results, losses: self.feeders.finish() })
    }
}

struct Work {
    run: Arc<RunContext>,
    control: Arc<Control>,
    thresholds: Thresholds,
    results: Aggregator,
    feeders: Arc<Feeders>,
    /// One that fails is told about once and left out from then on.
    watchers: Vec<Box<dyn Output>>,
    asked: mpsc::Receiver<Look>,
    evaluated: Instant,
    /// What the results had no room for when that was last counted.
    refused: Refused,
}

impl Work {
    fn until(mut self, finishing: &AtomicBool) -> Aggregator {
        let run = self.run.clone();
        let collecting = run.samples.collecting();
        for watcher in &mut self.watchers {
            watcher.start(&self.thresholds);
        }
        while !finishing.load(Ordering::Acquire) {
            collecting.wait(PERIOD);
            self.collect();
            self.show();
            self.evaluate();
        }
        self.collect();
        self.show();
        for mut watcher in self.watchers {
            if let Err(error) = watcher.finish() {
                complain(&run.log, &error);
            }
        }
        self.results
    }

    fn collect(&mut self) {
        let samples = self.run.samples.take();
        self.results.add(&samples);
        self.watch(&samples);
        self.feeders.offer(samples);
        self.count_refused();
    }

    fn count_refused(&mut self) {
        let now = self.results.refused();
        let before = std::mem::replace(&mut self.refused, now);
        let stops = &self.run.stops;
        stops.count_many(Stopped::Checks, now.checks - before.checks);
        stops.count_many(Stopped::Groups, now.groups - before.groups);
        stops.count_many(Stopped::Details, now.details - before.details);
        if before == Refused::default() && now != before {
            let text = format!(
                "the results keep {MAX_CHECKS} checks and {MAX_GROUPS} groups apart, and this test has \
                 more: further checks count as \"{FURTHER_CHECKS}\", further groups for the group \
                 around them; data belongs into tags rather than into names"
            );
            say(&self.run.log, Level::Warn, text);
        }
    }

    fn watch(&mut self, samples: &[Sample]) {
        if samples.is_empty() {
            return;
        }
        let run = &self.run;
        self.watchers.retain_mut(|watcher| match watcher.write(&run.registry, samples) {
            Ok(()) => true,
            Err(error) => {
                complain(&run.log, &error);
                false
            }
        });
    }

    /// Shows the sums to who watches, and to who has asked.
    fn show(&mut self) {
        let elapsed = self.run.elapsed();
        for watcher in &mut self.watchers {
            watcher.look(&self.results, &self.thresholds, elapsed);
        }
        while let Ok(look) = self.asked.try_recv() {
            let evaluation = self.thresholds.evaluate(&self.results, elapsed);
            look(&LiveResults { samples: &self.results, thresholds: &evaluation, elapsed });
        }
    }

    fn evaluate(&mut self) {
        if self.thresholds.is_empty() || self.evaluated.elapsed() < EVALUATION_PERIOD {
            return;
        }
        self.evaluated = Instant::now();
        let evaluation = self.thresholds.evaluate(&self.results, self.run.elapsed());
        self.control.live().evaluated(&evaluation);
        if let Some(message) = evaluation.abort_message() {
            self.run.stop.stop(StopReason::Threshold(message));
        }
    }
}
