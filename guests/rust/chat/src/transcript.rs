//! Calls of every kind, with a line for each fact: guests/transcripts/ has the lines.

mod client;
mod vu;

pub use client::client;
pub use vu::vu;
use wasock_guest::events::{BinaryMessage, Event, EventQueue};
use wasock_guest::types::ErrorCode;
use wasock_guest::{Result, describe, env, log};

const MILLISECOND: u64 = 1_000_000;

struct Transcript {
    queue: EventQueue,
    base: String,
}

impl Transcript {
    fn new() -> Self {
        let base = env("WS").unwrap_or_else(|| "ws://echo.example".to_owned());
        Self { queue: EventQueue::new(), base }
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
            format!("failed {} status {status} {}", failed.socket, reason(&failed.failure.code))
        }
        Event::Text(message) => format!("text {} \"{}\"", message.socket, message.data),
        Event::Binary(message) => bytes("binary", message),
        Event::Ping(message) => bytes("ping", message),
        Event::Pong(message) => bytes("pong", message),
        Event::Closed(closed) => {
            let clean = if closed.was_clean { "clean" } else { "unclean" };
            let failure = closed.failure.as_ref();
            let failure = failure.map_or("no failure".to_owned(), |failure| reason(&failure.code));
            let (socket, code, reason) = (closed.socket, closed.code, &closed.reason);
            format!("closed {socket} code {code} \"{reason}\" {clean} {failure}")
        }
        Event::Timer(fired) => format!("timer {}", fired.timer),
        Event::Completed(completed) => format!("completed {}", completed.operation),
    }
}

fn result(what: &str, result: Result<(), ErrorCode>) {
    let text = result.map_or_else(|code| reason(&code), |()| "ok".to_owned());
    log(format!("{what}: {text}"));
}

/// An error in words that are the same on all hosts: why TLS fails is told in those of their libraries.
fn reason(code: &ErrorCode) -> String {
    if matches!(code, ErrorCode::Tls(_)) { "tls".to_owned() } else { describe(code) }
}

fn refusal(what: &str, result: Result<(), String>) {
    log(format!("{what}: {}", result.err().unwrap_or_else(|| "ok".to_owned())));
}

fn yes(whether: bool) -> &'static str {
    if whether { "yes" } else { "no" }
}
