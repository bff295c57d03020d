//! The guest's handle of a connection, checked for what may be asked in which state.

use std::future::Future;
use std::sync::Arc;

use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite::Message;

use crate::bindings::sockets::{ConnectOptions, State};
use crate::bindings::types::ErrorCode;
use crate::clock;
use crate::connection::{self, Reach, Target, close_frame};
use crate::ctx::Shared;
use crate::limits::MAX_CONTROL_PAYLOAD;
use crate::link::Link;
use crate::observer::SocketObserver;
use crate::queue::EventQueue;

/// A socket's handle. Dropping it ends the connection as `sockets.socket` describes.
pub struct Socket {
    link: Arc<Link>,
    task: Option<AbortHandle>,
}

impl Socket {
    pub(crate) fn new(id: u32, queue: EventQueue, shared: Arc<Shared>) -> Self {
        Self { link: Arc::new(Link::new(id, queue, shared)), task: None }
    }

    /// The number by which events name this socket.
    pub fn id(&self) -> u32 {
        self.link.id
    }

    /// Where the socket is in its life.
    pub fn state(&self) -> State {
        self.link.state()
    }

    /// Lets `observer` know what this socket does. To be called before [`Self::connect`]; the first
    /// observer stays.
    pub fn set_observer(&self, observer: Arc<dyn SocketObserver>) {
        self.link.observe(observer);
    }

    /// `socket.connect`. Its task runs on the tokio runtime that this is called on.
    ///
    /// # Errors
    ///
    /// As its WIT documentation says.
    pub fn connect(&mut self, url: String, options: ConnectOptions) -> Result<(), ErrorCode> {
        self.begin(url, options, Reach::Dial)
    }

    /// Connects to who is at the other end of a stream.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn connect_over(
        &mut self,
        stream: connection::stream::Stream,
        options: ConnectOptions,
    ) -> Result<(), ErrorCode> {
        self.begin("ws://peer.test/".to_owned(), options, Reach::Over(stream))
    }

    fn begin(
        &mut self,
        url: String,
        options: ConnectOptions,
        reach: Reach,
    ) -> Result<(), ErrorCode> {
        if self.state() != State::Unconnected {
            return Err(ErrorCode::InvalidState);
        }
        let target = Target::new(url, options, &self.link.shared)?;
        self.link.begin()?;
        if let Some(observer) = self.link.observer() {
            observer.begun(&target.given_url, clock::now());
        }
        let task = connection::run(self.link.clone(), target, reach);
        self.task = Some(self.link.shared.spawn(task));
        Ok(())
    }

    /// `socket.send-text` and `socket.send-binary`: accepts the message, then waits while too much
    /// is buffered.
    ///
    /// # Errors
    ///
    /// The socket is not open; or too much is buffered, and the guest was interrupted, so that it
    /// cannot be made to wait.
    pub async fn send(&self, message: Message) -> Result<(), ErrorCode> {
        // Pings do not wait, so there may be too much already.
        self.link.until_room().await;
        self.link.accept(message)?;
        self.link.until_room().await;
        Ok(())
    }

    /// `async-sockets.send-text` and `send-binary`: as [`Self::send`], while the guest goes on with
    /// other things.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn send_beside(
        &self,
        message: Message,
    ) -> impl Future<Output = Result<(), ErrorCode>> + Send + use<> {
        let link = self.link.clone();
        async move {
            link.until_room_beside().await;
            link.accept(message)?;
            link.until_room_beside().await;
            Ok(())
        }
    }

    /// `socket.ping`.
    ///
    /// # Errors
    ///
    /// The socket is not open, the payload is too long, or too much is buffered.
    pub fn ping(&self, payload: Vec<u8>) -> Result<(), ErrorCode> {
        if payload.len() > MAX_CONTROL_PAYLOAD {
            let text = format!("the payload of a ping is longer than {MAX_CONTROL_PAYLOAD} bytes");
            return Err(ErrorCode::InvalidArgument(text));
        }
        self.link.accept(Message::Ping(payload.into()))
    }

    /// `socket.close`.
    ///
    /// # Errors
    ///
    /// As its WIT documentation says.
    pub fn close(&self, code: Option<u16>, reason: &str) -> Result<(), ErrorCode> {
        let frame = close_frame(code, reason)?;
        self.link.close(frame)
    }

    /// `socket.abort`.
    pub fn abort(&self) {
        self.link.give_up();
    }

    /// `socket.skip`.
    pub fn skip(&self, messages: u32) {
        self.link.skip(messages as usize);
    }

    /// `socket.buffered-amount`, in bytes.
    pub fn buffered_amount(&self) -> u64 {
        self.link.buffered()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.link.detach()
            && let Some(task) = self.task.take()
        {
            task.abort();
        }
    }
}
