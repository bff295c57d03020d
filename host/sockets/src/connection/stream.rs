//! The bytes under a WebSocket: TCP or a Unix socket, and TLS over it; behind a proxy that speaks TLS,
//! TLS over that.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustls::ClientConnection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::client::TlsStream;

use crate::traffic::Counted;

/// A stream that knows how much was written to it.
pub(crate) struct Stream {
    layer: Layer,
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
    pub(super) fn tcp(tcp: Counted<TcpStream>) -> Self {
        Self { layer: Layer::Tcp(tcp), read: 0, written: 0 }
    }

    #[cfg(unix)]
    pub(super) fn unix(unix: Counted<UnixStream>) -> Self {
        Self { layer: Layer::Unix(unix), read: 0, written: 0 }
    }

    /// A peer in this process, which sends what no network would send in that order.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn memory(memory: tokio::io::DuplexStream) -> Self {
        Self { layer: Layer::Memory(memory), read: 0, written: 0 }
    }

    pub(super) fn tls(tls: TlsStream<Stream>) -> Self {
        Self { layer: Layer::Tls(Box::new(tls)), read: 0, written: 0 }
    }

    /// The state of the TLS that is nearest to the user, if there is any.
    pub(crate) fn tls_session(&self) -> Option<&ClientConnection> {
        match &self.layer {
            Layer::Tls(stream) => Some(stream.get_ref().1),
            _ => None,
        }
    }

    /// How many bytes have been read.
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
        let before = buf.filled().len();
        let result = match &mut self.layer {
            Layer::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(unix)]
            Layer::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(any(test, fuzzing))]
            Layer::Memory(stream) => Pin::new(stream).poll_read(cx, buf),
            Layer::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        };
        self.read += (buf.filled().len() - before) as u64;
        result
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
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
