//! So much of something in a second, and a little at once: a bucket of tokens.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket that fills with `rate` tokens a second, up to what is saved in a time.
///
/// What is taken before its time makes the next ones wait for longer, so that what comes in pieces of
/// unknown size keeps the rate too.
#[derive(Clone, Copy, Debug)]
pub struct TokenBucket {
    rate: f64,
    most: f64,
    /// Below 0 is what was taken before its time.
    tokens: f64,
    at: Instant,
}

impl TokenBucket {
    /// A full bucket, which holds what `saved` brings.
    pub fn new(rate: u64, saved: Duration, now: Instant) -> Self {
        let rate = rate as f64;
        let most = rate * saved.as_secs_f64();
        Self { rate, most, tokens: most, at: now }
    }

    /// When something may pass next: now, or later; none if never.
    pub fn next(&mut self, now: Instant) -> Option<Instant> {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.rate).min(self.most);
        self.at = self.at.max(now);
        if self.rate == 0.0 {
            return None;
        }
        if self.tokens > 0.0 {
            return Some(now);
        }
        // What is rounded off must not let the next one come too early.
        let missing = Duration::try_from_secs_f64(-self.tokens / self.rate).ok()?;
        self.at.checked_add(missing + Duration::from_nanos(1))
    }

    /// Takes tokens, also those that are not there yet.
    pub fn take(&mut self, tokens: u64) {
        self.tokens -= tokens as f64;
    }

    /// The most that is in it at one time.
    pub fn most(&self) -> f64 {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAVED: Duration = Duration::from_millis(100);

    fn is_about(found: Option<Instant>, expected: Instant) -> bool {
        found.is_some_and(|found| {
            found.saturating_duration_since(expected) < Duration::from_micros(1)
        })
    }

    #[test]
    fn a_bucket_gives_its_rate_and_saves_a_little() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(10_000, SAVED, start);
        assert_eq!(bucket.next(start), Some(start));
        bucket.take(3_000);
        let free = start + Duration::from_millis(200);
        assert!(is_about(bucket.next(start), free));
        assert!(is_about(bucket.next(start + SAVED), free));
        let much_later = start + Duration::from_secs(60);
        assert_eq!(bucket.next(much_later), Some(much_later));
        bucket.take(999);
        assert_eq!(bucket.next(much_later), Some(much_later));
        bucket.take(1);
        assert!(bucket.next(much_later) > Some(much_later));
    }

    #[test]
    fn a_clock_that_stands_still_gives_nothing() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(1_000, SAVED, start);
        bucket.take(1_100);
        let free = start + Duration::from_secs(1);
        for _ in 0..10 {
            assert!(is_about(bucket.next(start), free));
        }
        let then = free + Duration::from_micros(1);
        assert_eq!(bucket.next(then), Some(then));
    }

    #[test]
    fn nothing_a_second_is_nothing() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(0, SAVED, start);
        assert_eq!(bucket.next(start + Duration::from_secs(60)), None);
    }
}
