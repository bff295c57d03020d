//! The monotonic clock that events are stamped with.

use wasip2::clocks::monotonic_clock;

/// Nanoseconds on the clock of the host, as `timers.now` tells them. They are not 0, so that "never" can be told
/// from "at once".
pub(crate) fn now() -> u64 {
    monotonic_clock::now().max(1)
}
