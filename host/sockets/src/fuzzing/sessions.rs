//! What a guest and its peers do, in any order: each guest is told what the WIT promises, and nothing is left.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{advance, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::model::{Model, Phase, Watch};
use super::peer::Peer;
use super::{Input, block_on};
use crate::bindings::events::Event;
use crate::bindings::sockets::{ConnectOptions, DeflateOptions, State};
use crate::connection::stream::Stream;
use crate::limits::Limits;
use crate::observer::FrameKind;
use crate::{EventQueue, Socket, SocketsCtx};

/// The most steps of an input: more lead to nothing new.
const MAX_STEPS: usize = 200;

/// The sockets of a guest.
const SOCKETS: usize = 3;

/// The bytes that a stream takes before its other end reads.
const ROOM: [usize; 3] = [64, 1000, 1 << 16];

/// How long a guest waits for one thing.
const PATIENCE: Duration = Duration::from_millis(20);

/// How many seconds may pass until all ends: more than all limits of a socket together.
const LONGEST: usize = 200;

/// How often other tasks get a turn after a step.
const TURNS: usize = 4;

/// Small ones, so that they are met.
fn limits() -> Limits {
    Limits {
        queued_bytes: 300,
        queued_events: 8,
        buffered_bytes: 1000,
        sockets: SOCKETS,
        ..Limits::default()
    }
}

struct One {
    socket: Option<Socket>,
    id: u32,
    peer: Option<Peer>,
    model: Model,
    watch: std::sync::Arc<Watch>,
    compressed: bool,
}

struct World {
    ctx: SocketsCtx,
    queue: EventQueue,
    sockets: Vec<One>,
    interrupted: bool,
    /// The events that the guest was told of.
    seen: usize,
}

/// The fuzz target: steps of a guest, its peers and the clock.
pub fn sessions(data: &[u8]) {
    block_on(async {
        let mut world = World::new(data.first().is_some_and(|first| first & 1 == 1));
        let mut input = Input::new(data);
        for _ in 0..MAX_STEPS {
            if input.is_empty() {
                break;
            }
            world.step(&mut input).await;
            world.check();
        }
        world.end().await;
    });
}

impl World {
    fn new(says_farewell: bool) -> Self {
        let mut builder = SocketsCtx::builder().limits(limits());
        if says_farewell {
            builder = builder.close_code_on_drop(1001);
        }
        let mut ctx = builder.build();
        let queue = EventQueue::new(&ctx.shared);
        let sockets = (0..SOCKETS).map(|_| {
            ctx.last_socket += 1;
            let id = ctx.last_socket;
            let socket = Socket::new(id, queue.clone(), ctx.shared.clone());
            let watch = Watch::new();
            socket.set_observer(watch.clone());
            let (socket, peer, model) = (Some(socket), None, Model::new());
            One { socket, id, peer, model, watch, compressed: false }
        });
        let sockets = sockets.collect();
        Self { ctx, queue, sockets, interrupted: false, seen: 0 }
    }

    async fn step(&mut self, input: &mut Input<'_>) {
        let step = input.byte();
        let which = usize::from(step >> 5) % SOCKETS;
        match step & 0x1f {
            0..=2 => self.sockets[which].connect(input),
            3..=14 => self.sockets[which].peer_does(step & 0x1f, input).await,
            15..=24 => self.sockets[which].guest_does(step & 0x1f, input).await,
            25 | 26 => advance(Duration::from_millis(u64::from(input.byte()) * 10)).await,
            27 if input.byte() == 0xff => {
                self.ctx.interrupter().interrupt();
                self.interrupted = true;
            }
            _ => self.wait(input.below(5) as u32).await,
        }
        turns().await;
    }

    async fn wait(&mut self, max: u32) {
        match self.queue.wait(max, Some(Duration::ZERO)).await {
            Ok(events) => {
                assert!(events.len() <= max as usize && !self.interrupted);
                events.into_iter().for_each(|event| self.told(event));
            }
            Err(_) => assert!(self.interrupted),
        }
    }

    /// Waits until nothing comes any more.
    async fn drain(&mut self) {
        let mut quiet = 0;
        while quiet < TURNS && !self.interrupted {
            let before = self.seen;
            self.wait(8).await;
            turns().await;
            quiet = if self.seen == before { quiet + 1 } else { 0 };
        }
    }

    fn told(&mut self, event: Event) {
        let id = socket_of(&event);
        let one = self.sockets.iter_mut().find(|one| one.id == id).expect("it is one of these");
        self.seen += 1;
        assert!(one.socket.is_some(), "{event:?} after the handle was dropped");
        one.model.told(event);
    }

    fn check(&self) {
        self.sockets.iter().for_each(One::check);
    }

    /// The peers leave, and the guest waits until all has ended; then it leaves too.
    async fn end(mut self) {
        for one in &mut self.sockets {
            if let Some(peer) = &mut one.peer {
                peer.read().await;
                peer.leave();
            }
        }
        for _ in 0..LONGEST {
            let is_over = |one: &One| {
                one.socket.is_none() || matches!(one.model.phase, Phase::Unconnected | Phase::Over)
            };
            if self.interrupted || self.sockets.iter().all(is_over) {
                break;
            }
            self.drain().await;
            self.check();
            advance(Duration::from_secs(1)).await;
        }
        for one in &mut self.sockets {
            let model = &one.model;
            let is_told = matches!(model.phase, Phase::Unconnected | Phase::Over);
            assert!(self.interrupted || one.socket.is_none() || is_told, "{model:?} has no end");
            one.socket = None;
        }
        let tasks = || Handle::current().metrics().num_alive_tasks();
        for _ in 0..LONGEST {
            turns().await;
            if tasks() == 0 {
                break;
            }
            advance(Duration::from_secs(1)).await;
        }
        assert_eq!(tasks(), 0, "tasks are left");
        assert_eq!(self.ctx.shared.sockets.load(std::sync::atomic::Ordering::Acquire), 0);
        assert!(self.ctx.leaving().is_empty());
        self.sockets.iter().for_each(|one| one.watch.is_balanced());
    }
}

