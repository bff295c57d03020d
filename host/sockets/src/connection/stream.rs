//! The bytes under a WebSocket: TCP or a Unix socket, and TLS over it; behind a proxy that speaks TLS,
//! TLS over that.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustls::ClientConnection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::client::TlsStream;

use super::read_ahead::ReadAhead;
use crate::traffic::Counted;

/// How many bytes the system is given at a time. Most servers' kernels let no other thread have the processor until a
/// system call has ended, and a message may be of many megabytes: so much takes some 20 µs to copy, in which the call
/// itself no longer counts.
const MAX_WRITE: usize = 64 << 10;

/// A stream that reads ahead, and knows how much was read and written.
pub(crate) struct Stream {
    layer: Layer,
    ahead: ReadAhead,
    read: u64,
    written: u64,
}

enum Layer {
    Tcp(Counted<TcpStream>),
    #[cfg(unix)]
    Unix(Counted<UnixStream>),
    #[cfg(any(test, fuzzing))]
    Memory(tokio::io::DuplexStream),
    /// Boxed, as its state is large.
    Tls(Box<TlsStream<Stream>>),
}

impl Stream {
    fn new(layer: Layer) -> Self {
        Self { layer, ahead: ReadAhead::default(), read: 0, written: 0 }
    }

    pub(super) fn tcp(tcp: Counted<TcpStream>) -> Self {
        Self::new(Layer::Tcp(tcp))
    }

    #[cfg(unix)]
    pub(super) fn unix(unix: Counted<UnixStream>) -> Self {
        Self::new(Layer::Unix(unix))
    }

    /// A peer in this process, which sends what no network would send in that order.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn memory(memory: tokio::io::DuplexStream) -> Self {
        Self::new(Layer::Memory(memory))
    }

    pub(super) fn tls(tls: TlsStream<Stream>) -> Self {
        Self::new(Layer::Tls(Box::new(tls)))
    }

    /// The state of the TLS that is nearest to the user, if there is any.
    pub(crate) fn tls_session(&self) -> Option<&ClientConnection> {
        match &self.layer {
            Layer::Tls(stream) => Some(stream.get_ref().1),
            _ => None,
        }
    }

    /// How many bytes have been read, those among them that nobody has asked for yet.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// How many bytes the operating system, or TLS on its way there, has taken.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    fn count_written(&mut self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(written)) = &result {
            self.written += *written as u64;
        }
        result
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { layer, ahead, read, .. } = &mut *self;
        let brought = ahead.poll(buf, |buf| match layer {
            Layer::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(unix)]
            Layer::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(any(test, fuzzing))]
            Layer::Memory(stream) => Pin::new(stream).poll_read(cx, buf),
            Layer::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        });
        *read += ready!(brought)? as u64;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let buf = &buf[..buf.len().min(MAX_WRITE)];
        let result = match &mut self.layer {
            Layer::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            #[cfg(unix)]
            Layer::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
            #[cfg(any(test, fuzzing))]
            Layer::Memory(stream) => Pin::new(stream).poll_write(cx, buf),
            Layer::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        };
        self.count_written(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(long) = bufs.first().filter(|buf| buf.len() > MAX_WRITE) {
            return self.poll_write(cx, long);
        }
        let result = match &mut self.layer {
            Layer::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            #[cfg(unix)]
            Layer::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            #[cfg(any(test, fuzzing))]
            Layer::Memory(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Layer::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        };
        self.count_written(result)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.layer {
            Layer::Tcp(stream) => stream.is_write_vectored(),
            #[cfg(unix)]
            Layer::Unix(stream) => stream.is_write_vectored(),
            #[cfg(any(test, fuzzing))]
            Layer::Memory(stream) => stream.is_write_vectored(),
            Layer::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.layer {
            Layer::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(unix)]
            Layer::Unix(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(any(test, fuzzing))]
            Layer::Memory(stream) => Pin::new(stream).poll_flush(cx),
            Layer::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.layer {
            Layer::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(unix)]
            Layer::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(any(test, fuzzing))]
            Layer::Memory(stream) => Pin::new(stream).poll_shutdown(cx),
            Layer::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
