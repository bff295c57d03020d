//! The payloads of compressed messages (RFC 7692, section 7.2).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::bindings::types::ErrorCode;
use crate::connection::extension::Agreement;

/// What k6 compresses with: a test client's time is dearer than its bandwidth.
const LEVEL: Compression = Compression::fast();

/// What a sync flush ends with, and a message leaves out (section 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// How much room is made at a time for what comes out of the compressor or the inflater, in bytes: one page, which
/// most messages fit into.
const CHUNK: usize = 4 << 10;

/// Deflate in one direction.
struct Context<T> {
    state: T,
    /// Nothing of a message may be remembered for the next one.
    no_takeover: bool,
}

/// Compresses messages.
pub(super) struct Compressor(Context<Compress>);

/// Inflates messages.
pub(super) struct Inflater(Context<Decompress>);

impl Compressor {
    pub(super) fn new(agreement: &Agreement) -> Self {
        let window = agreement.client_window();
        let state = Compress::new_with_window_bits(LEVEL, false, window);
        Self(Context { state, no_takeover: agreement.client_no_context_takeover() })
    }

    /// The payload of a message, compressed.
    pub(super) fn message(&mut self, payload: &[u8]) -> Result<Vec<u8>, ErrorCode> {
        let Context { state, no_takeover } = &mut self.0;
        let mut output = Vec::with_capacity(payload.len() / 2 + CHUNK);
        let start = state.total_in();
        loop {
            let taken = usize::try_from(state.total_in() - start).unwrap_or(payload.len());
            let outcome = state.compress_vec(&payload[taken..], &mut output, FlushCompress::Sync);
            outcome.map_err(|error| ErrorCode::Other(Some(error.to_string())))?;
            // All is out when the compressor has left room (zlib's `deflate`, "Z_SYNC_FLUSH").
            if output.len() < output.capacity() {
                break;
            }
            output.reserve(CHUNK);
        }
        if output.ends_with(&TAIL) {
            output.truncate(output.len() - TAIL.len());
        }
        if output.is_empty() {
            // The one way to say nothing (section 7.2.3.6).
            output.push(0);
        }
        if *no_takeover {
            state.reset();
        }
        Ok(output)
    }
}

impl Inflater {
    pub(super) fn new(agreement: &Agreement) -> Self {
        let state = Decompress::new_with_window_bits(false, agreement.server_window());
        Self(Context { state, no_takeover: agreement.server_no_context_takeover() })
    }

    /// Inflates a fragment and appends it to the message, which stays below `limit` bytes. `last` tells
    /// whether the message ends with it.
    pub(super) fn fragment(
        &mut self,
        payload: &[u8],
        last: bool,
        message: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), ErrorCode> {
        self.inflate(payload, message, limit)?;
        if last {
            let length = message.len();
            self.inflate(&TAIL, message, limit)?;
            // It is an empty block (section 7.2.2), unless it was taken for the rest of another one.
            if message.len() > length {
                let text = "a compressed message ends inside of a block".to_owned();
                return Err(ErrorCode::ProtocolViolation(text));
            }
            if self.0.no_takeover {
                self.0.state.reset(false);
            }
        }
        Ok(())
    }

