//! Which path does what.

use std::fmt::Write as _;
use std::time::Duration;

use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::Limits;
use crate::deflate::Deflate;
use crate::fault::Fault;
use crate::http::{self, Answer, Upgrade};
use crate::misdeeds::{BadAnswer, BadFrames};
use crate::query::{Query, QueryError};
use crate::web;

/// The paths of the server, each with a sentence on what it does.
pub const ENDPOINTS: [(&str, &str); 36] = [
    ("/", "this list; as a WebSocket, the same as /echo"),
    ("/echo?delay=0", "sends every message back, that many milliseconds after it came"),
    ("/ws/crocochat/<room>/", "a chat room; events SET_NAME (new_name), SAY (message) and LEAVE"),
    ("/headers", "sends the request's headers as JSON, then echoes"),
    ("/cookies?set=a%3D1", "sets these cookies, as every endpoint does, then does as /headers"),
    ("/private?token=…", "does as /headers for whoever shows a token of /http/login"),
    ("/tls", "sends what the TLS handshake came to as JSON, then echoes"),
    (
        "/protocol?answer=…",
        "selects the first offered subprotocol that is not \"unsupported\", or answer, then echoes",
    ),
    ("/ping?n=3", "sends n pings with the payloads 0, 1, and so on, then echoes"),
    ("/push?n=10&size=64", "sends n text messages of size bytes, then closes with 1000"),
    (
        "/close?code=1011&reason=oops&now=1",
        "sends that close frame after the first message, or at once; without code an empty one",
    ),
    ("/drop", "ends the connection without a close frame after the first message"),
    ("/reset", "resets the TCP connection after the first message"),
    ("/garbage", "sends bytes that are not a frame after the first message"),
    ("/silent", "never sends anything, not even a pong or a close frame"),
    ("/deflate", "echoes with permessage-deflate if it is offered; answer=… is what is answered"),
    ("/bomb?size=1000000", "sends one message of that many zeros, compressed"),
    ("/huge-frame", "announces a frame of 2^63 - 1 bytes"),
    ("/endless-fragments", "sends one message in fragments without end"),
    ("/slow-handshake", "answers an opening handshake byte by byte, without end"),
    ("/endless-headers", "answers an opening handshake with headers without end"),
    ("/garbage-handshake", "answers an opening handshake with bytes that are not HTTP"),
    (
        "/fault?at=60&by=reset&frame=text",
        "ends by end, cut, reset or stall after so many bytes of answer and frame; flip=… is a bit",
    ),
    ("/not-websocket", "answers an opening handshake with 200"),
    ("/status/<N>", "answers an opening handshake with the status N, 200 to 599"),
    ("/http/echo?delay=0", "describes the request as JSON; all of /http/ takes delay and set"),
    ("/http/cookies?set=a%3D1", "the same; set is a cookie to set"),
    ("/http/status/<N>", "answers with the status N, 200 to 599"),
    ("/http/redirect?to=/http/echo&status=302&n=1", "leads there, after n redirections"),
    ("/http/bytes?size=0", "answers with that many zeros"),
    ("/http/gzip?size=0", "as /http/echo, or with zeros, compressed; also deflate, br, zstd"),
    ("/http/wrong-encoding", "says that its body is compressed, which it is not"),
    ("/http/drop", "ends the connection without an answer"),
    ("/http/basic-auth?user=a&password=b", "asks who the user is; crocodile and swamp by default"),
    ("/http/digest-auth?user=a&password=b", "the same by digest"),
    ("/http/login", "takes user and password (swamp) by POST, gives a token for /private"),
];

/// The name of the subprotocol that `/protocol` does not speak.
const UNSUPPORTED: &str = "unsupported";

/// The longest reason: a control frame carries 125 bytes, two of them are the code (RFC 6455,
/// section 5.5).
const MAX_REASON_SIZE: usize = 123;

/// The longest room name in bytes: more than anybody needs, and it keeps the table of rooms small.
const MAX_ROOM_SIZE: usize = 128;

