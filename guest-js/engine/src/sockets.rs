//! The sockets of this instance, and the events that go to each.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use rquickjs::{ArrayBuffer, Ctx, Object, Persistent, Result, Value};

use crate::answers;
use crate::bindings::wasock::websocket::events::Event;
use crate::bindings::wasock::websocket::metrics::{Meter, SocketApi};
use crate::bindings::wasock::websocket::sockets::Socket;
use crate::event_loop;
use crate::messages::Direct;
use crate::names::Name;

struct Entry {
    socket: Socket,
    api: SocketApi,
    /// The shim's object for this socket; its methods take the events.
    sink: Persistent<Object<'static>>,
    /// The only handler of its messages, which is called without the sink.
    direct: Option<Direct>,
    /// When the message arrived that was dispatched last, in milliseconds.
    at: f64,
    sent: Sent,
    /// The stage that made it goes on until it has ended.
    holds: bool,
}

/// What a task has sent on a socket.
#[derive(Clone, Copy, Default)]
struct Sent {
    turn: u64,
    bytes: u64,
}

thread_local! {
    static SOCKETS: RefCell<BTreeMap<u32, Entry>> = const { RefCell::new(BTreeMap::new()) };
    /// How many of them hold their stage.
    static HOLDING: Cell<usize> = const { Cell::new(0) };
    static METERS: RefCell<BTreeMap<u32, Meter>> = const { RefCell::new(BTreeMap::new()) };
}

/// Makes a socket whose events go to `sink`, and returns its id.
pub fn create<'js>(ctx: &Ctx<'js>, sink: Object<'js>, api: SocketApi) -> u32 {
    let socket = event_loop::with_queue(Socket::new);
    let id = socket.id();
    let entry = Entry {
        socket,
        api,
        sink: Persistent::save(ctx, sink),
        direct: None,
        at: 0.0,
        sent: Sent::default(),
        holds: true,
    };
    HOLDING.set(HOLDING.get() + 1);
    SOCKETS.with_borrow_mut(|sockets| sockets.insert(id, entry));
    id
}

/// Runs `f` with a socket; none if it has ended.
pub fn with<R>(id: u32, f: impl FnOnce(&Socket) -> R) -> Option<R> {
    SOCKETS.with_borrow(|sockets| sockets.get(&id).map(|entry| f(&entry.socket)))
}

/// Sets the only handler of a socket's messages, if it has just one.
pub fn set_direct(id: u32, direct: Option<Direct>) {
    SOCKETS.with_borrow_mut(|sockets| {
        if let Some(entry) = sockets.get_mut(&id) {
            entry.direct = direct;
        }
    });
}

/// When the message arrived that was dispatched last for a socket, in milliseconds.
pub fn message_time(id: u32) -> f64 {
    SOCKETS.with_borrow(|sockets| sockets.get(&id).map_or(0.0, |entry| entry.at))
}

/// Notes that the task which runs has sent a message.
pub fn note_sent(id: u32, bytes: usize) {
    SOCKETS.with_borrow_mut(|sockets| {
        let Some(entry) = sockets.get_mut(&id) else { return };
        let turn = event_loop::turn();
        if entry.sent.turn != turn {
            entry.sent = Sent { turn, bytes: 0 };
        }
        entry.sent.bytes += bytes as u64;
    });
}

/// The bytes that a socket still has to send. The number does not shrink while a task runs, so what
/// the task has sent counts even if the host has written it already.
/// <https://websockets.spec.whatwg.org/#dom-websocket-bufferedamount>
pub fn buffered_amount(id: u32) -> u64 {
    SOCKETS.with_borrow(|sockets| {
        let Some(entry) = sockets.get(&id) else { return 0 };
        let sent = if entry.sent.turn == event_loop::turn() { entry.sent.bytes } else { 0 };
        entry.socket.buffered_amount().max(sent)
    })
}

/// Whether a socket has not ended yet.
pub fn is_open(id: u32) -> bool {
    SOCKETS.with_borrow(|sockets| sockets.contains_key(&id))
}

/// Whether an event of a socket can still come.
pub fn any_open() -> bool {
    SOCKETS.with_borrow(|sockets| !sockets.is_empty())
}

/// Whether a socket is open that its stage waits for.
pub fn any_holds() -> bool {
    HOLDING.get() > 0
}

/// Lets a socket outlive its stage.
pub fn unhold(id: u32) {
    SOCKETS.with_borrow_mut(|sockets| {
        if let Some(entry) = sockets.get_mut(&id)
            && std::mem::take(&mut entry.holds)
        {
            HOLDING.set(HOLDING.get() - 1);
        }
    });
}

/// The script has ended a connection: what was fetched for it and not yet dispatched never is.
pub fn skip_messages(id: u32) {
    set_direct(id, None);
    let skipped = event_loop::drop_messages(id);
    if skipped > 0 {
        with(id, |socket| socket.skip(skipped));
    }
}

/// Forgets a socket; the host ends its connection as `socket` describes for a drop. The meter of a
/// socket of `k6/ws` stays until [`release`], since what is sent too late counts there.
pub fn forget(id: u32) {
    skip_messages(id);
    unhold(id);
    let entry = SOCKETS.with_borrow_mut(|sockets| sockets.remove(&id));
    if entry.is_some_and(|entry| entry.api == SocketApi::Websockets) {
        release(id);
    }
}

