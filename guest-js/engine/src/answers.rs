//! What the events of a socket tell, as objects for the shim.

use rquickjs::{Ctx, Object, Result, Value};

use crate::bindings::wasock::websocket::events::{Closed, Failed, Opened};
use crate::bindings::wasock::websocket::types::{ErrorCode, Failure, Handshake, Timings};
use crate::event_loop::NANOS_PER_MILLI;
use crate::headers;

/// The field of an answer that sets a cookie (RFC 6265, section 4.1).
const SET_COOKIE: &str = "set-cookie";

/// An instant of the host's clock in milliseconds.
pub fn millis(instant: u64) -> f64 {
    instant as f64 / NANOS_PER_MILLI
}

/// The argument of a sink's `opened`.
pub fn opened<'js>(ctx: &Ctx<'js>, opened: Opened) -> Result<Object<'js>> {
    let object = handshake_object(ctx, opened.handshake)?;
    object.set("timings", timings_object(ctx, opened.timings)?)?;
    Ok(object)
}

/// The argument of a sink's `failed`.
pub fn failed<'js>(ctx: &Ctx<'js>, failed: Failed) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("error", failure_object(ctx, failed.failure)?)?;
    let handshake =
        failed.handshake.map(|handshake| handshake_object(ctx, handshake)).transpose()?;
    object.set("handshake", or_null(ctx, handshake))?;
    object.set("timings", timings_object(ctx, failed.timings)?)?;
    Ok(object)
}

/// The argument of a sink's `closed`.
pub fn closed<'js>(ctx: &Ctx<'js>, closed: Closed) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("code", closed.code)?;
    object.set("reason", closed.reason)?;
    object.set("wasClean", closed.was_clean)?;
    let error = closed.failure.map(|failure| failure_object(ctx, failure)).transpose()?;
    object.set("error", or_null(ctx, error))?;
    object.set("at", millis(closed.at))?;
    Ok(object)
}

fn or_null<'js>(ctx: &Ctx<'js>, object: Option<Object<'js>>) -> Value<'js> {
    object.map_or_else(|| Value::new_null(ctx.clone()), Object::into_value)
}

fn handshake_object<'js>(ctx: &Ctx<'js>, handshake: Handshake) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("status", handshake.status)?;
    let fields = &handshake.headers;
    let pairs = || fields.iter().map(|field| (field.name.as_str(), field.value.as_str()));
    object.set("headers", headers::object(ctx, pairs())?)?;
    let of_cookies = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case(SET_COOKIE);
    let cookies: Vec<&str> = pairs().filter(of_cookies).map(|(_, value)| value).collect();
    object.set("cookies", (!cookies.is_empty()).then_some(cookies))?;
    object.set("protocol", handshake.protocol)?;
    object.set("extensions", handshake.extensions)?;
    object.set("body", String::from_utf8_lossy(&handshake.body).into_owned())?;
    Ok(object)
}

fn timings_object<'js>(ctx: &Ctx<'js>, timings: Timings) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("started", millis(timings.started))?;
    object.set("resolved", millis(timings.resolved))?;
    object.set("connected", millis(timings.connected))?;
    object.set("secured", millis(timings.secured))?;
    object.set("finished", millis(timings.finished))?;
    Ok(object)
}

fn failure_object<'js>(ctx: &Ctx<'js>, failure: Failure) -> Result<Object<'js>> {
    let object = error(ctx, failure.code)?;
    object.set("address", failure.address.unwrap_or_default())?;
    Ok(object)
}

/// `{code, detail, address}`, as the shim takes it.
pub fn error<'js>(ctx: &Ctx<'js>, code: ErrorCode) -> Result<Object<'js>> {
    let (name, detail) = match code {
        ErrorCode::InvalidState => ("invalid-state", String::new()),
        ErrorCode::InvalidArgument(detail) => ("invalid-argument", detail),
        ErrorCode::AccessDenied(detail) => ("access-denied", detail),
        ErrorCode::LimitReached(detail) => ("limit-reached", detail),
        ErrorCode::NameUnresolvable => ("name-unresolvable", String::new()),
        ErrorCode::ConnectionRefused => ("connection-refused", String::new()),
        ErrorCode::ConnectionReset => ("connection-reset", String::new()),
        ErrorCode::Unreachable => ("unreachable", String::new()),
        ErrorCode::Timeout => ("timeout", String::new()),
        ErrorCode::Tls(detail) => ("tls", detail),
        ErrorCode::BadHandshake(detail) => ("bad-handshake", detail),
        ErrorCode::ProtocolViolation(detail) => ("protocol-violation", detail),
        ErrorCode::InvalidUtf8 => ("invalid-utf8", String::new()),
        ErrorCode::MessageTooBig => ("message-too-big", String::new()),
        ErrorCode::UnexpectedEnd => ("unexpected-end", String::new()),
        ErrorCode::Other(detail) => ("other", detail.unwrap_or_default()),
    };
    let object = Object::new(ctx.clone())?;
    object.set("code", name)?;
    object.set("detail", detail)?;
    object.set("address", "")?;
    Ok(object)
}
