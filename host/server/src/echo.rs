//! The endpoints that send messages back.

use std::collections::VecDeque;
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
    let mut waiting: VecDeque<(Instant, Message)> = VecDeque::new();
    loop {
        let due = waiting.front().map(|(due, _)| *due);
        let next = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = next => {
                if let Some((_, message)) = waiting.pop_front() {
                    connection.send(message).await?;
                }
            }
            message = connection.receive(), if waiting.len() < MOST_WAITING => {
                waiting.push_back((Instant::now() + delay, message?));
            }
        }
    }
}

/// The pings of `/ping`: their payloads are "0", "1", and so on.
pub(crate) fn pings(count: u64) -> impl Iterator<Item = Message> {
    (0..count).map(|number| Message::Ping(number.to_string().into()))
}
