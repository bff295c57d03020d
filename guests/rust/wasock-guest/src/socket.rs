//! Connections.

use std::cell::RefCell;
use std::time::Duration;

use crate::bindings::wasock::websocket::events::Event;
use crate::bindings::wasock::websocket::metrics::{Meter, SocketApi};
use crate::bindings::wasock::websocket::sockets::{self, ConnectOptions};
use crate::bindings::wasock::websocket::tags::Tag;
use crate::bindings::wasock::websocket::types::{ErrorCode, Handshake, Header};
use crate::error::describe;
use crate::executor::{self, Source, with_queue};
use crate::{Error, Result};

/// Options for `sockets::Socket::connect` that ask for nothing.
pub fn connect_options() -> ConnectOptions {
    ConnectOptions {
        headers: Vec::new(),
        protocols: Vec::new(),
        deflate: None,
        timeout: None,
        close_timeout: None,
        max_message_size: None,
        ping_interval: None,
        pong_timeout: None,
        hold_close_answer: false,
    }
}

/// What to offer of permessage-deflate (RFC 7692, section 7.1); by default nothing special.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deflate {
    /// Ask the server to forget its window after each message.
    pub server_no_context_takeover: bool,
    /// Promise to forget the own window after each message.
    pub client_no_context_takeover: bool,
    /// Ask for a window of 2 to the power of this many bytes, 8 to 15.
    pub server_max_window_bits: Option<u8>,
    /// Offer a window of 2 to the power of this many bytes, 8 to 15.
    pub client_max_window_bits: Option<u8>,
}

/// A connection that is to be made. What is left out is as `connect-options` in `wit/sockets.wit` says.
pub struct Connect {
    url: String,
    options: ConnectOptions,
    tags: Vec<Tag>,
}

impl Connect {
    /// A connection to a `ws` or `wss` URL.
    pub fn to(url: impl Into<String>) -> Self {
        Self { url: url.into(), options: connect_options(), tags: Vec::new() }
    }

    /// Offers a subprotocol; the first is the preferred one.
    pub fn protocol(mut self, name: impl Into<String>) -> Self {
        self.options.protocols.push(name.into());
        self
    }

    /// Sends a header field with the opening handshake.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.headers.push(Header { name: name.into(), value: value.into() });
        self
    }

    /// Tags what is measured of the connection.
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push(Tag { name: name.into(), value: value.into() });
        self
    }

    /// How long the opening handshake may take, from the name on.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(nanos(timeout));
        self
    }

    /// How long the peer may take to answer a close frame.
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.options.close_timeout = Some(nanos(timeout));
        self
    }

    /// The longest message to accept, in bytes.
    pub fn max_message_size(mut self, bytes: u64) -> Self {
        self.options.max_message_size = Some(bytes);
        self
    }

    /// Lets the host send a ping each time that this has gone by.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.options.ping_interval = Some(nanos(interval));
        self
    }

    /// How long the pings of [`ping_interval`](Self::ping_interval) may be without an answer.
    pub fn pong_timeout(mut self, timeout: Duration) -> Self {
        self.options.pong_timeout = Some(nanos(timeout));
        self
    }

    /// Offers compression.
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.options.deflate = Some(sockets::DeflateOptions {
            server_no_context_takeover: deflate.server_no_context_takeover,
            client_no_context_takeover: deflate.client_no_context_takeover,
            server_max_window_bits: deflate.server_max_window_bits,
            client_max_window_bits: deflate.client_max_window_bits,
        });
        self
    }

    /// Answers a close frame of the peer when the test waits for the next event, and not at once.
    pub fn hold_close_answer(mut self) -> Self {
        self.options.hold_close_answer = true;
        self
    }

    /// The options as the bindings have them.
    pub fn options(&mut self) -> &mut ConnectOptions {
        &mut self.options
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// The connection failed; the text says why.
    pub async fn open(self) -> Result<Socket> {
        let Self { url, options, tags } = self;
        let resource = with_queue(sockets::Socket::new);
        let meter = Meter::new(&resource, SocketApi::Ws, &tags);
        let source = Source::Socket(resource.id());
        executor::open(source);
        let failed =
            |code: &ErrorCode| Error::new(format!("cannot connect to {url}: {}", describe(code)));
        if let Err(code) = resource.connect(&url, &options) {
            meter.refused(&url, &code);
            executor::close(source);
            return Err(failed(&code));
        }
        // Dropped before it is open, the connection is given up.
        let mut socket =
            Socket { resource, source, handshake: None, closed: RefCell::default(), meter };
        match executor::next(source).await {
            Event::Opened(opened) => socket.handshake = Some(opened.handshake),
            Event::Failed(event) => return Err(failed(&event.failure.code)),
            _ => return Err(Error::new("an event came before the connection was open")),
        }
        Ok(socket)
    }
}

