//! Sockets.

use rquickjs::function::Func;
use rquickjs::{ArrayBuffer, Ctx, Exception, Function, Object, Result, Value};

use crate::bindings::wasock::websocket::metrics::{Meter, SocketApi};
use crate::bindings::wasock::websocket::sockets::{ConnectOptions, DeflateOptions, Socket};
use crate::bindings::wasock::websocket::types::{ErrorCode, Header};
use crate::event_loop::{self, NANOS_PER_MILLI};
use crate::messages::{self, Direct};
use crate::text::Text;
use crate::{answers, failure, headers, sockets};

pub fn install<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("socket", Func::from(socket))?;
    native.set("observe", Func::from(observe))?;
    native.set("refused", Func::from(refused))?;
    native.set("release", Func::from(sockets::release))?;
    native.set("connect", Func::from(connect))?;
    native.set("sendText", super::send::send_text(ctx)?)?;
    native.set("sender", Func::from(super::send::sender))?;
    native.set("send", Func::from(super::send::of_class))?;
    native.set("noteSocket", Func::from(super::send::note_socket))?;
    native.set("sendBinary", Func::from(send_binary))?;
    native.set("ping", Func::from(ping))?;
    native.set("close", Func::from(close))?;
    native.set("abort", Func::from(abort))?;
    native.set("drop", Func::from(sockets::forget))?;
    native.set("unhold", Func::from(sockets::unhold))?;
    native.set("bufferedAmount", Func::from(|id| sockets::buffered_amount(id) as f64))?;
    native.set("direct", Func::from(direct))?;
    native.set("messageData", Func::from(messages::message_data))?;
    native.set("canonicalHeader", Func::from(|name: Text| headers::canonical(&name.0)))?;
    native.set("headersObject", Func::from(headers_object))?;
    native.set("messageTime", Func::from(sockets::message_time))?;
    native.set("pump", Func::from(pump))
}

fn to_api(name: &Text) -> SocketApi {
    if name.0 == "ws" { SocketApi::Ws } else { SocketApi::Websockets }
}

fn socket<'js>(ctx: Ctx<'js>, sink: Object<'js>, api: Text) -> u32 {
    sockets::create(&ctx, sink, to_api(&api))
}

fn observe<'js>(id: u32, api: Text, tags: Value<'js>) -> Result<()> {
    let tags = super::to_tags(&tags)?;
    if let Some(meter) = sockets::with(id, |socket| Meter::new(socket, to_api(&api), &tags)) {
        sockets::measure(id, meter);
    }
    Ok(())
}

/// Counts an attempt that the shim itself refuses.
fn refused(id: u32, url: Text, detail: Text) {
    let reason = ErrorCode::InvalidArgument(detail.0);
    sockets::with_meter(id, |meter| meter.refused(&url.0, &reason));
}

/// The error of a refused call as the shim takes it, or null.
pub(super) fn outcome<'js>(
    ctx: &Ctx<'js>,
    result: Option<std::result::Result<(), ErrorCode>>,
) -> Result<Value<'js>> {
    match result.unwrap_or(Err(ErrorCode::InvalidState)) {
        Ok(()) => Ok(Value::new_null(ctx.clone())),
        Err(code) => answers::error(ctx, code).map(Object::into_value),
    }
}

fn connect<'js>(
    ctx: Ctx<'js>,
    id: u32,
    url: Text,
    options: Object<'js>,
    hold_close_answer: bool,
) -> Result<Value<'js>> {
    if failure::is_recorded() {
        let detail = "the iteration is ending after an uncaught exception".to_owned();
        let result = Err(ErrorCode::Other(Some(detail)));
        sockets::forget(id);
        return outcome(&ctx, Some(result));
    }
    let options = ConnectOptions { hold_close_answer, ..connect_options(&options)? };
    let result = sockets::with(id, |socket| socket.connect(&url.0, &options));
    if let Some(Err(code)) = &result {
        sockets::with_meter(id, |meter| meter.refused(&url.0, code));
        sockets::forget(id);
    }
    outcome(&ctx, result)
}

