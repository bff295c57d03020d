//! What can go wrong with a request, as a number and a text that tell it from the rest.
//!
//! The numbers are those of k6: 1000 and up for errors of all kinds, 1100 for names and addresses, 1200
//! for TCP, 1300 for TLS, 1600 for HTTP/2, 1700 for codings; 1400 to 1599 are 1000 and a status that
//! refuses.

use std::error::Error as StdError;
use std::io;

use url::Host;
use wasock_sockets::bindings::types::ErrorCode;
use wasock_sockets::{DialFailure, Dialer, Endpoint, GIVEN_UP, chain};

use crate::bindings::http::{Failure, Sent};

/// The first numbers of the kinds of HTTP/2's errors; the code of RFC 9113, section 7, is added.
const GO_AWAY: u16 = 1611;
const STREAM_ERROR: u16 = 1631;
const CONNECTION_ERROR: u16 = 1651;

/// How many codes each of them has room for.
const HTTP2_CODES: u16 = 19;

/// The number of an answer whose status refuses (RFC 9110, sections 15.5 and 15.6).
pub fn refusal_number(status: u16) -> Option<u16> {
    (400..600).contains(&status).then_some(1000 + status)
}

/// The kinds of failures where a script's own rules forbid a target. Where it is the embedder's, the kind is its reason.
pub const HOSTNAME_BLOCKED: &str = "hostname is blocked";
/// See [`HOSTNAME_BLOCKED`].
pub const IP_BLACKLISTED: &str = "ip is blacklisted";

/// What the reasons of a script's own rules begin with, in the words of k6: those of `blacklistIPs` and
/// `blockHostnames`.
const OWN_RULES: [&str; 2] = ["IP (", "hostname ("];

/// A failure before it is told whose it is.
#[derive(Debug)]
pub(crate) struct Problem {
    code: ErrorCode,
    number: u16,
    kind: String,
    /// What went wrong in detail.
    detail: String,
}

impl Problem {
    fn new(code: ErrorCode, number: u16, kind: &str, detail: impl Into<String>) -> Self {
        Self { code, number, kind: kind.to_owned(), detail: detail.into() }
    }

    /// The failure of the exchange that was to send this.
    pub(crate) fn of(self, sent: &Sent) -> Failure {
        let (first, rest) = sent.method.split_at_checked(1).unwrap_or((&sent.method, ""));
        let method = format!("{first}{}", rest.to_lowercase());
        let text = format!("{method} \"{}\": {}", sent.url, self.detail);
        Failure { code: self.code, number: self.number, kind: self.kind, text }
    }

    /// All exchanges together took too long.
    pub(crate) fn timeout() -> Self {
        Self::new(ErrorCode::Timeout, 1050, "request timeout", "request timeout")
    }

    /// The guest has given the request up.
    pub(crate) fn given_up() -> Self {
        Self::new(ErrorCode::Other(Some(GIVEN_UP.to_owned())), 1000, "given up", "given up")
    }

    /// A redirection leads nowhere.
    pub(crate) fn location(detail: String) -> Self {
        let code = ErrorCode::InvalidArgument(detail.clone());
        Self::new(code, 1020, "invalid URL", detail)
    }

    /// The URL is of no use.
    pub(crate) fn target(code: ErrorCode) -> Self {
        match &code {
            ErrorCode::InvalidArgument(detail) => Self::location(detail.clone()),
            _ => Self::new(code, 1020, "invalid URL", "invalid URL"),
        }
    }

    /// The answer is longer than is allowed.
    pub(crate) fn too_long(what: String) -> Self {
        Self::new(ErrorCode::LimitReached(what.clone()), 1000, "limit reached", what)
    }

    /// The body is not what its header says.
    pub(crate) fn decoding(detail: String) -> Self {
        let detail = format!("the body cannot be decoded: {detail}");
        let code = ErrorCode::ProtocolViolation(detail.clone());
        Self::new(code, 1701, "decompression failed", detail)
    }

