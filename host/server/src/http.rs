//! The HTTP/1.1 part of a connection (RFC 9112): one request head in, and one answer out unless the
//! request becomes a WebSocket.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::machine::TryParse;
use tokio_tungstenite::tungstenite::handshake::server::{
    Request, Response, create_response, write_response,
};
use tokio_tungstenite::tungstenite::http::{self, HeaderMap, HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::{self};

use crate::stream::Stream;
use crate::{Limits, web};

/// How much room is made for each read of a head, in bytes; nearly every head fits into one.
const READ_SIZE: usize = 1024;

/// An answer in plain HTTP, without the headers that [`send_answer`] adds.
pub(crate) type Answer = http::Response<String>;

/// A request head.
pub(crate) struct Head {
    pub(crate) request: Request,
    /// Bytes that came after it.
    pub(crate) rest: Vec<u8>,
}

/// How a connection begins.
pub(crate) enum Opening {
    /// With the head of what may become a WebSocket.
    Head(Box<Head>),
    /// With these bytes of a request for an HTTP endpoint.
    Http(Vec<u8>),
}

/// Why there is no request head.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeadError {
    #[error("the connection ended before the request head did")]
    Ended(#[source] io::Error),
    #[error("the request head took longer than {0:?}")]
    TooSlow(Duration),
    #[error("the request head is longer than {0} bytes")]
    TooLong(usize),
    #[error("only the method GET is known here")]
    Method,
    #[error("the request is not HTTP/1.1: {0}")]
    Malformed(tungstenite::Error),
}

impl HeadError {
    /// What to tell the client, if it is still there.
    pub(crate) fn answer(&self) -> Option<Answer> {
        let status = match self {
            Self::Ended(_) => return None,
            Self::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::TooLong(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
        };
        let mut answer = text(status, self.to_string());
        if matches!(self, Self::Method) {
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
        }
        Some(answer)
    }
}

/// Reads one request head.
///
/// # Errors
///
/// The client ended, was too slow, or sent something else.
pub(crate) async fn read_head(stream: &mut Stream, limits: &Limits) -> Result<Opening, HeadError> {
    timeout(limits.handshake_time, read_head_bytes(stream, limits.head_size))
        .await
        .unwrap_or(Err(HeadError::TooSlow(limits.handshake_time)))
}

async fn read_head_bytes(stream: &mut Stream, head_size: usize) -> Result<Opening, HeadError> {
    let mut bytes = Vec::new();
    loop {
        bytes.reserve(READ_SIZE);
        match stream.read_buf(&mut bytes).await {
            Ok(0) => return Err(HeadError::Ended(io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => {}
            Err(error) => return Err(HeadError::Ended(error)),
        }
        match web::is_ours(&bytes) {
            Some(true) => return Ok(Opening::Http(bytes)),
            None if bytes.len() <= head_size => continue,
            _ => {}
        }
        match Request::try_parse(&bytes) {
            Ok(Some((length, _))) if length > head_size => {
                return Err(HeadError::TooLong(head_size));
            }
            Ok(Some((length, request))) => {
                let head = Head { request, rest: bytes.split_off(length) };
                return Ok(Opening::Head(Box::new(head)));
            }
            Ok(None) if bytes.len() > head_size => return Err(HeadError::TooLong(head_size)),
            Ok(None) => {}
            Err(tungstenite::Error::Protocol(ProtocolError::WrongHttpMethod)) => {
                return Err(HeadError::Method);
            }
            Err(error) => return Err(HeadError::Malformed(error)),
        }
    }
}

/// An answer with a line or more of text.
pub(crate) fn text(status: StatusCode, body: impl Into<String>) -> Answer {
    let mut body = body.into();
    if !body.ends_with('\n') {
        body.push('\n');
    }
    let mut answer = Answer::new(body);
    *answer.status_mut() = status;
    answer
}

/// Whether a request asks to become a WebSocket at all.
pub(crate) fn wants_upgrade(headers: &HeaderMap) -> bool {
    listed(headers, header::UPGRADE).any(|protocol| protocol.eq_ignore_ascii_case("websocket"))
}

/// The elements of a header whose value is a comma-separated list (RFC 9110, section 5.6.1).
pub(crate) fn listed(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|element| !element.is_empty())
}

/// What an opening handshake gets (RFC 6455, section 4.2.2).
pub(crate) enum Upgrade {
    Accepted(Response),
    Refused(Answer),
}

/// Checks an opening handshake.
pub(crate) fn upgrade(request: &Request) -> Upgrade {
    if !wants_upgrade(request.headers()) {
        let mut answer = text(StatusCode::UPGRADE_REQUIRED, "this endpoint speaks WebSocket only");
        answer.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return Upgrade::Refused(answer);
    }
    match create_response(request) {
        Ok(response) => Upgrade::Accepted(response),
        Err(
            error @ tungstenite::Error::Protocol(ProtocolError::MissingSecWebSocketVersionHeader),
        ) => {
            let mut answer = text(StatusCode::UPGRADE_REQUIRED, error.to_string());
            let headers = answer.headers_mut();
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            Upgrade::Refused(answer)
        }
        Err(error) => Upgrade::Refused(text(StatusCode::BAD_REQUEST, error.to_string())),
    }
}

/// Sends the answer that makes a connection a WebSocket.
///
/// # Errors
///
/// The client is gone.
pub(crate) async fn send_upgrade(stream: &mut Stream, response: &Response) -> io::Result<()> {
    let mut bytes = Vec::new();
    write_response(&mut bytes, response).map_err(io::Error::other)?;
    stream.write_all(&bytes).await?;
    stream.flush().await
}

/// Sends an answer and ends the connection; the client has `time` to read it.
pub(crate) async fn send_answer(stream: &mut Stream, mut answer: Answer, time: Duration) {
    let has_body = !matches!(answer.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let body = if has_body { std::mem::take(answer.body_mut()) } else { String::new() };
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    if has_body {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let sending = async {
        let mut bytes = Vec::new();
        write_response(&mut bytes, &answer).map_err(io::Error::other)?;
        bytes.extend_from_slice(body.as_bytes());
        stream.write_all(&bytes).await?;
        stream.shutdown().await?;
        stream.discard().await;
        io::Result::Ok(())
    };
    match timeout(time, sending).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the client left before it had its answer"),
        Err(_) => tracing::debug!("the client kept its connection after its answer"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_header_may_be_split_over_lines_and_spaces() {
        let mut headers = HeaderMap::new();
        headers.append("sec-websocket-protocol", HeaderValue::from_static("a ,, b"));
        headers.append("sec-websocket-protocol", HeaderValue::from_static("c"));
        let listed: Vec<_> = listed(&headers, header::SEC_WEBSOCKET_PROTOCOL).collect();
        assert_eq!(listed, ["a", "b", "c"]);
    }

    #[test]
    fn an_upgrade_to_something_else_is_not_wanted() {
        let mut headers = HeaderMap::new();
        headers.append("upgrade", HeaderValue::from_static("h2c"));
        assert!(!wants_upgrade(&headers));
        headers.append("upgrade", HeaderValue::from_static("WebSocket"));
        assert!(wants_upgrade(&headers));
    }
}
