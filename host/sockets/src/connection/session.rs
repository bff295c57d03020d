//! An open connection: messages both ways until it ends.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::Target;
use super::dial::Stream;
use super::transport::{Transport, Tungstenite};
use crate::bindings::events::{BinaryMessage, Event, TextMessage};
use crate::bindings::sockets::State;
use crate::bindings::types::ErrorCode;
use crate::clock;
use crate::limits::TCP_CLOSE_WAIT;
use crate::observer::{FrameKind, SocketObserver};
use crate::socket::{Link, is_data, kind_and_len};

/// RFC 6455, section 7.4.1: the close frame had no code.
const NO_STATUS: u16 = 1005;

/// RFC 6455, section 7.4.1: there was no close frame.
const ABNORMAL: u16 = 1006;

/// How many messages are moved before other tasks get a turn.
const TURN: usize = 128;

/// How a session ended.
pub(crate) struct Ending {
    pub(crate) code: u16,
    pub(crate) reason: String,
    pub(crate) was_clean: bool,
    pub(crate) failure: Option<ErrorCode>,
}

/// An open connection.
pub(crate) struct Session {
    transport: Tungstenite,
    observer: Option<Arc<dyn SocketObserver>>,
    /// Payload that was encoded and not yet flushed, in bytes.
    unflushed: u64,
    close_sent: bool,
    received: Option<Option<CloseFrame>>,
    /// When to stop waiting for the peer.
    deadline: Option<std::pin::Pin<Box<Sleep>>>,
}

impl Session {
    pub(crate) async fn new(stream: Stream, read_ahead: Vec<u8>, target: &Target) -> Self {
        let transport = Tungstenite::new(stream, read_ahead, target.max_message_size).await;
        Self {
            transport,
            observer: None,
            unflushed: 0,
            close_sent: false,
            received: None,
            deadline: None,
        }
    }

    /// Moves messages until the connection has ended, and tells how.
    pub(crate) async fn run(mut self, link: &Link, close_timeout: Duration) -> Ending {
        self.observer = link.observer();
        let failure = poll_fn(|cx| self.poll(cx, link, close_timeout)).await.err();
        if let Some(code) = failure.as_ref().and_then(close_code_for) {
            // Best effort: the peer may be gone (RFC 6455, section 7.1.7).
            let frame = CloseFrame { code, reason: "".into() };
            if self.transport.start_send(Message::Close(Some(frame))).is_ok() {
                let flushed = poll_fn(|cx| self.transport.poll_flush(cx));
                let _ = tokio::time::timeout(TCP_CLOSE_WAIT, flushed).await;
            }
        }
        self.ending(failure)
    }