    /// No connection came about.
    pub(crate) fn dial(failed: DialFailure, endpoint: &Endpoint, dialer: &Dialer) -> Self {
        let peer = failed.peer.map(|peer| format!(" {peer}")).unwrap_or_default();
        let dial = |why: &str| format!("dial tcp{peer}: {why}");
        let code = failed.code;
        match &code {
            ErrorCode::NameUnresolvable => {
                let detail = format!("lookup {}: no such host", shown(&endpoint.host));
                Self::new(code, 1101, "lookup: no such host", detail)
            }
            ErrorCode::AccessDenied(rule) => {
                let detail = rule.clone();
                let (number, kind) = match dialer.forbids_name(endpoint) {
                    true => (1111, HOSTNAME_BLOCKED),
                    false => (1110, IP_BLACKLISTED),
                };
                let is_own = OWN_RULES.iter().any(|beginning| rule.starts_with(beginning));
                Self::new(code, number, if is_own { kind } else { &detail }, detail.clone())
            }
            ErrorCode::Unreachable => {
                Self::new(code, 1210, "dial: no route to host", dial("connect: no route to host"))
            }
            ErrorCode::Timeout => Self::new(code, 1211, "dial: i/o timeout", dial("i/o timeout")),
            ErrorCode::ConnectionRefused => {
                let detail = dial("connect: connection refused");
                Self::new(code, 1212, "dial: connection refused", detail)
            }
            ErrorCode::ConnectionReset => Self::reset(&peer),
            ErrorCode::UnexpectedEnd => Self::ended(),
            ErrorCode::Tls(detail) => {
                let detail = detail.clone();
                Self::tls(code, detail)
            }
            ErrorCode::Other(detail) => {
                let detail = detail.clone().unwrap_or_else(|| "unknown error".to_owned());
                Self::new(code, 1000, "other", detail)
            }
            other => {
                let detail = format!("{other:?}");
                Self::new(code, 1000, "other", detail)
            }
        }
    }

    /// Certificates that are not trusted are told from the rest by rustls's names for that.
    fn tls(code: ErrorCode, detail: String) -> Self {
        let (number, kind) = if detail.contains("UnknownIssuer") {
            (1310, "x509: unknown authority")
        } else if detail.contains("not valid for name") {
            (1311, "x509: certificate doesn't match hostname")
        } else {
            (1300, "tls: handshake failed")
        };
        Self::new(code, number, kind, format!("tls: {detail}"))
    }

    fn reset(peer: &str) -> Self {
        let kind = "read: connection reset by peer";
        let detail = format!("read tcp{peer}: read: connection reset by peer");
        Self::new(ErrorCode::ConnectionReset, 1220, kind, detail)
    }

    fn ended() -> Self {
        Self::new(ErrorCode::UnexpectedEnd, 1200, "unexpected EOF", "unexpected EOF")
    }