fn connect_options(options: &Object<'_>) -> Result<ConnectOptions> {
    let headers = super::to_pairs(&options.get("headers")?)?;
    let protocols: Option<Vec<Text>> = options.get("protocols")?;
    let deflate: Option<Object<'_>> = options.get("deflate")?;
    let millis = |name| -> Result<Option<u64>> {
        let value: Option<f64> = options.get(name)?;
        Ok(value.map(|millis| (millis.max(0.0) * NANOS_PER_MILLI) as u64))
    };
    let size: Option<f64> = options.get("maxMessageSize")?;
    Ok(ConnectOptions {
        headers: headers.into_iter().map(|(name, value)| Header { name, value }).collect(),
        protocols: protocols.into_iter().flatten().map(|protocol| protocol.0).collect(),
        deflate: deflate.as_ref().map(deflate_options).transpose()?,
        timeout: millis("timeout")?,
        close_timeout: millis("closeTimeout")?,
        max_message_size: size.map(|bytes| bytes as u64),
        ping_interval: millis("pingInterval")?,
        pong_timeout: millis("pongTimeout")?,
        hold_close_answer: false,
    })
}

fn deflate_options(options: &Object<'_>) -> Result<DeflateOptions> {
    let flag = |name| options.get::<_, Option<bool>>(name).map(Option::unwrap_or_default);
    Ok(DeflateOptions {
        server_no_context_takeover: flag("serverNoContextTakeover")?,
        client_no_context_takeover: flag("clientNoContextTakeover")?,
        server_max_window_bits: options.get("serverMaxWindowBits")?,
        client_max_window_bits: options.get("clientMaxWindowBits")?,
    })
}

fn send_binary<'js>(
    ctx: Ctx<'js>,
    id: u32,
    buffer: ArrayBuffer<'js>,
    offset: usize,
    length: usize,
) -> Result<Value<'js>> {
    // SAFETY: no script runs while the bytes are borrowed.
    let bytes = unsafe { buffer.as_bytes() }.unwrap_or_default();
    let Some(bytes) = offset.checked_add(length).and_then(|end| bytes.get(offset..end)) else {
        return Err(Exception::throw_range(&ctx, "the view lies outside of its buffer"));
    };
    let result = sockets::with(id, |socket| socket.send_binary(bytes));
    sent(&ctx, id, result, length)
}

/// The outcome of sending a message, which is measured even if its socket is gone.
fn sent<'js>(
    ctx: &Ctx<'js>,
    id: u32,
    result: Option<std::result::Result<(), ErrorCode>>,
    length: usize,
) -> Result<Value<'js>> {
    match result {
        Some(Ok(())) => sockets::note_sent(id, length),
        Some(Err(_)) => {}
        None => {
            sockets::with_meter(id, Meter::sent_late);
        }
    }
    outcome(ctx, result)
}

fn ping<'js>(ctx: Ctx<'js>, id: u32, payload: Text) -> Result<Value<'js>> {
    let result = sockets::with(id, |socket| socket.ping(payload.0.as_bytes()));
    outcome(&ctx, result)
}

fn close<'js>(ctx: Ctx<'js>, id: u32, code: Option<f64>, reason: Text) -> Result<Value<'js>> {
    // A code goes onto the wire as its lowest 16 bits, whatever its range.
    let code = code.map(|code| code as i64 as u16);
    sockets::skip_messages(id);
    let result = sockets::with(id, |socket| socket.close(code, &reason.0));
    outcome(&ctx, result)
}

fn abort(id: u32) {
    sockets::skip_messages(id);
    sockets::with(id, Socket::abort);
}

/// Sets the only handlers of a socket's texts and of its binary messages; see [`Direct::new`].
fn direct<'js>(
    id: u32,
    text: Option<Function<'js>>,
    binary: Option<Function<'js>>,
    receiver: Object<'js>,
    origin: Option<Value<'js>>,
) {
    sockets::set_direct(id, Direct::new(text, binary, receiver, origin));
}

/// `[[name, value], …]` by canonical name.
fn headers_object<'js>(ctx: Ctx<'js>, pairs: Value<'js>) -> Result<Object<'js>> {
    let pairs = super::to_pairs(&pairs)?;
    headers::object(&ctx, pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn pump<'js>(ctx: Ctx<'js>, id: u32) -> Result<()> {
    event_loop::run(&ctx, || !sockets::is_open(id));
    if event_loop::is_interrupted() { Err(event_loop::unwind(&ctx)) } else { Ok(()) }
}
