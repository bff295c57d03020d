//! What each path below `/http/` does.

use std::io::{Read, Write};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::http::request::Parts;
use tokio_tungstenite::tungstenite::http::{
    HeaderValue, Method, Request, Response, StatusCode, Version, header,
};

use super::{Answer, Dropped, PREFIX, login};
use crate::Limits;
use crate::query::{Query, QueryError};

/// The longest delay in milliseconds, a minute: as long as clients wait.
const MAX_DELAY: u64 = 60_000;

/// The most bytes of `/http/bytes` and of what is compressed: the server has to hold them itself.
const MAX_BYTES: usize = 256 << 20;

/// The most redirections in a row.
const MAX_REDIRECTIONS: u64 = 10_000;

/// How hard brotli tries, and its window and buffer: what its tools take for things made on the fly.
const BROTLI: (usize, u32, u32) = (4096, 5, 22);

/// Answers one request.
pub(super) async fn respond(
    request: Request<Incoming>,
    limits: &Limits,
) -> Result<Answer, Dropped> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, limits.message_size).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Ok(text(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string())),
    };
    let query = Query::new(head.uri.query());
    let wait = match query.number("delay", MAX_DELAY) {
        Ok(millis) => millis.unwrap_or_default(),
        Err(error) => return Ok(text(StatusCode::BAD_REQUEST, &error.to_string())),
    };
    tokio::time::sleep(Duration::from_millis(wait)).await;
    let path = head.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    if path == "drop" {
        return Err(Dropped);
    }
    let mut answer = endpoint(path, &head, &body, &query)
        .unwrap_or_else(|error| text(StatusCode::BAD_REQUEST, &error.to_string()));
    for cookie in query.texts("set").filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if head.method == Method::HEAD {
        *answer.body_mut() = Full::default();
    }
    Ok(answer)
}

fn endpoint(path: &str, head: &Parts, body: &Bytes, query: &Query) -> Result<Answer, QueryError> {
    Ok(match path {
        "echo" | "cookies" => json_answer(StatusCode::OK, &described(head, body)),
        "redirect" => redirect(query)?,
        "bytes" => {
            let size = query.number("size", MAX_BYTES)?.unwrap_or_default();
            bytes_answer(vec![0; size].into())
        }
        "gzip" | "deflate" | "br" | "zstd" => {
            let plain = match query.number("size", MAX_BYTES)? {
                Some(size) => vec![0; size],
                None => described(head, body).to_string().into_bytes(),
            };
            coded(path, &plain)
        }
        "wrong-encoding" => {
            let mut answer = text(StatusCode::OK, "This is not compressed.");
            answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            answer
        }
        "basic-auth" => login::basic(head, query),
        "digest-auth" => login::digest(head, query),
        "login" => login::login(head, body),
        _ => match path.strip_prefix("status/").map(str::parse) {
            Some(Ok(status)) => status_answer(status),
            _ => text(StatusCode::NOT_FOUND, &format!("There is nothing at {}.", head.uri.path())),
        },
    })
}

/// A request as JSON.
fn described(head: &Parts, body: &Bytes) -> Value {
    let mut headers = serde_json::Map::new();
    for name in head.headers.keys() {
        let values = head.headers.get_all(name).iter();
        let values: Vec<_> =
            values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        headers.insert(name.to_string(), values.join(", ").into());
    }
    json!({
        "method": head.method.as_str(),
        "path": head.uri.path_and_query().map_or("", |path| path.as_str()),
        "version": match head.version {
            Version::HTTP_2 => "HTTP/2",
            Version::HTTP_10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        },
        "headers": headers,
        "body": String::from_utf8_lossy(body),
        "size": body.len(),
    })
}

/// To `to`, by way of this endpoint `n` more times.
fn redirect(query: &Query) -> Result<Answer, QueryError> {
    let left = query.number("n", MAX_REDIRECTIONS)?.unwrap_or(1);
    let code = query.number("status", 399)?.unwrap_or(302);
    let to = query.text("to").unwrap_or("/http/echo");
    let location = if left > 1 {
        let mut parameters = url::form_urlencoded::Serializer::new(String::new());
        parameters.append_pair("n", &(left - 1).to_string());
        parameters.append_pair("status", &code.to_string()).append_pair("to", to);
        format!("/http/redirect?{}", parameters.finish())
    } else {
        to.to_owned()
    };
    let mut answer = status_answer(code);
    if let Ok(location) = HeaderValue::from_str(&location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

fn coded(coding: &str, plain: &[u8]) -> Answer {
    let encoded = match coding {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(plain).and_then(|()| encoder.finish())
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(plain).and_then(|()| encoder.finish())
        }
        "br" => {
            let (buffer, quality, window) = BROTLI;
            let mut encoded = Vec::new();
            let mut reader = brotli::CompressorReader::new(plain, buffer, quality, window);
            reader.read_to_end(&mut encoded).map(|_| encoded)
        }
        _ => zstd::encode_all(plain, zstd::DEFAULT_COMPRESSION_LEVEL),
    };
    let encoded = match encoded {
        Ok(encoded) => encoded,
        Err(error) => return text(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    };
    let mut answer = bytes_answer(encoded.into());
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(coding) = HeaderValue::from_str(coding) {
        headers.insert(header::CONTENT_ENCODING, coding);
    }
    answer
}

fn status_answer(code: u16) -> Answer {
    // 1xx announces another answer, which would never come.
    match StatusCode::from_u16(code).ok().filter(|_| (200..600).contains(&code)) {
        Some(status) => text(status, &status.to_string()),
        None => text(StatusCode::BAD_REQUEST, &format!("{code} is not a status from 200 to 599")),
    }
}

fn bytes_answer(body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    let kind = HeaderValue::from_static("application/octet-stream");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

/// An answer with a line of text.
pub(super) fn text(status: StatusCode, line: &str) -> Answer {
    let mut answer = Response::new(Full::new(format!("{line}\n").into()));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

/// An answer in JSON.
pub(super) fn json_answer(status: StatusCode, value: &Value) -> Answer {
    let mut answer = Response::new(Full::new(value.to_string().into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
