//! What the events of a socket tell, as objects for the shim.

use rquickjs::{Ctx, Object, Result, Value};

use crate::bindings::wasock::websocket::events::{Closed, Failed, Opened};
use crate::bindings::wasock::websocket::types::{ErrorCode, Failure, Handshake, Timings};
use crate::event_loop::NANOS_PER_MILLI;
use crate::headers;
use crate::names::Name;

/// The field of an answer that sets a cookie (RFC 6265, section 4.1).
const SET_COOKIE: &str = "set-cookie";

/// An instant of the host's clock in milliseconds.
pub fn millis(instant: u64) -> f64 {
    instant as f64 / NANOS_PER_MILLI
}

/// The argument of a sink's `opened`.
pub fn opened<'js>(ctx: &Ctx<'js>, opened: Opened) -> Result<Object<'js>> {
    let object = handshake_object(ctx, opened.handshake)?;
    Name::At.set(&object, ended(opened.timings))?;
    Ok(object)
}

/// The argument of a sink's `failed`.
pub fn failed<'js>(ctx: &Ctx<'js>, failed: Failed) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    Name::Error.set(&object, failure_object(ctx, failed.failure)?)?;
    let handshake =
        failed.handshake.map(|handshake| handshake_object(ctx, handshake)).transpose()?;
    Name::Handshake.set(&object, or_null(ctx, handshake))?;
    Name::At.set(&object, ended(failed.timings))?;
    Ok(object)
}

/// The argument of a sink's `closed`.
pub fn closed<'js>(ctx: &Ctx<'js>, closed: Closed) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    Name::Code.set(&object, closed.code)?;
    Name::Reason.set(&object, closed.reason)?;
    Name::WasClean.set(&object, closed.was_clean)?;
    let error = closed.failure.map(|failure| failure_object(ctx, failure)).transpose()?;
    Name::Error.set(&object, or_null(ctx, error))?;
    Name::At.set(&object, millis(closed.at))?;
    Ok(object)
}

fn or_null<'js>(ctx: &Ctx<'js>, object: Option<Object<'js>>) -> Value<'js> {
    object.map_or_else(|| Value::new_null(ctx.clone()), Object::into_value)
}

fn handshake_object<'js>(ctx: &Ctx<'js>, handshake: Handshake) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    Name::Status.set(&object, handshake.status)?;
    let fields = &handshake.headers;
    let pairs = || fields.iter().map(|field| (field.name.as_str(), field.value.as_str()));
    Name::Headers.set(&object, headers::object(ctx, pairs())?)?;
    let of_cookies = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case(SET_COOKIE);
    let cookies: Vec<&str> = pairs().filter(of_cookies).map(|(_, value)| value).collect();
    Name::Cookies.set(&object, (!cookies.is_empty()).then_some(cookies))?;
    Name::Protocol.set(&object, handshake.protocol)?;
    Name::Extensions.set(&object, handshake.extensions)?;
    Name::Body.set(&object, String::from_utf8_lossy(&handshake.body).into_owned())?;
    Ok(object)
}

/// When an attempt to connect ended, in milliseconds.
fn ended(timings: Timings) -> f64 {
    millis(timings.started) + millis(timings.finished)
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
    Name::Code.set(&object, name)?;
    object.set("detail", detail)?;
    object.set("address", "")?;
    Ok(object)
}
