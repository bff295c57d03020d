//! A byte stream to one client, with or without TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::tls_report;
use crate::web::ALPN_HTTP_2;

/// How much is read at a time from a client whose bytes nobody wants.
const DISCARD_SIZE: usize = 4096;

/// A connected client.
#[derive(Debug)]
pub(crate) enum Stream {
    /// Bytes go over TCP as they are.
    Plain(TcpStream),
    /// Bytes go through TLS. Boxed, as its state is some hundred times larger.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }

    /// Whether the client agreed to speak HTTP/2.
    pub(crate) fn is_http2(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(ALPN_HTTP_2),
        }
    }

    /// What the TLS handshake came to, as JSON; null without TLS.
    pub(crate) fn tls_report(&self) -> serde_json::Value {
        match self {
            Self::Plain(_) => serde_json::Value::Null,
            Self::Tls(stream) => tls_report::report(stream.get_ref().1),
        }
    }

    /// Makes the coming drop of this stream send a TCP reset instead of a FIN.
    ///
    /// # Errors
    ///
    /// The operating system refused the socket option.
    pub(crate) fn reset_on_drop(&self) -> io::Result<()> {
        self.tcp().set_zero_linger()
    }

    /// Ends the sending side of TCP, over TLS without a word of it (RFC 8446, section 6.1).
    ///
    /// # Errors
    ///
    /// The client is gone.
    pub(crate) async fn shutdown_tcp(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.shutdown().await,
            Self::Tls(stream) => stream.get_mut().0.shutdown().await,
        }
    }

    /// Reads and forgets what the client sends until it ends the connection.
    ///
    /// A socket that is closed with unread bytes makes the kernel send a reset, which can destroy
    /// what the client has not read yet. So whoever wants its last words heard ends its sending
    /// side and then waits here, for a bounded time.
    pub(crate) async fn discard(&mut self) {
        let mut bytes = [0; DISCARD_SIZE];
        while matches!(self.read(&mut bytes).await, Ok(1..)) {}
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
