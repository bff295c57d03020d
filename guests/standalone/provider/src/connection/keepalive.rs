//! Pings at an interval, and the time their answers may take.

use std::time::Duration;

use bytes::Bytes;

use crate::bindings::types::ErrorCode;
use crate::limits::MIN_PING_INTERVAL;

/// What the payload of each of these pings begins with; its number follows.
const PAYLOAD: &str = "interval-";

/// The pings that are sent without the guest (`connect-options.ping-interval`). Times are in nanoseconds.
pub(super) struct Keepalive {
    interval: u64,
    /// When the next one is due.
    next: u64,
    /// How many pings were made.
    pings: u64,
    /// One is due, and not encoded yet. While the peer takes nothing, no second one is made.
    due: bool,
    /// How long an answer may take.
    pong_timeout: Option<Duration>,
    /// Until when one of the pings must be answered.
    deadline: Option<u64>,
}

impl Keepalive {
    /// Begins now. None if no interval is asked for.
    pub(super) fn new(
        interval: Option<Duration>,
        pong_timeout: Option<Duration>,
        now: u64,
    ) -> Option<Self> {
        let interval = interval.filter(|interval| !interval.is_zero())?.max(MIN_PING_INTERVAL);
        let interval = u64::try_from(interval.as_nanos()).ok()?;
        // An interval that is beyond the clock's end never passes.
        let next = now.checked_add(interval)?;
        Some(Self { interval, next, pings: 0, due: false, pong_timeout, deadline: None })
    }

    /// Looks whether a ping is due. Those that were missed are one.
    pub(super) fn tick(&mut self, now: u64) {
        if now < self.next {
            return;
        }
        let passed = (now - self.next) / self.interval + 1;
        self.next = self.next.saturating_add(passed.saturating_mul(self.interval));
        self.due = true;
        if let Some(timeout) = self.pong_timeout
            && self.deadline.is_none()
        {
            let timeout = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
            self.deadline = Some(now.saturating_add(timeout));
        }
    }

    /// What it fails with if no answer has come in time. To be asked when all is read that has come.
    pub(super) fn expired(&self, now: u64) -> Option<ErrorCode> {
        self.deadline.filter(|deadline| *deadline <= now).map(|_| {
            let timeout = self.pong_timeout.unwrap_or_default();
            ErrorCode::Other(Some(format!("no pong came within {timeout:?}")))
        })
    }

    /// When it is to be asked next.
    pub(super) fn wakes(&self) -> u64 {
        self.deadline.map_or(self.next, |deadline| deadline.min(self.next))
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
