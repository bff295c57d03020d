//! The `http_*` metrics of one request, and what the log shows of it.

use std::sync::Arc;

use wasock_http::bindings::http::{Failure, Sent, Version};
use wasock_http::{Exchange, HOSTNAME_BLOCKED, HttpObserver, IP_BLACKLISTED, refusal_number};
use wasock_sockets::clock;

use super::bindings::metrics::StatusRange;
use super::connect_error::NO_STATUS;
use super::state::VuState;
use crate::context::RunContext;
use crate::duration::NANOS_PER_MILLISECOND;
use crate::log::{Level, say};
use crate::metrics::{Builtin, MetricId, Sample, Tags};
use crate::options::{HttpDebug, SystemTag};
use crate::samples::{Slot, unix_nanos};

/// The status that asks who the user is (RFC 9110, section 15.5.2).
const UNAUTHORIZED: u16 = 401;

/// Measures one request.
pub(super) struct HttpMetrics {
    run: Arc<RunContext>,
    slot: Slot,
    /// The tags of the virtual user when the request was made.
    vu_tags: Tags,
    /// The tags that the script gave the request.
    own_tags: Vec<(String, String)>,
    metadata: Option<Tags>,
    /// The statuses that do not count as failures; none if nothing does.
    expected: Option<Vec<StatusRange>>,
}

impl HttpMetrics {
    /// Measures a request of this virtual user, with its tags of now.
    pub(super) fn new(
        user: &mut VuState,
        own_tags: Vec<(String, String)>,
        expected: Option<Vec<StatusRange>>,
    ) -> Self {
        Self {
            own_tags,
            expected,
            vu_tags: user.tags(),
            metadata: user.metadata(),
            slot: user.slot,
            run: user.run.clone(),
        }
    }

    /// Whether an exchange went as the script expects; none if it expects nothing.
    fn is_expected(&self, exchange: &Exchange<'_>) -> Option<bool> {
        let expected = self.expected.as_ref()?;
        Some(exchange.answer.is_ok_and(|answer| {
            let status = answer.status;
            match exchange.expects_challenge {
                true => status == UNAUTHORIZED,
                false => expected.iter().any(|range| (range.first..=range.last).contains(&status)),
            }
        }))
    }

    fn tags(&self, exchange: &Exchange<'_>, is_expected: Option<bool>) -> Tags {
        let given = |name: &str| {
            let tag = self.own_tags.iter().find(|(own, _)| own == name);
            tag.map(|(_, value)| value.as_str()).or_else(|| self.vu_tags.get(name))
        };
        // A script that gives a name wants few series, so the URL must not make many.
        let name = given(SystemTag::Name.name()).unwrap_or(&exchange.sent.url).to_owned();
        let status = exchange.answer.map_or(NO_STATUS, |answer| answer.status);
        let mut tags = self.vu_tags.to_builder();
        tags.extend(self.own_tags.iter().cloned());
        let mut set = |tag: SystemTag, value: String| {
            if self.run.system_tags.contains(tag) {
                tags.extend([(tag.name(), value)]);
            }
        };
        set(SystemTag::Url, name.clone());
        set(SystemTag::Name, name);
        set(SystemTag::Method, exchange.sent.method.clone());
        set(SystemTag::Status, status.to_string());
        if let Some(is_expected) = is_expected {
            set(SystemTag::ExpectedResponse, is_expected.to_string());
        }
        match exchange.answer {
            Ok(answer) => {
                set(SystemTag::Proto, proto(answer.version).to_owned());
                if let Some(number) = refusal_number(status) {
                    set(SystemTag::ErrorCode, number.to_string());
                }
            }
            Err(failure) => {
                // What the script is told of a rule names the target, of which each would make a series.
                let kind = match failure.number {
                    1110 => IP_BLACKLISTED,
                    1111 => HOSTNAME_BLOCKED,
                    _ => &failure.kind,
                };
                set(SystemTag::Error, kind.to_owned());
                set(SystemTag::ErrorCode, failure.number.to_string());
            }
        }
        if let Some(tls) = exchange.tls {
            set(SystemTag::TlsVersion, tls.version.clone());
        }
        if let Some(peer) = exchange.peer {
            set(SystemTag::Ip, peer.ip().to_string());
        }
        tags.build()
    }
}

impl HttpObserver for HttpMetrics {
    fn begun(&self, sent: &Sent, body: &[u8]) {
        if let Some(debug) = self.run.http.debug {
            let first = format!("{} {}", sent.method, sent.url);
            let text = head_and_body(first, &sent.headers, body, debug);
            say(&self.run.log, Level::Info, format!("Request:\n{text}"));
        }
    }

    fn ended(&self, exchange: &Exchange<'_>) {
        let is_expected = self.is_expected(exchange);
        let tags = self.tags(exchange, is_expected);
        let time = unix_nanos(clock::wall(exchange.ended));
        let timings = exchange.timings;
        let duration = timings.sending + timings.waiting + timings.receiving;
        let times = [
            (Builtin::HttpReqDuration, duration),
            (Builtin::HttpReqBlocked, timings.blocked),
            (Builtin::HttpReqConnecting, timings.connecting),
            (Builtin::HttpReqTlsHandshaking, timings.tls_handshaking),
            (Builtin::HttpReqSending, timings.sending),
            (Builtin::HttpReqWaiting, timings.waiting),
            (Builtin::HttpReqReceiving, timings.receiving),
        ];
        let times = times.map(|(metric, nanos)| (metric, nanos as f64 / NANOS_PER_MILLISECOND));
        let failed = is_expected.map(|ok| (Builtin::HttpReqFailed, if ok { 0.0 } else { 1.0 }));
        let values = [(Builtin::HttpReqs, 1.0)].into_iter().chain(times).chain(failed);
        let sample = |(metric, value): (Builtin, f64)| Sample {
            metric: MetricId::from(metric),
            value,
            time,
            tags: tags.clone(),
            metadata: self.metadata.clone(),
        };
        self.run.samples.extend(self.slot, values.map(sample));
        if let Some(debug) = self.run.http.debug {
            say(&self.run.log, Level::Info, format!("Response:\n{}", answer_text(exchange, debug)));
        }
    }
}

/// How k6 calls a version of HTTP.
fn proto(version: Version) -> &'static str {
    match version {
        Version::Http10 => "HTTP/1.0",
        Version::Http11 => "HTTP/1.1",
        Version::Http2 => "HTTP/2.0",
    }
}

fn head_and_body(
    first: String,
    headers: &[wasock_sockets::bindings::types::Header],
    body: &[u8],
    debug: HttpDebug,
) -> String {
    let mut text = first + "\n";
    for header in headers {
        text += &format!("{}: {}\n", header.name, header.value);
    }
    if debug == HttpDebug::Full {
        text += &format!("\n{}", String::from_utf8_lossy(body));
    }
    text
}

fn answer_text(exchange: &Exchange<'_>, debug: HttpDebug) -> String {
    match exchange.answer {
        Ok(answer) => {
            let first = format!("{} {}", proto(answer.version), answer.status_text);
            head_and_body(first, &answer.headers, &answer.body, debug)
        }
        Err(Failure { text, .. }) => format!("none: {text}"),
    }
}
