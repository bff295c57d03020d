//! Calls of every kind, with a line for each fact: guests/transcripts/ has the lines.

use wasock_guest::bindings::wasock::websocket::{secrets, summary};
use wasock_guest::cookies::{Attributes, Jar};
use wasock_guest::environment::random_bytes;
use wasock_guest::events::{BinaryMessage, Event, EventQueue};
use wasock_guest::http::{Request, RequestOptions};
use wasock_guest::metrics::{Contents, Kind};
use wasock_guest::sockets::{ConnectOptions, Socket, State};
use wasock_guest::timers::Timer;
use wasock_guest::types::{ErrorCode, Header};
use wasock_guest::{Result, check, connect_options, describe, env, execution, log, metrics, tags};

const MILLISECOND: u64 = 1_000_000;

/// Calls of the world `client`.
pub async fn client(_data: Option<String>) -> Result<()> {
    let script = Transcript::new();
    script.conversation();
    script.endings();
    script.waiting();
    script.giving_up();
    script.timers();
    Ok(())
}

/// Calls that the world `vu` has besides.
pub async fn vu(_data: Option<String>) -> Result<()> {
    Transcript::new().http();
    cookies();
    measuring();
    surroundings();
    Ok(())
}

struct Transcript {
    queue: EventQueue,
    base: String,
}

impl Transcript {
    fn new() -> Self {
        let base = env("WS").unwrap_or_else(|| "ws://echo.example".to_owned());
        Self { queue: EventQueue::new(), base }
    }

    fn conversation(&self) {
        let socket = Socket::new(&self.queue);
        log(format!("socket {}", socket.id()));
        self.before_connect(&socket);
        self.talk(&socket);
        self.closing(&socket);
    }

    fn before_connect(&self, socket: &Socket) {
        state(socket);
        result("send-text", socket.send_text("x"));
        result("send-binary", socket.send_binary(b"x"));
        result("ping", socket.ping(b"p"));
        result("close", socket.close(Some(1000), ""));
        socket.abort();
        state(socket);
        let connect = |what, url: &str, options| result(what, socket.connect(url, &options));
        connect("connect to nonsense", "nonsense", connect_options());
        connect("connect to http", "http://a.test/", connect_options());
        let protocols = vec!["a b".to_owned()];
        let wrong = ConnectOptions { protocols, ..connect_options() };
        connect("connect with a wrong protocol", &self.base, wrong);
        let headers = vec![Header { name: "a b".to_owned(), value: "a b".to_owned() }];
        connect(
            "connect with a wrong header",
            &self.base,
            ConnectOptions { headers, ..connect_options() },
        );
    }

    fn talk(&self, socket: &Socket) {
        let protocols = vec!["unsupported".to_owned(), "chat.v1".to_owned()];
        let (url, options) =
            (self.url("/protocol"), ConnectOptions { protocols, ..connect_options() });
        result("connect", socket.connect(&url, &options));
        self.event();
        state(socket);
        for text in ["hello", "", "✓ 🐊"] {
            result("send-text", socket.send_text(text));
            self.event();
        }
        result("send-binary", socket.send_binary(b"\0\x01\xff"));
        self.event();
        result("send-binary of nothing", socket.send_binary(b""));
        self.event();
        result("ping", socket.ping(b"p"));
        self.event();
        result("ping of 126 bytes", socket.ping(&[0; 126]));
        for digit in 0..10 {
            result("send-text", socket.send_text(&digit.to_string()));
        }
        for _ in 0..10 {
            self.event();
        }
        log(format!("buffered-amount {}", socket.buffered_amount()));
    }

    fn closing(&self, socket: &Socket) {
        result("close with a reason alone", socket.close(None, "bye"));
        result("close with a reason of 124 bytes", socket.close(Some(1000), &"r".repeat(124)));
        result("close", socket.close(Some(3001), "bye"));
        self.event();
        state(socket);
        result("close again", socket.close(Some(3001), "bye"));
        result("send-text when closed", socket.send_text("x"));
        self.events("after closed", 64, 0);
    }

