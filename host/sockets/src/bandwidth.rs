//! How fast bytes may pass, by a bucket of tokens.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::bucket::TokenBucket;

/// How long a guest may save up what it does not use: long enough that timers, which are as fine as a
/// millisecond, do not take anything from it.
const SAVED: Duration = Duration::from_millis(100);

/// The most that passes at one time, in bytes, so that several connections share the bucket: one record of TLS (RFC
/// 8446, section 5.1).
const PIECE: usize = 16 << 10;

/// The bandwidth of a guest in one direction, for all of its connections.
#[derive(Debug)]
pub(crate) struct Bandwidth(Mutex<TokenBucket>);

impl Bandwidth {
    pub(crate) fn new(rate: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(TokenBucket::new(rate.max(1), SAVED, Instant::now()))))
    }

    /// The most that may pass at one time.
    fn piece(&self) -> usize {
        (self.0.lock().most() as usize).clamp(1, PIECE)
    }
}

/// One connection's place at the bucket.
pub(crate) struct Turn {
    bandwidth: Arc<Bandwidth>,
    waiting: Option<Pin<Box<Sleep>>>,
    /// What wants to pass has waited already.
    is_delayed: bool,
}

impl Turn {
    pub(crate) fn new(bandwidth: Arc<Bandwidth>) -> Self {
        Self { bandwidth, waiting: None, is_delayed: false }
    }

    /// How many bytes may pass, as soon as some may. `delayed` is called if they have to wait.
    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>, delayed: impl Fn()) -> Poll<usize> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(cx));
                self.waiting = None;
            }
            let now = Instant::now();
            let next = self.bandwidth.0.lock().next(now);
            let next = next.unwrap_or_else(|| now + Duration::from_secs(1));
            if next <= now {
                self.is_delayed = false;
                return Poll::Ready(self.bandwidth.piece());
            }
            if !std::mem::replace(&mut self.is_delayed, true) {
                delayed();
            }
            self.waiting = Some(Box::pin(sleep_until(next)));
        }
    }

    /// So many have passed.
    pub(crate) fn passed(&self, bytes: usize) {
        self.bandwidth.0.lock().take(bytes as u64);
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn connections_share_what_there_is() {
        let start = Instant::now();
        let bandwidth = Bandwidth::new(100_000);
        let carry = |bandwidth: Arc<Bandwidth>| async move {
            let mut turn = Turn::new(bandwidth);
            let mut left = 100_000;
            while left > 0 {
                let piece = poll_fn(|cx| turn.poll_piece(cx, || ())).await.min(left);
                turn.passed(piece);
                left -= piece;
            }
        };
        tokio::join!(carry(bandwidth.clone()), carry(bandwidth.clone()));
        let elapsed = start.elapsed();
        // 10,000 are there at once, and the last piece is taken before its time.
        let expected = Duration::from_millis(1_800)..=Duration::from_millis(1_910);
        assert!(expected.contains(&elapsed), "{elapsed:?}");
    }
}
