//! The metrics that exist in every run.

use super::{Contents, Kind, MetricId};

/// A metric that exists in every run. Its discriminant is its [`MetricId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Builtin {
    /// The share of checks that passed; each sample has the tag `check`.
    Checks,
    /// Iterations that ran to their end.
    Iterations,
    /// How long they took, in milliseconds.
    IterationDuration,
    /// Iterations that could not be started.
    DroppedIterations,
    /// Virtual users at work.
    Vus,
    /// Virtual users that are ready or at work.
    VusMax,
    /// Bytes sent.
    DataSent,
    /// Bytes received.
    DataReceived,
    /// How long the calls of `group` took, in milliseconds.
    GroupDuration,
    /// Connection attempts.
    WsSessions,
    /// How long they took, in milliseconds.
    WsConnecting,
    /// How long connections lasted, in milliseconds.
    WsSessionDuration,
    /// Time from ping to pong, in milliseconds.
    WsPing,
    /// Messages sent.
    WsMsgsSent,
    /// Messages received.
    WsMsgsReceived,
    /// Exchanges of requests and answers.
    HttpReqs,
    /// How long they took from the first byte sent to the last received, in milliseconds.
    HttpReqDuration,
    /// How long they waited for a connection, in milliseconds.
    HttpReqBlocked,
    /// How long TCP connections took to make, in milliseconds.
    HttpReqConnecting,
    /// How long TLS handshakes took, in milliseconds.
    HttpReqTlsHandshaking,
    /// How long requests took to send, in milliseconds.
    HttpReqSending,
    /// How long answers took to begin, in milliseconds.
    HttpReqWaiting,
    /// How long answers took to read, in milliseconds.
    HttpReqReceiving,
    /// The share of exchanges that the script did not expect.
    HttpReqFailed,
    /// Connection attempts that failed.
    WsConnectErrors,
    /// Sizes of the messages sent, in bytes.
    WsMsgSizeSent,
    /// Sizes of the messages received, in bytes.
    WsMsgSizeReceived,
    /// Time from a message to its reply, in milliseconds.
    WsRtt,
    /// Messages whose reply did not come.
    WsRttLost,
    /// Connections that were open and broke.
    WsSessionErrors,
}

impl Builtin {
    /// All of them, in the order of their ids.
    pub const ALL: [Self; 30] = [
        Self::Checks,
        Self::Iterations,
        Self::IterationDuration,
        Self::DroppedIterations,
        Self::Vus,
        Self::VusMax,
        Self::DataSent,
        Self::DataReceived,
        Self::GroupDuration,
        Self::WsSessions,
        Self::WsConnecting,
        Self::WsSessionDuration,
        Self::WsPing,
        Self::WsMsgsSent,
        Self::WsMsgsReceived,
        Self::HttpReqs,
        Self::HttpReqDuration,
        Self::HttpReqBlocked,
        Self::HttpReqConnecting,
        Self::HttpReqTlsHandshaking,
        Self::HttpReqSending,
        Self::HttpReqWaiting,
        Self::HttpReqReceiving,
        Self::HttpReqFailed,
        Self::WsConnectErrors,
        Self::WsMsgSizeSent,
        Self::WsMsgSizeReceived,
        Self::WsRtt,
        Self::WsRttLost,
        Self::WsSessionErrors,
    ];

    /// Whether k6 has no such metric. A script that declares one of this name gets its own, as it
    /// would in k6, and this one is not measured.
    pub const fn is_beyond_k6(self) -> bool {
        self as u32 >= Self::WsConnectErrors as u32
    }

    /// Its number in every registry.
    pub const fn id(self) -> MetricId {
        MetricId(self as u32)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checks => "checks",
            Self::Iterations => "iterations",
            Self::IterationDuration => "iteration_duration",
            Self::DroppedIterations => "dropped_iterations",
            Self::Vus => "vus",
            Self::VusMax => "vus_max",
            Self::DataSent => "data_sent",
            Self::DataReceived => "data_received",
            Self::GroupDuration => "group_duration",
            Self::WsSessions => "ws_sessions",
            Self::WsConnecting => "ws_connecting",
            Self::WsSessionDuration => "ws_session_duration",
            Self::WsPing => "ws_ping",
            Self::WsMsgsSent => "ws_msgs_sent",
            Self::WsMsgsReceived => "ws_msgs_received",
            Self::HttpReqs => "http_reqs",
            Self::HttpReqDuration => "http_req_duration",
            Self::HttpReqBlocked => "http_req_blocked",
            Self::HttpReqConnecting => "http_req_connecting",
            Self::HttpReqTlsHandshaking => "http_req_tls_handshaking",
            Self::HttpReqSending => "http_req_sending",
            Self::HttpReqWaiting => "http_req_waiting",
            Self::HttpReqReceiving => "http_req_receiving",
            Self::HttpReqFailed => "http_req_failed",
            Self::WsConnectErrors => "ws_connect_errors",
            Self::WsMsgSizeSent => "ws_msg_size_sent",
            Self::WsMsgSizeReceived => "ws_msg_size_received",
            Self::WsRtt => "ws_rtt",
            Self::WsRttLost => "ws_rtt_lost",
            Self::WsSessionErrors => "ws_session_errors",
        }
    }

    /// What it does with its values.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Checks | Self::HttpReqFailed => Kind::Rate,
            Self::Vus | Self::VusMax => Kind::Gauge,
            Self::IterationDuration
            | Self::GroupDuration
            | Self::WsConnecting
            | Self::WsSessionDuration
            | Self::WsPing
            | Self::WsMsgSizeSent
            | Self::HttpReqDuration
            | Self::HttpReqBlocked
            | Self::HttpReqConnecting
            | Self::HttpReqTlsHandshaking
            | Self::HttpReqSending
            | Self::HttpReqWaiting
            | Self::HttpReqReceiving
            | Self::WsMsgSizeReceived
            | Self::WsRtt => Kind::Trend,
            Self::Iterations
            | Self::DroppedIterations
            | Self::DataSent
            | Self::DataReceived
            | Self::WsSessions
            | Self::WsMsgsSent
            | Self::WsMsgsReceived
            | Self::HttpReqs
            | Self::WsConnectErrors
            | Self::WsRttLost
            | Self::WsSessionErrors => Kind::Counter,
        }
    }

    /// What its values are.
    pub const fn contents(self) -> Contents {
        match self {
            Self::DataSent | Self::DataReceived | Self::WsMsgSizeSent | Self::WsMsgSizeReceived => {
                Contents::Data
            }
            Self::IterationDuration
            | Self::GroupDuration
            | Self::WsConnecting
            | Self::WsSessionDuration
            | Self::WsPing
            | Self::HttpReqDuration
            | Self::HttpReqBlocked
            | Self::HttpReqConnecting
            | Self::HttpReqTlsHandshaking
            | Self::HttpReqSending
            | Self::HttpReqWaiting
            | Self::HttpReqReceiving
            | Self::WsRtt => Contents::Time,
            _ => Contents::Default,
        }
    }
}

impl From<Builtin> for MetricId {
    fn from(metric: Builtin) -> Self {
        metric.id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_order_of_the_list() {
        for (index, metric) in Builtin::ALL.into_iter().enumerate() {
            assert_eq!(metric.id().index(), index);
        }
    }
}
