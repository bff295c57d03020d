//! What a guest asks to connect to, checked before anything is dialled.

use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use url::Url;

use super::extension::Offer;
use crate::bindings::sockets::ConnectOptions;
use crate::bindings::types::{ErrorCode, Header};
use crate::ctx::Shared;
use crate::dialer::Endpoint;
use crate::limits::MAX_HANDSHAKE_REQUEST;

/// Header fields that make the handshake what it is (RFC 6455, section 4.1). `Host` may be set.
const RESERVED_HEADERS: &[&str] = &[
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Extensions",
];

/// The scheme of servers at Unix sockets: `ws+unix:///run/server.sock:/path?query`, as the package
/// `ws` of npm has it. No standard knows it.
const UNIX_SCHEME: &str = "ws+unix";

/// What servers at Unix sockets are told as their host.
const UNIX_HOST: &str = "localhost";

/// A checked target of a connection.
pub(crate) struct Target {
    /// The URL as the guest gave it.
    pub(crate) given_url: String,
    pub(crate) endpoint: Endpoint,
    /// The Unix socket at which the server is, instead of at the endpoint.
    pub(crate) unix_socket: Option<PathBuf>,
    /// What stands in the `Host` header: the port only if it is not the scheme's.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) resource: String,
    pub(crate) headers: Vec<Header>,
    pub(crate) protocols: Vec<String>,
    pub(crate) deflate: Option<Offer>,
    pub(crate) user_agent: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) close_timeout: Duration,
    pub(crate) hold_close_answer: bool,
    pub(crate) ping_interval: Option<Duration>,
    pub(crate) pong_timeout: Option<Duration>,
    pub(crate) max_message_size: usize,
}

impl Target {
    /// Checks URL, headers and protocols.
    pub(crate) fn new(
        given_url: String,
        options: ConnectOptions,
        shared: &Shared,
    ) -> Result<Self, ErrorCode> {
        check_length(&given_url, &options)?;
        let (mut url, secure) = parse(&given_url)?;
        let unix_socket = if url.scheme() == UNIX_SCHEME {
            let (path, behind) = split_unix(&url)?;
            url = behind;
            Some(path)
        } else {
            None
        };
        let host = url.host().map(|host| host.to_owned()).ok_or_else(|| {
            ErrorCode::InvalidArgument(format!("the URL {given_url:?} has no host"))
        })?;
        let port = url.port_or_known_default().unwrap_or(if secure { 443 } else { 80 });
        check_headers(&options)?;
        check_protocols(&options.protocols)?;
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let resource = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        let limits = &shared.limits;
        let size = options.max_message_size.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        Ok(Self {
            given_url,
            endpoint: Endpoint { secure, host, port },
            unix_socket,
            authority,
            resource: if resource.is_empty() { "/".to_owned() } else { resource },
            headers: options.headers,
            protocols: options.protocols,
            deflate: options.deflate.map(Offer::new).transpose()?,
            user_agent: shared.user_agent.clone(),
            timeout: options.timeout.map_or(limits.connect_timeout, Duration::from_nanos),
            close_timeout: options.close_timeout.map_or(limits.close_timeout, Duration::from_nanos),
            hold_close_answer: options.hold_close_answer,
            ping_interval: options.ping_interval.map(Duration::from_nanos),
            pong_timeout: options.pong_timeout.map(Duration::from_nanos),
            max_message_size: size
                .map_or(limits.message_size, |size| size.min(limits.message_size)),
        })
    }
}

