//! Waiting for a time.

use std::time::Duration;

use crate::bindings::wasock::websocket::timers::Timer;
use crate::executor::{self, Source, with_queue};
use crate::socket::nanos;

/// Waits for so long.
pub async fn sleep(duration: Duration) {
    Interval::start(duration, None).tick().await;
}

/// An alarm again and again. Dropping it stops it.
pub struct Interval {
    timer: Timer,
}

impl Interval {
    /// An alarm each time that `period` has gone by.
    pub fn every(period: Duration) -> Self {
        Self::start(period, Some(period))
    }

    fn start(first: Duration, period: Option<Duration>) -> Self {
        let timer = with_queue(|queue| Timer::new(queue, nanos(first), period.map(nanos)));
        executor::open(Source::Timer(timer.id()));
        Self { timer }
    }

    /// Waits for the next alarm.
    pub async fn tick(&mut self) {
        executor::next(Source::Timer(self.timer.id())).await;
    }
}

impl Drop for Interval {
    fn drop(&mut self) {
        executor::close(Source::Timer(self.timer.id()));
    }
}
