//! Adds samples up and hands them to outputs, on a thread of its own: outputs may block.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::live::{Ask, LiveResults, Look};
use crate::context::{RunContext, StopReason};
use crate::control::Control;
use crate::log::{Level, say};
use crate::metrics::Aggregator;
use crate::outputs::Output;
use crate::thresholds::{EVALUATION_PERIOD, Thresholds};

/// How often samples are fetched: often enough that outputs show a run as it goes.
const PERIOD: Duration = Duration::from_millis(100);

/// Collects samples until it is told to finish.
pub(super) struct Collector {
    asks: mpsc::Sender<Ask>,
    thread: JoinHandle<Aggregator>,
}

impl Collector {
    /// Starts to collect.
    pub(super) fn start(
        run: Arc<RunContext>,
        control: Arc<Control>,
        thresholds: Thresholds,
        details: bool,
        outputs: Vec<Box<dyn Output>>,
    ) -> std::io::Result<Self> {
        let (asks, asked) = mpsc::channel();
        control.live().open(asks.clone());
        let mut work = Work::new(run, control, thresholds, details, outputs);
        let thread = thread::Builder::new().name("wasock-samples".to_owned()).spawn(move || {
            work.collect_until_finished(&asked);
            work.close()
        })?;
        Ok(Self { asks, thread })
    }

    /// Collects what there still is, closes the outputs, and returns the sums. It blocks.
    pub(super) fn finish(self) -> thread::Result<Aggregator> {
        // A thread that is gone has panicked, which joining it tells.
        let _ = self.asks.send(Ask::Finish);
        self.thread.join()
    }
}

struct Work {
    run: Arc<RunContext>,
    control: Arc<Control>,
    thresholds: Thresholds,
    results: Aggregator,
    /// An output that fails is told about once and left out from then on.
    outputs: Vec<Box<dyn Output>>,
    evaluated: Instant,
}

impl Work {
    fn new(
        run: Arc<RunContext>,
        control: Arc<Control>,
        thresholds: Thresholds,
        details: bool,
        mut outputs: Vec<Box<dyn Output>>,
    ) -> Self {
        let mut results = thresholds.aggregator(run.registry.clone());
        if details {
            results = results.with_details();
        }
        for output in &mut outputs {
            output.start(&thresholds);
        }
        Self { run, control, thresholds, results, outputs, evaluated: Instant::now() }
    }

    fn collect_until_finished(&mut self, asked: &Receiver<Ask>) {
        let mut due = Instant::now() + PERIOD;
        loop {
            let ask = asked.recv_timeout(due.saturating_duration_since(Instant::now()));
            self.collect();
            self.show_outputs();
            match ask {
                Ok(Ask::Look(look)) => self.show(look),
                Err(RecvTimeoutError::Timeout) => {
                    self.evaluate();
                    due = Instant::now() + PERIOD;
                }
                Ok(Ask::Finish) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn show(&self, look: Look) {
        let elapsed = self.run.elapsed();
        let evaluation = self.thresholds.evaluate(&self.results, elapsed);
        look(&LiveResults { samples: &self.results, thresholds: &evaluation, elapsed });
    }

    fn collect(&mut self) {
        let samples = self.run.samples.take();
        if samples.is_empty() {
            return;
        }
        self.results.add(&samples);
        let run = &self.run;
        self.outputs.retain_mut(|output| match output.write(&run.registry, &samples) {
            Ok(()) => true,
            Err(error) => {
                complain(run, &error);
                false
            }
        });
    }

    fn show_outputs(&mut self) {
        let elapsed = self.run.elapsed();
        for output in &mut self.outputs {
            output.look(&self.results, &self.thresholds, elapsed);
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

    fn close(mut self) -> Aggregator {
        for output in &mut self.outputs {
            if let Err(error) = output.finish() {
                complain(&self.run, &error);
            }
        }
        self.results
    }
}

fn complain(run: &RunContext, error: &dyn std::error::Error) {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    say(&run.log, Level::Error, format!("{text}; this output gets no more samples"));
}