/// How many pings `/ping` sends when it is not told: more than one, so that their order shows.
const DEFAULT_PINGS: u64 = 3;

/// How many messages `/push` sends when it is not told: few enough to read them all in a log.
const DEFAULT_PUSHES: u64 = 10;

/// Their size in bytes: that of a small JSON event.
const DEFAULT_PUSH_SIZE: usize = 64;

/// How many zeros `/bomb` sends when it is not told: a thousand times what they take compressed.
const DEFAULT_BOMB: usize = 1_000_000;

/// The most zeros of a `/bomb`: the server has to hold them itself.
const MAX_BOMB: usize = 256 << 20;

/// The longest delay of `/echo` in milliseconds, a minute: longer than any client waits.
const MAX_DELAY: u64 = 60_000;

/// What a WebSocket does once it is open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Echo,
    Late { delay: Duration },
    Chat { room: String },
    Headers { json: String },
    Tls,
    Ping { count: u64 },
    Push { count: u64, size: usize },
    Close { frame: Option<CloseFrame>, now: bool },
    Drop,
    Reset,
    Garbage,
    Silent,
    Deflate(Deflate),
    Misdeed(BadFrames),
}

/// What a request gets.
pub(crate) enum Route {
    /// It becomes a WebSocket.
    Socket { endpoint: Endpoint, response: Response },
    /// It gets an answer in HTTP.
    Answer(Answer),
    /// It gets no sound answer.
    Misdeed(BadAnswer),
}

/// Decides about a request.
pub(crate) fn route(request: &Request, limits: &Limits) -> Route {
    let path = request.uri().path();
    if path == "/" && !http::wants_upgrade(request.headers()) {
        return Route::Answer(http::text(
            StatusCode::OK,
            endpoint_list("A WebSocket test server."),
        ));
    }
    if path == "/not-websocket" {
        return Route::Answer(http::text(StatusCode::OK, "This is not a WebSocket."));
    }
    match path {
        "/slow-handshake" => return Route::Misdeed(BadAnswer::Slow),
        "/endless-headers" => return Route::Misdeed(BadAnswer::EndlessHeaders),
        "/garbage-handshake" => return Route::Misdeed(BadAnswer::Garbage),
        "/fault" => return fault(request),
        _ => {}
    }
    if path == "/private" {
        let query = Query::new(request.uri().query());
        if web::login::user_of(request.headers(), &query).is_none() {
            let line = "there is no token of /http/login";
            return Route::Answer(http::text(StatusCode::UNAUTHORIZED, line));
        }
    }
    if let Some(status) = path.strip_prefix("/status/") {
        let mut answer = status_answer(status);
        set_cookies(request, answer.headers_mut());
        return Route::Answer(answer);
    }
    match endpoint(request, limits) {
        Ok(Some(endpoint)) => match http::upgrade(request) {
            Upgrade::Accepted(mut response) => {
                if path == "/protocol" {
                    select_protocol(request, response.headers_mut());
                }
                if let Endpoint::Deflate(deflate) = &endpoint {
                    name_extension(deflate, response.headers_mut());
                }
                set_cookies(request, response.headers_mut());
                Route::Socket { endpoint, response }
            }
            Upgrade::Refused(answer) => Route::Answer(answer),
        },
        Ok(None) => {
            let list = endpoint_list(&format!("There is nothing at {path}."));
            Route::Answer(http::text(StatusCode::NOT_FOUND, list))
        }
        Err(error) => Route::Answer(http::text(StatusCode::BAD_REQUEST, error.to_string())),
    }
}

fn fault(request: &Request) -> Route {
    let mut response = match http::upgrade(request) {
        Upgrade::Accepted(response) => response,
        Upgrade::Refused(answer) => return Route::Answer(answer),
    };
    let query = Query::new(request.uri().query());
    name_extension(&Deflate::new(request, &query, None), response.headers_mut());
    match Fault::new(&response, &query) {
        Ok(fault) => Route::Misdeed(BadAnswer::Fault(fault)),
        Err(error) => Route::Answer(http::text(StatusCode::BAD_REQUEST, error.to_string())),
    }
}

