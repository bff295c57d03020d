//! The opening handshake, from the client's side (RFC 6455, sections 4.1 and 4.2.2).
//!
//! It is written here rather than taken from the WebSocket library because a test tool needs all of
//! it: the answer of a server that refuses, headers as they were sent, and no opinion on which
//! subprotocol a server may choose.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::extension::{Agreement, not_offered};
use super::{Refused, Target};
use crate::bindings::types::{ErrorCode, Handshake, Header};
use crate::connection::dial::io_error;
use crate::limits::{
    MAX_HANDSHAKE_HEAD, MAX_HANDSHAKE_HEADERS, MAX_REFUSAL_BODY, REFUSAL_BODY_WAIT,
};

/// How much one read may bring.
const CHUNK: usize = 2048;

const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// A completed opening handshake.
pub(super) struct Agreed {
    pub(super) handshake: Handshake,
    /// The compression of messages.
    pub(super) deflate: Option<Agreement>,
    /// What the server sent right behind its answer.
    pub(super) read_ahead: Vec<u8>,
}

/// Asks the server for a WebSocket and reads its answer.
pub(super) async fn shake_hands<S>(stream: &mut S, target: &Target) -> Result<Agreed, Refused>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let key = generate_key();
    let request = request(target, &key);
    let written = async {
        stream.write_all(request.as_bytes()).await?;
        stream.flush().await
    };
    written.await.map_err(|error| io_error(&error))?;
    let (head, rest) = read_head(stream).await?;
    let mut handshake = parse_head(&head)?;
    match verify(&handshake, &derive_accept_key(key.as_bytes()), target) {
        Ok(deflate) => {
            handshake.protocol = find(&handshake.headers, "Sec-WebSocket-Protocol");
            handshake.extensions = find(&handshake.headers, EXTENSIONS);
            Ok(Agreed { handshake, deflate, read_ahead: rest })
        }
        Err(reason) => {
            handshake.body = read_body(stream, &handshake, rest).await;
            let code = ErrorCode::BadHandshake(reason);
            Err(Refused { code, handshake: Some(Box::new(handshake)) })
        }
    }
}

fn request(target: &Target, key: &str) -> String {
    let given = |name: &str| target.headers.iter().any(|h| h.name.eq_ignore_ascii_case(name));
    let mut lines = vec![format!("GET {} HTTP/1.1", target.resource)];
    if !given("Host") {
        lines.push(format!("Host: {}", target.authority));
    }
    if let Some(user_agent) = target.user_agent.as_ref().filter(|_| !given("User-Agent")) {
        lines.push(format!("User-Agent: {user_agent}"));
    }
    lines.push("Connection: Upgrade".to_owned());
    lines.push("Upgrade: websocket".to_owned());
    lines.push(format!("Sec-WebSocket-Key: {key}"));
    lines.push("Sec-WebSocket-Version: 13".to_owned());
    if !target.protocols.is_empty() {
        lines.push(format!("Sec-WebSocket-Protocol: {}", target.protocols.join(", ")));
    }
    if let Some(offer) = &target.deflate {
        lines.push(format!("{EXTENSIONS}: {offer}"));
    }
    lines.extend(target.headers.iter().map(|header| format!("{}: {}", header.name, header.value)));
    lines.join("\r\n") + "\r\n\r\n"
}

/// Reads until the empty line; returns what came before and after it.
pub(super) async fn read_head<S: AsyncRead + Unpin>(
    stream: &mut S,
) -> Result<(Vec<u8>, Vec<u8>), Refused> {
    let mut bytes = Vec::with_capacity(CHUNK);
    loop {
        // The empty line may straddle two reads.
        let searched = bytes.len().saturating_sub(3);
        let read = stream.read_buf(&mut bytes).await.map_err(|error| io_error(&error))?;
        if read == 0 {
            return Err(ErrorCode::UnexpectedEnd.into());
        }
        if let Some(end) = bytes[searched..].windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(searched + end + 4);
            return Ok((bytes, rest));
        }
        if bytes.len() > MAX_HANDSHAKE_HEAD {
            let text = format!("the answer's headers are longer than {MAX_HANDSHAKE_HEAD} bytes");
            return Err(ErrorCode::BadHandshake(text).into());
        }
        bytes.reserve(CHUNK);
    }
}

pub(super) fn parse_head(head: &[u8]) -> Result<Handshake, Refused> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HANDSHAKE_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let malformed = |why: String| Refused::from(ErrorCode::BadHandshake(why));
    match response.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => {
            return Err(malformed("the answer is not a complete HTTP response".to_owned()));
        }
        Err(error) => return Err(malformed(format!("the answer is not HTTP: {error}"))),
    }
    let headers = response.headers.iter().map(|header| Header {
        name: header.name.to_owned(),
        value: String::from_utf8_lossy(header.value).into_owned(),
    });
    Ok(Handshake {
        status: response.code.unwrap_or_default(),
        headers: headers.collect(),
        protocol: String::new(),
        extensions: String::new(),
        body: Vec::new(),
    })
}

/// Whether the answer establishes a WebSocket, and with what compression; the text says what is wrong.
fn verify(
    handshake: &Handshake,
    accept: &str,
    target: &Target,
) -> Result<Option<Agreement>, String> {
    if handshake.status != 101 {
        return Err(format!("the server answered with status {}", handshake.status));
    }
    let headers = &handshake.headers;
    if !has_token(headers, "Upgrade", "websocket") {
        return Err("the answer's Upgrade header does not say websocket".to_owned());
    }
    if !has_token(headers, "Connection", "upgrade") {
        return Err("the answer's Connection header does not say upgrade".to_owned());
    }
    if find(headers, "Sec-WebSocket-Accept").trim() != accept {
        return Err("the answer's Sec-WebSocket-Accept does not match the key".to_owned());
    }
    let extensions = find(headers, EXTENSIONS);
    match &target.deflate {
        Some(offer) => offer.agree(&extensions),
        None if extensions.trim().is_empty() => Ok(None),
        None => Err(not_offered(&extensions)),
    }
}

/// All values of a header, joined.
fn find(headers: &[Header], name: &str) -> String {
    let values: Vec<&str> = headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.as_str())
        .collect();
    values.join(", ")
}

fn has_token(headers: &[Header], name: &str, token: &str) -> bool {
    find(headers, name).split(',').any(|part| part.trim().eq_ignore_ascii_case(token))
}

/// The beginning of a refusal's body, as far as it comes soon.
async fn read_body<S: AsyncRead + Unpin>(
    stream: &mut S,
    handshake: &Handshake,
    mut body: Vec<u8>,
) -> Vec<u8> {
    let announced = find(&handshake.headers, "Content-Length").trim().parse().ok();
    let wanted = match handshake.status {
        // These have no body (RFC 9110, section 6.4.1); what follows a 101 are frames.
        100..200 | 204 | 304 => 0,
        _ => announced.unwrap_or(MAX_REFUSAL_BODY).min(MAX_REFUSAL_BODY),
    };
    let reading = async {
        while body.len() < wanted {
            match stream.read_buf(&mut body).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
    };
    // Too late or broken: what came is what there is.
    let _ = tokio::time::timeout(REFUSAL_BODY_WAIT, reading).await;
    body.truncate(wanted);
    body
}