    /// A connection broke, or what came over it is no HTTP.
    pub(crate) fn exchange(error: &hyper::Error) -> Self {
        if let Some(error) = find::<h2::Error>(error) {
            return Self::http2(error);
        }
        if error.is_parse_too_large() {
            return Self::too_long("the header section of the answer is too long".to_owned());
        }
        if error.is_parse() {
            return Self::malformed(&chain(error));
        }
        if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
            return Self::ended();
        }
        match find::<io::Error>(error) {
            Some(error) => Self::io(error),
            None => {
                let detail = chain(error);
                Self::new(ErrorCode::Other(Some(detail.clone())), 1000, "other", detail)
            }
        }
    }

    fn malformed(why: &str) -> Self {
        let detail = format!("the answer is malformed: {why}");
        let code = ErrorCode::ProtocolViolation(detail.clone());
        Self::new(code, 1000, "malformed response", detail)
    }

    fn io(error: &io::Error) -> Self {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionReset, InvalidInput, TimedOut, UnexpectedEof,
        };
        match error.kind() {
            ConnectionReset | ConnectionAborted => Self::reset(""),
            BrokenPipe => {
                let detail = "write: broken pipe";
                Self::new(ErrorCode::ConnectionReset, 1201, detail, detail)
            }
            TimedOut => {
                Self::new(ErrorCode::Timeout, 1200, "read: i/o timeout", "read: i/o timeout")
            }
            UnexpectedEof => Self::ended(),
            // Chunks (RFC 9112, section 7.1) that are none.
            InvalidInput if error.get_ref().is_none_or(|inner| !inner.is::<rustls::Error>()) => {
                Self::malformed(&error.to_string())
            }
            _ => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(tls) => Self::tls(ErrorCode::Tls(tls.to_string()), tls.to_string()),
                None => {
                    let detail = error.to_string();
                    Self::new(ErrorCode::Other(Some(detail.clone())), 1200, "tcp: other", detail)
                }
            },
        }
    }

    fn http2(error: &h2::Error) -> Self {
        if let Some(error) = error.get_io() {
            return Self::io(error);
        }
        let (first, what) = if error.is_go_away() && error.is_remote() {
            (GO_AWAY, "the server sent GOAWAY")
        } else if error.is_reset() {
            (STREAM_ERROR, "the stream was reset")
        } else {
            (CONNECTION_ERROR, "the connection failed")
        };
        let (number, kind) = match error.reason() {
            Some(reason) => {
                let code = u16::try_from(u32::from(reason)).unwrap_or(HTTP2_CODES);
                // What has no number of its own gets that of its kind, which is the one before.
                let number = if code < HTTP2_CODES { first + code } else { first - 1 };
                (number, format!("http2: {what}: {reason:?}"))
            }
            None => (1600, "http2: other".to_owned()),
        };
        let detail = format!("{kind} ({error})");
        let code = ErrorCode::ProtocolViolation(detail.clone());
        Self { code, number, kind, detail }
    }
}

fn shown(host: &Host<String>) -> String {
    host.to_string()
}

/// The first cause of this type.
fn find<T: StdError + 'static>(error: &hyper::Error) -> Option<&T> {
    let mut cause = error.source();
    while let Some(found) = cause {
        if let Some(found) = found.downcast_ref::<T>() {
            return Some(found);
        }
        cause = found.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_method_and_the_url() {
        let sent = Sent {
            method: "POST".to_owned(),
            url: "http://a.test/".to_owned(),
            headers: Vec::new(),
            cookies: Vec::new(),
            body_length: 0,
        };
        let failure = Problem::timeout().of(&sent);
        assert_eq!(failure.text, "Post \"http://a.test/\": request timeout");
        assert_eq!((failure.number, failure.kind.as_str()), (1050, "request timeout"));
    }

    #[test]
    fn errors_of_http2_have_the_numbers_of_their_codes() {
        let reset = Problem::http2(&h2::Reason::REFUSED_STREAM.into());
        assert_eq!(reset.number, CONNECTION_ERROR + 7);
        assert_eq!(refusal_number(404), Some(1404));
        assert_eq!(refusal_number(599), Some(1599));
        assert_eq!(refusal_number(399), None);
    }

    #[test]
    fn the_guide_has_each_number() {
        let guide = include_str!("../../../GUIDE.md");
        let table = guide.split("`Request Failed`:").nth(1).unwrap();
        let table = table.split("\n\n").nth(1).unwrap();
        let io = |kind: io::ErrorKind| Problem::io(&kind.into());
        let tls = |detail: &str| Problem::tls(ErrorCode::Tls(String::new()), detail.to_owned());
        let problems = [
            Problem::timeout(),
            Problem::given_up(),
            Problem::location(String::new()),
            Problem::decoding(String::new()),
            io(io::ErrorKind::UnexpectedEof),
            io(io::ErrorKind::BrokenPipe),
            io(io::ErrorKind::ConnectionReset),
            tls("handshake"),
            tls("UnknownIssuer"),
            tls("certificate not valid for name"),
        ];
        let numbers = problems.iter().map(|problem| problem.number);
        for number in numbers.chain([1101, 1110, 1111, 1210, 1211, 1212, GO_AWAY, STREAM_ERROR]) {
            assert!(table.contains(&number.to_string()), "{number}");
        }
    }
}
