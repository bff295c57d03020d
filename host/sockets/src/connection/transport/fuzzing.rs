//! Whatever a peer sends is the same messages and the same end, however it is cut into segments.

use std::future::poll_fn;

use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::Message;

use super::{AnyTransport, Transport as _};
use crate::bindings::sockets::DeflateOptions;
use crate::connection::extension::{Agreement, Offer};
use crate::connection::stream::Stream;
use crate::fuzzing::{Input, block_on};

/// How many bytes wait between the two sides: more than any input has, or its answers.
const BUFFER: usize = 1 << 20;

/// The bytes of an input before those that the peer sends.
const CUTS: usize = 4;

/// The longest messages that are accepted.
const LIMITS: [usize; 4] = [0, 10, 200, 100_000];

/// What servers answer to an offer of compression, if they take it.
const ANSWERS: [&str; 4] = [
    "",
    "permessage-deflate",
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    "permessage-deflate; server_max_window_bits=9",
];

/// What has come of the bytes of a peer.
#[derive(Debug, PartialEq)]
struct Read {
    messages: Vec<Message>,
    /// Why no more can be read.
    error: Option<String>,
}

/// The fuzz target: the terms, where to cut, and what the peer sends.
pub(crate) fn frames(data: &[u8]) {
    let mut input = Input::new(data);
    let answer = ANSWERS[input.below(ANSWERS.len())];
    let limit = LIMITS[input.below(LIMITS.len())];
    let cuts: Vec<_> = input.take(CUTS).iter().map(|length| usize::from(*length)).collect();
    let bytes = input.rest();
    let whole = block_on(read(answer, limit, &[&[], bytes]));
    let longest = whole.messages.iter().map(Message::len).max();
    // A control frame may be longer than the limit of messages.
    assert!(longest.is_none_or(|longest| longest <= limit.max(125)), "{longest:?}");
    for cuts in [&cuts[..], &[1]] {
        let segments = segments(bytes, cuts);
        let cut = block_on(read(answer, limit, &segments));
        assert_eq!(cut, whole, "cut at {cuts:?}");
    }
}

/// Cuts bytes into segments of these lengths, again and again.
fn segments<'a>(bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut input = Input::new(bytes);
    let mut segments = Vec::new();
    for length in lengths.iter().cycle().map(|length| (*length).max(1)) {
        segments.push(input.take(length));
        if input.is_empty() {
            break;
        }
    }
    segments
}

/// The agreement on an answer, if there is any compression in it.
fn agreement(answer: &str) -> Option<Agreement> {
    let offer = Offer::new(DeflateOptions {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: Some(9),
        client_max_window_bits: None,
    });
    offer.expect("the offer is good").agree(answer).expect("it is what was offered")
}

/// Reads to the end. The first segment comes right behind the answer to the handshake.
async fn read(answer: &str, limit: usize, segments: &[&[u8]]) -> Read {
    let (ours, mut theirs) = tokio::io::duplex(BUFFER);
    let (read_ahead, segments) = segments.split_at(segments.len().min(1));
    let stream = Stream::memory(ours);
    let agreement = agreement(answer);
    let transport = AnyTransport::new(stream, read_ahead.concat(), limit, agreement.as_ref());
    let mut transport = transport.await;
    let mut read = Read { messages: Vec::new(), error: None };
    let sending = async {
        for segment in segments {
            theirs.write_all(segment).await.expect("there is room");
            tokio::task::yield_now().await;
        }
        theirs.shutdown().await.expect("it can be ended");
        theirs
    };
    let receiving = async {
        loop {
            let next = poll_fn(|cx| {
                // Pongs leave; a peer that is gone does not matter.
                let _ = transport.poll_flush(cx);
                transport.poll_receive(cx)
            });
            match next.await {
                None => break,
                Some(Err(error)) => {
                    read.error = Some(format!("{error:?}"));
                    break;
                }
                Some(Ok(message)) => {
                    if let Message::Close(frame) = &message {
                        let _ = transport.answer_close(frame.clone());
                    }
                    read.messages.push(message);
                }
            }
        }
    };
    tokio::join!(sending, receiving);
    read
}
