//! The sessions of a run, by the metrics alone.

use crate::common::{Outcome, Point};

/// How the sessions of a run went.
#[derive(Debug, PartialEq, Eq)]
pub struct Books {
    pub attempts: usize,
    pub failed: usize,
    pub opened: usize,
    pub closed: usize,
    pub broken: usize,
    /// What the script, or the end of its user, has given up: before it was open, and after.
    pub given_up: [usize; 2],
}

/// Adds up the samples of a run, which must account for every session, as GUIDE.md has it.
#[track_caller]
pub fn books(outcome: &Outcome) -> Books {
    let count = |metric: &str, is: fn(&Point) -> bool| {
        outcome.samples(metric).into_iter().filter(|point| is(point)).count()
    };
    let all = |metric: &str| count(metric, |_| true);
    let sound = |metric: &str| count(metric, |point| !point.tags.contains_key("error_code"));
    let given_up = |metric: &str| count(metric, |point| error(point) == "given up");
    let before = given_up("ws_sessions");
    let books = Books {
        attempts: all("ws_sessions"),
        failed: all("ws_connect_errors"),
        opened: sound("ws_sessions"),
        closed: sound("ws_session_duration"),
        broken: all("ws_session_errors"),
        given_up: [before, given_up("ws_session_duration") - before],
    };
    assert_eq!(books.attempts, books.opened + books.failed + books.given_up[0], "{books:?}");
    assert_eq!(books.opened, books.closed + books.broken + books.given_up[1], "{books:?}");
    assert_eq!(all("ws_session_duration"), books.attempts, "{books:?}");
    assert_eq!(all("ws_connecting"), books.attempts, "{books:?}");
    books
}

fn error(point: &Point) -> &str {
    point.tags.get("error").map_or("", String::as_str)
}
