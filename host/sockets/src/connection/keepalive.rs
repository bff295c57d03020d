//! Pings at an interval, and the time their answers may take.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval_at, sleep};

use crate::bindings::types::ErrorCode;
use crate::limits::MIN_PING_INTERVAL;

/// What the payload of each of these pings begins with; its number follows.
const PAYLOAD: &str = "interval-";

/// The pings that the host sends by itself (`connect-options.ping-interval`).
pub(super) struct Keepalive {
    interval: Interval,
    /// How many pings were made.
    pings: u64,
    /// One is due, and not encoded yet. While the peer takes nothing, no second one is made.
    due: bool,
    /// How long an answer may take.
    pong_timeout: Option<Duration>,
    /// Until when one of the pings must be answered.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Keepalive {
    /// Begins now. None if no interval is asked for.
    pub(super) fn new(interval: Option<Duration>, pong_timeout: Option<Duration>) -> Option<Self> {
        let interval = interval.filter(|interval| !interval.is_zero())?.max(MIN_PING_INTERVAL);
        // An interval that is beyond the clock's end never passes.
        let first = Instant::now().checked_add(interval)?;
        let mut interval = interval_at(first, interval);
        interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Some(Self { interval, pings: 0, due: false, pong_timeout, deadline: None })
    }

    /// Looks whether a ping is due; wakes the task for the next one.
    pub(super) fn poll_tick(&mut self, cx: &mut Context<'_>) {
        while self.interval.poll_tick(cx).is_ready() {
            self.due = true;
            if let Some(timeout) = self.pong_timeout
                && self.deadline.is_none()
            {
                self.deadline = Some(Box::pin(sleep(timeout)));
            }
        }
    }

    /// Ready when no answer has come in time. To be asked when all is read that has come.
    pub(super) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<ErrorCode> {
        let Some(deadline) = &mut self.deadline else { return Poll::Pending };
        deadline.as_mut().poll(cx).map(|()| {
            let timeout = self.pong_timeout.unwrap_or_default();
            ErrorCode::Other(Some(format!("no pong came within {timeout:?}")))
        })
    }

    /// The payload of the ping that is to be sent now, if one is.
    pub(super) fn take_due(&mut self) -> Option<Bytes> {
        std::mem::take(&mut self.due).then(|| {
            let payload = format!("{PAYLOAD}{}", self.pings);
            self.pings += 1;
            payload.into()
        })
    }

    /// A pong arrived. One for any of the pings proves that the peer is there.
    pub(super) fn answered(&mut self, payload: &[u8]) {
        let number = payload.strip_prefix(PAYLOAD.as_bytes());
        let number = number.and_then(|number| str::from_utf8(number).ok());
        if number.and_then(|number| number.parse().ok()).is_some_and(|n: u64| n < self.pings) {
            self.deadline = None;
        }
    }

    /// Nothing is read for now, so no answer can be seen: the next ping begins to wait anew.
    pub(super) fn excuse(&mut self) {
        self.deadline = None;
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Goes on until the next ping is due or the time for an answer is over. Returns when that was.
    async fn next(keepalive: &mut Keepalive, start: Instant) -> (Duration, Result<Bytes, String>) {
        let what = poll_fn(|cx| {
            keepalive.poll_tick(cx);
            match keepalive.poll_expired(cx) {
                Poll::Ready(ErrorCode::Other(Some(text))) => Poll::Ready(Err(text)),
                Poll::Ready(other) => panic!("{other:?}"),
                Poll::Pending => keepalive.take_due().map_or(Poll::Pending, |p| Poll::Ready(Ok(p))),
            }
        })
        .await;
        (start.elapsed(), what)
    }

    #[tokio::test(start_paused = true)]
    async fn pings_come_at_the_interval_and_are_numbered() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(Some(SECOND), None).unwrap();
        for number in 0..3 {
            let expected = (SECOND * (number + 1), Ok(format!("interval-{number}").into()));
            assert_eq!(next(&mut keepalive, start).await, expected);
        }
        // Those that could not be sent in time are one.
        sleep(SECOND * 5 / 2).await;
        let late = SECOND * 11 / 2;
        assert_eq!(next(&mut keepalive, start).await, (late, Ok("interval-3".into())));
        assert_eq!(next(&mut keepalive, start).await, (SECOND * 6, Ok("interval-4".into())));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_unanswered_ping_sets_the_deadline() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(Some(SECOND), Some(SECOND * 5 / 2)).unwrap();
        for _ in 0..2 {
            next(&mut keepalive, start).await.1.unwrap();
        }
        keepalive.answered(b"interval-1");
        for _ in 0..3 {
            next(&mut keepalive, start).await.1.unwrap();
        }
        keepalive.answered(b"something else");
        keepalive.answered(b"interval-99");
        let over = (SECOND * 11 / 2, Err("no pong came within 2.5s".to_owned()));
        assert_eq!(next(&mut keepalive, start).await, over);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_read_cannot_be_missed() {
        let start = Instant::now();
        let mut keepalive = Keepalive::new(Some(SECOND), Some(SECOND / 2)).unwrap();
        next(&mut keepalive, start).await.1.unwrap();
        keepalive.excuse();
        assert_eq!(next(&mut keepalive, start).await.0, SECOND * 2);
        let (at, what) = next(&mut keepalive, start).await;
        assert_eq!((at, what.is_err()), (SECOND * 5 / 2, true));
    }

    #[tokio::test]
    async fn an_interval_of_nothing_is_none() {
        assert!(Keepalive::new(None, Some(SECOND)).is_none());
        assert!(Keepalive::new(Some(Duration::ZERO), None).is_none());
        assert!(Keepalive::new(Some(Duration::MAX), None).is_none());
    }
}
