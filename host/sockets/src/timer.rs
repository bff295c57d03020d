//! Timers.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::bindings::events::{Event, TimerFired};
use crate::clock;
use crate::queue::EventQueue;

/// A timer; dropping it stops it.
pub struct Timer {
    pub(crate) id: u32,
    task: JoinHandle<()>,
}

impl Timer {
    pub(crate) fn start(
        id: u32,
        queue: EventQueue,
        first: Duration,
        period: Option<Duration>,
    ) -> Self {
        Self { id, task: tokio::spawn(run(id, queue, first, period)) }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The shortest period: a shorter one would keep a thread of the host busy with nothing else.
const MIN_PERIOD: Duration = Duration::from_millis(1);

/// What stands for a time that the clock cannot express.
const NEVER: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

async fn run(id: u32, queue: EventQueue, first: Duration, period: Option<Duration>) {
    let now = Instant::now();
    let mut due = now.checked_add(first).unwrap_or(now + NEVER);
    loop {
        tokio::time::sleep_until(due).await;
        if !queue.coalesce_timer(id) {
            let fired = TimerFired { timer: id, due: clock::stamp(due.into_std()), missed: 0 };
            queue.push(Event::Timer(fired), None);
        }
        match period {
            Some(period) => due += period.clamp(MIN_PERIOD, NEVER),
            None => return,
        }
    }
}
