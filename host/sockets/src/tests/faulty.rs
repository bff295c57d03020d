//! Connects to the server's faulty endpoint, and keeps the books.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use wasock_server::{Server, ServerConfig};

use super::compressing::DEFLATE;
use super::guest::{Guest, SHORT, nanos, options, soon, until};
use crate::bindings::events::Event;
use crate::bindings::types::ErrorCode;
use crate::tls::{TlsOptions, client_config};
use crate::{AllowAll, DialOutcome, Dialed, SessionEnd, SocketObserver, SocketsCtx};

/// How a client connects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) secure: bool,
    pub(super) compressed: bool,
}

pub(super) const WAYS: [Way; 4] = [
    Way { secure: false, compressed: false },
    Way { secure: false, compressed: true },
    Way { secure: true, compressed: false },
    Way { secure: true, compressed: true },
];

/// A server, and what came of the attempts to connect to it.
pub(super) struct Bench {
    pub(super) server: Server,
    pub(super) ledger: Arc<Ledger>,
    /// The tasks of the server's own.
    tasks: usize,
}

/// Counts what observers are told, and what guests are.
#[derive(Default)]
pub(super) struct Ledger {
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Ledger {
    fn count(&self, what: &'static str) {
        *self.counts.lock().entry(what).or_default() += 1;
    }

    pub(super) fn of(&self, what: &str) -> u64 {
        self.counts.lock().get(what).copied().unwrap_or_default()
    }
}

impl SocketObserver for Ledger {
    fn begun(&self, _url: &str, _at: u64) {
        self.count("attempts");
    }

    fn dialed(&self, dialed: &Dialed<'_>) {
        self.count(match dialed.outcome {
            DialOutcome::Opened(_) => "opened",
            DialOutcome::Failed(..) | DialOutcome::GivenUp(_) => "failed",
        });
    }

    fn ended(&self, end: SessionEnd<'_>, _at: u64) {
        self.count(match end {
            SessionEnd::Unopened => "unopened",
            SessionEnd::Closed => "closed",
            SessionEnd::Broken(_) => "broken",
            SessionEnd::GivenUp => "given up",
        });
    }
}

/// Where a connection comes to a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hangs {
    InHandshake,
    /// Open, and after so many messages.
    After(usize),
}

/// What a guest was told, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) opened: bool,
    pub(super) messages: Vec<String>,
    /// Code and reason of a closing handshake, or what broke.
    pub(super) end: String,
}

impl Bench {
    pub(super) async fn new() -> Self {
        let config = ServerConfig { tls_port: Some(0), ..ServerConfig::default() };
        let server = Server::start(config).await.unwrap();
        let tasks = Handle::current().metrics().num_alive_tasks();
        Self { server, tasks, ledger: Arc::default() }
    }

    fn url(&self, way: Way, query: &str) -> String {
        let (scheme, address) = match way.secure {
            false => ("ws", self.server.address()),
            true => ("wss", self.server.tls_address()),
        };
        format!("{scheme}://{}/fault?{query}", address.unwrap())
    }

    /// How long the answer is, and the frame behind it. It opens a WebSocket as the server sees it.
    pub(super) async fn lengths(&self, frame: &str, way: Way) -> (usize, usize) {
        self.ledger.count("probes");
        let mut tcp = TcpStream::connect(self.server.address().unwrap()).await.unwrap();
        let offer = match way.compressed {
            true => "Sec-WebSocket-Extensions: permessage-deflate\r\n",
            false => "",
        };
        let request = format!(
            "GET /fault?frame={frame} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Version: 13\r\n{offer}\r\n"
        );
        tcp.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        soon(tcp.read_to_end(&mut bytes)).await.unwrap();
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        (head, bytes.len() - head)
    }

    /// Connects once, and tells what the guest is told. Of a connection that hangs the guest has had enough
    /// after so many messages.
    pub(super) async fn attempt(&self, way: Way, query: &str, hangs: Option<Hangs>) -> Told {
        let tls = TlsOptions { insecure_skip_verify: true, ..TlsOptions::default() };
        let builder = SocketsCtx::builder().network(Arc::new(AllowAll));
        let mut guest = Guest::build(builder.tls(Arc::new(client_config(&tls).unwrap())));
        let mut options = options();
        options.deflate = way.compressed.then_some(DEFLATE);
        options.close_timeout = nanos(SHORT);
        if hangs == Some(Hangs::InHandshake) {
            options.timeout = nanos(SHORT);
        }
        let mut socket = guest.socket();
        socket.set_observer(self.ledger.clone());
        socket.connect(self.url(way, query), options).unwrap();
        let mut told = Told { opened: false, messages: Vec::new(), end: String::new() };
        while told.end.is_empty() {
            match guest.event().await {
                Event::Opened(_) => told.opened = true,
                Event::Failed(failed) => told.end = name(&failed.failure.code).to_owned(),
                Event::Closed(closed) => {
                    assert_eq!(closed.failure.is_none(), closed.was_clean, "{closed:?}");
                    told.end = match &closed.failure {
                        None => format!("{} {}", closed.code, closed.reason),
                        Some(failure) => name(&failure.code).to_owned(),
                    };
                }
                event => told.messages.push(message(event)),
            }
            let hangs_now = hangs == Some(Hangs::After(told.messages.len()));
            if told.opened && told.end.is_empty() && hangs_now {
                socket.close(Some(1000), "").unwrap();
            }
        }
        guest.is_over(&socket).await;
        assert_eq!(socket.buffered_amount(), 0);
        told
    }

    /// All that was begun has come to one end, and nothing is left of it.
    pub(super) async fn balances(self) {
        let of = |what| self.ledger.of(what);
        assert!(of("attempts") > 0);
        assert_eq!(of("attempts"), of("opened") + of("failed"));
        assert_eq!(of("failed"), of("unopened"));
        assert_eq!(of("opened"), of("closed") + of("broken") + of("given up"));
        let tasks = || Handle::current().metrics().num_alive_tasks();
        let open = || self.server.statistics().connections_open;
        until(|| tasks() <= self.tasks && open() == 0).await;
    }
}

fn name(code: &ErrorCode) -> &'static str {
    match code {
        ErrorCode::UnexpectedEnd => "unexpected end",
        ErrorCode::ConnectionReset => "reset",
        ErrorCode::Timeout => "timeout",
        ErrorCode::ProtocolViolation(_) => "violation",
        ErrorCode::InvalidUtf8 => "invalid UTF-8",
        ErrorCode::MessageTooBig => "too big",
        ErrorCode::BadHandshake(_) => "bad handshake",
        other => panic!("no fault of these: {other:?}"),
    }
}

fn message(event: Event) -> String {
    let text = |data: Vec<u8>| String::from_utf8_lossy(&data).into_owned();
    match event {
        Event::Text(message) => message.data,
        Event::Binary(message) => {
            let bytes: Vec<_> = message.data.iter().map(u8::to_string).collect();
            bytes.join(" ")
        }
        Event::Ping(message) => format!("ping {}", text(message.data)),
        Event::Pong(message) => format!("pong {}", text(message.data)),
        other => panic!("nobody asked for {other:?}"),
    }
}
