//! A rate, measured in a window of time in which everything is open and warm.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::subject::Subject;

/// How long a program may take until it does something.
const FIRST_SIGN: Duration = Duration::from_secs(60);

/// How often it is looked whether it does.
const GLANCE: Duration = Duration::from_millis(10);

/// What a subject did in a window.
#[derive(Clone, Copy)]
pub struct Measured {
    /// Of what is counted, how many in a second.
    pub per_second: f64,
    /// Time on a processor for each, in microseconds. It says more than the rate where a machine is shared.
    pub cpu_micros: f64,
    /// The part of the window in which the subject was on a processor; 1 is one core.
    pub busy: f64,
    /// The most memory that the process had, in KiB.
    pub peak: u64,
}

/// How long is warmed up and measured.
#[derive(Clone, Copy)]
pub struct Window {
    /// From the first thing that the process does until it is measured.
    pub warm_up: Duration,
    /// The time in which is counted.
    pub length: Duration,
}

impl Window {
    /// One of so many seconds, after the usual warming up.
    pub fn of(seconds: f64) -> Self {
        Self { warm_up: Duration::from_secs(1), length: Duration::from_secs_f64(seconds) }
    }
}

/// How often and for how long programs are measured that take turns.
#[derive(clap::Args)]
pub struct Turns {
    /// How often all take turns; the middle one counts
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,

    /// Seconds in which is counted
    #[arg(long, default_value_t = 4.0)]
    window: f64,
}

impl Turns {
    /// How long each is warmed up and measured.
    pub fn window(&self) -> Window {
        Window::of(self.window)
    }
}

/// Starts a program, and measures how fast the counter goes up.
pub async fn rate(
    core: usize,
    program: &Path,
    arguments: &[String],
    counter: &AtomicU64,
    window: Window,
) -> Result<Measured> {
    let mut subject = warm(core, program, arguments, counter, window.warm_up).await?;
    during_time(&mut subject, counter, window.length).await
}

/// Measures how fast the counter goes up in so long.
pub async fn during_time(
    subject: &mut Subject,
    counter: &AtomicU64,
    length: Duration,
) -> Result<Measured> {
    let waiting = async {
        tokio::time::sleep(length).await;
        Ok(())
    };
    during(subject, counter, waiting).await
}

/// Starts a program, and waits until it has been at work for so long.
pub async fn warm(
    core: usize,
    program: &Path,
    arguments: &[String],
    counter: &AtomicU64,
    warm_up: Duration,
) -> Result<Subject> {
    let subject = Subject::start(core, program, arguments)?;
    let started = started(subject, counter, FIRST_SIGN).await;
    let (subject, _) = started.with_context(|| program.display().to_string())?;
    tokio::time::sleep(warm_up).await;
    Ok(subject)
}

/// Waits until a program that was just started does something. Returns how long that took.
pub async fn started(
    mut subject: Subject,
    counter: &AtomicU64,
    patience: Duration,
) -> Result<(Subject, Duration)> {
    let began = Instant::now();
    // A script may have to be compiled first.
    while counter.load(Ordering::Relaxed) == 0 {
        ensure!(subject.is_running()?, "it has ended before it was measured");
        ensure!(began.elapsed() < patience, "it does nothing");
        tokio::time::sleep(GLANCE).await;
    }
    Ok((subject, began.elapsed()))
}

/// Measures how fast the counter goes up while something else is done.
pub async fn during(
    subject: &mut Subject,
    counter: &AtomicU64,
    meanwhile: impl Future<Output = Result<()>>,
) -> Result<Measured> {
    let (before, usage) = (counter.load(Ordering::Relaxed), subject.usage()?);
    meanwhile.await?;
    ensure!(subject.is_running()?, "the program has ended while it was measured");
    let (after, later) = (counter.load(Ordering::Relaxed), subject.usage()?);
    let count = (after - before) as f64;
    ensure!(count > 0.0, "the program did nothing while it was measured");
    let elapsed = (later.at - usage.at).as_secs_f64();
    let cpu = (later.cpu - usage.cpu).as_secs_f64();
    Ok(Measured {
        per_second: count / elapsed,
        cpu_micros: cpu * 1e6 / count,
        busy: cpu / elapsed,
        peak: subject.peak()?,
    })
}

/// The middle one by this number.
pub fn median(mut rounds: Vec<Measured>, by: fn(&Measured) -> f64) -> Measured {
    rounds.sort_by(|a, b| by(a).total_cmp(&by(b)));
    rounds[rounds.len() / 2]
}
