//! The account of a socket: what it does, by the rules of the API that the guest uses it for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use tungstenite::Message;

use super::round_trips::RoundTrips;
use super::trips;
use crate::bindings::events::{Closed, Failed};
use crate::bindings::metrics::{ErrorCode, GuestMeter, SocketApi, SocketBorrow, Tag};
use crate::bindings::types::Timings;
use crate::clock;
use crate::connection::link::is_data;
use crate::metrics::{self, Builtin};
use crate::socket::Socket;

/// Pings that wait for their pongs on one socket; what comes beyond is not measured.
const MAX_PENDING_PINGS: usize = 1_024;

const NANOS_PER_MILLISECOND: f64 = 1e6;

/// What is counted of a socket.
pub(crate) struct Account {
    api: SocketApi,
    /// When the attempt began; 0 before.
    started: Cell<u64>,
    /// The attempt has ended, so that the rest can be measured.
    dialed: Cell<bool>,
    ended: Cell<bool>,
    /// Pings by payload, with the time at which they left.
    pings: RefCell<HashMap<Bytes, u64>>,
    trips: RefCell<RoundTrips>,
    /// Messages that were encoded and not yet flushed.
    unflushed: Cell<usize>,
}

impl Account {
    fn new(api: SocketApi) -> Self {
        Self {
            api,
            started: Cell::new(0),
            dialed: Cell::new(false),
            ended: Cell::new(false),
            pings: RefCell::default(),
            trips: RefCell::new(RoundTrips::new(trips::timeouts())),
            unflushed: Cell::new(0),
        }
    }

    /// The attempt has begun.
    pub(crate) fn begun(&self) {
        self.started.set(clock::now());
    }

    fn attempted(&self, nanos: u64) {
        self.dialed.set(true);
        metrics::add(Builtin::WsSessions, 1.0);
        metrics::add(Builtin::WsConnecting, nanos as f64 / NANOS_PER_MILLISECOND);
    }

    /// The attempt has succeeded.
    pub(crate) fn opened(&self, timings: &Timings) {
        self.attempted(timings.finished);
    }

    /// The attempt has failed.
    pub(crate) fn failed(&self, failed: &Failed) {
        self.attempted(failed.timings.finished);
        metrics::add(Builtin::WsConnectErrors, 1.0);
        self.end();
    }

    /// The connection has ended.
    pub(crate) fn closed(&self, _closed: &Closed, _aborted: bool) {
        self.end();
    }

    /// The guest has dropped its handle before the end.
    pub(crate) fn left(&self, opened: bool) {
        if !opened && !self.dialed.get() {
            self.attempted(clock::now().saturating_sub(self.started.get()));
        }
        self.end();
    }

    fn end(&self) {
        if !self.ended.replace(true) {
            let elapsed = clock::now().saturating_sub(self.started.get());
            metrics::add(Builtin::WsSessionDuration, elapsed as f64 / NANOS_PER_MILLISECOND);
        }
    }

    /// The guest has sent a message.
    pub(crate) fn sent(&self, accepted: bool) {
        self.trips.borrow_mut().sent(accepted);
        if self.api == SocketApi::Ws && self.dialed.get() {
            metrics::add(Builtin::WsMsgsSent, 1.0);
        }
    }

    /// A frame was encoded.
    pub(crate) fn encoded(&self, message: &Message) {
        if let Message::Ping(payload) = message {
            let mut pings = self.pings.borrow_mut();
            if pings.len() < MAX_PENDING_PINGS {
                pings.insert(payload.clone(), clock::now());
            }
        }
        if is_data(message) {
            self.unflushed.set(self.unflushed.get() + 1);
        }
        if self.api == SocketApi::Websockets {
            metrics::add(Builtin::WsMsgsSent, 1.0);
        }
    }

    /// All that was encoded has left.
    pub(crate) fn flushed(&self) {
        let messages = self.unflushed.take();
        if messages > 0 && trips::are_measured() {
            let now = clock::now();
            (0..messages).for_each(|_| self.trips.borrow_mut().written(now));
        }
    }

    /// A pong has come.
    pub(crate) fn pong(&self, payload: &[u8], at: u64) {
        if let Some(sent) = self.pings.borrow_mut().remove(payload) {
            let elapsed = at.saturating_sub(sent) as f64 / NANOS_PER_MILLISECOND;
            metrics::add(Builtin::WsPing, elapsed);
        }
    }

    /// The guest has handled a message.
    pub(crate) fn delivered(&self) {
        metrics::add(Builtin::WsMsgsReceived, 1.0);
    }

    /// The message that was sent last waits for a reply. False if there is none.
    pub(crate) fn expects_reply(&self, kind: usize, key: &str) -> bool {
        let lost = self.trips.borrow_mut().wait(kind, key);
        trips::count_lost(kind, lost.unwrap_or_default());
        lost.is_some()
    }

    /// A reply came `at`. How long it took, in nanoseconds, if a message waits for it.
    pub(crate) fn replied(&self, kind: usize, key: &str, at: u64) -> Option<u64> {
        let reply = self.trips.borrow_mut().replied(kind, key, at);
        trips::count_lost(kind, reply.lost);
        let elapsed = reply.elapsed?;
        trips::count_reply(kind, elapsed as f64 / NANOS_PER_MILLISECOND);
        Some(elapsed)
    }
}

/// A guest's handle of an account.
pub(crate) struct Meter(pub(super) Rc<Account>);

impl GuestMeter for Meter {
    fn new(socket: SocketBorrow<'_>, api: SocketApi, _tags: Vec<Tag>) -> Self {
        let account = Rc::new(Account::new(api));
        socket.get::<Socket>().observe(&account);
        Self(account)
    }

    fn refused(&self, _url: String, _reason: ErrorCode) {
        let account = &self.0;
        if !account.dialed.get() {
            account.begun();
            account.attempted(0);
            metrics::add(Builtin::WsConnectErrors, 1.0);
            account.end();
        }
    }

    fn sent_late(&self) {
        self.0.sent(false);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let lost = self.0.trips.borrow_mut().end();
        lost.into_iter().enumerate().for_each(|(kind, lost)| trips::count_lost(kind, lost));
    }
}
