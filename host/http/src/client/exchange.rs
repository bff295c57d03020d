//! One request and its answer over one connection.

use std::sync::Arc;

use cookie_store::RawCookie;
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, Version, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use tokio::time::Instant;
use wasock_sockets::Proxy;

use super::connection::{self, Connection, Payload};
use crate::bindings::http::{self as wit, Answer, SetCookie};
use crate::budget::Hold;
use crate::coding::{self, DecodeError};
use crate::ctx::Shared;
use crate::failure::Problem;
use crate::flight::Hop;
use crate::limits::MAX_BODY;
use crate::plan::{Step, basic, listed};

/// Sends what `hop` says, and reads the answer.
pub(super) async fn perform(
    shared: &Shared,
    step: &Step,
    hop: &Arc<Hop>,
    bodies: &Hold,
    discard_body: bool,
    deadline: Instant,
) -> Result<Answer, Problem> {
    let endpoint = step.endpoint().map_err(Problem::target)?;
    let mut waiting = shared.pool.take(&endpoint).await;
    loop {
        let mut connection = match waiting.take() {
            Some(connection) => connection,
            None => connection::open(shared, &endpoint, hop, deadline).await?,
        };
        hop.note(connection.facts.peer, connection.facts.tls.clone());
        hop.stamps.connected();
        if let Some(shareable) = connection.share().filter(|_| !connection.reused) {
            shared.pool.put(&endpoint, shareable);
        }
        let request = message(step, hop, &connection, shared.pool.reuses())?;
        match connection.send(request, &hop.stamps).await {
            Ok(response) => {
                let answer = receive(shared, response, discard_body, |length| {
                    let held = bodies.set(step.weight() + length);
                    held.map_err(|_| Problem::too_long(shared.held_too_much()))
                })
                .await?;
                if !connection.is_http2() {
                    shared.pool.put(&endpoint, connection.rest());
                }
                return Ok(answer);
            }
            // The server may have closed a connection while it waited (RFC 9112, section 9.5). A new
            // one is not tried again.
            Err(failed) if connection.reused && (failed.unsent || step.is_repeatable()) => {}
            Err(failed) => return Err(Problem::exchange(&failed.error)),
        }
    }
}

/// The request as this connection takes it.
fn message(
    step: &Step,
    hop: &Hop,
    connection: &Connection,
    reuse: bool,
) -> Result<Request<Payload>, Problem> {
    let is_http2 = connection.is_http2();
    let authority = step.authority();
    let forwarder = connection.facts.forwarder.as_ref();
    let uri = if is_http2 || forwarder.is_some() {
        format!("{}://{authority}{}", step.url.scheme(), step.resource())
    } else {
        step.resource().to_owned()
    };
    let malformed =
        |what: &str| Problem::location(format!("{what} of {:?} is malformed", step.shown));
    let uri = Uri::try_from(uri).map_err(|_| malformed("the URL or the Host"))?;
    let mut headers = HeaderMap::new();
    if !is_http2 {
        let host = HeaderValue::from_str(&authority).map_err(|_| malformed("the Host"))?;
        headers.insert(header::HOST, host);
        if !reuse {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
    for field in &hop.sent.headers {
        // They were headers before they were shown.
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(&field.name), HeaderValue::try_from(&field.value))
        {
            headers.append(name, value);
        }
    }
    if let Some(value) = forwarder.and_then(proxy_authorization) {
        headers.insert(header::PROXY_AUTHORIZATION, value);
    }
    let stamps = is_http2.then(|| hop.stamps.clone());
    let mut request = Request::new(Payload::new(step.body.clone(), stamps));
    *request.method_mut() = step.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    if is_http2 {
        *request.version_mut() = Version::HTTP_2;
    }
    Ok(request)
}

fn proxy_authorization(proxy: &Proxy) -> Option<HeaderValue> {
    let (user, password) = proxy.credentials.as_ref()?;
    basic(user, password)
}

/// Reads the body to its end, even if nobody wants it: the connection is to serve others.
/// `hold` is told how long the body is by now.
async fn receive(
    shared: &Shared,
    response: Response<Incoming>,
    discard_body: bool,
    hold: impl Fn(usize) -> Result<(), Problem>,
) -> Result<Answer, Problem> {
    let (parts, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Problem::exchange(&error))?;
        let Some(data) = frame.data_ref().filter(|_| !discard_body) else { continue };
        if body.len() + data.len() > MAX_BODY {
            return Err(Problem::too_long(shared.body_too_long("")));
        }
        hold(body.len() + data.len())?;
        body.extend_from_slice(data);
    }
    let body = coding::decode(&parts.headers, body).await.map_err(|error| match error {
        DecodeError::TooLong => Problem::too_long(shared.body_too_long(" when it is decoded")),
        DecodeError::Malformed(detail) => Problem::decoding(detail),
    })?;
    hold(body.len())?;
    Ok(answer(&parts, body))
}

fn answer(parts: &Parts, body: Vec<u8>) -> Answer {
    let status = parts.status;
    let reason = match parts.extensions.get::<ReasonPhrase>() {
        Some(reason) => String::from_utf8_lossy(reason.as_bytes()).into_owned(),
        None => status.canonical_reason().unwrap_or_default().to_owned(),
    };
    let fields = parts.headers.get_all(header::SET_COOKIE).iter();
    let fields = fields.filter_map(|field| RawCookie::parse(field.to_str().ok()?).ok());
    Answer {
        status: status.as_u16(),
        status_text: format!("{} {reason}", status.as_u16()).trim_end().to_owned(),
        version: match parts.version {
            Version::HTTP_2 => wit::Version::Http2,
            Version::HTTP_10 => wit::Version::Http10,
            _ => wit::Version::Http11,
        },
        headers: listed(&parts.headers),
        cookies: fields.map(|cookie| set_cookie(&cookie)).collect(),
        body,
        too_many_redirects: false,
    }
}

fn set_cookie(cookie: &RawCookie<'_>) -> SetCookie {
    SetCookie {
        name: cookie.name().to_owned(),
        value: cookie.value().to_owned(),
        domain: cookie.domain().unwrap_or_default().to_owned(),
        path: cookie.path().unwrap_or_default().to_owned(),
        max_age: cookie.max_age().map_or(0, |age| age.whole_seconds()),
        expires: cookie.expires_datetime().map(|time| time.unix_timestamp()),
        http_only: cookie.http_only() == Some(true),
        secure: cookie.secure() == Some(true),
    }
}
