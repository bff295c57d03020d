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
}

impl Builtin {
    /// All of them, in the order of their ids.
    pub const ALL: [Self; 15] = [
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
    ];

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
        }
    }

    /// What it does with its values.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Checks => Kind::Rate,
            Self::Vus | Self::VusMax => Kind::Gauge,
            Self::IterationDuration
            | Self::GroupDuration
            | Self::WsConnecting
            | Self::WsSessionDuration
            | Self::WsPing => Kind::Trend,
            Self::Iterations
            | Self::DroppedIterations
            | Self::DataSent
            | Self::DataReceived
            | Self::WsSessions
            | Self::WsMsgsSent
            | Self::WsMsgsReceived => Kind::Counter,
        }
    }

    /// What its values are.
    pub const fn contents(self) -> Contents {
        match self {
            Self::DataSent | Self::DataReceived => Contents::Data,
            Self::IterationDuration
            | Self::GroupDuration
            | Self::WsConnecting
            | Self::WsSessionDuration
            | Self::WsPing => Contents::Time,
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