fn endpoint(request: &Request, limits: &Limits) -> Result<Option<Endpoint>, QueryError> {
    let query = Query::new(request.uri().query());
    Ok(Some(match request.uri().path() {
        "/echo" => echo(&query)?,
        "/" | "/protocol" => Endpoint::Echo,
        "/headers" | "/cookies" | "/private" => {
            Endpoint::Headers { json: headers_json(request.headers()) }
        }
        "/tls" => Endpoint::Tls,
        "/ping" => Endpoint::Ping { count: query.number("n", u64::MAX)?.unwrap_or(DEFAULT_PINGS) },
        "/push" => push(&query, limits)?,
        "/close" => close(&query)?,
        "/drop" => Endpoint::Drop,
        "/reset" => Endpoint::Reset,
        "/garbage" => Endpoint::Garbage,
        "/silent" => Endpoint::Silent,
        "/deflate" => Endpoint::Deflate(Deflate::new(request, &query, None)),
        "/bomb" => {
            let size = query.number("size", MAX_BOMB)?.unwrap_or(DEFAULT_BOMB);
            Endpoint::Deflate(Deflate::new(request, &query, Some(size)))
        }
        "/huge-frame" => Endpoint::Misdeed(BadFrames::Huge),
        "/endless-fragments" => Endpoint::Misdeed(BadFrames::EndlessFragments),
        path => {
            return Ok(room_name(path).map(|room| Endpoint::Chat { room: room.to_owned() }));
        }
    }))
}

fn echo(query: &Query) -> Result<Endpoint, QueryError> {
    Ok(match query.number("delay", MAX_DELAY)? {
        None | Some(0) => Endpoint::Echo,
        Some(millis) => Endpoint::Late { delay: Duration::from_millis(millis) },
    })
}

fn push(query: &Query, limits: &Limits) -> Result<Endpoint, QueryError> {
    let size = query.number("size", limits.message_size)?.unwrap_or(DEFAULT_PUSH_SIZE);
    let count = query.number("n", u64::MAX)?.unwrap_or(DEFAULT_PUSHES);
    Ok(Endpoint::Push { count, size })
}

fn close(query: &Query) -> Result<Endpoint, QueryError> {
    let now = query.flag("now")?;
    let reason = query.text("reason").unwrap_or_default();
    if reason.len() > MAX_REASON_SIZE {
        return Err(QueryError::TooLong {
            name: "reason",
            size: reason.len(),
            limit: MAX_REASON_SIZE,
        });
    }
    let frame = match query.number("code", u16::MAX)? {
        Some(code) => Some(CloseFrame { code: code.into(), reason: reason.into() }),
        None if reason.is_empty() => None,
        None => {
            return Err(QueryError::Needs { name: "reason", needed: "code" });
        }
    };
    Ok(Endpoint::Close { frame, now })
}

fn room_name(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/ws/crocochat/")?;
    let room = rest.strip_suffix('/').unwrap_or(rest);
    (!room.is_empty() && !room.contains('/') && room.len() <= MAX_ROOM_SIZE).then_some(room)
}

fn select_protocol(request: &Request, selected: &mut HeaderMap) {
    let query = Query::new(request.uri().query());
    let mut offered = http::listed(request.headers(), header::SEC_WEBSOCKET_PROTOCOL);
    let name = match query.text("answer") {
        Some(answer) => Some(answer.to_owned()),
        None => offered.find(|name| *name != UNSUPPORTED).map(str::to_owned),
    };
    if let Some(value) = name.and_then(|name| HeaderValue::from_str(&name).ok()) {
        selected.insert(header::SEC_WEBSOCKET_PROTOCOL, value);
    }
}