    fn inflate(
        &mut self,
        mut input: &[u8],
        message: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), ErrorCode> {
        let state = &mut self.0.state;
        loop {
            if message.len() == message.capacity() {
                // One byte of room beyond the limit shows whether the message is longer.
                let room = limit
                    .saturating_add(1)
                    .saturating_sub(message.len())
                    .min(message.len().max(CHUNK));
                message.reserve_exact(room.max(1));
            }
            let before = state.total_in();
            let status = state.decompress_vec(input, message, FlushDecompress::Sync);
            let status = status.map_err(|error| {
                ErrorCode::ProtocolViolation(format!("a message cannot be inflated: {error}"))
            })?;
            if message.len() > limit {
                return Err(ErrorCode::MessageTooBig);
            }
            let taken = usize::try_from(state.total_in() - before).unwrap_or(input.len());
            input = &input[taken..];
            match status {
                // A final block ends the stream; what follows begins another (section 7.2.3.4).
                Status::StreamEnd => state.reset(false),
                _ if message.len() == message.capacity() => continue,
                Status::BufError if taken == 0 => return Ok(()),
                _ => {}
            }
            if input.is_empty() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::bindings::sockets::DeflateOptions;
    use crate::connection::extension::Offer;

    /// What is agreed on by this answer to an offer without conditions.
    pub(in super::super) fn agreement(answer: &str) -> Agreement {
        let offer = Offer::new(DeflateOptions {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: None,
            client_max_window_bits: Some(15),
        });
        offer.unwrap().agree(answer).unwrap().unwrap()
    }

    fn inflate(
        inflater: &mut Inflater,
        payload: &[u8],
        limit: usize,
    ) -> Result<Vec<u8>, ErrorCode> {
        let mut message = Vec::new();
        inflater.fragment(payload, true, &mut message, limit).map(|()| message)
    }

    #[test]
    fn the_examples_of_the_standard_are_inflated() {
        let hello = b"Hello";
        // RFC 7692, sections 7.2.3.1 to 7.2.3.5.
        for (first, second) in [
            (&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..], &[0xf2, 0x00, 0x11, 0x00, 0x00][..]),
            (
                &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
                &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
            ),
            (
                &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
                &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
            ),
            (
                &[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
                &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
            ),
        ] {
            let mut inflater = Inflater::new(&agreement("permessage-deflate"));
            assert_eq!(inflate(&mut inflater, first, 5).unwrap(), hello, "{first:?}");
            assert_eq!(inflate(&mut inflater, second, 5).unwrap(), hello, "{second:?}");
        }
    }

    #[test]
    fn what_is_compressed_is_inflated_again() {
        for answer in [
            "permessage-deflate",
            "permessage-deflate; client_no_context_takeover",
            "permessage-deflate; client_max_window_bits=9",
        ] {
            let agreement = agreement(answer);
            let mut compressor = Compressor::new(&agreement);
            let mut inflater = Inflater::new(&agreement);
            for size in [0, 1, 2, 100, CHUNK - 1, CHUNK, CHUNK + 1, 100_000] {
                let noise: Vec<u8> =
                    (0..size as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
                for payload in [vec![b'a'; size], noise] {
                    let compressed = compressor.message(&payload).unwrap();
                    let inflated = inflate(&mut inflater, &compressed, size).unwrap();
                    assert!(inflated == payload, "{answer}: {size}");
                }
            }
        }
    }

    #[test]
    fn without_takeover_equal_messages_look_equal() {
        let mut compressor =
            Compressor::new(&agreement("permessage-deflate; client_no_context_takeover"));
        let first = compressor.message(b"again and again").unwrap();
        assert_eq!(compressor.message(b"again and again").unwrap(), first);
        let mut compressor = Compressor::new(&agreement("permessage-deflate"));
        let first = compressor.message(b"again and again").unwrap();
        assert!(compressor.message(b"again and again").unwrap().len() < first.len());
    }

    #[test]
    fn a_message_is_not_inflated_beyond_the_limit() {
        let agreement = agreement("permessage-deflate");
        let bomb = Compressor::new(&agreement).message(&vec![0; 1 << 20]).unwrap();
        let mut message = Vec::new();
        let outcome = Inflater::new(&agreement).fragment(&bomb, true, &mut message, 1000);
        assert!(matches!(outcome, Err(ErrorCode::MessageTooBig)), "{outcome:?}");
        assert!(message.capacity() <= 2 * CHUNK, "{}", message.capacity());
    }

    #[test]
    fn what_is_no_deflate_is_a_violation() {
        let mut inflater = Inflater::new(&agreement("permessage-deflate"));
        let outcome = inflate(&mut inflater, &[0x07, 0xff, 0xff], 1000);
        assert!(matches!(outcome, Err(ErrorCode::ProtocolViolation(_))), "{outcome:?}");
    }

    #[test]
    fn a_message_that_ends_inside_of_a_block_is_a_violation() {
        // A block that is stored, of five bytes (RFC 1951, section 3.2.4), of which three are there.
        let stored = [0x00, 5, 0, 0xfa, 0xff, b'a', b'b', b'c'];
        let mut inflater = Inflater::new(&agreement("permessage-deflate"));
        let outcome = inflate(&mut inflater, &stored, 1000);
        assert!(matches!(outcome, Err(ErrorCode::ProtocolViolation(_))), "{outcome:?}");
    }
}