impl One {
    fn connect(&mut self, input: &mut Input<'_>) {
        let (ours, theirs) = tokio::io::duplex(ROOM[input.below(ROOM.len())]);
        let Some(socket) = &mut self.socket else { return };
        let compressed = input.flag();
        let result = socket.connect_over(Stream::memory(ours), options(compressed, input));
        assert_eq!(result.is_ok(), self.model.phase == Phase::Unconnected, "{result:?}");
        if result.is_ok() {
            self.model.phase = Phase::Connecting;
            self.peer = Some(Peer::new(theirs));
            self.compressed = compressed;
        }
    }

    async fn peer_does(&mut self, step: u8, input: &mut Input<'_>) {
        let Some(peer) = &mut self.peer else { return };
        let length = input.below(126);
        match step {
            3..=5 => peer.answer(self.compressed).await,
            6 => peer.frame(0x81, &vec![b'a'; length]).await,
            7 => peer.frame(0x82, input.take(length)).await,
            8 => peer.frame(0x89, input.take(length)).await,
            9 => peer.frame(0x8a, input.take(length)).await,
            10 => peer.frame(0x88, &[0x03, 0xe8]).await,
            11 => peer.garbage(input.take(length)).await,
            12 => peer.leave(),
            _ => peer.read().await,
        }
    }

    async fn guest_does(&mut self, step: u8, input: &mut Input<'_>) {
        let Some(socket) = &mut self.socket else { return };
        let length = input.below(256) * 5;
        let was = socket.state();
        match step {
            15 | 16 => {
                let text = Message::text("t".repeat(length));
                // Who waits for room may be given up, as the end of an iteration does.
                if let Ok(sent) = timeout(PATIENCE, socket.send(text)).await {
                    assert!(sent.is_err() || was == State::Open, "{was:?}");
                }
            }
            17 => {
                let _ = timeout(PATIENCE, socket.send(Message::binary(vec![0; length]))).await;
            }
            18 => {
                let sent = socket.ping(vec![b'p'; length]);
                assert!(sent.is_err() || (was == State::Open && length <= 125));
            }
            19 | 20 => {
                let closed = socket.close(Some(1000), "");
                assert_eq!(closed.is_ok(), was != State::Unconnected);
                self.model.is_leaving = true;
            }
            21 => {
                socket.abort();
                self.model.is_leaving = true;
            }
            22 => socket.skip(length as u32),
            23 if length > 1000 => self.socket = None,
            _ => {}
        }
    }

    fn check(&self) {
        if let Some(socket) = &self.socket {
            let (state, model) = (socket.state(), &self.model);
            assert!(model.allows(state), "{state:?} for {model:?}");
            let accepted = self.watch.accepted();
            let data = accepted.iter().filter(|(kind, _)| is_data(*kind));
            let most: usize = data.map(|(_, length)| length).sum();
            assert!(socket.buffered_amount() <= most as u64);
        }
        assert!(self.watch.delivered() <= self.model.messages.len());
        if let Some(peer) = &self.peer {
            if peer.is_sound {
                let told = &self.model.messages;
                let sent = peer.sent.iter().take(told.len());
                assert!(sent.eq(told), "other messages than were sent");
            }
            self.check_sent(&peer.frames());
        }
    }

    /// What comes out is what the guest sent, in its order, up to one close frame.
    fn check_sent(&self, frames: &[(FrameKind, usize)]) {
        let close = frames.iter().position(|(kind, _)| *kind == FrameKind::Close);
        assert!(close.is_none_or(|close| close + 1 == frames.len()), "{frames:?}");
        let own = |kind: FrameKind| !matches!(kind, FrameKind::Close | FrameKind::Pong);
        let sent = frames.iter().filter(|(kind, _)| own(*kind));
        let accepted = self.watch.accepted();
        for ((kind, length), (accepted, bytes)) in sent.zip(&accepted) {
            assert_eq!(kind, accepted);
            assert!(length == bytes || self.compressed, "{length} bytes of {bytes}");
        }
    }
}

fn options(compressed: bool, input: &mut Input<'_>) -> ConnectOptions {
    const DEFLATE: DeflateOptions = DeflateOptions {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: None,
        client_max_window_bits: None,
    };
    ConnectOptions {
        headers: Vec::new(),
        protocols: Vec::new(),
        deflate: compressed.then_some(DEFLATE),
        timeout: None,
        close_timeout: None,
        max_message_size: input.flag().then_some(100),
        ping_interval: None,
        pong_timeout: None,
        hold_close_answer: input.flag(),
    }
}

fn is_data(kind: FrameKind) -> bool {
    matches!(kind, FrameKind::Text | FrameKind::Binary)
}

fn socket_of(event: &Event) -> u32 {
    match event {
        Event::Opened(opened) => opened.socket,
        Event::Failed(failed) => failed.socket,
        Event::Text(message) => message.socket,
        Event::Binary(message) | Event::Ping(message) | Event::Pong(message) => message.socket,
        Event::Closed(closed) => closed.socket,
        Event::Timer(_) | Event::Completed(_) => panic!("nobody asked for {event:?}"),
    }
}

/// Lets the connections work.
async fn turns() {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
}
