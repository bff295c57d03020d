//! One open WebSocket, from the end of its opening handshake to the end of its TCP connection.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::Limits;
use crate::shutdown::Shutdown;
use crate::statistics::Counters;
use crate::stream::Stream;

/// The read buffer of a connection. It is allocated for each one, so it is small; 10,000
/// connections take 80 MB.
const READ_BUFFER_SIZE: usize = 8 * 1024;

/// How many bytes gather before a write, unless somebody flushes: some hundred small messages, and two records of
/// TLS.
const WRITE_BUFFER_SIZE: usize = 32 * 1024;

/// The connection is of no more use to an endpoint: the client closed it, it broke, or the server
/// stops. The endpoint returns, and [`Connection::finish`] does what is left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended;

/// An open WebSocket.
pub(crate) struct Connection {
    socket: WebSocketStream<Stream>,
    state: State,
    shutdown: Shutdown,
    counters: Arc<Counters>,
    close_time: Duration,
}

/// What [`Connection::finish`] has to do.
#[derive(Debug)]
enum State {
    /// No close frame was sent or received.
    Open,
    /// The client's close frame was received and is not answered yet.
    ClosedByClient,
    /// The client broke the protocol and has to be told so.
    Faulty(CloseFrame),
    /// No further frame goes over this connection.
    Over,
    /// An endpoint has taken the byte stream, to end it in its own way.
    Abandoned,
}

