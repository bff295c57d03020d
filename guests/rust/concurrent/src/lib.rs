//! A client of the unstable world `async-client`: it waits for one connection while it is held up by another.

use futures_lite::future;

wit_bindgen::generate!({
    path: ["../../../wit", "concurrent.wit"],
    world: "example:concurrent/concurrent",
    features: ["async-client"],
    generate_all,
});

use wasock::websocket::async_events::wait;
use wasock::websocket::async_sockets::{send_binary, send_text};
use wasock::websocket::events::{Event, EventQueue};
use wasock::websocket::sockets::{ConnectOptions, Socket};

/// How long a message of the flood is, in bytes.
const BURST: usize = 64 * 1024;

/// How many messages the conversation has.
const TURNS: usize = 10;

/// How many events are taken at a time.
const BATCH: u32 = 64;

struct Concurrent;

export!(Concurrent);

impl Guest for Concurrent {
    /// Talks to an echo server, and returns the last answer. Another connection of it sends without end, and never
    /// looks at what comes back: the server stops reading, and the sends there stop.
    async fn run(url: String) -> Result<String, String> {
        let (flooding, talking) = (Connection::open(&url).await?, Connection::open(&url).await?);
        // What ends first drops the other, which gives its call up.
        future::or(flooding.flood(), talking.talk()).await
    }
}

/// A socket with a queue of its own.
struct Connection {
    queue: EventQueue,
    socket: Socket,
}

impl Connection {
    async fn open(url: &str) -> Result<Self, String> {
        let queue = EventQueue::new();
        let socket = Socket::new(&queue);
        socket.connect(url, &options()).map_err(text)?;
        let connection = Self { queue, socket };
        match connection.next().await? {
            Event::Opened(_) => Ok(connection),
            other => Err(text(other)),
        }
    }

    async fn next(&self) -> Result<Event, String> {
        let events = wait(&self.queue, 1, None).await.map_err(text)?;
        events.into_iter().next().ok_or_else(|| "no event".to_owned())
    }

    async fn flood(&self) -> Result<String, String> {
        loop {
            send_binary(&self.socket, vec![0; BURST]).await.map_err(text)?;
        }
    }

    async fn talk(&self) -> Result<String, String> {
        let mut answer = String::new();
        for turn in 1..=TURNS {
            send_text(&self.socket, format!("hello {turn}")).await.map_err(text)?;
            // Several may wait at a time; the timer of one costs the others nothing.
            let nothing = async { wait(&self.queue, 0, Some(60_000_000_000)).await.map(|_| None) };
            let events = async { wait(&self.queue, BATCH, None).await.map(Some) };
            match future::or(events, nothing).await.map_err(text)?.as_deref() {
                Some([Event::Text(message)]) => answer.clone_from(&message.data),
                other => return Err(format!("no answer but {other:?}")),
            }
        }
        Ok(answer)
    }
}

/// Nothing but the host's defaults.
fn options() -> ConnectOptions {
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

fn text(value: impl std::fmt::Debug) -> String {
    format!("{value:?}")
}
