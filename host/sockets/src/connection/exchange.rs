//! What an opening handshake says (RFC 6455, sections 4.1 and 4.2.2): the text of the request, and what an answer
//! means. No bytes are moved here: the provider in `guests/standalone` has the same words over other streams.

use super::extension::{Agreement, not_offered};
use super::{Refused, Target};
use crate::bindings::types::{ErrorCode, Handshake, Header};
use crate::limits::{MAX_HANDSHAKE_HEADERS, MAX_REFUSAL_BODY};

pub(super) const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// The request for a WebSocket.
pub(super) fn request(target: &Target, key: &str) -> String {
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

/// Reads an answer up to its empty line.
pub(super) fn parse_head(head: &[u8]) -> Result<Handshake, Refused> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HANDSHAKE_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let malformed = |why: String| Refused::from(ErrorCode::BadHandshake(why));
    match response.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => {
            return Err(malformed("the answer is not a complete HTTP response".to_owned()));
        }
        Err(httparse::Error::TooManyHeaders) => {
            let text = format!(
                "the answer to the opening handshake has more than {MAX_HANDSHAKE_HEADERS} header \
                 fields, which is the most"
            );
            return Err(Refused::from(ErrorCode::LimitReached(text)));
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
pub(super) fn verify(
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
pub(super) fn find(headers: &[Header], name: &str) -> String {
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

/// How many bytes of a refusal's body are to be kept.
pub(super) fn wanted_body(refusal: &Handshake) -> usize {
    let announced = find(&refusal.headers, "Content-Length").trim().parse().ok();
    match refusal.status {
        // These have no body (RFC 9110, section 6.4.1); what follows a 101 are frames.
        100..200 | 204 | 304 => 0,
        _ => announced.unwrap_or(MAX_REFUSAL_BODY).min(MAX_REFUSAL_BODY),
    }
}