impl Connection {
    /// Wraps a stream whose opening handshake is done; `rest` is what came after it.
    pub(crate) async fn new(
        stream: Stream,
        rest: Vec<u8>,
        limits: &Limits,
        shutdown: Shutdown,
        counters: Arc<Counters>,
    ) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_SIZE)
            .write_buffer_size(WRITE_BUFFER_SIZE)
            .max_message_size(Some(limits.message_size))
            .max_frame_size(Some(limits.message_size));
        counters.upgraded();
        let socket =
            WebSocketStream::from_partially_read(stream, rest, Role::Server, Some(config)).await;
        Self { socket, state: State::Open, shutdown, counters, close_time: limits.close_time }
    }

    /// Waits for the next text or binary message; pings are answered on the way. Cancel safe.
    ///
    /// # Errors
    ///
    /// The connection has ended, or the server stops.
    pub(crate) async fn receive(&mut self) -> Result<Message, Ended> {
        loop {
            if self.shutdown.is_asked() {
                return Err(Ended);
            }
            let item = tokio::select! {
                biased;
                item = self.socket.next() => item,
                () = self.shutdown.asked() => return Err(Ended),
            };
            if let Some(message) = self.sort(item)? {
                return Ok(message);
            }
        }
    }

    /// The next text or binary message if it is there already.
    ///
    /// # Errors
    ///
    /// As for [`receive`](Self::receive).
    pub(crate) fn try_receive(&mut self) -> Result<Option<Message>, Ended> {
        loop {
            if self.shutdown.is_asked() {
                return Err(Ended);
            }
            let Some(item) = self.socket.next().now_or_never() else {
                return Ok(None);
            };
            if let Some(message) = self.sort(item)? {
                return Ok(Some(message));
            }
        }
    }

    fn sort(&mut self, item: Option<Result<Message, Error>>) -> Result<Option<Message>, Ended> {
        self.state = match item {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                self.counters.message_in();
                return Ok(Some(message));
            }
            Some(Ok(Message::Close(_))) => State::ClosedByClient,
            Some(Ok(_)) => return Ok(None),
            Some(Err(error)) => fault(&error),
            None => State::Over,
        };
        Err(Ended)
    }

    /// Puts a message into the write buffer, and waits while that is full.
    ///
    /// # Errors
    ///
    /// The connection has ended, or the server stops.
    pub(crate) async fn feed(&mut self, message: Message) -> Result<(), Ended> {
        let is_data = message.is_text() || message.is_binary();
        let fed = tokio::select! {
            biased;
            fed = self.socket.feed(message) => fed,
            () = self.shutdown.asked() => return Err(Ended),
        };
        if is_data && fed.is_ok() {
            self.counters.message_out();
        }
        self.check(fed)
    }

    /// Waits until the write buffer has gone to the network.
    ///
    /// # Errors
    ///
    /// The connection has ended, or the server stops.
    pub(crate) async fn flush(&mut self) -> Result<(), Ended> {
        let flushed = tokio::select! {
            biased;
            flushed = self.socket.flush() => flushed,
            () = self.shutdown.asked() => return Err(Ended),
        };
        self.check(flushed)
    }

    /// [`feed`](Self::feed) and [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// The connection has ended, or the server stops.
    pub(crate) async fn send(&mut self, message: Message) -> Result<(), Ended> {
        self.feed(message).await?;
        self.flush().await
    }

    fn check(&mut self, result: Result<(), Error>) -> Result<(), Ended> {
        result.map_err(|error| {
            tracing::debug!(%error, "a connection broke while the server wrote to it");
            self.state = State::Over;
            Ended
        })
    }

    /// Starts the closing handshake and waits for its end (RFC 6455, section 7.1.2), within the
    /// time limit.
    pub(crate) async fn close(&mut self, frame: Option<CloseFrame>) {
        self.state = State::Over;
        let handshake = async {
            if self.socket.close(frame).await.is_ok() {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        };
        if timeout(self.close_time, handshake).await.is_err() {
            tracing::debug!("a client did not answer a close frame in time");
        }
    }

    /// Takes the byte stream away from the WebSocket: [`finish`](Self::finish) will only drop it.
    pub(crate) fn abandon(&mut self) -> (&mut Stream, &mut Shutdown) {
        self.state = State::Abandoned;
        (self.socket.get_mut(), &mut self.shutdown)
    }

    /// What the TLS handshake came to, as JSON; null without TLS.
    pub(crate) fn tls_report(&self) -> serde_json::Value {
        self.socket.get_ref().tls_report()
    }

    /// How long the end of a connection may take.
    pub(crate) fn close_time(&self) -> Duration {
        self.close_time
    }

    /// Ends the connection in the way that fits to what has happened on it.
    pub(crate) async fn finish(mut self) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Abandoned => return,
            State::Over => {}
            State::Open => {
                self.close(Some(close_frame(CloseCode::Away, "the server is shutting down"))).await
            }
            State::ClosedByClient => {
                let answer = async { while let Some(Ok(_)) = self.socket.next().await {} };
                let _ = timeout(self.close_time, answer).await;
            }
            State::Faulty(frame) => {
                let stream_end = async {
                    if self.socket.close(Some(frame)).await.is_ok() {
                        let stream = self.socket.get_mut();
                        let _ = stream.shutdown().await;
                        stream.discard().await;
                    }
                };
                let _ = timeout(self.close_time, stream_end).await;
            }
        }
        // TLS wants its own goodbye (RFC 8446, section 6.1), and nobody is left to tell if it
        // fails.
        let _ = timeout(self.close_time, self.socket.get_mut().shutdown()).await;
    }
}

/// A close frame with a reason.
pub(crate) fn close_frame(code: CloseCode, reason: &str) -> CloseFrame {
    CloseFrame { code, reason: reason.into() }
}

/// What a failed read means for the end of the connection (RFC 6455, section 7.4.1).
fn fault(error: &Error) -> State {
    let code = match error {
        Error::Capacity(_) => CloseCode::Size,
        Error::Utf8(_) => CloseCode::Invalid,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => return State::Over,
        Error::Protocol(_) => CloseCode::Protocol,
        _ => return State::Over,
    };
    tracing::debug!(%error, "a client broke the protocol");
    let reason = match error {
        Error::Protocol(error) => error.to_string(),
        Error::Capacity(error) => error.to_string(),
        _ => "text is not UTF-8".to_owned(),
    };
    State::Faulty(close_frame(code, &reason))
}
