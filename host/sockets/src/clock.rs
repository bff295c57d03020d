//! The monotonic clock that events are stamped with.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

/// Where the clock starts: both clocks, read together once per process.
static ORIGIN: LazyLock<(Instant, SystemTime)> =
    LazyLock::new(|| (Instant::now(), SystemTime::now()));

/// The first stamp. It is not 0, so that "never" can be told from "at once".
const FIRST: u64 = 1;

/// Nanoseconds on the monotonic clock, as `timers.now` tells them.
pub fn now() -> u64 {
    stamp(Instant::now())
}

/// The stamp of an instant. One before the clock's start counts as its start.
pub fn stamp(instant: Instant) -> u64 {
    let since = instant.saturating_duration_since(ORIGIN.0);
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX).saturating_add(FIRST)
}

/// The wall-clock time of a stamp. Steps of the wall clock during a run do not show in it.
pub fn wall(stamp: u64) -> SystemTime {
    ORIGIN.1 + Duration::from_nanos(stamp.saturating_sub(FIRST))
}
