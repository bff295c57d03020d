//! `/fault`: a good answer to an opening handshake and a good frame behind it, of which bytes are missing,
//! wrong, or late. What a client makes of it can be tried at every byte and every bit.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::handshake::server::{Response, write_response};
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_EXTENSIONS;

use crate::query::{Query, QueryError};
use crate::statistics::Counters;
use crate::stream::Stream;

/// The pause between two pieces of `chunk` bytes: long enough for them to travel alone.
const PAUSE: Duration = Duration::from_millis(1);

/// Frames by the names that `frame` has for them. The text is `Hello`, and so is the payload of the ping.
const FRAMES: [(&str, &[u8]); 7] = [
    ("none", &[]),
    ("text", &[0x81, 5, b'H', b'e', b'l', b'l', b'o']),
    ("fragments", &[0x01, 3, b'H', b'e', b'l', 0x80, 2, b'l', b'o']),
    ("binary", &[0x82, 126, 0, 5, 0, 1, 2, 3, 0xff]),
    ("ping", &[0x89, 5, b'H', b'e', b'l', b'l', b'o']),
    ("pong", &[0x8a, 5, b'H', b'e', b'l', b'l', b'o']),
    ("close", &[0x88, 5, 0x03, 0xe8, b'b', b'y', b'e']),
];

/// The text once more, compressed (RFC 7692, section 7.2.3.1), for clients that have agreed to it.
const COMPRESSED: &[u8] = &[0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

/// The frame that is sent when none is asked for.
const DEFAULT_FRAME: (&str, &[u8]) = FRAMES[1];

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// In order: FIN, over TLS behind a `close_notify`.
    Fin,
    /// By FIN alone, over TLS too.
    Cut,
    /// By a reset.
    Reset,
    /// Not at all.
    Stall,
}

const ENDS: [(&str, End); 4] =
    [("end", End::Fin), ("cut", End::Cut), ("reset", End::Reset), ("stall", End::Stall)];

/// What is sent, and what becomes of the connection then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    bytes: Vec<u8>,
    chunk: usize,
    by: End,
    /// Whether the handshake is complete.
    opens: bool,
    /// Whether a whole message goes out.
    tells: bool,
}

impl Fault {
    /// What the parameters ask for, of this good answer.
    ///
    /// # Errors
    ///
    /// A parameter is none of those that there are.
    pub(crate) fn new(response: &Response, query: &Query) -> Result<Self, QueryError> {
        let mut bytes = Vec::new();
        // Writing to memory does not fail.
        let _ = write_response(&mut bytes, response);
        let head = bytes.len();
        let (name, frame) = query.one_of("frame", &FRAMES)?.unwrap_or(DEFAULT_FRAME);
        let is_compressed = response.headers().contains_key(SEC_WEBSOCKET_EXTENSIONS);
        bytes.extend_from_slice(if name == "text" && is_compressed { COMPRESSED } else { frame });
        let whole = bytes.len();
        let bits = whole * 8 - 1;
        let flip = query.number("flip", bits)?;
        if let Some(bit) = flip {
            // Bits are numbered as they are sent: the first one is the most significant.
            bytes[bit / 8] ^= 0x80 >> (bit % 8);
        }
        let sent = query.number("at", whole)?.unwrap_or(whole);
        bytes.truncate(sent);
        let opens = sent >= head && flip.is_none_or(|bit| bit / 8 >= head);
        let is_message = matches!(name, "text" | "fragments" | "binary");
        Ok(Self {
            bytes,
            chunk: query.number("chunk", whole)?.unwrap_or(whole).max(1),
            by: query.one_of("by", &ENDS)?.map_or(End::Fin, |(_, end)| end),
            opens,
            tells: opens && flip.is_none() && sent == whole && is_message,
        })
    }

    /// Sends it, and waits for the client to leave if that is how it ends.
    pub(crate) async fn send(self, stream: &mut Stream, counters: &Counters) -> io::Result<()> {
        for (index, piece) in self.bytes.chunks(self.chunk).enumerate() {
            if index > 0 {
                sleep(PAUSE).await;
            }
            stream.write_all(piece).await?;
            stream.flush().await?;
        }
        if self.opens {
            counters.upgraded();
        }
        if self.tells {
            counters.message_out();
        }
        match self.by {
            End::Fin => stream.shutdown().await?,
            End::Cut => stream.shutdown_tcp().await?,
            End::Reset => return stream.reset_on_drop(),
            End::Stall => {}
        }
        stream.discard().await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(query: &str) -> Result<Fault, QueryError> {
        let mut response = Response::new(());
        *response.status_mut() = tokio_tungstenite::tungstenite::http::StatusCode::OK;
        Fault::new(&response, &Query::new(Some(query)))
    }

    #[test]
    fn a_cut_leaves_the_bytes_before_it() {
        let whole = fault("frame=ping").unwrap();
        assert!(whole.opens && !whole.tells && whole.by == End::Fin);
        let head = whole.bytes.len() - 7;
        let cut = fault(&format!("frame=ping&at={}&by=reset", head + 2)).unwrap();
        assert_eq!(cut.bytes, whole.bytes[..head + 2]);
        assert!(cut.opens && cut.by == End::Reset);
        assert!(!fault(&format!("at={}", head - 1)).unwrap().opens);
        assert!(fault(&format!("at={}", head + 7)).unwrap().tells);
        assert!(matches!(fault("at=100000"), Err(QueryError::Value { name: "at", .. })));
    }

    #[test]
    fn a_flip_changes_one_bit() {
        let whole = fault("frame=text").unwrap();
        let head = whole.bytes.len() - 7;
        let flipped = fault(&format!("frame=text&flip={}", head * 8 + 1)).unwrap();
        assert_eq!(flipped.bytes[head], 0xc1);
        assert!(flipped.opens && !flipped.tells);
        assert!(!fault("flip=0").unwrap().opens);
    }

    #[test]
    fn what_there_is_not_is_told_with_what_there_is() {
        let error = fault("frame=txt").unwrap_err().to_string();
        assert_eq!(
            error,
            "the parameter frame is \"txt\", not one of none, text, fragments, binary, ping, pong, close"
        );
        let error = fault("by=magic").unwrap_err().to_string();
        assert_eq!(error, "the parameter by is \"magic\", not one of end, cut, reset, stall");
    }
}
