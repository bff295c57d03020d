//! Bytes on the wire, of all connections of a guest.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::bandwidth::Turn;
use crate::bound::{Bound, BoundObserver};

/// The places of the directions in [`Counted`].
const RECEIVING: usize = 0;
const SENDING: usize = 1;

/// Counts the bytes that TCP carried: handshakes, TLS and frames.
#[derive(Debug, Default)]
pub struct Traffic {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Traffic {
    /// Bytes sent since the last call.
    pub fn take_sent(&self) -> u64 {
        self.sent.swap(0, Ordering::Relaxed)
    }

    /// Bytes received since the last call.
    pub fn take_received(&self) -> u64 {
        self.received.swap(0, Ordering::Relaxed)
    }
}

/// A stream whose bytes are counted.
pub(crate) struct Counted<S> {
    inner: S,
    traffic: Arc<Traffic>,
    /// Its turns to receive and to send, if there is a limit to how fast that may be.
    turns: Option<[Turn; 2]>,
    observer: Arc<dyn BoundObserver>,
}

impl<S> Counted<S> {
    pub(crate) fn new(
        inner: S,
        traffic: Arc<Traffic>,
        turns: Option<[Turn; 2]>,
        observer: Arc<dyn BoundObserver>,
    ) -> Self {
        Self { inner, traffic, turns, observer }
    }

    /// How many bytes may be received, or sent, as soon as some may.
    fn poll_piece(&mut self, direction: usize, cx: &mut Context<'_>) -> Poll<usize> {
        match &mut self.turns {
            None => Poll::Ready(usize::MAX),
            Some(turns) => {
                turns[direction].poll_piece(cx, || self.observer.reached(Bound::Bandwidth))
            }
        }
    }

    fn passed(&self, direction: usize, bytes: usize) {
        if let Some(turns) = &self.turns {
            turns[direction].passed(bytes);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let piece = ready!(self.poll_piece(RECEIVING, cx)).min(buf.remaining());
        let before = buf.filled().len();
        let result = if piece == buf.remaining() {
            Pin::new(&mut self.inner).poll_read(cx, buf)
        } else {
            let mut part = ReadBuf::new(buf.initialize_unfilled_to(piece));
            let result = Pin::new(&mut self.inner).poll_read(cx, &mut part);
            let read = part.filled().len();
            buf.advance(read);
            result
        };
        let read = buf.filled().len() - before;
        self.passed(RECEIVING, read);
        self.traffic.received.fetch_add(read as u64, Ordering::Relaxed);
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let piece = ready!(self.poll_piece(SENDING, cx)).min(buf.len());
        let result = Pin::new(&mut self.inner).poll_write(cx, &buf[..piece]);
        self.count_written(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.turns.is_some() {
            let first = bufs.iter().find(|buf| !buf.is_empty());
            return self.as_mut().poll_write(cx, first.map_or(&[], |buf| buf));
        }
        let result = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.count_written(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<S> Counted<S> {
    fn count_written(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(written)) = &result {
            self.passed(SENDING, *written);
            self.traffic.sent.fetch_add(*written as u64, Ordering::Relaxed);
        }
        result
    }
}