    fn ending(self, failure: Option<ErrorCode>) -> Ending {
        match self.received {
            Some(frame) => {
                let (code, reason) = frame.map_or((NO_STATUS, String::new()), |frame| {
                    (frame.code.into(), frame.reason.to_string())
                });
                Ending { code, reason, was_clean: true, failure: None }
            }
            None => {
                let failure = failure.or(Some(ErrorCode::UnexpectedEnd));
                Ending { code: ABNORMAL, reason: String::new(), was_clean: false, failure }
            }
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
        close_timeout: Duration,
    ) -> Poll<Result<(), ErrorCode>> {
        link.register_task(cx);
        if link.is_aborted() {
            return Poll::Ready(Err(ErrorCode::UnexpectedEnd));
        }
        for _ in 0..TURN {
            let sent = self.poll_send(cx, link)?;
            if self.close_sent && link.is_detached() && sent.is_ready() {
                return Poll::Ready(Ok(()));
            }
            self.arm_deadline(close_timeout);
            match self.poll_receive(cx, link) {
                // What was read may want an answer: a ping a pong, a close frame its like.
                Poll::Ready(Ok(true)) => continue,
                Poll::Ready(Ok(false)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(self.settle_error(error)),
                Poll::Pending => return self.poll_deadline(cx),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Encodes what the guest has sent, then flushes. Ready when nothing is left.
    fn poll_send(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<Result<(), ErrorCode>> {
        loop {
            match self.transport.poll_ready(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(self.settle_error(error)),
                Poll::Pending => return Poll::Pending,
            }
            let Some(message) = link.next_outgoing() else { break };
            if let Err(error) = self.encode(message) {
                return Poll::Ready(self.settle_error(error));
            }
        }
        match self.transport.poll_flush(cx) {
            Poll::Ready(Ok(())) => {
                link.flushed(std::mem::take(&mut self.unflushed));
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(self.settle_error(error)),
            Poll::Pending => Poll::Pending,
        }
    }

    fn encode(&mut self, message: Message) -> Result<(), ErrorCode> {
        let (kind, bytes) = kind_and_len(&message);
        if is_data(kind) {
            self.unflushed += bytes as u64;
        }
        self.close_sent |= kind == FrameKind::Close;
        if let Some(observer) = &self.observer {
            let payload: &[u8] = if let Message::Ping(data) = &message { data } else { &[] };
            observer.written(kind, payload, clock::now());
        }
        self.transport.start_send(message)
    }

    /// Reads one message, if the guest's queue has room. `false` when the connection has ended.
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
    ) -> Poll<Result<bool, ErrorCode>> {
        let ignored = link.is_detached();
        if !ignored && link.queue.poll_room(cx).is_pending() {
            return Poll::Pending;
        }
        let next = std::task::ready!(self.transport.poll_receive(cx));
        let Some(message) = next.transpose()? else { return Poll::Ready(Ok(false)) };
        let at = clock::now();
        if let Message::Close(frame) = message {
            self.received = Some(frame);
        } else if !ignored {
            self.hand_over(link, message, at);
        }
        Poll::Ready(Ok(true))
    }

    fn hand_over(&self, link: &Link, message: Message, at: u64) {
        let socket = link.id;
        let binary = |data: Vec<u8>| BinaryMessage { socket, data, at };
        let event = match message {
            // After `close`, messages are dropped: WHATWG, "when a message has been received".
            Message::Text(_) | Message::Binary(_) if link.state() != State::Open => return,
            Message::Text(text) => {
                Event::Text(TextMessage { socket, data: text.as_str().to_owned(), at })
            }
            Message::Binary(data) => Event::Binary(binary(data.into())),
            Message::Ping(data) => Event::Ping(binary(data.into())),
            Message::Pong(data) => {
                if let Some(observer) = &self.observer {
                    observer.pong(&data, at);
                }
                Event::Pong(binary(data.into()))
            }
            Message::Close(_) | Message::Frame(_) => return,
        };
        link.queue.push(event, self.observer.clone());
    }

    /// The peer's answer to a close frame is waited for, and its end of TCP, but not for ever.
    fn arm_deadline(&mut self, close_timeout: Duration) {
        let wait = match (self.received.is_some(), self.close_sent) {
            (true, _) => TCP_CLOSE_WAIT,
            (false, true) => close_timeout,
            (false, false) => return,
        };
        let deadline = Instant::now() + wait;
        match &mut self.deadline {
            None => self.deadline = Some(Box::pin(sleep_until(deadline))),
            Some(sleep) if sleep.deadline() > deadline => sleep.as_mut().reset(deadline),
            Some(_) => {}
        }
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ErrorCode>> {
        let Some(deadline) = &mut self.deadline else { return Poll::Pending };
        std::task::ready!(deadline.as_mut().poll(cx));
        Poll::Ready(if self.received.is_some() { Ok(()) } else { Err(ErrorCode::Timeout) })
    }

    /// An error after both close frames is no failure: the handshake was complete.
    fn settle_error(&self, error: ErrorCode) -> Result<(), ErrorCode> {
        if self.received.is_some() { Ok(()) } else { Err(error) }
    }
}

/// What to tell the peer about a failure that is its own.
fn close_code_for(error: &ErrorCode) -> Option<CloseCode> {
    match error {
        ErrorCode::ProtocolViolation(_) => Some(CloseCode::Protocol),
        ErrorCode::InvalidUtf8 => Some(CloseCode::Invalid),
        ErrorCode::MessageTooBig => Some(CloseCode::Size),
        _ => None,
    }
}
