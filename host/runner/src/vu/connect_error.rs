//! What the samples of failed attempts to connect are tagged with, and those of connections that broke.
//!
//! The numbers are those that k6 gives to errors of HTTP: 1000 and up for errors of all kinds, 1100
//! for names and addresses, 1200 for TCP, 1300 for TLS, and 1000 more than a status that refuses.

use wasock_http::refusal_number;
use wasock_sockets::bindings::types::ErrorCode;
use wasock_sockets::{NO_DESCRIPTORS, NO_PORTS};

/// The status of a request that nobody has answered.
pub(super) const NO_STATUS: u16 = 0;

/// The values of the tags `error_code` and `error`. There are few texts, since each makes a series of its own in an
/// output; the script is told more.
pub(super) type ErrorTags = (u16, &'static str);

/// Those of an attempt or a connection that the script has given up, or the end of its virtual user has: no fault of
/// the server's.
pub(super) const GIVEN_UP: ErrorTags = (1000, "given up");

/// Those of an attempt that failed, or of a connection that broke.
pub(super) fn tags(code: &ErrorCode, status: u16) -> ErrorTags {
    match code {
        ErrorCode::InvalidArgument(_) => (1020, "invalid URL or params"),
        ErrorCode::Timeout => (1050, "timeout"),
        ErrorCode::NameUnresolvable => (1101, "no such host"),
        ErrorCode::AccessDenied(_) => (1110, "address not allowed"),
        ErrorCode::UnexpectedEnd => (1200, "unexpected end"),
        ErrorCode::Unreachable => (1210, "no route to host"),
        ErrorCode::ConnectionRefused => (1212, "connection refused"),
        ErrorCode::ConnectionReset => (1220, "connection reset by peer"),
        ErrorCode::Tls(detail) => tls(detail),
        ErrorCode::BadHandshake(_) => match refusal_number(status) {
            Some(number) => (number, "refused by the server"),
            None => (1600, "bad handshake"),
        },
        ErrorCode::Other(Some(detail)) if detail.starts_with(NO_DESCRIPTORS) => {
            (1213, NO_DESCRIPTORS)
        }
        ErrorCode::Other(Some(detail)) if detail.starts_with(NO_PORTS) => (1214, NO_PORTS),
        ErrorCode::LimitReached(_) => (1000, "limit reached"),
        ErrorCode::ProtocolViolation(_) => (1601, "protocol violation"),
        ErrorCode::InvalidUtf8 => (1602, "invalid UTF-8"),
        ErrorCode::MessageTooBig => (1603, "message too big"),
        ErrorCode::InvalidState | ErrorCode::Other(_) => (1000, "other"),
    }
}

/// Certificates that are not trusted are told from the rest by rustls's names for that.
fn tls(detail: &str) -> (u16, &'static str) {
    if detail.contains("UnknownIssuer") {
        (1310, "unknown certificate authority")
    } else if detail.contains("not valid for name") {
        (1311, "certificate of another host")
    } else {
        (1300, "TLS handshake failed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_number_of_its_status() {
        let refused = ErrorCode::BadHandshake(String::new());
        assert_eq!(tags(&refused, 404).0, 1404);
        assert_eq!(tags(&refused, 599).0, 1599);
        assert_eq!(tags(&refused, 200).0, 1600);
        assert_eq!(tags(&ErrorCode::Timeout, NO_STATUS).0, 1050);
    }

    #[test]
    fn the_guide_has_each_number_with_its_text() {
        let guide = include_str!("../../../../GUIDE.md");
        let tls = |detail: &str| ErrorCode::Tls(detail.to_owned());
        let codes = [
            ErrorCode::InvalidArgument(String::new()),
            ErrorCode::Timeout,
            ErrorCode::NameUnresolvable,
            ErrorCode::AccessDenied(String::new()),
            ErrorCode::UnexpectedEnd,
            ErrorCode::Unreachable,
            ErrorCode::ConnectionRefused,
            ErrorCode::ConnectionReset,
            tls("invalid peer certificate: UnknownIssuer"),
            tls("invalid peer certificate: certificate not valid for name \"a\""),
            tls("handshake failure"),
            ErrorCode::BadHandshake(String::new()),
            ErrorCode::ProtocolViolation(String::new()),
            ErrorCode::InvalidUtf8,
            ErrorCode::MessageTooBig,
            ErrorCode::LimitReached(String::new()),
            ErrorCode::Other(None),
            ErrorCode::Other(Some(format!("{NO_DESCRIPTORS}: Too many open files"))),
            ErrorCode::Other(Some(format!("{NO_PORTS}: Cannot assign requested address"))),
        ];
        let failures = codes.iter().map(|code| tags(code, NO_STATUS));
        for (number, text) in failures.chain([GIVEN_UP]) {
            let mut rows = guide.lines().filter(|line| line.starts_with(&format!("| {number} |")));
            let text = format!("`{text}`");
            assert!(rows.any(|row| row.contains(&text)), "{number} {text}");
        }
    }
}