/// A connection. Dropping it ends it.
pub struct Socket {
    resource: sockets::Socket,
    source: Source,
    handshake: Option<Handshake>,
    closed: RefCell<Option<Closed>>,
    meter: Meter,
}

/// What has come over a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A ping, which the host has answered.
    Ping(Vec<u8>),
    /// A pong.
    Pong(Vec<u8>),
}

impl Message {
    /// The text, if it is a text message.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The code of the peer's close frame (RFC 6455, section 7.4), or 1005 or 1006.
    pub code: u16,
    /// The reason in it.
    pub reason: String,
    /// Both sides have closed.
    pub was_clean: bool,
}

impl Socket {
    /// What the server answered to the opening handshake.
    pub fn handshake(&self) -> &Handshake {
        self.handshake.as_ref().expect("an open socket has one")
    }

    /// The socket as the bindings have it.
    pub fn resource(&self) -> &sockets::Socket {
        &self.resource
    }

    /// Its meter, which `round-trips` takes.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Sends a text message.
    ///
    /// # Errors
    ///
    /// The connection is not open any more.
    pub fn send(&self, text: &str) -> Result<()> {
        accepted("send", self.resource.send_text(text))
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// The connection is not open any more.
    pub fn send_binary(&self, data: &[u8]) -> Result<()> {
        accepted("send", self.resource.send_binary(data))
    }

    /// Sends a ping; a [`Message::Pong`] follows.
    ///
    /// # Errors
    ///
    /// The connection is not open any more, or the payload is longer than 125 bytes.
    pub fn ping(&self, payload: &[u8]) -> Result<()> {
        accepted("ping", self.resource.ping(payload))
    }

    /// Starts the closing handshake; [`next`](Self::next) says when it is done.
    ///
    /// # Errors
    ///
    /// The reason is longer than 123 bytes.
    pub fn close(&self, code: u16, reason: &str) -> Result<()> {
        accepted("close", self.resource.close(Some(code), reason))
    }

    /// The next message; none when the connection has ended.
    ///
    /// # Errors
    ///
    /// Something broke the connection.
    pub async fn next(&self) -> Result<Option<Message>> {
        if self.closed.borrow().is_some() {
            return Ok(None);
        }
        loop {
            return Ok(Some(match executor::next(self.source).await {
                Event::Text(message) => Message::Text(message.data),
                Event::Binary(message) => Message::Binary(message.data),
                Event::Ping(message) => Message::Ping(message.data),
                Event::Pong(message) => Message::Pong(message.data),
                Event::Closed(event) => {
                    let closed = Closed {
                        code: event.code,
                        reason: event.reason,
                        was_clean: event.was_clean,
                    };
                    *self.closed.borrow_mut() = Some(closed);
                    return match event.failure {
                        Some(failure) => Err(Error::new(describe(&failure.code))),
                        None => Ok(None),
                    };
                }
                _ => continue,
            }));
        }
    }

    /// How the connection ended, once it has.
    pub fn closed(&self) -> Option<Closed> {
        self.closed.borrow().clone()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        executor::close(self.source);
    }
}

fn accepted(what: &str, result: Result<(), ErrorCode>) -> Result<()> {
    result.map_err(|code| Error::new(format!("cannot {what}: {}", describe(&code))))
}

/// A duration as the WIT has it.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
