//! How fast requests may follow each other.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

/// Spaces the requests of all guests that share it evenly.
#[derive(Debug)]
pub struct Pace {
    interval: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// So many requests per second; none for 0, which sets no pace.
    pub fn per_second(requests: u32) -> Option<Self> {
        let interval = Duration::from_secs(1).checked_div(requests)?;
        Some(Self { interval, next: Mutex::new(None) })
    }

    /// Waits until it is this request's turn.
    pub(crate) async fn turn(&self) {
        let now = Instant::now();
        let mine = {
            let mut next = self.next.lock();
            let mine = next.map_or(now, |next| next.max(now));
            *next = Some(mine + self.interval);
            mine
        };
        sleep_until(mine).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_are_spaced_evenly_and_time_that_was_not_used_is_lost() {
        let pace = Pace::per_second(4).unwrap();
        let start = Instant::now();
        for quarter in 0..3 {
            pace.turn().await;
            assert_eq!(start.elapsed(), Duration::from_millis(250) * quarter);
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        let start = Instant::now();
        pace.turn().await;
        pace.turn().await;
        assert_eq!(start.elapsed(), Duration::from_millis(250));
        assert!(Pace::per_second(0).is_none());
    }
}
