//! The endpoints that send messages back.

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

/// The pings of `/ping`: their payloads are "0", "1", and so on.
pub(crate) fn pings(count: u64) -> impl Iterator<Item = Message> {
    (0..count).map(|number| Message::Ping(number.to_string().into()))
}
