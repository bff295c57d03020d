//! What can go wrong with a request, as a number and a text that tell it from the rest. The numbers are those of k6.

use crate::bindings::http::{Failure, Sent};
use crate::bindings::types::ErrorCode;

/// A failure before it is told whose it is.
pub(super) struct Problem {
    code: ErrorCode,
    number: u16,
    kind: &'static str,
    detail: String,
}

impl Problem {
    fn new(code: ErrorCode, number: u16, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { code, number, kind, detail: detail.into() }
    }

    /// The failure of the exchange that was to send this.
    pub(super) fn of(self, sent: &Sent) -> Failure {
        let (first, rest) = sent.method.split_at_checked(1).unwrap_or((&sent.method, ""));
        let method = format!("{first}{}", rest.to_lowercase());
        let text = format!("{method} \"{}\": {}", sent.url, self.detail);
        Failure { code: self.code, number: self.number, kind: self.kind.to_owned(), text }
    }

    /// All exchanges together took too long.
    pub(super) fn timeout() -> Self {
        Self::new(ErrorCode::Timeout, 1050, "request timeout", "request timeout")
    }

    /// A URL is of no use.
    pub(super) fn location(detail: String) -> Self {
        let code = ErrorCode::InvalidArgument(detail.clone());
        Self::new(code, 1020, "invalid URL", detail)
    }

    /// The answer is longer than is allowed.
    pub(super) fn too_long(what: String) -> Self {
        Self::new(ErrorCode::LimitReached(what.clone()), 1000, "limit reached", what)
    }

    /// The body has a coding.
    pub(super) fn coding(coding: &str) -> Self {
        let detail = format!(
            "the body cannot be decoded: a test that stands alone does not know the coding {coding:?}"
        );
        let code = ErrorCode::ProtocolViolation(detail.clone());
        Self::new(code, 1701, "decompression failed", detail)
    }

    /// The answer is no HTTP.
    pub(super) fn malformed(why: &str) -> Self {
        let detail = format!("the answer is malformed: {why}");
        let code = ErrorCode::ProtocolViolation(detail.clone());
        Self::new(code, 1000, "malformed response", detail)
    }

    /// The connection ended before the answer did.
    pub(super) fn ended() -> Self {
        Self::new(ErrorCode::UnexpectedEnd, 1200, "unexpected EOF", "unexpected EOF")
    }

    /// The connection broke, or did not come about. `peer` is the address that was tried, if one was.
    pub(super) fn connection(code: ErrorCode, host: &str, peer: Option<String>) -> Self {
        let peer = peer.map(|peer| format!(" {peer}")).unwrap_or_default();
        let dial = |why: &str| format!("dial tcp{peer}: {why}");
        match &code {
            ErrorCode::NameUnresolvable => {
                let detail = format!("lookup {host}: no such host");
                Self::new(code, 1101, "lookup: no such host", detail)
            }
            ErrorCode::AccessDenied(rule) => {
                let detail = rule.clone();
                Self::new(code, 1110, "ip is blacklisted", detail)
            }
            ErrorCode::Unreachable => {
                Self::new(code, 1210, "dial: no route to host", dial("connect: no route to host"))
            }
            ErrorCode::Timeout => Self::new(code, 1211, "dial: i/o timeout", dial("i/o timeout")),
            ErrorCode::ConnectionRefused => {
                let detail = dial("connect: connection refused");
                Self::new(code, 1212, "dial: connection refused", detail)
            }
            ErrorCode::ConnectionReset => {
                let kind = "read: connection reset by peer";
                let detail = format!("read tcp{peer}: read: connection reset by peer");
                Self::new(code, 1220, kind, detail)
            }
            ErrorCode::UnexpectedEnd => Self::ended(),
            ErrorCode::Tls(detail) => {
                let detail = detail.clone();
                Self::tls(code, &detail)
            }
            other => {
                let detail = format!("{other:?}");
                Self::new(code, 1000, "other", detail)
            }
        }
    }

    /// Certificates that are not trusted are told from the rest by rustls's names for that.
    fn tls(code: ErrorCode, detail: &str) -> Self {
        let (number, kind) = if detail.contains("UnknownIssuer") {
            (1310, "x509: unknown authority")
        } else if detail.contains("not valid for name") {
            (1311, "x509: certificate doesn't match hostname")
        } else {
            (1300, "tls: handshake failed")
        };
        Self::new(code, number, kind, format!("tls: {detail}"))
    }
}