    fn endings(&self) {
        let timeout = Some(50 * MILLISECOND);
        let small = ConnectOptions { max_message_size: Some(10), ..connect_options() };
        self.attempt("/push?n=3&size=4", None, connect_options());
        self.attempt("/push?n=1&size=100", None, small);
        self.attempt("/close?code=4001&reason=oops&now=1", None, connect_options());
        self.attempt("/close", Some("x"), connect_options());
        self.attempt("/drop", Some("x"), connect_options());
        self.attempt("/garbage", Some("x"), connect_options());
        self.attempt("/status/404", None, connect_options());
        self.attempt("/not-websocket", None, connect_options());
        self.attempt("/garbage-handshake", None, connect_options());
        self.attempt("/slow-handshake", None, ConnectOptions { timeout, ..connect_options() });
        self.attempt("ws://blocked.test/", None, connect_options());
        self.attempt("ws://127.0.0.1:1/", None, connect_options());
    }

    /// Connects, says something once it is open, and writes what comes of it until the end.
    fn attempt(&self, path: &str, message: Option<&str>, options: ConnectOptions) {
        let socket = Socket::new(&self.queue);
        let url = if path.contains("://") { path.to_owned() } else { self.url(path) };
        result(path, socket.connect(&url, &options));
        loop {
            match (self.event(), message) {
                (Event::Opened(_), Some(message)) => result("send-text", socket.send_text(message)),
                (Event::Closed(_) | Event::Failed(_), _) => return,
                _ => {}
            }
        }
    }

    /// A state lasts as long as the server keeps the socket in it.
    fn waiting(&self) {
        let socket = Socket::new(&self.queue);
        let url = self.url("/slow-handshake");
        result("connect", socket.connect(&url, &connect_options()));
        state(&socket);
        result("connect again", socket.connect(&url, &connect_options()));
        result("send-text while connecting", socket.send_text("x"));
        result("ping while connecting", socket.ping(b"p"));
        result("close while connecting", socket.close(None, ""));
        self.event();
        drop(socket);
        let socket = Socket::new(&self.queue);
        result("connect", socket.connect(&self.url("/silent"), &connect_options()));
        self.event();
        result("close", socket.close(Some(3001), "bye"));
        state(&socket);
        result("send-text while closing", socket.send_text("x"));
        result("ping while closing", socket.ping(b"p"));
        socket.abort();
        self.event();
        state(&socket);
    }

    fn giving_up(&self) {
        for abort in [true, false] {
            let socket = Socket::new(&self.queue);
            result("connect", socket.connect(&self.url("/ping?n=3"), &connect_options()));
            for _ in 0..4 {
                self.event();
            }
            if abort {
                socket.abort();
                self.event();
                state(&socket);
            }
        }
        self.events("after a drop", 64, 20 * MILLISECOND);
    }

    fn timers(&self) {
        self.events("wait of 0", 0, MILLISECOND);
        self.events("wait without waiting", 1, 0);
        let once = Timer::new(&self.queue, MILLISECOND, None);
        self.event();
        drop(once);
        let period = 5 * MILLISECOND;
        let again = Timer::new(&self.queue, 0, Some(period));
        let mut fired = Vec::new();
        while fired.len() < 3 {
            if let Event::Timer(timer) = self.next() {
                fired.push(timer);
            }
        }
        let whole = |pair: &[_]| {
            let [first, second]: &[wasock_guest::events::TimerFired; 2] =
                pair.try_into().expect("a pair");
            second.due - first.due == period * (1 + first.missed)
        };
        log(format!("periods are whole: {}", yes(fired.windows(2).all(whole))));
        drop(again);
        // A period may have gone by before.
        self.queue.wait(64, Some(0)).expect("nobody interrupts");
        drop(Timer::new(&self.queue, 10 * MILLISECOND, None));
        self.events("after the timers", 64, 30 * MILLISECOND);
    }

