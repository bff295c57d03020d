//! How long a guest computes without waiting for anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::turn::{TICK, nanoseconds};

/// The longest that a guest computes until it is looked at, about: some ticks of the epoch clock, which may come late
/// on a busy machine. What is longer was not its doing: the host worked for it, or the system had others at work.
/// Twenty ticks are more than the clock is commonly late.
const LONGEST: u64 = 20 * nanoseconds(TICK);

/// The clock of one guest's computing. It is looked at by each tick of the epoch clock that meets the
/// guest at work.
#[derive(Debug)]
pub(super) struct Computing {
    limit: Option<Duration>,
    /// Nanoseconds since the guest has last waited.
    computed: u64,
    /// How often it had waited by then.
    waits: u64,
    /// When it was last let go on, on the clock of the events.
    resumed: Arc<AtomicU64>,
    exceeded: bool,
}

impl Computing {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self { limit, computed: 0, waits: 0, resumed: Arc::default(), exceeded: false }
    }

    /// A call into the guest begins.
    pub(super) fn begin(&mut self, now: u64) {
        self.computed = 0;
        self.exceeded = false;
        self.resumed.store(now, Ordering::Relaxed);
    }

    /// The guest is at work at this moment, and has waited so many times. True when it has computed for
    /// too long, once.
    pub(super) fn tick(&mut self, now: u64, waits: u64) -> bool {
        let Some(limit) = self.limit else { return false };
        if std::mem::replace(&mut self.waits, waits) != waits {
            self.computed = 0;
        } else {
            let since = now.saturating_sub(self.resumed.load(Ordering::Relaxed));
            self.computed += since.min(LONGEST);
        }
        self.resumed.store(now, Ordering::Relaxed);
        let is_over = u128::from(self.computed) >= limit.as_nanos();
        is_over && !std::mem::replace(&mut self.exceeded, true)
    }

    /// Where to note when the guest is let go on.
    pub(super) fn resumption(&self) -> Arc<AtomicU64> {
        self.resumed.clone()
    }

    /// The limit, if this call into the guest has exceeded it.
    pub(super) fn exceeded(&self) -> Option<Duration> {
        self.limit.filter(|_| self.exceeded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: u64 = 1_000_000;

    fn computing(limit: u64) -> Computing {
        let mut computing = Computing::new(Some(Duration::from_millis(limit)));
        computing.begin(0);
        computing
    }

    #[test]
    fn computing_adds_up_until_the_guest_waits() {
        let mut computing = computing(50);
        let mut now = 0;
        let mut after = |computing: &mut Computing, millis, waits| {
            now += millis * MILLI;
            computing.tick(now, waits)
        };
        for _ in 0..4 {
            assert!(!after(&mut computing, 10, 0));
        }
        assert!(!after(&mut computing, 10, 1));
        for _ in 0..4 {
            assert!(!after(&mut computing, 10, 1));
        }
        assert_eq!(computing.exceeded(), None);
        assert!(after(&mut computing, 10, 1));
        assert_eq!(computing.exceeded(), Some(Duration::from_millis(50)));
        // It is told once.
        assert!(!after(&mut computing, 10, 1));
    }

    #[test]
    fn turns_of_others_do_not_count() {
        let mut computing = computing(50);
        for turn in 0..9 {
            let now = turn * 1_000 * MILLI;
            computing.resumption().store(now, Ordering::Relaxed);
            assert!(!computing.tick(now + 5 * MILLI, 0), "{turn}");
        }
        computing.resumption().store(9_000 * MILLI, Ordering::Relaxed);
        assert!(computing.tick(9_005 * MILLI, 0));
    }

    #[test]
    fn what_the_host_takes_counts_little() {
        let mut computing = computing(50);
        assert!(!computing.tick(60_000 * MILLI, 0));
        assert!(!computing.tick(120_000 * MILLI, 0));
        assert!(computing.tick(180_000 * MILLI, 0));
    }

    #[test]
    fn each_call_begins_anew_and_none_is_limited_without_a_limit() {
        let mut one = computing(20);
        assert!(one.tick(20 * MILLI, 0));
        one.begin(20 * MILLI);
        assert_eq!(one.exceeded(), None);
        assert!(!one.tick(30 * MILLI, 0));
        let mut free = Computing::new(None);
        free.begin(0);
        assert!((1..1_000).all(|turn| !free.tick(turn * 10 * MILLI, 0)));
    }
}
