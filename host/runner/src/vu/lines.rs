//! How many lines a virtual user may log.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use wasock_sockets::TokenBucket;

use crate::limits::{CONSOLE_LINE, Stopped, Stops};

/// What a virtual user may log, on the console and by WASI together.
#[derive(Clone)]
pub(super) struct Lines {
    /// Lines of 4 KiB, if there is a limit to them.
    left: Option<Arc<Mutex<TokenBucket>>>,
    stops: Arc<Stops>,
}

impl Lines {
    /// At most `rate` lines a second, with those of a second in the beginning.
    pub(super) fn new(rate: Option<u64>, stops: Arc<Stops>) -> Self {
        let bucket = |rate| TokenBucket::new(rate, Duration::from_secs(1), Instant::now());
        Self { left: rate.map(|rate| Arc::new(Mutex::new(bucket(rate)))), stops }
    }

    /// Whether a line of this many bytes may be logged; one that may not is counted. A long one is several.
    pub(super) fn may_log(&self, length: usize) -> bool {
        let Some(left) = &self.left else { return true };
        let (mut left, now) = (left.lock(), Instant::now());
        let may = left.next(now).is_some_and(|next| next <= now);
        if may {
            left.take(length.div_ceil(CONSOLE_LINE).max(1) as u64);
        } else {
            self.stops.count(Stopped::Console);
        }
        may
    }
}
