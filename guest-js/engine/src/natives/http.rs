//! HTTP requests.

use rquickjs::function::Func;
use rquickjs::{Array, ArrayBuffer, Class, Ctx, IntoJs, Object, Result, Value};

use super::cookies::Handle;
use crate::bindings::wasock::websocket::http::{
    Answer, Authentication, Cookie, Outcome, RequestOptions, Sent, SetCookie, Timings, Version,
};
use crate::bindings::wasock::websocket::metrics::{self, StatusRange};
use crate::bindings::wasock::websocket::types::Header;
use crate::event_loop::{self, NANOS_PER_MILLI};
use crate::requests;
use crate::text::Text;

/// Milliseconds in a second, the unit of dates in cookies.
const MILLIS_PER_SECOND: f64 = 1e3;

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("startRequest", Func::from(start))?;
    native.set("waitForRequests", Func::from(wait))?;
    native.set("takeResponse", Func::from(take))
}

/// Begins a request: `{method, url, headers, cookies, encodings, body, timeout, redirects,
/// authentication, discardBody, tags, expected, jar, callback}`. Returns its number, or why there is
/// none.
fn start<'js>(ctx: Ctx<'js>, given: Object<'js>) -> Result<Value<'js>> {
    let (method, url): (Text, Text) = (given.get("method")?, given.get("url")?);
    let options = options(&given)?;
    let tags = super::to_tags(&given.get("tags")?)?;
    let expected: Option<Vec<Vec<u16>>> = given.get("expected")?;
    let expected =
        expected.map(|ranges| ranges.iter().filter_map(|range| range_of(range)).collect());
    let expected: Option<Vec<StatusRange>> = expected;
    let jar: Option<Class<'js, Handle>> = given.get("jar")?;
    let jar = jar.as_ref().map(|jar| jar.borrow());
    let id = requests::create(&ctx, given.get("callback")?);
    let started = requests::with(id, |request| {
        metrics::measure_request(request, &tags, expected.as_deref());
        request.start(&method.0, &url.0, &options, jar.as_ref().map(|jar| &jar.0))
    });
    match started {
        Some(Err(code)) => {
            requests::forget(id);
            crate::answers::error(&ctx, code).map(Object::into_value)
        }
        _ => id.into_js(&ctx),
    }
}

fn range_of(range: &[u16]) -> Option<StatusRange> {
    Some(StatusRange { first: *range.first()?, last: *range.get(1)? })
}

fn options(given: &Object<'_>) -> Result<RequestOptions> {
    let headers = super::to_pairs(&given.get("headers")?)?;
    let encodings: Vec<Text> = given.get("encodings")?;
    let authentication: Option<Text> = given.get("authentication")?;
    let timeout: Option<f64> = given.get("timeout")?;
    let body: Option<ArrayBuffer<'_>> = given.get("body")?;
    // SAFETY: no script runs while the bytes are copied.
    let body = body.map(|body| unsafe { body.as_bytes() }.unwrap_or_default().to_vec());
    let cookies: Vec<Array<'_>> = given.get("cookies")?;
    let cookie = |cookie: &Array<'_>| -> Result<Cookie> {
        let (name, value): (Text, Text) = (cookie.get(0)?, cookie.get(1)?);
        Ok(Cookie { name: name.0, value: value.0, replace: cookie.get(2)? })
    };
    Ok(RequestOptions {
        headers: headers.into_iter().map(|(name, value)| Header { name, value }).collect(),
        body,
        encodings: encodings.into_iter().map(|name| name.0).collect(),
        cookies: cookies.iter().map(cookie).collect::<Result<_>>()?,
        timeout: timeout.map(|millis| (millis.max(0.0) * NANOS_PER_MILLI) as u64),
        redirects: given.get("redirects")?,
        authentication: authentication.map(|name| match name.0.as_str() {
            "digest" => Authentication::Digest,
            _ => Authentication::Basic,
        }),
        discard_body: given.get("discardBody")?,
    })
}

/// Blocks until one of these requests has ended; the numbers of those that have.
fn wait<'js>(ctx: Ctx<'js>, ids: Vec<u32>) -> Result<Vec<u32>> {
    let places = event_loop::wait_for(&ctx, &ids)?;
    Ok(places.into_iter().filter_map(|place| ids.get(place as usize).copied()).collect())
}

