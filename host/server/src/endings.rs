//! The endpoints that end a connection by script, well or badly.

use std::io;

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::connection::{Connection, Ended, close_frame};

/// A whole frame that no client may accept: FIN, all three reserved bits, the reserved opcode 7, no
/// mask, four bytes of payload (RFC 6455, section 5.2).
const GARBAGE: [u8; 6] = [0xf7, 0x04, b'j', b'u', b'n', b'k'];

/// After how many messages `/push` looks at what the client sends: seldom enough to cost nothing,
/// often enough to answer pings and to stop when the client closes.
const PUSH_LOOK_EVERY: u64 = 32;

/// `/close`: sends a close frame, at once or after the first message.
///
/// # Errors
///
/// The connection ended before that.
pub(crate) async fn close(
    connection: &mut Connection,
    frame: Option<CloseFrame>,
    now: bool,
) -> Result<(), Ended> {
    if !now {
        connection.receive().await?;
    }
    connection.close(frame).await;
    Ok(())
}

/// `/push`: sends `count` text messages of `size` bytes, then closes.
///
/// # Errors
///
/// The connection ended before that.
pub(crate) async fn push(
    connection: &mut Connection,
    count: u64,
    size: usize,
) -> Result<(), Ended> {
    for number in 0..count {
        if number % PUSH_LOOK_EVERY == 0 {
            while connection.try_receive()?.is_some() {}
        }
        connection.feed(Message::text(numbered_text(number, size))).await?;
    }
    connection.close(Some(close_frame(CloseCode::Normal, ""))).await;
    Ok(())
}

/// `number` in decimal, filled up with dots (or cut off) to `size` bytes.
fn numbered_text(number: u64, size: usize) -> String {
    let mut text = number.to_string();
    text.extend(std::iter::repeat_n('.', size.saturating_sub(text.len())));
    text.truncate(size);
    text
}

/// `/drop`: ends the TCP connection in order, but without a close frame, after the first message.
///
/// # Errors
///
/// The connection ended before that.
pub(crate) async fn drop_connection(connection: &mut Connection) -> Result<(), Ended> {
    connection.receive().await?;
    last_words(connection, &[], true).await;
    Ok(())
}

/// `/garbage`: sends what is no frame, after the first message.
///
/// # Errors
///
/// The connection ended before that.
pub(crate) async fn garbage(connection: &mut Connection) -> Result<(), Ended> {
    connection.receive().await?;
    last_words(connection, &GARBAGE, false).await;
    Ok(())
}

/// Sends raw bytes, ends the sending side if `fin`, and waits a bounded time for the client to go.
async fn last_words(connection: &mut Connection, bytes: &[u8], fin: bool) {
    let time = connection.close_time();
    let (stream, shutdown) = connection.abandon();
    let ending = async {
        stream.write_all(bytes).await?;
        stream.flush().await?;
        if fin {
            stream.shutdown().await?;
        }
        stream.discard().await;
        io::Result::Ok(())
    };
    tokio::select! {
        // An error or an elapsed time both mean that it is over.
        _ = timeout(time, ending) => {}
        () = shutdown.asked() => {}
    }
}

/// `/reset`: resets the TCP connection after the first message.
///
/// # Errors
///
/// The connection ended before that.
pub(crate) async fn reset(connection: &mut Connection) -> Result<(), Ended> {
    connection.receive().await?;
    let (stream, _) = connection.abandon();
    if let Err(error) = stream.reset_on_drop() {
        tracing::warn!(%error, "a connection that should be reset is only closed");
    }
    Ok(())
}

/// `/silent`: reads all that comes and never answers.
pub(crate) async fn silent(connection: &mut Connection) {
    let (stream, shutdown) = connection.abandon();
    tokio::select! {
        () = stream.discard() => {}
        () = shutdown.asked() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::numbered_text;

    #[test]
    fn a_pushed_text_has_its_number_and_exactly_its_size() {
        assert_eq!(numbered_text(7, 4), "7...");
        assert_eq!(numbered_text(1234, 2), "12");
        assert_eq!(numbered_text(5, 0), "");
    }
}
