//! Endpoints that break the rules in ways that cost a careless client its time or its memory. Each stops
//! by itself when the client leaves, the server stops, or [`LONGEST`] is over.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use crate::fault::Fault;
use crate::shutdown::Shutdown;
use crate::statistics::Counters;
use crate::stream::Stream;

/// How long a misdeed lasts at most: longer than any test waits, short enough to end by itself.
const LONGEST: Duration = Duration::from_secs(120);

/// The pause between two bytes of a handshake that is too slow.
const PAUSE: Duration = Duration::from_millis(50);

/// A frame that announces more bytes than there are addresses (RFC 6455, section 5.2): FIN and binary,
/// then a length of 2^63 - 1.
const HUGE_FRAME: [u8; 10] = [0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/// The first fragment of a binary message, and one of the following: 65,535 bytes each.
const FIRST_FRAGMENT: [u8; 4] = [0x02, 126, 0xff, 0xff];
const FRAGMENT: [u8; 4] = [0x00, 126, 0xff, 0xff];
const FRAGMENT_SIZE: usize = 0xffff;

/// What is done instead of answering an opening handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BadAnswer {
    /// The answer comes byte by byte, and never ends.
    Slow,
    /// The answer has headers without end.
    EndlessHeaders,
    /// The answer is no HTTP.
    Garbage,
    /// The answer and what follows are sound but for a fault.
    Fault(Fault),
}

/// What is done on an open connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadFrames {
    /// A frame that announces more than can be.
    Huge,
    /// One message in fragments without end.
    EndlessFragments,
}

/// Answers a request badly.
pub(crate) async fn answer(
    stream: &mut Stream,
    misdeed: BadAnswer,
    counters: &Counters,
    shutdown: &mut Shutdown,
) {
    match misdeed {
        BadAnswer::Slow => bounded(shutdown, slow(stream)).await,
        BadAnswer::EndlessHeaders => bounded(shutdown, endless_headers(stream)).await,
        BadAnswer::Garbage => bounded(shutdown, garbage(stream)).await,
        BadAnswer::Fault(fault) => bounded(shutdown, fault.send(stream, counters)).await,
    }
}

/// Sends frames that no client may accept, then waits for it to leave.
pub(crate) async fn frames(stream: &mut Stream, misdeed: BadFrames, shutdown: &mut Shutdown) {
    match misdeed {
        BadFrames::Huge => {
            let sending = async {
                stream.write_all(&HUGE_FRAME).await?;
                stream.flush().await?;
                stream.discard().await;
                Ok(())
            };
            bounded(shutdown, sending).await;
        }
        BadFrames::EndlessFragments => bounded(shutdown, endless_fragments(stream)).await,
    }
}

/// Goes on until the client has enough.
async fn bounded(shutdown: &mut Shutdown, misdeed: impl Future<Output = io::Result<()>>) {
    tokio::select! {
        outcome = timeout(LONGEST, misdeed) => tracing::trace!(?outcome, "a misdeed is done"),
        () = shutdown.asked() => {}
    }
}

async fn slow(stream: &mut Stream) -> io::Result<()> {
    for byte in
        b"HTTP/1.1 101 Switching Protocols\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'a'))
    {
        stream.write_all(&[*byte]).await?;
        stream.flush().await?;
        sleep(PAUSE).await;
    }
    Ok(())
}

async fn endless_headers<W: AsyncWrite + Unpin>(stream: &mut W) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n").await?;
    for number in 0_u64.. {
        stream.write_all(format!("X-Header-{number}: more\r\n").as_bytes()).await?;
    }
    Ok(())
}

async fn garbage(stream: &mut Stream) -> io::Result<()> {
    stream.write_all(b"\x00\x01\x02 hello\r\n\r\n").await?;
    stream.shutdown().await?;
    stream.discard().await;
    Ok(())
}

async fn endless_fragments<W: AsyncWrite + Unpin>(stream: &mut W) -> io::Result<()> {
    let payload = vec![b'x'; FRAGMENT_SIZE];
    for head in std::iter::once(FIRST_FRAGMENT).chain(std::iter::repeat(FRAGMENT)) {
        stream.write_all(&head).await?;
        stream.write_all(&payload).await?;
    }
    Ok(())
}