/// What a request came to. The body is a buffer if it is to be `binary`, and text if not.
fn take<'js>(ctx: Ctx<'js>, id: u32, binary: bool) -> Result<Value<'js>> {
    match requests::take(id) {
        Some(outcome) => outcome_object(&ctx, outcome, binary).map(Object::into_value),
        None => Ok(Value::new_null(ctx)),
    }
}

fn outcome_object<'js>(ctx: &Ctx<'js>, outcome: Outcome, binary: bool) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("request", sent_object(ctx, outcome.sent)?)?;
    object.set("address", outcome.address.unwrap_or_default())?;
    let (version, suite) =
        outcome.tls.map(|tls| (tls.version, tls.cipher_suite)).unwrap_or_default();
    object.set("tlsVersion", version)?;
    object.set("tlsCipherSuite", suite)?;
    object.set("timings", timings_object(ctx, outcome.timings)?)?;
    match outcome.answer {
        Ok(answer) => object.set("answer", answer_object(ctx, answer, binary)?)?,
        Err(failure) => {
            let error = Object::new(ctx.clone())?;
            error.set("number", failure.number)?;
            error.set("kind", failure.kind)?;
            error.set("text", failure.text)?;
            object.set("failure", error)?;
        }
    }
    Ok(object)
}

fn pairs<'js>(ctx: &Ctx<'js>, headers: Vec<Header>) -> Result<Value<'js>> {
    super::from_pairs(headers.into_iter().map(|header| (header.name, header.value))).into_js(ctx)
}

fn sent_object<'js>(ctx: &Ctx<'js>, sent: Sent) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("method", sent.method)?;
    object.set("url", sent.url)?;
    object.set("headers", pairs(ctx, sent.headers)?)?;
    object.set("cookies", super::from_pairs(sent.cookies))?;
    object.set("hasBody", sent.body_length > 0)?;
    Ok(object)
}

fn timings_object<'js>(ctx: &Ctx<'js>, timings: Timings) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    let millis = |nanos: u64| nanos as f64 / NANOS_PER_MILLI;
    let duration = timings.sending + timings.waiting + timings.receiving;
    object.set("duration", millis(duration))?;
    object.set("blocked", millis(timings.blocked))?;
    // Names are looked up while a request is blocked, as in k6.
    object.set("looking_up", 0)?;
    object.set("connecting", millis(timings.connecting))?;
    object.set("tls_handshaking", millis(timings.tls_handshaking))?;
    object.set("sending", millis(timings.sending))?;
    object.set("waiting", millis(timings.waiting))?;
    object.set("receiving", millis(timings.receiving))?;
    Ok(object)
}

fn answer_object<'js>(ctx: &Ctx<'js>, answer: Answer, binary: bool) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("status", answer.status)?;
    object.set("statusText", answer.status_text)?;
    object.set(
        "proto",
        match answer.version {
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
            Version::Http2 => "HTTP/2.0",
        },
    )?;
    object.set("headers", pairs(ctx, answer.headers)?)?;
    let cookies = answer.cookies.into_iter().map(|cookie| cookie_object(ctx, cookie));
    object.set("cookies", cookies.collect::<Result<Vec<_>>>()?)?;
    object.set("tooManyRedirects", answer.too_many_redirects)?;
    if binary {
        object.set("body", ArrayBuffer::new(ctx.clone(), answer.body)?)?;
    } else {
        object.set("body", String::from_utf8_lossy(&answer.body).as_ref())?;
    }
    Ok(object)
}

fn cookie_object<'js>(ctx: &Ctx<'js>, cookie: SetCookie) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("name", cookie.name)?;
    object.set("value", cookie.value)?;
    object.set("domain", cookie.domain)?;
    object.set("path", cookie.path)?;
    object.set("http_only", cookie.http_only)?;
    object.set("secure", cookie.secure)?;
    object.set("max_age", cookie.max_age as f64)?;
    let expires = cookie.expires.map_or(0.0, |seconds| seconds as f64 * MILLIS_PER_SECOND);
    object.set("expires", expires)?;
    Ok(object)
}
