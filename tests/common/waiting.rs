//! Waiting for what other threads and processes bring about.

use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for what has to happen: far more than a slow machine needs.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How often a test looks whether it has happened: often enough to lose no time, seldom enough to leave the processor
/// to others.
const GLANCE: Duration = Duration::from_millis(5);

/// Looks again and again until something is found. None if it is not found in time.
pub fn poll<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Deadline::after(patience);
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if deadline.is_over() {
            return None;
        }
        thread::sleep(GLANCE);
    }
}

/// Waits until something is so.
#[track_caller]
pub fn until(what: &str, mut is: impl FnMut() -> bool) {
    let found = poll(PATIENCE, || is().then_some(()));
    assert!(found.is_some(), "waited in vain until {what}");
}

/// Waits until something is found. The test fails with what the last look has found in its place.
#[track_caller]
pub fn found<T>(mut look: impl FnMut() -> Result<T, String>) -> T {
    let mut instead = String::new();
    let found = poll(PATIENCE, || look().map_err(|text| instead = text).ok());
    match found {
        Some(found) => found,
        None => panic!("waited in vain: {instead}"),
    }
}

/// When a test stops waiting.
pub struct Deadline(Instant);

impl Deadline {
    pub fn after(patience: Duration) -> Self {
        Self(Instant::now() + patience)
    }

    pub fn is_over(&self) -> bool {
        Instant::now() > self.0
    }

    /// The next of a channel; none if nothing comes in time.
    pub fn next<T>(&self, channel: &Receiver<T>) -> Option<T> {
        channel.recv_timeout(self.0.saturating_duration_since(Instant::now())).ok()
    }
}
