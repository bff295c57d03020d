//! One connection, from its URL to its end, in one task.
//!
//! - [`target`]: what is asked for, checked
//! - [`resolve`]: names, addresses, and the embedder's rules for them
//! - [`dial`]: TCP, TLS
//! - [`proxy`]: TCP through a proxy
//! - [`handshake`]: the opening handshake (RFC 6455, section 4)
//! - [`exchange`]: what is said in it
//! - [`extension`]: permessage-deflate in it (RFC 7692, section 7.1)
//! - [`transport`]: messages over a stream, and what errors mean
//! - [`session`]: an open connection until its end
//! - [`ending`]: how it ended
//! - [`keepalive`]: its pings at an interval
//! - [`unwritten`]: when its frames leave
//! - [`stream`]: the bytes under it

pub(crate) mod dial;
mod ending;
mod exchange;
mod extension;
mod handshake;
mod keepalive;
mod proxy;
mod read_ahead;
pub(crate) mod resolve;
mod session;
pub(crate) mod stream;
mod target;
mod transport;
mod unwritten;

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;

use tokio::time::Instant;

pub(crate) use target::Target;
#[cfg(any(test, fuzzing))]
pub(crate) use transport::fuzzing::frames;

use crate::bindings::events::{Closed, Event, Failed, Opened};
use crate::bindings::types::{ErrorCode, Failure, Handshake, Timings};
use crate::bound::Bound;
use crate::clock;
use crate::link::Link;
use crate::observer::{DialOutcome, Dialed, SocketObserver};

pub use dial::{NO_DESCRIPTORS, NO_PORTS, is_out_of_descriptors};
use dial::{Way, io_error};
use ending::Ending;
pub(crate) use ending::close_frame;
use session::Session;
use stream::Stream;

/// How far an attempt has come.
pub(crate) struct Attempt {
    pub(crate) timings: Timings,
    pub(crate) peer: Option<SocketAddr>,
}

/// An attempt that came to nothing.
pub(crate) struct Refused {
    pub(crate) reason: Reason,
    /// Boxed, as failures are passed through many hands.
    pub(crate) handshake: Option<Box<Handshake>>,
}

/// Why an attempt came to nothing.
pub(crate) enum Reason {
    Failed(ErrorCode),
    /// The guest has given it up.
    GivenUp,
}

impl Reason {
    /// What the guest is told.
    fn into_code(self) -> ErrorCode {
        match self {
            Self::Failed(code) => code,
            Self::GivenUp => ErrorCode::Other(Some(GIVEN_UP.to_owned())),
        }
    }
}

impl From<ErrorCode> for Refused {
    fn from(code: ErrorCode) -> Self {
        Self { reason: Reason::Failed(code), handshake: None }
    }
}

/// How the server is reached.
pub(crate) enum Reach {
    /// As the target says.
    Dial,
    /// It is at the other end of this stream.
    #[cfg(any(test, fuzzing))]
    Over(Stream),
}

/// The task of a connection.
pub(crate) async fn run(link: Arc<Link>, target: Target, reach: Reach) {
    let mut attempt = Attempt::begin();
    // The dialling future is large; boxed, it is gone before the session begins.
    let opened = Box::pin(open(&link, &target, reach, &mut attempt)).await;
    attempt.complete();
    let announced = opened.and_then(|(session, handshake)| {
        announce_opened(&link, &target, &attempt, handshake).map(|()| session)
    });
    match announced {
        Ok(session) => {
            let is_bound_by_host = target.max_message_size == link.shared.limits.message_size;
            drop(target);
            let ending = session.run(&link).await;
            announce_closed(&link, ending, attempt.peer, is_bound_by_host);
        }
        Err(refused) => announce_failed(&link, &target, attempt, refused),
    }
}

impl Attempt {
    /// One that begins now.
    pub(crate) fn begin() -> Self {
        let started = clock::now();
        let timings = Timings { started, resolved: 0, connected: 0, secured: 0, finished: 0 };
        Self { timings, peer: None }
    }

