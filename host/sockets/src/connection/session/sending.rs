//! What an open connection sends: the guest's messages, pings that are due, and close frames.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Message;

use super::Session;
use crate::bindings::types::ErrorCode;
use crate::connection::keepalive::Keepalive;
use crate::connection::transport::Transport;
use crate::link::{Link, is_data, kind_and_len};
use crate::observer::FrameKind;

impl Session {
    /// Sends what the guest has sent, and behind it the answer to the peer's close frame as soon as
    /// the guest can have nothing more to send before it.
    pub(super) fn poll_send_and_answer(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<()> {
        // Asked before what it has sent is taken, or its last words could be left behind.
        let has_finished = match &self.unanswered {
            Some(mark) => link.poll_seen(cx, mark).is_ready(),
            None => return self.poll_send(cx, link),
        };
        ready!(self.poll_send(cx, link));
        if !has_finished && !self.close_sent && self.broken.is_none() {
            return Poll::Pending;
        }
        self.answer_close();
        self.poll_send(cx, link)
    }

    pub(super) fn answer_close(&mut self) {
        self.unanswered = None;
        if !self.close_sent && self.broken.is_none() {
            let frame = self.received.clone().flatten();
            self.broken = self.transport.answer_close(frame).err();
            self.close_sent = true;
        }
    }

    /// Encodes what the guest has sent, then flushes. Ready when nothing is left, or nothing more
    /// can be written.
    fn poll_send(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<()> {
        if self.broken.is_some() {
            return Poll::Ready(());
        }
        match self.poll_write(cx, link) {
            Poll::Ready(Ok(())) => Poll::Ready(()),
            Poll::Ready(Err(error)) => {
                self.broken = Some(error);
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<Result<(), ErrorCode>> {
        self.unwritten.stamp();
        let result = self.poll_encode(cx, link);
        self.unwritten.tell(self.transport.written(), link.observer());
        result
    }

    fn poll_encode(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<Result<(), ErrorCode>> {
        loop {
            match self.transport.poll_ready(cx) {
                // The library is ready again only when it has flushed everything.
                Poll::Ready(Ok(())) if std::mem::take(&mut self.blocked) => self.flushed(link),
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.blocked = true;
                    return Poll::Pending;
                }
            }
            let due = self.keepalive.as_mut().and_then(Keepalive::take_due).map(Message::Ping);
            let Some(message) = due.or_else(|| link.next_outgoing()) else { break };
            // Nothing follows a close frame (RFC 6455, section 5.5.1).
            if !self.close_sent {
                self.encode(message, link)?;
            }
        }
        self.unwritten.stamp();
        ready!(self.transport.poll_flush(cx))?;
        self.flushed(link);
        Poll::Ready(Ok(()))
    }

    fn flushed(&mut self, link: &Link) {
        self.unsent_pongs = 0;
        link.flushed(std::mem::take(&mut self.unflushed));
    }

    fn encode(&mut self, message: Message, link: &Link) -> Result<(), ErrorCode> {
        let (kind, bytes) = kind_and_len(&message);
        let ping = if let Message::Ping(data) = &message { data.clone() } else { Bytes::new() };
        self.transport.start_send(message)?;
        if is_data(kind) {
            self.unflushed += bytes as u64;
        }
        self.close_sent |= kind == FrameKind::Close;
        if link.observer().is_some() {
            self.unwritten.push(self.transport.encoded(), kind, ping);
        }
        Ok(())
    }
}
