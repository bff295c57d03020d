//! Round trips of one socket: which message waits for a reply, and since when.
//!
//! The guest names messages after it has sent them, the connection's task writes them at some time
//! before or after that; both count messages, so the number of a message tells which is which.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use crate::metrics::MetricId;

/// How many messages of one kind wait for a reply on one socket. Beyond that the oldest is lost: a
/// server that never replies must not fill the memory.
pub(super) const MAX_WAITING: usize = 16_384;

/// The longest key in bytes: more than any id has, and [`MAX_WAITING`] of them fit into 16 MiB.
pub(super) const MAX_KEY: usize = 1_024;

/// How many kinds a script may declare: each takes a place in every socket.
pub(super) const MAX_KINDS: usize = 64;

/// A kind of round trips, as a script declares it.
pub(super) struct Kind {
    /// The metric of their times.
    pub(super) times: MetricId,
    /// The metric that counts messages without a reply.
    pub(super) lost: MetricId,
    /// The tags of their samples.
    pub(super) tags: Vec<(String, String)>,
    /// How long a reply may take, in nanoseconds.
    pub(super) timeout: Option<u64>,
}

/// A reply has come.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reply {
    /// How long it took, in nanoseconds; none if no message waits for it.
    pub(super) elapsed: Option<u64>,
    /// How many messages have waited too long by now.
    pub(super) lost: usize,
}

/// The round trips of one socket.
pub(super) struct RoundTrips {
    /// How many messages were accepted.
    accepted: u64,
    /// Whether the last one was not.
    refused: bool,
    /// How many messages were written, and when the last one was.
    written: u64,
    written_at: u64,
    /// Messages that wait for a reply and are not written yet: their number, their kind, and their
    /// place in it.
    unwritten: VecDeque<(u64, usize, u64)>,
    kinds: Box<[Waiting]>,
}

/// The messages of one kind that wait for a reply.
#[derive(Default)]
struct Waiting {
    timeout: Option<u64>,
    next: u64,
    /// In the order in which they were sent.
    messages: BTreeMap<u64, Message>,
    /// Their places by key.
    by_key: HashMap<Arc<str>, VecDeque<u64>>,
}

struct Message {
    key: Arc<str>,
    /// None until it is written.
    sent: Option<u64>,
}

impl RoundTrips {
    /// For a socket on which no message was sent yet. `timeouts` are those of the kinds.
    pub(super) fn new(timeouts: impl IntoIterator<Item = Option<u64>>) -> Self {
        let waiting = |timeout| Waiting { timeout, ..Waiting::default() };
        Self {
            accepted: 0,
            refused: false,
            written: 0,
            written_at: 0,
            unwritten: VecDeque::new(),
            kinds: timeouts.into_iter().map(waiting).collect(),
        }
    }

    /// The guest sent a message.
    pub(super) fn sent(&mut self, accepted: bool) {
        self.accepted += u64::from(accepted);
        self.refused = !accepted;
    }

    /// The next of the accepted messages was written.
    pub(super) fn written(&mut self, at: u64) {
        self.written += 1;
        self.written_at = at;
        while let Some(&(number, kind, place)) = self.unwritten.front()
            && number <= self.written
        {
            self.unwritten.pop_front();
            if let Some(message) = self.kinds[kind].messages.get_mut(&place) {
                message.sent = Some(at);
            }
        }
    }

    /// The message that was sent last waits for a reply. Returns how many that have waited longer
    /// make room for it; none if there is no such message.
    pub(super) fn wait(&mut self, kind: usize, key: &str) -> Option<usize> {
        if self.refused || self.accepted == 0 {
            return None;
        }
        let is_written = self.written >= self.accepted;
        let (place, lost) = self.kinds[kind].push(key, is_written.then_some(self.written_at));
        if !is_written {
            self.unwritten.push_back((self.accepted, kind, place));
        }
        Some(lost)
    }

    /// A reply came `at`.
    pub(super) fn replied(&mut self, kind: usize, key: &str, at: u64) -> Reply {
        let waiting = &mut self.kinds[kind];
        let lost = waiting.expire(at);
        Reply { elapsed: waiting.take(key, at), lost }
    }

    /// No reply comes any more. Returns how many messages of each kind have waited for one.
    pub(super) fn end(&mut self) -> Vec<usize> {
        self.unwritten.clear();
        self.kinds.iter_mut().map(Waiting::clear).collect()
    }
}

impl Waiting {
    fn push(&mut self, key: &str, sent: Option<u64>) -> (u64, usize) {
        let lost = if self.messages.len() >= MAX_WAITING { self.drop_oldest() } else { 0 };
        let key: Arc<str> = match self.by_key.get_key_value(key) {
            Some((key, _)) => key.clone(),
            None => key.into(),
        };
        let place = self.next;
        self.next += 1;
        self.by_key.entry(key.clone()).or_default().push_back(place);
        self.messages.insert(place, Message { key, sent });
        (place, lost)
    }