    fn elapsed(&self) -> u64 {
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

/// Dials and shakes hands within the target's time, or until the guest gives up.
async fn open(
    link: &Arc<Link>,
    target: &Target,
    reach: Reach,
    attempt: &mut Attempt,
) -> Result<(Box<Session>, Handshake), Refused> {
    let dialling = async {
        let mut stream = match reach {
            Reach::Dial => dial(link, target, attempt).await?,
            #[cfg(any(test, fuzzing))]
            Reach::Over(stream) => stream,
        };
        let agreed = handshake::shake_hands(&mut stream, target).await?;
        let session = Session::new(stream, agreed.read_ahead, target, agreed.deflate.as_ref());
        // Boxed, so that the task has no room for it in each of its states.
        Ok((Box::new(session.await), agreed.handshake))
    };
    let given_up_on =
        poll_fn(|cx| if link.signals(cx).aborted { Poll::Ready(()) } else { Poll::Pending });
    tokio::select! {
        biased;
        () = given_up_on => Err(Refused { reason: Reason::GivenUp, handshake: None }),
        result = tokio::time::timeout(target.timeout, dialling) => {
            result.unwrap_or_else(|_| Err(ErrorCode::Timeout.into()))
        }
    }
}

async fn dial(
    link: &Arc<Link>,
    target: &Target,
    attempt: &mut Attempt,
) -> Result<Stream, ErrorCode> {
    let deadline = Instant::now() + target.timeout;
    let way = Way { deadline, alpn: None, forward: false };
    match &target.unix_socket {
        Some(path) => dial::dial_unix(&link.shared, path, attempt).await,
        None => Ok(dial::dial(&link.shared, &target.endpoint, way, attempt).await?.stream),
    }
}

/// What a guest is told of an attempt that it has given up itself.
pub const GIVEN_UP: &str = "the connection was given up before it was established";

/// Fails if the guest has given up meanwhile.
fn announce_opened(
    link: &Link,
    target: &Target,
    attempt: &Attempt,
    handshake: Handshake,
) -> Result<(), Refused> {
    let opened = Opened { socket: link.id, handshake, timings: attempt.timings };
    let opening = link.open(opened, |observer, opened| {
        let Opened { handshake, timings, .. } = opened;
        let outcome = DialOutcome::Opened(handshake);
        observer.dialed(&Dialed { url: &target.given_url, timings, peer: attempt.peer, outcome });
    });
    opening.map_err(|opened| Refused {
        reason: Reason::GivenUp,
        handshake: Some(Box::new(opened.handshake)),
    })
}

fn announce_failed(link: &Link, target: &Target, attempt: Attempt, refused: Refused) {
    let Attempt { timings, peer } = attempt;
    let Refused { reason, handshake } = refused;
    let is_given_up = matches!(reason, Reason::GivenUp);
    let failure = failure(reason.into_code(), peer);
    let last = |observer: Option<&dyn SocketObserver>| {
        if let Some(observer) = observer {
            let outcome = match is_given_up {
                true => DialOutcome::GivenUp(handshake.as_deref()),
                false => DialOutcome::Failed(&failure, handshake.as_deref()),
            };
            observer.dialed(&Dialed { url: &target.given_url, timings: &timings, peer, outcome });
        }
        let handshake = handshake.map(|handshake| *handshake);
        Event::Failed(Failed { socket: link.id, failure, handshake, timings })
    };
    link.finish(last, |event| event);
}

fn announce_closed(link: &Link, ending: Ending, peer: Option<SocketAddr>, is_bound_by_host: bool) {
    let closed = Closed {
        socket: link.id,
        code: ending.code,
        reason: ending.reason,
        was_clean: ending.was_clean,
        failure: ending.failure.map(|code| failure(code, peer)),
        at: clock::now(),
    };
    let told = |event| if is_bound_by_host { name_limit(link, event) } else { event };
    link.finish(|_| Event::Closed(closed), told);
}

/// Says of a message that was too long for the host how long one may be, and what raises that.
fn name_limit(link: &Link, mut event: Event) -> Event {
    if let Event::Closed(Closed { failure: Some(Failure { code, .. }), .. }) = &mut event
        && matches!(code, ErrorCode::MessageTooBig)
    {
        let most = format_args!("{} bytes in a message", link.shared.limits.message_size);
        *code = ErrorCode::LimitReached(link.shared.refusal(Bound::MessageSize, most));
    }
    event
}

fn failure(code: ErrorCode, peer: Option<SocketAddr>) -> Failure {
    Failure { code, address: peer.map(|address| address.to_string()) }
}