fn name_extension(deflate: &Deflate, headers: &mut HeaderMap) {
    let value = deflate.answer.as_deref().and_then(|answer| HeaderValue::from_str(answer).ok());
    if let Some(value) = value {
        headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, value);
    }
}

/// Sets the cookies in the parameters `set`; what no header can carry is left out.
fn set_cookies(request: &Request, headers: &mut HeaderMap) {
    let query = Query::new(request.uri().query());
    for value in query.texts("set").filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        headers.append(header::SET_COOKIE, value);
    }
}

/// The headers as a JSON object: names in lower case, the values of a repeated one joined (RFC
/// 9110, section 5.3).
fn headers_json(headers: &HeaderMap) -> String {
    let object: serde_json::Map<String, serde_json::Value> = headers
        .keys()
        .map(|name| {
            let values: Vec<_> = headers
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            (name.to_string(), values.join(", ").into())
        })
        .collect();
    serde_json::Value::Object(object).to_string()
}

fn status_answer(status: &str) -> Answer {
    // 1xx announces another answer, which would never come.
    match status.parse().ok().filter(|code| (200..600).contains(code)).map(StatusCode::from_u16) {
        Some(Ok(status)) => http::text(status, status.to_string()),
        _ => http::text(
            StatusCode::BAD_REQUEST,
            format!("{status:?} is not a status from 200 to 599"),
        ),
    }
}

fn endpoint_list(heading: &str) -> String {
    let mut list = format!("{heading}\n\n");
    for (path, what) in ENDPOINTS {
        // Writing to a string can't fail.
        let _ = writeln!(list, "{path:<36}{what}");
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint_of(uri: &str) -> Result<Option<Endpoint>, QueryError> {
        let mut request = Request::new(());
        *request.uri_mut() = uri.parse().expect("a good URI");
        endpoint(&request, &Limits::default())
    }

    #[test]
    fn a_room_has_one_path_segment_with_or_without_a_slash_behind_it() {
        let room = |name: &str| Ok(Some(Endpoint::Chat { room: name.to_owned() }));
        assert_eq!(endpoint_of("/ws/crocochat/publicRoom/"), room("publicRoom"));
        assert_eq!(endpoint_of("/ws/crocochat/publicRoom"), room("publicRoom"));
        assert_eq!(endpoint_of("/ws/crocochat/"), Ok(None));
        assert_eq!(endpoint_of("/ws/crocochat/a/b/"), Ok(None));
    }

    #[test]
    fn close_without_code_is_an_empty_frame_and_a_reason_needs_a_code() {
        assert_eq!(endpoint_of("/close"), Ok(Some(Endpoint::Close { frame: None, now: false })));
        assert!(matches!(endpoint_of("/close?reason=oops"), Err(QueryError::Needs { .. })));
        let long = format!("/close?code=1000&reason={}", "x".repeat(124));
        assert!(matches!(endpoint_of(&long), Err(QueryError::TooLong { size: 124, .. })));
    }

    #[test]
    fn a_push_larger_than_a_message_may_be_is_refused() {
        assert_eq!(endpoint_of("/push"), Ok(Some(Endpoint::Push { count: 10, size: 64 })));
        assert!(matches!(
            endpoint_of("/push?size=16777217"),
            Err(QueryError::Value { name: "size", .. })
        ));
    }

    #[test]
    fn each_listed_endpoint_is_known() {
        let sockets = ENDPOINTS.iter().filter(|(path, _)| !path.starts_with(web::PREFIX));
        for (path, _) in sockets {
            let uri = path.replace("<room>", "a").replace("<N>", "418").replace('…', "");
            let mut request = Request::new(());
            *request.uri_mut() = uri.parse().expect("a good URI");
            let known = match route(&request, &Limits::default()) {
                Route::Socket { .. } => true,
                Route::Answer(answer) => answer.status() != StatusCode::NOT_FOUND,
                Route::Misdeed(_) => true,
            };
            assert!(known, "{path} is listed, but not found");
        }
    }
}
