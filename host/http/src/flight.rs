//! What a request's handle and its task share: how far it is, and who is told.
//!
//! Each exchange is told to the observer once, whoever ends it: the task, or the guest that drops the
//! handle.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::bindings::http::{Answer, Failure, Outcome, Sent, TlsInfo};
use crate::budget::Hold;
use crate::client::Stamps;
use crate::failure::Problem;
use crate::observer::{Exchange, HttpObserver};

/// One exchange that is under way.
pub(crate) struct Hop {
    pub(crate) sent: Sent,
    body: Bytes,
    pub(crate) stamps: Arc<Stamps>,
    pub(crate) expects_challenge: bool,
    /// With whom: known once there is a connection.
    facts: Mutex<(Option<SocketAddr>, Option<TlsInfo>)>,
}

impl Hop {
    pub(crate) fn new(sent: Sent, body: Bytes, expects_challenge: bool) -> Arc<Self> {
        let stamps = Arc::new(Stamps::begin());
        Arc::new(Self { sent, body, stamps, expects_challenge, facts: Mutex::default() })
    }

    pub(crate) fn note(&self, peer: Option<SocketAddr>, tls: Option<TlsInfo>) {
        *self.facts.lock() = (peer, tls);
    }
}

enum State {
    Idle,
    UnderWay(Option<Arc<Hop>>),
    Ended(Option<Box<Outcome>>),
}

pub(crate) struct Flight {
    observer: OnceLock<Arc<dyn HttpObserver>>,
    /// What it holds of what all requests may.
    pub(crate) bodies: Hold,
    /// The handle is gone.
    pub(crate) gone: Arc<AtomicBool>,
    state: Mutex<State>,
}

impl Flight {
    pub(crate) fn new(bodies: Hold) -> Self {
        let state = Mutex::new(State::Idle);
        Self { observer: OnceLock::new(), bodies, gone: Arc::default(), state }
    }

    /// Sets the observer; the first one stays.
    pub(crate) fn observe(&self, observer: Arc<dyn HttpObserver>) {
        // Whoever was told of the beginning is to be told of the end.
        let _ = self.observer.set(observer);
    }

    pub(crate) fn is_idle(&self) -> bool {
        matches!(*self.state.lock(), State::Idle)
    }

    pub(crate) fn is_ended(&self) -> bool {
        matches!(*self.state.lock(), State::Ended(_))
    }

    pub(crate) fn start(&self) {
        *self.state.lock() = State::UnderWay(None);
    }

    /// An exchange begins; false if the guest has given up.
    pub(crate) fn enter(&self, hop: Arc<Hop>) -> bool {
        let mut state = self.state.lock();
        if !matches!(*state, State::UnderWay(_)) {
            return false;
        }
        if let Some(observer) = self.observer.get() {
            observer.begun(&hop.sent, &hop.body);
        }
        *state = State::UnderWay(Some(hop));
        true
    }

    /// The exchange has ended. Returns what the request came to if it was the last; none if the guest
    /// has given up.
    pub(crate) fn conclude(
        &self,
        answer: impl FnOnce(&Sent) -> Result<Answer, Failure>,
    ) -> Option<Outcome> {
        let mut state = self.state.lock();
        let State::UnderWay(hop) = &mut *state else { return None };
        let hop = hop.take()?;
        let answer = answer(&hop.sent);
        Some(self.tell(&hop, answer))
    }

    fn tell(&self, hop: &Hop, answer: Result<Answer, Failure>) -> Outcome {
        let ended = hop.stamps.end();
        let timings = hop.stamps.timings();
        let (peer, tls) = hop.facts.lock().clone();
        if let Some(observer) = self.observer.get() {
            observer.ended(&Exchange {
                sent: &hop.sent,
                started: hop.stamps.started,
                ended,
                timings: &timings,
                peer,
                tls: tls.as_ref(),
                answer: answer.as_ref(),
                expects_challenge: hop.expects_challenge,
            });
        }
        let address = peer.map(|peer| peer.to_string());
        Outcome { sent: hop.sent.clone(), address, tls, timings, answer }
    }

    /// The request has ended; false if the guest has given up before.
    pub(crate) fn end(&self, outcome: Outcome) -> bool {
        let mut state = self.state.lock();
        let under_way = matches!(*state, State::UnderWay(_));
        if under_way {
            // What was sent is gone, so it is less than before.
            let _ = self.bodies.set(weight(&outcome));
            *state = State::Ended(Some(Box::new(outcome)));
        }
        under_way
    }

    /// What the request came to, once.
    pub(crate) fn take(&self) -> Option<Outcome> {
        match &mut *self.state.lock() {
            State::Ended(outcome) => {
                let outcome = outcome.take()?;
                let _ = self.bodies.set(0);
                Some(*outcome)
            }
            _ => None,
        }
    }

    /// The handle is dropped; whether the request was under way.
    pub(crate) fn give_up(&self) -> bool {
        self.gone.store(true, Ordering::Release);
        let mut state = self.state.lock();
        let State::UnderWay(hop) = &mut *state else { return false };
        if let Some(hop) = hop.take() {
            self.tell(&hop, Err(Problem::given_up().of(&hop.sent)));
        }
        *state = State::Ended(None);
        true
    }
}

/// What an outcome takes until it is taken, in bytes, about.
fn weight(outcome: &Outcome) -> usize {
    let Ok(answer) = &outcome.answer else { return 0 };
    let fields = answer.headers.iter().map(|header| header.name.len() + header.value.len());
    answer.body.len() + fields.sum::<usize>()
}
