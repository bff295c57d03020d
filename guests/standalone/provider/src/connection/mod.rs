//! A connection: from a checked target to the last event.
//!
//! - [`target`], [`exchange`], [`extension`]: what is asked for and what is said in the opening handshake; the
//!   same files that the host has, so that both say the same
//! - [`dial`]: names, [`tcp`], [`tls`]
//! - [`opening`]: the opening handshake
//! - [`session`]: an open connection until its end
//! - [`link`]: what it shares with the guest's handle

pub(crate) mod dial;
#[path = "../../../../../host/sockets/src/connection/ending.rs"]
mod ending;
#[path = "../../../../../host/sockets/src/connection/exchange.rs"]
mod exchange;
#[allow(dead_code, reason = "nothing is compressed here")]
#[path = "../../../../../host/sockets/src/connection/extension.rs"]
mod extension;
mod keepalive;
pub(crate) mod link;
mod opening;
mod output;
mod session;
pub(crate) mod stream;
#[allow(dead_code, reason = "the host tells more of it")]
#[path = "../../../../../host/sockets/src/connection/target.rs"]
mod target;
mod tcp;
mod tls;
mod transport;

use std::cell::{Ref, RefCell};
use std::net::SocketAddr;
use std::task::Poll;

use wasip2::io::poll::Pollable;

pub(crate) use target::Target;

use crate::bindings::events::{Closed, Event, Failed, Opened};
use crate::bindings::sockets::State;
use crate::bindings::types::{ErrorCode, Failure, Handshake, Timings};
use crate::clock;
use crate::reactor::{Activity, Sources};
use dial::Dial;
use ending::Ending;
pub(crate) use ending::close_frame;
use link::Link;
use opening::{Agreed, Asking};
use session::Session;
use stream::io_error;

/// What an attempt fails with that the guest itself has given up: no fault of the server's.
const GIVEN_UP: &str = "the connection was given up before it was established";

/// How far an attempt has come.
pub(crate) struct Attempt {
    pub(crate) timings: Timings,
    pub(crate) peer: Option<SocketAddr>,
}

/// An attempt that failed.
pub(crate) struct Refused {
    pub(crate) code: ErrorCode,
    pub(crate) handshake: Option<Box<Handshake>>,
}

impl From<ErrorCode> for Refused {
    fn from(code: ErrorCode) -> Self {
        Self { code, handshake: None }
    }
}

impl Attempt {
    /// One that begins now.
    pub(crate) fn begin() -> Self {
        let started = clock::now();
        let timings = Timings { started, resolved: 0, connected: 0, secured: 0, finished: 0 };
        Self { timings, peer: None }
    }

    /// How long it has lasted, in nanoseconds.
    pub(crate) fn elapsed(&self) -> u64 {
        clock::now() - self.timings.started
    }

    /// Ends the last step, and gives those that were not reached the time of the one before.
    pub(crate) fn complete(&mut self) {
        self.timings.finished = self.elapsed();
        let timings = &mut self.timings;
        timings.connected = timings.connected.max(timings.resolved);
        timings.secured = timings.secured.max(timings.connected);
    }
}

/// A connection and what the guest's handle knows of it.
pub(crate) struct Connection(RefCell<Inner>);

struct Inner {
    link: Link,
    stage: Stage,
}

enum Stage {
    /// Not begun, or over.
    Idle,
    Opening(Box<Opening>),
    Open(Box<Session>),
}

/// An attempt that is under way.
struct Opening {
    target: Target,
    attempt: Attempt,
    deadline: u64,
    step: Step,
}

enum Step {
    Dialling(Dial),
    Asking(Asking),
}

impl Connection {
    /// One that is not begun.
    pub(crate) fn new(link: Link) -> Self {
        Self(RefCell::new(Inner { link, stage: Stage::Idle }))
    }

    /// Works on what the handle and the connection share.
    pub(crate) fn with_link<T>(&self, work: impl FnOnce(&mut Link) -> T) -> T {
        work(&mut self.0.borrow_mut().link)
    }

    /// Begins to connect.
    pub(crate) fn begin(&self, target: Target) {
        let mut inner = self.0.borrow_mut();
        inner.link.state = State::Connecting;
        let timeout = u64::try_from(target.timeout.as_nanos()).unwrap_or(u64::MAX);
        let deadline = clock::now().saturating_add(timeout);
        let step = Step::Dialling(Dial::new(target.endpoint.clone(), deadline));
        let opening = Opening { target, attempt: Attempt::begin(), deadline, step };
        inner.stage = Stage::Opening(Box::new(opening));
    }

    /// Writes what the guest has sent, as far as the peer takes it.
    pub(crate) fn send(&self) {
        let Inner { link, stage } = &mut *self.0.borrow_mut();
        if let Stage::Open(session) = stage {
            session.send_and_answer(link);
        }
    }
}

impl Activity for Connection {
    fn advance(&self, now: u64) -> bool {
        self.0.borrow_mut().advance(now);
        !matches!(self.0.borrow().stage, Stage::Idle)
    }

