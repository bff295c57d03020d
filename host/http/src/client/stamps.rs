//! When what happened in an exchange.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wasock_sockets::{ByteStream, clock};

use crate::bindings::http::Timings;

/// When what happened, by the clock of the events; 0 for what has not.
pub(crate) struct Stamps {
    pub(crate) started: u64,
    /// How long it took to connect, and to shake hands for TLS.
    connecting: AtomicU64,
    securing: AtomicU64,
    connected: AtomicU64,
    written: AtomicU64,
    answered: AtomicU64,
    ended: AtomicU64,
}

impl Stamps {
    /// An exchange begins.
    pub(crate) fn begin() -> Self {
        Self {
            started: clock::now(),
            connecting: AtomicU64::new(0),
            securing: AtomicU64::new(0),
            connected: AtomicU64::new(0),
            written: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        }
    }

    /// A connection was made, or was not, in these times.
    pub(super) fn dialled(&self, connecting: u64, securing: u64) {
        self.connecting.store(connecting, Ordering::Release);
        self.securing.store(securing, Ordering::Release);
    }

    /// There is a connection to send over. What was sent over another one does not count.
    pub(super) fn connected(&self) {
        self.connected.store(clock::now(), Ordering::Release);
        self.written.store(0, Ordering::Release);
        self.answered.store(0, Ordering::Release);
    }

    /// A part of the request was written.
    pub(super) fn wrote(&self) {
        if self.answered.load(Ordering::Acquire) == 0 {
            self.written.store(clock::now(), Ordering::Release);
        }
    }

    /// A part of the answer was read.
    pub(super) fn read(&self) {
        if self.written.load(Ordering::Acquire) != 0 {
            let _ = self.answered.compare_exchange(
                0,
                clock::now(),
                Ordering::AcqRel,
                Ordering::Acquire,
            );
        }
    }

    /// All is over; when that was.
    pub(crate) fn end(&self) -> u64 {
        let now = clock::now();
        let ended = self.ended.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire);
        ended.err().unwrap_or(now)
    }

    /// How long each part took. A part that was cut short lasted until the end.
    pub(crate) fn timings(&self) -> Timings {
        let ended = self.end();
        let at = |stamp: &AtomicU64| Some(stamp.load(Ordering::Acquire)).filter(|at| *at != 0);
        let between = |from: Option<u64>, to: Option<u64>| {
            from.map_or(0, |from| to.unwrap_or(ended).saturating_sub(from))
        };
        let (connected, written, answered) =
            (at(&self.connected), at(&self.written), at(&self.answered));
        Timings {
            blocked: between(Some(self.started), connected),
            connecting: self.connecting.load(Ordering::Acquire),
            tls_handshaking: self.securing.load(Ordering::Acquire),
            sending: between(connected, written.or(answered)),
            waiting: between(written, answered),
            receiving: between(answered, None),
        }
    }
}

/// Whose exchange a connection carries, if it carries one at a time.
pub(super) type Carried = Arc<Mutex<Option<Arc<Stamps>>>>;

/// The bytes of a connection, which stamp the exchange that it carries.
pub(super) struct Stamped {
    inner: Box<dyn ByteStream>,
    carried: Carried,
}

impl Stamped {
    pub(super) fn new(inner: Box<dyn ByteStream>) -> (Self, Carried) {
        let carried = Carried::default();
        (Self { inner, carried: carried.clone() }, carried)
    }
}

impl AsyncRead for Stamped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.inner).poll_read(cx, buf);
        if buf.filled().len() > before
            && let Some(stamps) = &*self.carried.lock()
        {
            stamps.read();
        }
        result
    }
}

impl AsyncWrite for Stamped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, buf);
        if matches!(result, Poll::Ready(Ok(1..)))
            && let Some(stamps) = &*self.carried.lock()
        {
            stamps.wrote();
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