    fn http(&self) {
        let request = Request::new(Some(&self.queue));
        let url = format!("http{}/http/status/418", self.base.trim_start_matches("ws"));
        let options = RequestOptions {
            headers: Vec::new(),
            body: None,
            encodings: Vec::new(),
            cookies: Vec::new(),
            timeout: None,
            redirects: None,
            authentication: None,
            discard_body: false,
        };
        result("request of a wrong method", request.start("a b", &url, &options, None));
        result("request", request.start("GET", &url, &options, None));
        self.event();
        if let Some(outcome) = request.take() {
            log(format!("status {}", outcome.answer.map_or(0, |answer| answer.status)));
        }
        log(format!("taken again: {}", yes(request.take().is_some())));
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn next(&self) -> Event {
        self.queue.wait(1, None).expect("nobody interrupts").remove(0)
    }

    /// Writes one event, and returns it.
    fn event(&self) -> Event {
        let event = self.next();
        log(event_line(&event));
        event
    }

    fn events(&self, what: &str, max: u32, timeout: u64) {
        let events = self.queue.wait(max, Some(timeout)).expect("nobody interrupts");
        log(format!("{what}: {} events", events.len()));
    }
}

fn event_line(event: &Event) -> String {
    let bytes = |kind: &str, message: &BinaryMessage| {
        let hex: String = message.data.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{kind} {} [{hex}]", message.socket)
    };
    match event {
        Event::Opened(opened) => {
            let handshake = &opened.handshake;
            let (status, protocol) = (handshake.status, &handshake.protocol);
            format!("opened {} status {status} protocol \"{protocol}\"", opened.socket)
        }
        Event::Failed(failed) => {
            let status = failed.handshake.as_ref().map_or(0, |handshake| handshake.status);
            format!("failed {} status {status} {}", failed.socket, describe(&failed.failure.code))
        }
        Event::Text(message) => format!("text {} \"{}\"", message.socket, message.data),
        Event::Binary(message) => bytes("binary", message),
        Event::Ping(message) => bytes("ping", message),
        Event::Pong(message) => bytes("pong", message),
        Event::Closed(closed) => {
            let clean = if closed.was_clean { "clean" } else { "unclean" };
            let failure = closed.failure.as_ref();
            let failure =
                failure.map_or("no failure".to_owned(), |failure| describe(&failure.code));
            let (socket, code, reason) = (closed.socket, closed.code, &closed.reason);
            format!("closed {socket} code {code} \"{reason}\" {clean} {failure}")
        }
        Event::Timer(fired) => format!("timer {}", fired.timer),
        Event::Completed(completed) => format!("completed {}", completed.operation),
    }
}

fn cookies() {
    let jar = Jar::new();
    let none = Attributes {
        domain: None,
        path: None,
        max_age: None,
        expires: None,
        secure: false,
        http_only: false,
    };
    refusal("set", jar.set("ws://a.test/", "a", "b", &none));
    refusal("set for nonsense", jar.set("nonsense", "a", "b", &none));
    for (name, value) in jar.cookies("ws://a.test/").unwrap_or_default() {
        log(format!("cookie {name}={value}"));
    }
}

fn measuring() {
    let declare = |what, name, kind| {
        let declared = metrics::declare(name, kind, Contents::Default);
        refusal(what, declared.clone().map(drop));
        declared.ok()
    };
    let first = declare("declare", "transcript", Kind::Counter);
    let second = declare("declare again", "transcript", Kind::Counter);
    log(format!("the same: {}", yes(first == second)));
    declare("declare as another", "transcript", Kind::Trend);
    declare("declare a wrong name", "a b", Kind::Trend);
    metrics::add(first.expect("it was declared"), 3.0, &[]);
    check("transcript", true);
    tags::set("language", "any");
    for tag in tags::all().iter().filter(|tag| tag.name == "language") {
        log(format!("tag {}={}", tag.name, tag.value));
    }
    tags::remove("language");
}

fn surroundings() {
    log(format!("variable {}", env("NAME").unwrap_or_else(|| "missing".to_owned())));
    log(format!("random-bytes {}", random_bytes(16).len()));
    let vu = execution::vu();
    log(format!("vu {} iteration {}", vu.id_in_test, vu.iteration_in_instance));
    if let Some(scenario) = execution::scenario() {
        log(format!("scenario {} {}", scenario.name, scenario.executor));
    }
    refusal("secret", secrets::get(None, "key").map(drop));
    let text = summary::text(false, &[]);
    log(format!("summary: {}", if text.is_some() { "some" } else { "none" }));
    log(format!("value {}", summary::value(1234.5, Contents::Time, None)));
    log(format!("share {}", summary::share(0.5)));
    log(format!("interrupted: {}", yes(execution::interrupted())));
}

fn state(socket: &Socket) {
    log(match socket.state() {
        State::Unconnected => "state unconnected",
        State::Connecting => "state connecting",
        State::Open => "state open",
        State::Closing => "state closing",
        State::Closed => "state closed",
    });
}

fn result(what: &str, result: Result<(), ErrorCode>) {
    let text = result.map_or_else(|code| describe(&code), |()| "ok".to_owned());
    log(format!("{what}: {text}"));
}

fn refusal(what: &str, result: Result<(), String>) {
    log(format!("{what}: {}", result.err().unwrap_or_else(|| "ok".to_owned())));
}

fn yes(whether: bool) -> &'static str {
    if whether { "yes" } else { "no" }
}
