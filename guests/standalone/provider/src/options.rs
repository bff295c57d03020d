//! Options that the summary goes by.

/// A unit of times.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TimeUnit {
    Seconds,
    Milliseconds,
    Microseconds,
}