/// Reads a `ws` or `wss` URL (RFC 6455, section 3).
fn parse(given: &str) -> Result<(Url, bool), ErrorCode> {
    let url = Url::parse(given)
        .map_err(|error| ErrorCode::InvalidArgument(format!("the URL {given:?}: {error}")))?;
    let secure = match url.scheme() {
        "ws" | UNIX_SCHEME => false,
        "wss" => true,
        other => {
            let text = format!("the URL {given:?} has the scheme {other:?} instead of ws or wss");
            return Err(ErrorCode::InvalidArgument(text));
        }
    };
    if url.fragment().is_some() {
        return Err(ErrorCode::InvalidArgument(format!("the URL {given:?} has a fragment")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ErrorCode::InvalidArgument(format!("the URL {given:?} has a user name")));
    }
    Ok((url, secure))
}

/// The path of a Unix socket, and the URL of its server as if it had a host.
fn split_unix(url: &Url) -> Result<(PathBuf, Url), ErrorCode> {
    let invalid =
        |what: &str| ErrorCode::InvalidArgument(format!("the URL {:?} {what}", url.as_str()));
    if url.host_str().is_some_and(|host| !host.is_empty()) {
        return Err(invalid("of a Unix socket has a host: write ws+unix:///path"));
    }
    let (socket, resource) = url.path().split_once(':').unwrap_or((url.path(), "/"));
    let socket = percent_encoding::percent_decode_str(socket).decode_utf8();
    let socket = socket.map_err(|_| invalid("names a Unix socket that is not UTF-8"))?;
    if !socket.starts_with('/') || socket.len() == 1 {
        return Err(invalid("names no Unix socket: write ws+unix:///path"));
    }
    let mut behind = format!("ws://{UNIX_HOST}/{}", resource.trim_start_matches('/'));
    if let Some(query) = url.query() {
        behind = format!("{behind}?{query}");
    }
    let behind = Url::parse(&behind).map_err(|error| invalid(&error.to_string()))?;
    Ok((socket.into_owned().into(), behind))
}

fn check_length(url: &str, options: &ConnectOptions) -> Result<(), ErrorCode> {
    let fields = options.headers.iter().map(|header| header.name.len() + header.value.len());
    let protocols = options.protocols.iter().map(String::len);
    let length = url.len() + fields.chain(protocols).sum::<usize>();
    if length > MAX_HANDSHAKE_REQUEST {
        let text = format!(
            "the URL, the headers and the subprotocols have {length} bytes, and {MAX_HANDSHAKE_REQUEST} is \
             the most"
        );
        return Err(ErrorCode::LimitReached(text));
    }
    Ok(())
}

fn check_headers(options: &ConnectOptions) -> Result<(), ErrorCode> {
    for Header { name, value } in &options.headers {
        if HeaderName::try_from(name.as_str()).is_err() {
            let text = format!("the header name {name:?} is malformed");
            return Err(ErrorCode::InvalidArgument(text));
        }
        if HeaderValue::try_from(value.as_str()).is_err() {
            let text = format!("the value of the header {name} is malformed");
            return Err(ErrorCode::InvalidArgument(text));
        }
        let reserved = RESERVED_HEADERS.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
            || (!options.protocols.is_empty()
                && name.eq_ignore_ascii_case("Sec-WebSocket-Protocol"));
        if reserved {
            return Err(ErrorCode::InvalidArgument(format!(
                "duplicate header not allowed: {name}"
            )));
        }
    }
    Ok(())
}

fn check_protocols(protocols: &[String]) -> Result<(), ErrorCode> {
    for protocol in protocols {
        // A subprotocol is a token, as a header name is (RFC 6455, section 4.1, item 10).
        if HeaderName::try_from(protocol.as_str()).is_err() {
            let text = format!("the subprotocol {protocol:?} is malformed");
            return Err(ErrorCode::InvalidArgument(text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(error: ErrorCode) -> String {
        match error {
            ErrorCode::InvalidArgument(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_ws_and_wss_urls_without_fragment_and_user_are_targets() {
        assert!(!parse("ws://localhost:1/a?b").unwrap().1);
        assert!(parse("wss://[::1]/").unwrap().1);
        for (url, part) in [
            ("INVALID", "relative URL"),
            ("http://localhost/", "scheme"),
            ("ws://localhost/#a", "fragment"),
            ("ws://u:p@localhost/", "user name"),
        ] {
            let text = text_of(parse(url).unwrap_err());
            assert!(text.contains(part), "{url}: {text}");
        }
    }

    #[test]
    fn a_unix_socket_is_split_from_what_it_is_asked_for() {
        let split = |url: &str| split_unix(&parse(url).unwrap().0);
        for (url, socket, behind) in [
            ("ws+unix:///run/a.sock:/echo?x=1", "/run/a.sock", "ws://localhost/echo?x=1"),
            ("ws+unix:/run/a.sock", "/run/a.sock", "ws://localhost/"),
            ("ws+unix:///a%20b:c:d", "/a b", "ws://localhost/c:d"),
            ("WS+UNIX:///a?x", "/a", "ws://localhost/?x"),
        ] {
            let (path, url) = split(url).unwrap();
            assert_eq!((path.to_str().unwrap(), url.as_str()), (socket, behind));
        }
        for url in ["ws+unix://host/a", "ws+unix:///:/x", "ws+unix:a", "ws+unix:///%ff"] {
            text_of(split(url).unwrap_err());
        }
    }

    #[test]
    fn a_header_cannot_smuggle_a_line() {
        let options = |name: &str, value: &str| ConnectOptions {
            headers: vec![Header { name: name.into(), value: value.into() }],
            protocols: vec![],
            deflate: None,
            timeout: None,
            close_timeout: None,
            max_message_size: None,
            ping_interval: None,
            pong_timeout: None,
            hold_close_answer: false,
        };
        assert!(check_headers(&options("X-A", "b")).is_ok());
        assert!(check_headers(&options("X-A", "b\r\nX-C: d")).is_err());
        assert!(check_headers(&options("X-A\r\n", "b")).is_err());
        let text = text_of(check_headers(&options("upgrade", "b")).unwrap_err());
        assert_eq!(text, "duplicate header not allowed: upgrade");
    }
}
