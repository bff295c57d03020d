//! What waits for a server: in order, within bounds, and again after a pause when the server does not answer.

use std::collections::VecDeque;
use std::future::Future;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use tokio::runtime::Runtime;
use wasock_runner::log::{Level, SharedLog, say};
use wasock_runner::outputs::FINISH_TIME;

/// How much waits for a server that does not take it, in bytes: minutes of a moderate load. Beyond that the
/// oldest is given up.
pub(crate) const OUTBOX_ROOM: usize = 64 << 20;

/// The pause after the first failure: a server that was restarted or briefly busy is back by then. It doubles with
/// each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause: a server that comes back is noticed soon, and one that is down is not asked all the time.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The pause at the end of a run, when there is little time: short enough for several attempts.
const LAST_PAUSE: Duration = Duration::from_millis(250);

/// What an output leaves of [`FINISH_TIME`]: a request may have been under way when the run ended, and at last
/// it has to tell what it lost.
const RESERVE: Duration = Duration::from_secs(6);

/// Why something did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SendError {
    /// It may if it is sent again.
    Temporary(String),
    /// The server does not want it.
    Refused(String),
}

/// Something to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parcel {
    pub(crate) body: Bytes,
    /// How many samples are lost with it.
    pub(crate) samples: u64,
}

/// What waits for a server.
pub(crate) struct Outbox {
    /// What the output calls itself.
    description: String,
    log: Option<SharedLog>,
    waiting: VecDeque<Parcel>,
    bytes: usize,
    lost: u64,
    trouble: Option<Trouble>,
    /// Whether the user knows that something was refused.
    told_refused: bool,
    /// Whether the user knows that something was given up.
    told_overrun: bool,
}

/// The server does not take anything at present.
struct Trouble {
    pause: Duration,
    until: Instant,
}

impl Outbox {
    pub(crate) fn new(description: String) -> Self {
        Self {
            description,
            log: None,
            waiting: VecDeque::new(),
            bytes: 0,
            lost: 0,
            trouble: None,
            told_refused: false,
            told_overrun: false,
        }
    }

    pub(crate) fn log_to(&mut self, log: SharedLog) {
        self.log = Some(log);
    }

    /// Samples in parcels that will not arrive.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    /// Puts bodies in that belong together. Their samples are lost with the last.
    pub(crate) fn put_all(&mut self, bodies: impl IntoIterator<Item = Bytes>, samples: u64) {
        let mut bodies = bodies.into_iter().peekable();
        while let Some(body) = bodies.next() {
            let samples = if bodies.peek().is_none() { samples } else { 0 };
            self.put(Parcel { body, samples });
        }
    }

    /// Puts something in. Where there is no room, the oldest is given up.
    pub(crate) fn put(&mut self, parcel: Parcel) {
        self.bytes += parcel.body.len();
        self.waiting.push_back(parcel);
        while self.bytes > OUTBOX_ROOM && self.waiting.len() > 1 {
            self.give_up_oldest();
            if !std::mem::replace(&mut self.told_overrun, true) {
                let text = format!(
                    "the output {} holds {} MiB that its server does not take; the oldest samples \
                     are given up",
                    self.description,
                    OUTBOX_ROOM >> 20
                );
                self.say(Level::Warn, text);
            }
        }
    }

    /// Sends what is oldest, `at_once` parcels, unless the server is given a pause.
    pub(crate) fn deliver<F>(
        &mut self,
        runtime: &Runtime,
        now: Instant,
        at_once: usize,
        send: impl Fn(Bytes) -> F,
    ) where
        F: Future<Output = Result<(), SendError>>,
    {
        if self.waiting.is_empty() || self.trouble.as_ref().is_some_and(|it| now < it.until) {
            return;
        }
        // A server in trouble is asked with a single parcel.
        let at_once = if self.trouble.is_some() { 1 } else { at_once.max(1) };
        let bodies = self.waiting.iter().take(at_once).map(|parcel| parcel.body.clone());
        let answers = runtime.block_on(join_all(bodies.map(&send)));
        self.settle(answers, now);
    }

    /// Deals with the answers to the oldest parcels.
    fn settle(&mut self, answers: Vec<Result<(), SendError>>, now: Instant) {
        let mut kept = VecDeque::new();
        let mut trouble = None;
        for answer in answers {
            let Some(parcel) = self.waiting.pop_front() else {
                break;
            };
            match answer {
                Ok(()) => self.bytes -= parcel.body.len(),
                Err(SendError::Refused(reason)) => {
                    self.bytes -= parcel.body.len();
                    self.lost += parcel.samples;
                    self.tell_refused(&reason);
                }
                Err(SendError::Temporary(reason)) => {
                    trouble.get_or_insert(reason);
                    kept.push_back(parcel);
                }
            }
        }
        kept.append(&mut self.waiting);
        self.waiting = kept;
        match trouble {
            Some(reason) => self.begin_pause(&reason, now),
            None => self.end_trouble(),
        }
    }

    fn begin_pause(&mut self, reason: &str, now: Instant) {
        let pause = match &self.trouble {
            Some(trouble) => (trouble.pause * 2).min(LONGEST_PAUSE),
            None => {
                let text = format!(
                    "the output {} cannot deliver at present: {reason}; it keeps its samples and \
                     tries again",
                    self.description
                );
                self.say(Level::Warn, text);
                FIRST_PAUSE
            }
        };
        self.trouble = Some(Trouble { pause, until: now + pause });
    }

    fn end_trouble(&mut self) {
        if self.trouble.take().is_some() {
            let text = format!("the output {} delivers again", self.description);
            self.say(Level::Info, text);
        }
    }

    /// Sends all that waits, as long as there is time before outputs are left behind.
    pub(crate) fn finish<F>(&mut self, runtime: &Runtime, at_once: usize, send: impl Fn(Bytes) -> F)
    where
        F: Future<Output = Result<(), SendError>>,
    {
        let deadline = Instant::now() + FINISH_TIME - RESERVE;
        let bounded = |body| {
            let sending = send(body);
            // The time limit is made within the runtime, whose clock it needs.
            async move {
                let left = deadline.saturating_duration_since(Instant::now());
                let sent = tokio::time::timeout(left, sending).await;
                sent.unwrap_or_else(|_| Err(SendError::Temporary("no answer".to_owned())))
            }
        };
        // The end does not wait for a pause that began before.
        if let Some(trouble) = &mut self.trouble {
            trouble.until = Instant::now();
        }
        while !self.waiting.is_empty() && Instant::now() < deadline {
            self.deliver(runtime, Instant::now(), at_once, bounded);
            if let Some(trouble) = &mut self.trouble {
                std::thread::sleep(LAST_PAUSE);
                trouble.until = Instant::now();
            }
        }
        while !self.waiting.is_empty() {
            self.give_up_oldest();
        }
    }

    fn give_up_oldest(&mut self) {
        if let Some(parcel) = self.waiting.pop_front() {
            self.bytes -= parcel.body.len();
            self.lost += parcel.samples;
        }
    }

    fn tell_refused(&mut self, reason: &str) {
        if !std::mem::replace(&mut self.told_refused, true) {
            let text = format!("the output {} lost samples: {reason}", self.description);
            self.say(Level::Error, text);
        }
    }

    /// What the output calls itself.
    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// Says something to the user.
    pub(crate) fn say(&self, level: Level, text: String) {
        if let Some(log) = &self.log {
            say(log, level, text);
        }
    }
}

#[cfg(test)]
mod tests;
