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

/// The pause after the first failure. It doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause: a server that comes back is noticed soon.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The pause at the end of a run, when there is little time.
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
mod tests {
    use std::cell::RefCell;
    use std::sync::Arc;

    use parking_lot::Mutex;
    use wasock_runner::log::{Line, Log};

    use super::*;

    #[derive(Default)]
    struct Lines(Mutex<Vec<String>>);

    impl Log for Lines {
        fn line(&self, line: Line) {
            self.0.lock().push(line.message);
        }
    }

    /// A server that answers what it is told, first things first, and then always well.
    struct Server {
        outbox: Outbox,
        runtime: Runtime,
        answers: RefCell<VecDeque<SendError>>,
        got: RefCell<Vec<Bytes>>,
        lines: Arc<Lines>,
        start: Instant,
    }

    impl Server {
        fn answering(answers: &[SendError]) -> Self {
            let lines = Arc::new(Lines::default());
            let mut outbox = Outbox::new("x".to_owned());
            outbox.log_to(lines.clone());
            Self {
                outbox,
                runtime: tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap(),
                answers: RefCell::new(answers.iter().cloned().collect()),
                got: RefCell::default(),
                lines,
                start: Instant::now(),
            }
        }

        fn put(&mut self, byte: u8, size: usize) {
            self.outbox.put(Parcel { body: vec![byte; size].into(), samples: 10 });
        }

        /// Delivers at this time, in milliseconds, and returns the bytes that have arrived so far.
        fn at(&mut self, milliseconds: u64, at_once: usize) -> Vec<u8> {
            let now = self.start + Duration::from_millis(milliseconds);
            let Self { outbox, runtime, answers, got, .. } = self;
            outbox.deliver(runtime, now, at_once, |body| {
                let answer = answers.borrow_mut().pop_front();
                if answer.is_none() {
                    got.borrow_mut().push(body);
                }
                std::future::ready(answer.map_or(Ok(()), Err))
            });
            got.borrow().iter().map(|body| body[0]).collect()
        }

        fn lines(&self) -> Vec<String> {
            self.lines.0.lock().clone()
        }
    }

    fn down() -> SendError {
        SendError::Temporary("connection refused".to_owned())
    }

    #[test]
    fn a_server_that_is_away_is_asked_again_after_pauses_and_gets_everything_in_order() {
        let mut server = Server::answering(&[down(), down(), down()]);
        server.put(1, 1);
        server.put(2, 1);
        assert_eq!(server.at(0, 1), [0_u8; 0]);
        assert_eq!(server.at(499, 1), [0_u8; 0]);
        assert_eq!(server.at(500, 1), [0_u8; 0]);
        assert_eq!(server.at(1_499, 1), [0_u8; 0]);
        assert_eq!(server.answers.borrow().len(), 1, "it was asked twice");
        assert_eq!(server.at(1_500, 1), [0_u8; 0]);
        assert_eq!(server.at(3_499, 1), [0_u8; 0]);
        assert_eq!(server.at(3_500, 1), [1]);
        assert_eq!(server.at(3_500, 1), [1, 2]);
        let lines = [
            "the output x cannot deliver at present: connection refused; it keeps its samples and \
             tries again",
            "the output x delivers again",
        ];
        assert_eq!(server.lines(), lines);
        assert_eq!(server.outbox.lost(), 0);
    }

    #[test]
    fn pauses_grow_to_ten_seconds() {
        let mut server = Server::answering(&vec![down(); 20]);
        server.put(1, 1);
        let mut now = 0;
        let mut pauses = Vec::new();
        for _ in 0..8 {
            server.at(now, 1);
            let until = server.outbox.trouble.as_ref().unwrap().until;
            let next = u64::try_from((until - server.start).as_millis()).unwrap();
            pauses.push(next - now);
            now = next;
        }
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
    }

    #[test]
    fn what_a_server_refuses_is_lost_and_the_rest_goes_on() {
        let refused = SendError::Refused("the server answered 400 Bad Request".to_owned());
        let mut server = Server::answering(&[refused.clone(), refused]);
        for byte in 1..=3 {
            server.put(byte, 1);
        }
        for _ in 0..3 {
            server.at(0, 1);
        }
        assert_eq!(server.at(0, 1), [3]);
        assert_eq!(
            server.lines(),
            ["the output x lost samples: the server answered 400 Bad Request"]
        );
        assert_eq!(server.outbox.lost(), 20);
    }

    #[test]
    fn several_parcels_go_at_once_and_those_that_fail_keep_their_place() {
        let mut server = Server::answering(&[down()]);
        for byte in 1..=5 {
            server.put(byte, 1);
        }
        assert_eq!(server.at(0, 3), [2, 3]);
        assert_eq!(server.at(500, 3), [2, 3, 1]);
        assert_eq!(server.at(500, 3), [2, 3, 1, 4, 5]);
        assert!(server.outbox.waiting.is_empty());
    }

    #[test]
    fn the_oldest_is_given_up_where_there_is_no_room() {
        const EACH: usize = OUTBOX_ROOM / 4;
        let mut server = Server::answering(&[]);
        for byte in 1..=6 {
            server.put(byte, EACH);
        }
        assert_eq!(server.outbox.lost(), 20);
        let line = "the output x holds 64 MiB that its server does not take; the oldest samples are \
                    given up";
        assert_eq!(server.lines(), [line]);
        assert_eq!(server.at(0, 9), [3, 4, 5, 6]);
    }

    #[test]
    fn at_the_end_a_server_that_comes_back_gets_the_rest() {
        let mut server = Server::answering(&[down(), down()]);
        server.put(1, 1);
        server.at(0, 1);
        let Server { outbox, runtime, answers, got, .. } = &mut server;
        outbox.finish(runtime, 1, |body| {
            let answer = answers.borrow_mut().pop_front();
            if answer.is_none() {
                got.borrow_mut().push(body);
            }
            std::future::ready(answer.map_or(Ok(()), Err))
        });
        assert_eq!((got.borrow().len(), outbox.lost()), (1, 0));
    }
}
