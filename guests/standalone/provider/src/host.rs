//! The exported interfaces of the world `client`. No protocol logic here.

use tungstenite::Message;

use crate::bindings::types::ErrorCode;
use crate::bindings::{events, sockets, timers};
use crate::ctx::Ids;
use crate::queue::EventQueue;
use crate::socket::Socket;
use crate::timer::Timer;
use crate::{Provider, clock, panics};

thread_local! {
    static SOCKETS: Ids = Ids::default();
    static TIMERS: Ids = Ids::default();
}

/// The guest's handle of an event queue.
pub(crate) struct QueueHandle(pub(crate) EventQueue);

impl Drop for QueueHandle {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl events::Guest for Provider {
    type EventQueue = QueueHandle;
}

impl events::GuestEventQueue for QueueHandle {
    fn new() -> Self {
        panics::tell();
        Self(EventQueue::default())
    }

    fn wait(
        &self,
        max: u32,
        timeout: Option<u64>,
    ) -> Result<Vec<events::Event>, events::WaitError> {
        self.0.wait(max, timeout)
    }
}

impl sockets::Guest for Provider {
    type Socket = Socket;
}

impl sockets::GuestSocket for Socket {
    fn new(queue: sockets::EventQueueBorrow<'_>) -> Self {
        Self::new(SOCKETS.with(Ids::next), queue.get::<QueueHandle>().0.clone())
    }

    fn id(&self) -> u32 {
        self.id()
    }

    fn state(&self) -> sockets::State {
        self.state()
    }

    fn connect(&self, url: String, options: sockets::ConnectOptions) -> Result<(), ErrorCode> {
        self.connect(url, options)
    }

    fn send_text(&self, data: String) -> Result<(), ErrorCode> {
        self.send(Message::Text(data.into()))
    }

    fn send_binary(&self, data: Vec<u8>) -> Result<(), ErrorCode> {
        self.send(Message::Binary(data.into()))
    }

    fn ping(&self, payload: Vec<u8>) -> Result<(), ErrorCode> {
        self.ping(payload)
    }

    fn close(&self, code: Option<u16>, reason: String) -> Result<(), ErrorCode> {
        self.close(code, &reason)
    }

    fn abort(&self) {
        self.abort();
    }

    fn skip(&self, messages: u32) {
        self.skip(messages);
    }

    fn buffered_amount(&self) -> u64 {
        self.buffered_amount()
    }
}

impl timers::Guest for Provider {
    type Timer = Timer;

    fn now() -> u64 {
        clock::now()
    }
}

impl timers::GuestTimer for Timer {
    fn new(queue: timers::EventQueueBorrow<'_>, first: u64, period: Option<u64>) -> Self {
        let queue = queue.get::<QueueHandle>().0.clone();
        if let Err(text) = queue.check_untaken() {
            panic!("{text}");
        }
        Self::start(TIMERS.with(Ids::next), queue, first, period)
    }

    fn id(&self) -> u32 {
        self.id
    }
}