    /// Takes the oldest message with this key, if it was written before its reply came.
    fn take(&mut self, key: &str, at: u64) -> Option<u64> {
        let place = *self.by_key.get(key)?.front()?;
        let elapsed = at.checked_sub(self.messages.get(&place)?.sent?)?;
        self.messages.remove(&place);
        self.forget(key);
        Some(elapsed)
    }

    /// Drops the messages whose reply, coming now, would be too late. Replies come in order, so what
    /// has not come by the time of one is later than that.
    fn expire(&mut self, at: u64) -> usize {
        let Some(timeout) = self.timeout else { return 0 };
        let mut lost = 0;
        while let Some((_, message)) = self.messages.first_key_value()
            && message.sent.is_some_and(|sent| at > sent.saturating_add(timeout))
        {
            lost += self.drop_oldest();
        }
        lost
    }

    fn drop_oldest(&mut self) -> usize {
        let Some((_, message)) = self.messages.pop_first() else { return 0 };
        self.forget(&message.key);
        1
    }

    /// Takes the oldest place with this key out of the index.
    fn forget(&mut self, key: &str) {
        if let Some(places) = self.by_key.get_mut(key) {
            places.pop_front();
            if places.is_empty() {
                self.by_key.remove(key);
            }
        }
    }

    fn clear(&mut self) -> usize {
        self.by_key = HashMap::new();
        std::mem::take(&mut self.messages).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One kind, whose replies may take 100.
    fn trips() -> RoundTrips {
        RoundTrips::new([Some(100)])
    }

    impl RoundTrips {
        fn send(&mut self, key: &str) {
            self.sent(true);
            assert_eq!(self.wait(0, key), Some(0));
        }

        fn elapsed(&mut self, key: &str, at: u64) -> Option<u64> {
            self.replied(0, key, at).elapsed
        }
    }

    #[test]
    fn it_does_not_matter_whether_a_message_is_named_before_or_after_it_is_written() {
        let mut trips = trips();
        trips.send("before");
        trips.written(10);
        trips.sent(true);
        trips.written(20);
        assert_eq!(trips.wait(0, "after"), Some(0));
        assert_eq!(trips.elapsed("before", 25), Some(15));
        assert_eq!(trips.elapsed("after", 25), Some(5));
    }

    #[test]
    fn messages_without_a_name_are_counted_too() {
        let mut trips = trips();
        trips.sent(true);
        trips.send("second");
        trips.written(10);
        assert_eq!(trips.elapsed("second", 15), None);
        trips.written(20);
        assert_eq!(trips.elapsed("second", 25), Some(5));
    }

    #[test]
    fn messages_with_the_same_key_are_replied_to_in_order() {
        let mut trips = trips();
        for at in [10, 20, 30] {
            trips.send("");
            trips.written(at);
        }
        assert_eq!(trips.elapsed("", 31), Some(21));
        assert_eq!(trips.elapsed("", 32), Some(12));
        trips.send("");
        trips.written(40);
        assert_eq!(trips.elapsed("", 41), Some(11));
        assert_eq!(trips.elapsed("", 42), Some(2));
        assert_eq!(trips.elapsed("", 43), None);
    }

    #[test]
    fn a_reply_that_comes_too_late_is_lost_and_takes_its_elders_with_it() {
        let mut trips = trips();
        for (key, at) in [("a", 10), ("b", 20), ("c", 30)] {
            trips.send(key);
            trips.written(at);
        }
        assert_eq!(trips.replied(0, "c", 125), Reply { elapsed: Some(95), lost: 2 });
        assert_eq!(trips.replied(0, "a", 126), Reply::default());
        assert_eq!(trips.end(), [0]);
    }

    #[test]
    fn a_refused_message_waits_for_nothing() {
        let mut trips = trips();
        assert_eq!(trips.wait(0, ""), None);
        trips.send("");
        trips.sent(false);
        assert_eq!(trips.wait(0, ""), None);
        assert_eq!(trips.end(), [1]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut trips = trips();
        for number in 0..MAX_WAITING {
            trips.send(&number.to_string());
        }
        trips.sent(true);
        assert_eq!(trips.wait(0, "more"), Some(1));
        trips.written(10);
        assert_eq!(trips.elapsed("0", 15), None);
        trips.written(20);
        assert_eq!(trips.elapsed("1", 25), Some(5));
        assert_eq!(trips.end(), [MAX_WAITING - 1]);
    }

    #[test]
    fn kinds_do_not_know_each_other() {
        let mut trips = RoundTrips::new([None, None]);
        trips.sent(true);
        trips.wait(0, "k");
        trips.wait(1, "k");
        trips.written(10);
        assert_eq!(trips.replied(0, "k", 11).elapsed, Some(1));
        assert_eq!(trips.replied(0, "k", 12).elapsed, None);
        assert_eq!(trips.end(), [0, 1]);
    }
}
