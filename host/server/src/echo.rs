//! The endpoints that send messages back.

use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use crate::connection::{Connection, Ended};

/// Sends `greeting`, and from then on every message back.
///
/// # Errors
///
/// Always, at the end of the connection.
pub(crate) async fn serve(
    connection: &mut Connection,
    greeting: impl Iterator<Item = Message>,
) -> Result<(), Ended> {
    for message in greeting {
        connection.feed(message).await?;
    }
    loop {
        let message = match connection.try_receive()? {
            Some(message) => message,
            None => {
                // Nothing more to read: a client that waits for its echo must get it now.
                connection.flush().await?;
                connection.receive().await?
            }
        };
        connection.feed(message).await?;
    }
}

/// How many messages wait in [`late`] before the server stops reading: as many as a client that does
/// not wait for its echoes sends in a moment.
const MOST_WAITING: usize = 16_384;

/// Sends every message back, `delay` after it came.
///
/// # Errors
///
/// Always, at the end of the connection.
pub(crate) async fn late(connection: &mut Connection, delay: Duration) -> Result<(), Ended> {
    let mut delayed = Delayed::new(delay);
    loop {
        tokio::select! {
            biased;
            message = delayed.next() => connection.send(message).await?,
            message = connection.receive(), if delayed.has_room() => delayed.push(message?),
        }
    }
}

/// Messages that wait, each as long as the others, and leave in the order in which they came.
struct Delayed<T> {
    delay: Duration,
    waiting: VecDeque<(Instant, T)>,
}

impl<T> Delayed<T> {
    fn new(delay: Duration) -> Self {
        Self { delay, waiting: VecDeque::new() }
    }

    fn has_room(&self) -> bool {
        self.waiting.len() < MOST_WAITING
    }

    fn push(&mut self, message: T) {
        self.waiting.push_back((Instant::now() + self.delay, message));
    }

    /// Waits until a message may leave. Cancel safe.
    async fn next(&mut self) -> T {
        let Some((due, _)) = self.waiting.front() else { return pending().await };
        sleep_until(*due).await;
        let (_, message) = self.waiting.pop_front().expect("nobody else takes one");
        message
    }
}

/// The pings of `/ping`: their payloads are "0", "1", and so on.
pub(crate) fn pings(count: u64) -> impl Iterator<Item = Message> {
    (0..count).map(|number| Message::Ping(number.to_string().into()))
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_message_waits_for_its_own_time_and_none_for_another() {
        let (start, delay) = (Instant::now(), Duration::from_millis(200));
        let mut delayed = Delayed::new(delay);
        delayed.push("a");
        delayed.push("b");
        sleep(Duration::from_millis(50)).await;
        delayed.push("c");
        for (message, after) in [("a", 200), ("b", 200), ("c", 250)] {
            assert_eq!(delayed.next().await, message);
            assert_eq!(start.elapsed(), Duration::from_millis(after), "{message}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_cut_short_loses_nothing() {
        let mut delayed = Delayed::new(Duration::from_millis(200));
        delayed.push("a");
        let cut = tokio::time::timeout(Duration::from_millis(100), delayed.next()).await;
        assert!(cut.is_err());
        assert_eq!(delayed.next().await, "a");
    }
}
