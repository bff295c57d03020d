//! When parcels go, and what is said about it, with a server that answers what it is told.

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
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
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
    assert_eq!(server.lines(), ["the output x lost samples: the server answered 400 Bad Request"]);
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
