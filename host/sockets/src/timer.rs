//! Timers.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::alarms::NEVER;
use crate::bindings::events::{Event, TimerFired};
use crate::clock;
use crate::queue::EventQueue;
use crate::source::{Source, Ticks};

/// A timer; dropping it stops it.
pub struct Timer {
    pub(crate) id: u32,
    ticks: Arc<Ticks>,
    task: JoinHandle<()>,
}

impl Timer {
    pub(crate) fn start(
        id: u32,
        queue: EventQueue,
        first: Duration,
        period: Option<Duration>,
    ) -> Self {
        let now = Instant::now();
        let due = now.checked_add(first).unwrap_or(now + NEVER);
        let period = period.map(|period| period.clamp(MIN_PERIOD, NEVER));
        let ticks = Arc::new(Ticks::new(period));
        let task = tokio::spawn(run(id, queue, due, period, ticks.clone()));
        Self { id, ticks, task }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.ticks.stop();
        self.task.abort();
    }
}

/// The shortest period: a shorter one would keep a thread of the host busy with nothing else.
const MIN_PERIOD: Duration = Duration::from_millis(1);

async fn run(
    id: u32,
    queue: EventQueue,
    mut due: Instant,
    period: Option<Duration>,
    ticks: Arc<Ticks>,
) {
    loop {
        queue.alarms().until(due).await;
        ticks.fired(due);
        let fired = TimerFired { timer: id, due: clock::stamp(due.into_std()), missed: 0 };
        queue.push(Event::Timer(fired), Source::Timer(ticks.clone()));
        let Some(period) = period else { return };
        due = ticks.taken().await + period;
    }
}
