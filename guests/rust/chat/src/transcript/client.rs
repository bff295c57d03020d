//! What the world `client` has.

use wasock_guest::events::Event;
use wasock_guest::sockets::{ConnectOptions, Socket, State};
use wasock_guest::timers::Timer;
use wasock_guest::types::Header;
use wasock_guest::{Result, connect_options, env, log};

use super::{MILLISECOND, Transcript, result, yes};

/// Calls of the world `client`.
pub async fn client(_data: Option<String>) -> Result<()> {
    let script = Transcript::new();
    script.conversation();
    script.endings();
    script.securing();
    script.waiting();
    script.giving_up();
    script.timers();
    Ok(())
}

impl Transcript {
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
        let long = format!("ws://a.test/{}", "x".repeat(299_987));
        connect("connect to a long URL", &long, connect_options());
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
        self.attempt("/reset", Some("x"), connect_options());
        self.attempt("/garbage", Some("x"), connect_options());
        self.attempt("/fault?flip=1048", None, connect_options());
        self.attempt("/status/404", None, connect_options());
        self.attempt("/not-websocket", None, connect_options());
        self.attempt("/garbage-handshake", None, connect_options());
        self.attempt("/slow-handshake", None, ConnectOptions { timeout, ..connect_options() });
        self.attempt("ws://blocked.test/", None, connect_options());
        self.attempt("ws://nobody.invalid/", None, connect_options());
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

    /// Speaks TLS to a server that does not.
    fn securing(&self) {
        let socket = Socket::new(&self.queue);
        let plain = env("PLAIN").unwrap_or_else(|| self.base.clone());
        let (_, rest) = plain.split_once(':').expect("it is a URL");
        result("connect by TLS", socket.connect(&format!("wss:{rest}"), &connect_options()));
        self.event();
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

    fn events(&self, what: &str, max: u32, timeout: u64) {
        let events = self.queue.wait(max, Some(timeout)).expect("nobody interrupts");
        log(format!("{what}: {} events", events.len()));
    }
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
