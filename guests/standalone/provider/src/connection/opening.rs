//! The opening handshake over a stream that never waits.

use std::io::{Read, Write};
use std::task::Poll;

use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::derive_accept_key;

use super::exchange::{EXTENSIONS, find, parse_head, request, verify, wanted_body};
use super::stream::{Stream, io_error, would_block};
use super::{Refused, Target};
use crate::bindings::types::{ErrorCode, Handshake};
use crate::clock;
use crate::limits::{MAX_HANDSHAKE_HEAD, REFUSAL_BODY_WAIT};
use crate::reactor::Sources;

/// How much one read may bring.
const CHUNK: usize = 2048;

/// A completed opening handshake.
pub(super) struct Agreed {
    pub(super) stream: Stream,
    pub(super) handshake: Handshake,
    /// What the server sent right behind its answer.
    pub(super) read_ahead: Vec<u8>,
}

/// An opening handshake that is under way.
pub(super) struct Asking {
    /// None when it is over.
    stream: Option<Stream>,
    request: Vec<u8>,
    written: usize,
    accept: String,
    answer: Vec<u8>,
    refusal: Option<Refusal>,
}

/// An answer that establishes no WebSocket, while its body is read.
struct Refusal {
    handshake: Handshake,
    reason: String,
    wanted: usize,
    until: u64,
}

impl Asking {
    /// Asks the server at the other end of a stream for a WebSocket.
    pub(super) fn new(stream: Stream, target: &Target) -> Self {
        let key = generate_key();
        Self {
            stream: Some(stream),
            request: request(target, &key).into_bytes(),
            written: 0,
            accept: derive_accept_key(key.as_bytes()),
            answer: Vec::new(),
            refusal: None,
        }
    }

    /// Goes on as far as it can.
    pub(super) fn advance(&mut self, target: &Target) -> Poll<Result<Agreed, Refused>> {
        if let Some(stream) = &mut self.stream {
            stream.look();
        }
        if let Poll::Ready(result) = self.write() {
            result.map_err(Refused::from)?;
        } else {
            return Poll::Pending;
        }
        if self.refusal.is_some() {
            return self.read_body();
        }
        loop {
            // The empty line may straddle two reads.
            let searched = self.answer.len().saturating_sub(3);
            match self.read() {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(ErrorCode::UnexpectedEnd.into())),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
            }
            let end = self.answer[searched..].windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                return self.answered(searched + end + 4, target);
            }
            if self.answer.len() > MAX_HANDSHAKE_HEAD {
                let text =
                    format!("the answer's headers are longer than {MAX_HANDSHAKE_HEAD} bytes");
                return Poll::Ready(Err(ErrorCode::BadHandshake(text).into()));
            }
        }
    }

    /// The head of the answer is complete.
    fn answered(&mut self, end: usize, target: &Target) -> Poll<Result<Agreed, Refused>> {
        let rest = self.answer.split_off(end);
        let mut handshake = parse_head(&self.answer)?;
        match verify(&handshake, &self.accept, target) {
            Ok(_) => {
                handshake.protocol = find(&handshake.headers, "Sec-WebSocket-Protocol");
                handshake.extensions = find(&handshake.headers, EXTENSIONS);
                let stream = self.stream.take().expect("the stream is there until the end");
                Poll::Ready(Ok(Agreed { stream, handshake, read_ahead: rest }))
            }
            Err(reason) => {
                self.answer = rest;
                let wanted = wanted_body(&handshake);
                let wait = REFUSAL_BODY_WAIT.as_nanos() as u64;
                let until = clock::now().saturating_add(wait);
                self.refusal = Some(Refusal { handshake, reason, wanted, until });
                self.read_body()
            }
        }
    }

    /// The beginning of a refusal's body, as far as it comes soon.
    fn read_body(&mut self) -> Poll<Result<Agreed, Refused>> {
        let Some(mut refusal) = self.refusal.take() else { return Poll::Pending };
        while self.answer.len() < refusal.wanted {
            match self.read() {
                Poll::Ready(Ok(0) | Err(_)) => break,
                Poll::Ready(Ok(_)) => {}
                Poll::Pending if clock::now() >= refusal.until => break,
                Poll::Pending => {
                    self.refusal = Some(refusal);
                    return Poll::Pending;
                }
            }
        }
        self.answer.truncate(refusal.wanted);
        refusal.handshake.body = std::mem::take(&mut self.answer);
        let code = ErrorCode::BadHandshake(refusal.reason);
        Poll::Ready(Err(Refused { code, handshake: Some(Box::new(refusal.handshake)) }))
    }

    fn write(&mut self) -> Poll<Result<(), ErrorCode>> {
        let Some(stream) = &mut self.stream else { return Poll::Pending };
        while self.written < self.request.len() {
            match stream.write(&self.request[self.written..]) {
                Ok(0) => return Poll::Ready(Err(ErrorCode::ConnectionReset)),
                Ok(written) => self.written += written,
                Err(error) if would_block(&error) => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(io_error(&error))),
            }
            if self.written == self.request.len() {
                let _ = stream.flush();
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Reads what has come behind the answer so far.
    fn read(&mut self) -> Poll<Result<usize, ErrorCode>> {
        let Some(stream) = &mut self.stream else { return Poll::Pending };
        let mut chunk = [0; CHUNK];
        match stream.read(&mut chunk) {
            Ok(read) => {
                self.answer.extend_from_slice(&chunk[..read]);
                Poll::Ready(Ok(read))
            }
            Err(error) if would_block(&error) => Poll::Pending,
            Err(error) => Poll::Ready(Err(io_error(&error))),
        }
    }

    /// When it has to go on though nothing happens.
    pub(super) fn deadline(&self) -> Option<u64> {
        self.refusal.as_ref().map(|refusal| refusal.until)
    }

    /// What it waits for.
    pub(super) fn sources(&self) -> Sources<'_> {
        self.stream.as_ref().map_or([None, None], |stream| stream.sources(true))
    }
}
