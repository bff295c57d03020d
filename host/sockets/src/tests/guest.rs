//! What a guest does, in Rust: a context with a queue, and waits that end.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;
use tokio_tungstenite::tungstenite::Message;
use wasock_server::{Server, ServerConfig};

use crate::bindings::events::{Closed, Event, Failed, Opened};
use crate::bindings::sockets::{ConnectOptions, State};
use crate::limits::Limits;
use crate::{
    AllowAll, Delivered, DialOutcome, Dialed, EventQueue, FrameKind, SessionEnd, Socket,
    SocketObserver, SocketsCtx, SocketsCtxBuilder,
};

/// No step of a test takes this long, unless it hangs.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A time that is to run out.
pub(super) const SHORT: Duration = Duration::from_millis(50);

pub(super) struct Guest {
    pub(super) ctx: SocketsCtx,
    pub(super) queue: EventQueue,
}

impl Guest {
    pub(super) fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(super) fn with_limits(limits: Limits) -> Self {
        Self::build(SocketsCtx::builder().network(Arc::new(AllowAll)).limits(limits))
    }

    pub(super) fn build(builder: SocketsCtxBuilder) -> Self {
        let ctx = builder.build();
        let queue = EventQueue::new(&ctx.shared);
        Self { ctx, queue }
    }

    pub(super) fn socket(&mut self) -> Socket {
        self.ctx.last_socket += 1;
        Socket::new(self.ctx.last_socket, self.queue.clone(), self.ctx.shared.clone())
    }

    /// A socket that is open, and whose `opened` event was taken.
    pub(super) async fn open(&mut self, url: &str) -> Socket {
        self.open_with(url, options()).await
    }

    pub(super) async fn open_with(&mut self, url: &str, options: ConnectOptions) -> Socket {
        let mut socket = self.socket();
        socket.connect(url.to_owned(), options).unwrap();
        assert_eq!(self.opened().await.socket, socket.id());
        socket
    }

    pub(super) async fn event(&self) -> Event {
        let mut events = soon(self.queue.wait(1, None)).await.unwrap();
        events.pop().unwrap()
    }

    pub(super) async fn opened(&self) -> Opened {
        match self.event().await {
            Event::Opened(opened) => opened,
            other => panic!("not opened: {other:?}"),
        }
    }

    pub(super) async fn failed(&self) -> Failed {
        match self.event().await {
            Event::Failed(failed) => failed,
            other => panic!("not failed: {other:?}"),
        }
    }

    pub(super) async fn text(&self) -> String {
        match self.event().await {
            Event::Text(message) => message.data,
            other => panic!("not a text: {other:?}"),
        }
    }

    pub(super) async fn closed(&self) -> Closed {
        match self.event().await {
            Event::Closed(closed) => closed,
            other => panic!("not closed: {other:?}"),
        }
    }

    /// Skips all other events until the end of the connection.
    pub(super) async fn until_closed(&self) -> Closed {
        loop {
            if let Event::Closed(closed) = self.event().await {
                return closed;
            }
        }
    }

    /// Asserts that no event waits.
    pub(super) async fn nothing(&self) {
        let events = self.queue.wait(u32::MAX, Some(Duration::ZERO)).await.unwrap();
        assert!(events.is_empty(), "{events:?}");
    }

    pub(super) fn open_sockets(&self) -> usize {
        self.ctx.shared.sockets.load(Ordering::Acquire)
    }

    /// Waits until no connection's task holds one of the guest's sockets.
    pub(super) async fn until_no_socket_is_open(&self) {
        until(|| self.open_sockets() == 0).await;
    }

    /// Asserts that this socket's life is over, and that nothing follows.
    pub(super) async fn is_over(&self, socket: &Socket) {
        assert_eq!(socket.state(), State::Closed);
        assert_eq!(self.open_sockets(), 0);
        self.nothing().await;
    }
}

pub(super) fn options() -> ConnectOptions {
    ConnectOptions {
        headers: vec![],
        protocols: vec![],
        deflate: None,
        timeout: None,
        close_timeout: None,
        max_message_size: None,
        ping_interval: None,
        pong_timeout: None,
        hold_close_answer: false,
    }
}

pub(super) fn nanos(time: Duration) -> Option<u64> {
    Some(u64::try_from(time.as_nanos()).unwrap())
}

pub(super) fn text(data: &str) -> Message {
    Message::text(data)
}

pub(super) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it happens in time")
}

/// Waits for a condition that other tasks bring about.
pub(super) async fn until(condition: impl Fn() -> bool) {
    soon(async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Polls a future once and asserts that it waits.
pub(super) async fn waits<F: Future>(mut future: Pin<&mut F>) {
    std::future::poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending(), "it does not wait");
        Poll::Ready(())
    })
    .await;
}

pub(super) async fn server() -> (Server, SocketAddr) {
    let server = Server::start(ServerConfig::default()).await.unwrap();
    let address = server.address().unwrap();
    (server, address)
}

/// Writes down what an observer is told.
#[derive(Default)]
pub(super) struct Recorder(Mutex<Vec<String>>);

impl Recorder {
    pub(super) fn on(socket: &Socket) -> Arc<Self> {
        let recorder = Arc::new(Self::default());
        socket.set_observer(recorder.clone());
        recorder
    }

    pub(super) fn calls(&self) -> Vec<String> {
        self.0.lock().clone()
    }

    pub(super) fn count(&self, call: &str) -> usize {
        self.0.lock().iter().filter(|entry| *entry == call).count()
    }

    fn note(&self, call: String) {
        self.0.lock().push(call);
    }
}

impl SocketObserver for Recorder {
    fn dialed(&self, dialed: &Dialed<'_>) {
        let known = if dialed.peer.is_some() { "known" } else { "unknown" };
        self.note(match dialed.outcome {
            DialOutcome::Opened(handshake) => format!("opened {} {known}", handshake.status),
            DialOutcome::Failed(_, handshake) => {
                format!("failed {} {known}", handshake.map_or(0, |handshake| handshake.status))
            }
            DialOutcome::GivenUp(handshake) => {
                format!("given up {} {known}", handshake.map_or(0, |handshake| handshake.status))
            }
        });
    }

    fn sent(&self, kind: FrameKind, bytes: usize, accepted: bool) {
        self.note(format!("sent {kind:?} {bytes} {accepted}"));
    }

    fn written(&self, kind: FrameKind, payload: &[u8], _at: u64) {
        self.note(format!("written {kind:?} {}", String::from_utf8_lossy(payload)));
    }

    fn pong(&self, payload: &[u8], _at: u64) {
        self.note(format!("pong {}", String::from_utf8_lossy(payload)));
    }

    fn delivered(&self, messages: &mut dyn Iterator<Item = Delivered>) {
        messages.for_each(|one| self.note(format!("delivered {:?} {}", one.kind, one.bytes)));
    }

    fn ended(&self, _end: SessionEnd<'_>, _at: u64) {
        self.note("ended".to_owned());
    }
}