/// Lets a socket be measured.
pub fn measure(id: u32, meter: Meter) {
    METERS.with_borrow_mut(|meters| meters.insert(id, meter));
}

/// Runs `f` with the meter of a socket; none if it has none any more.
pub fn with_meter<R>(id: u32, f: impl FnOnce(&Meter) -> R) -> Option<R> {
    METERS.with_borrow(|meters| meters.get(&id).map(f))
}

/// Ends what the shim measures of a socket.
pub fn release(id: u32) {
    METERS.with_borrow_mut(|meters| meters.remove(&id));
}

/// Lets every socket of the stage know that it has failed. Those that outlive it go on.
pub fn interrupt_all(ctx: &Ctx<'_>) {
    let ids: Vec<u32> = SOCKETS.with_borrow(|sockets| {
        sockets.iter().filter(|(_, entry)| entry.holds).map(|(id, _)| *id).collect()
    });
    for id in ids {
        if let Err(error) = call(ctx, id, Name::Interrupt, []) {
            event_loop::report(ctx, error);
        }
    }
}

/// Ends every connection with the close frame that its API sends when a virtual user is stopped.
pub fn close_all() {
    let ids: Vec<u32> = SOCKETS.with_borrow(|sockets| sockets.keys().copied().collect());
    ids.into_iter().for_each(skip_messages);
    for (_, entry) in SOCKETS.take() {
        let code = match entry.api {
            SocketApi::Ws => 1001,
            SocketApi::Websockets => 1000,
        };
        // A socket that is not open has nothing to close; the drop ends it.
        let _ = entry.socket.close(Some(code), "");
    }
    HOLDING.set(0);
    METERS.take();
}

/// Hands an event to the sink of its socket. Events of forgotten sockets are dropped.
pub fn dispatch(ctx: &Ctx<'_>, event: Event) -> Result<()> {
    match event {
        Event::Text(message) => {
            let data = rquickjs::String::from_str(ctx.clone(), &message.data)?.into_value();
            deliver(ctx, message.socket, Name::Text, data, answers::millis(message.at))
        }
        Event::Binary(message) => {
            let data = ArrayBuffer::new(ctx.clone(), message.data)?.into_value();
            deliver(ctx, message.socket, Name::Binary, data, answers::millis(message.at))
        }
        Event::Ping(frame) => {
            let data = ArrayBuffer::new(ctx.clone(), frame.data)?.into_value();
            call(ctx, frame.socket, Name::Ping, [data, number(ctx, answers::millis(frame.at))])
        }
        Event::Pong(frame) => {
            let data = ArrayBuffer::new(ctx.clone(), frame.data)?.into_value();
            call(ctx, frame.socket, Name::Pong, [data, number(ctx, answers::millis(frame.at))])
        }
        Event::Opened(opened) => {
            let id = opened.socket;
            let argument = answers::opened(ctx, opened)?;
            call(ctx, id, Name::Opened, [argument.into_value()])
        }
        Event::Failed(failed) => {
            let id = failed.socket;
            let argument = answers::failed(ctx, failed)?;
            call_last(ctx, id, Name::Failed, argument)
        }
        Event::Closed(closed) => {
            let id = closed.socket;
            let argument = answers::closed(ctx, closed)?;
            let unsent = with(id, Socket::buffered_amount).unwrap_or_default();
            Name::Unsent.set(&argument, unsent as f64)?;
            call_last(ctx, id, Name::Closed, argument)
        }
        // The engine keeps its timers itself, and the loop knows whose operations end.
        Event::Timer(_) | Event::Completed(_) => Ok(()),
    }
}

/// Hands a message to its only handler, or else to the sink.
fn deliver<'js>(ctx: &Ctx<'js>, id: u32, name: Name, data: Value<'js>, at: f64) -> Result<()> {
    let found = SOCKETS.with_borrow_mut(|sockets| {
        let entry = sockets.get_mut(&id)?;
        entry.at = at;
        Some(entry.direct.as_ref().and_then(|direct| direct.call_for(name)))
    });
    match found {
        None => Ok(()),
        Some(None) => call(ctx, id, name, [data, number(ctx, at)]),
        Some(Some(direct)) => direct.make(ctx, data, at),
    }
}

fn sink<'js>(ctx: &Ctx<'js>, id: u32) -> Option<Result<Object<'js>>> {
    let sink = SOCKETS.with_borrow(|sockets| sockets.get(&id).map(|entry| entry.sink.clone()))?;
    Some(sink.restore(ctx))
}

fn call<'js, const N: usize>(
    ctx: &Ctx<'js>,
    id: u32,
    name: Name,
    arguments: [Value<'js>; N],
) -> Result<()> {
    let Some(sink) = sink(ctx, id) else { return Ok(()) };
    name.invoke(&sink?, arguments).map(drop)
}

/// As [`call`], for the event after which the socket is gone.
fn call_last<'js>(ctx: &Ctx<'js>, id: u32, name: Name, argument: Object<'js>) -> Result<()> {
    let Some(sink) = sink(ctx, id) else { return Ok(()) };
    forget(id);
    name.invoke(&sink?, [argument.into_value()]).map(drop)
}

fn number<'js>(ctx: &Ctx<'js>, value: f64) -> Value<'js> {
    Value::new_float(ctx.clone(), value)
}