    fn is_ready(&self) -> bool {
        let inner = self.0.borrow();
        match &inner.stage {
            Stage::Idle => true,
            _ if inner.link.is_left() => true,
            Stage::Opening(opening) => inner.link.aborted || opening.is_new(),
            Stage::Open(session) => session.is_ready(&inner.link),
        }
    }

    fn deadline(&self) -> Option<u64> {
        match &self.0.borrow().stage {
            Stage::Idle => None,
            Stage::Opening(opening) => Some(opening.wakes()),
            Stage::Open(session) => session.deadline(),
        }
    }

    fn sources(&self) -> [Option<Ref<'_, Pollable>>; 2] {
        [0, 1].map(|index| Ref::filter_map(self.0.borrow(), |inner| inner.sources()[index]).ok())
    }
}

impl Inner {
    fn advance(&mut self, now: u64) {
        let Self { link, stage } = self;
        if link.is_left() {
            link.tell_left();
            // In the closing handshake what is accepted and the close frame still leave.
            if !link.is_closing() {
                link.give_back();
                *stage = Stage::Idle;
            }
        }
        if let Stage::Opening(opening) = stage {
            let opened = opening.advance(link.aborted, now);
            let Poll::Ready(result) = opened else { return };
            opening.attempt.complete();
            match result {
                Ok(agreed) => {
                    let Agreed { stream, handshake, read_ahead } = agreed;
                    let timings = opening.attempt.timings;
                    link.origin.observe(|account| account.opened(&timings));
                    link.state = State::Open;
                    let session = Session::new(stream, read_ahead, &opening.target);
                    let peer = opening.attempt.peer;
                    link.peer = peer;
                    link.deliver(Event::Opened(Opened { socket: link.id, handshake, timings }));
                    *stage = Stage::Open(Box::new(session));
                }
                Err(refused) => {
                    let failed = opening.failed(link.id, refused);
                    *stage = Stage::Idle;
                    link.origin.observe(|account| account.failed(&failed));
                    return link.finish(Event::Failed(failed));
                }
            }
        }
        if let Stage::Open(session) = stage
            && let Some(ending) = session.advance(link, now)
        {
            *stage = Stage::Idle;
            let closed = closed(link, ending);
            link.origin.observe(|account| account.closed(&closed, link.aborted));
            link.finish(Event::Closed(closed));
        }
    }

    fn sources(&self) -> Sources<'_> {
        match &self.stage {
            Stage::Idle => [None, None],
            Stage::Opening(opening) => opening.sources(),
            Stage::Open(session) => session.sources(&self.link),
        }
    }
}

impl Opening {
    /// Dials and shakes hands within the target's time, or until the guest gives up.
    fn advance(&mut self, aborted: bool, now: u64) -> Poll<Result<Agreed, Refused>> {
        if aborted {
            let code = ErrorCode::Other(Some(GIVEN_UP.to_owned()));
            return Poll::Ready(Err(code.into()));
        }
        if let Step::Dialling(dial) = &mut self.step {
            match dial.advance(&mut self.attempt) {
                Poll::Ready(Ok(stream)) => {
                    self.step = Step::Asking(Asking::new(stream, &self.target))
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                Poll::Pending => {}
            }
        }
        if let Step::Asking(asking) = &mut self.step {
            let asked = asking.advance(&self.target);
            if asked.is_ready() {
                return asked;
            }
        }
        if now >= self.deadline {
            return Poll::Ready(Err(ErrorCode::Timeout.into()));
        }
        Poll::Pending
    }

    /// Whether it waits for nothing yet.
    fn is_new(&self) -> bool {
        matches!(&self.step, Step::Dialling(dial) if dial.is_new())
    }

    fn wakes(&self) -> u64 {
        let own = match &self.step {
            Step::Dialling(dial) => dial.deadline(),
            Step::Asking(asking) => asking.deadline(),
        };
        own.map_or(self.deadline, |own| own.min(self.deadline))
    }

    fn sources(&self) -> Sources<'_> {
        match &self.step {
            Step::Dialling(dial) => dial.sources(),
            Step::Asking(asking) => asking.sources(),
        }
    }

    fn failed(&self, socket: u32, refused: Refused) -> Failed {
        Failed {
            socket,
            failure: failure(refused.code, self.attempt.peer),
            handshake: refused.handshake.map(|handshake| *handshake),
            timings: self.attempt.timings,
        }
    }
}

fn closed(link: &Link, ending: Ending) -> Closed {
    Closed {
        socket: link.id,
        code: ending.code,
        reason: ending.reason,
        was_clean: ending.was_clean,
        failure: ending.failure.map(|code| failure(code, link.peer)),
        at: clock::now(),
    }
}

fn failure(code: ErrorCode, peer: Option<SocketAddr>) -> Failure {
    Failure { code, address: peer.map(|address| address.to_string()) }
}
