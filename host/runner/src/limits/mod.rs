//! What a virtual user may cost, whatever its script says, and what was stopped for that.
//!
//! - `setting`: each limit by its name, its flag and its text
//! - `size`: numbers of bytes as people write them
//! - `stops`: what was stopped, counted for the end of a run

mod setting;
mod size;
mod stops;

use std::sync::Arc;
use std::time::Duration;

use wasock_http::HttpBound;
use wasock_sockets::limits::{DEFAULT_ALL_BUFFERED_BYTES, DEFAULT_BUFFERED_BYTES};
use wasock_sockets::{Bound, BoundObserver};

pub use setting::{LimitError, Setting};
pub use size::{bytes, shown_bytes};
pub use stops::{Stop, Stopped, Stops};

/// The memory of a virtual user, in bytes: as much as a browser gives a tab of this kind of work, and
/// far more than a test needs.
pub const DEFAULT_MEMORY: usize = 256 << 20;

/// The most memory that can be granted, in bytes: what 32 bits can address.
pub const MAX_MEMORY: usize = 4 << 30;

/// Tags, or entries of metadata, that a script sets for all of its samples, and those of one sample.
/// Outputs make a series of each combination, so more than a few are a mistake.
pub const MAX_TAGS: usize = 256;

/// The longest name or value of a tag, in bytes. The rest is cut off: it may be a whole answer, and a
/// sample waits until it is added up.
pub const MAX_TAG_LENGTH: usize = 4_096;

/// What a line of the console may have before it counts as several, in bytes: more than anybody reads in one line,
/// and as much as a tag may have ([`MAX_TAG_LENGTH`]).
pub const CONSOLE_LINE: usize = 4_096;

/// The limits of each virtual user. `None` is no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VuLimits {
    /// Bytes of linear memory. See [`DEFAULT_MEMORY`].
    pub memory: usize,
    /// How long it may compute without waiting for anything. None by default: k6 lets a script compute
    /// for as long as it likes, and `gracefulStop` ends it at last.
    pub cpu: Option<Duration>,
    /// Connections at one time. See [`wasock_sockets::limits::DEFAULT_SOCKETS`].
    pub sockets: usize,
    /// Timers in the host. See [`wasock_sockets::limits::DEFAULT_TIMERS`].
    pub timers: usize,
    /// Bytes that wait to be taken from an event queue. See
    /// [`wasock_sockets::limits::DEFAULT_QUEUED_BYTES`].
    pub queue: usize,
    /// Bytes that wait to be sent on all sockets. See
    /// [`wasock_sockets::limits::DEFAULT_ALL_BUFFERED_BYTES`].
    pub buffer: u64,
    /// The longest message that is received, in bytes. See
    /// [`wasock_sockets::limits::DEFAULT_MESSAGE_SIZE`].
    pub message_size: usize,
    /// Bytes of messages whose end has not come. See [`wasock_sockets::limits::DEFAULT_UNFINISHED_BYTES`].
    pub unfinished: u64,
    /// Bytes a second in each direction. None by default: to send is what a test is for.
    pub bandwidth: Option<u64>,
    /// Lines a second on the console. None by default: what a script writes is wanted, as in k6.
    pub console: Option<u64>,
    /// HTTP requests at one time. See [`wasock_http::limits::DEFAULT_REQUESTS`].
    pub requests: usize,
    /// Bytes in HTTP requests and in answers that were not taken yet. See
    /// [`wasock_http::limits::DEFAULT_HELD_BYTES`].
    pub bodies: usize,
    /// Handles of whatever kind. See [`wasock_sockets::limits::DEFAULT_HANDLES`].
    pub handles: usize,
}

impl Default for VuLimits {
    fn default() -> Self {
        let sockets = wasock_sockets::limits::Limits::default();
        Self {
            memory: DEFAULT_MEMORY,
            cpu: None,
            sockets: sockets.sockets,
            timers: sockets.timers,
            queue: sockets.queued_bytes,
            buffer: sockets.all_buffered_bytes,
            message_size: sockets.message_size,
            unfinished: sockets.unfinished_bytes,
            bandwidth: sockets.bandwidth,
            console: None,
            requests: wasock_http::limits::DEFAULT_REQUESTS,
            bodies: wasock_http::limits::DEFAULT_HELD_BYTES,
            handles: wasock_sockets::limits::DEFAULT_HANDLES,
        }
    }
}

impl VuLimits {
    /// What may wait on one of its sockets: a part of what may wait on all, so that `buffer` raises both.
    fn buffered_by_one(&self) -> u64 {
        const SHARE: u64 = DEFAULT_ALL_BUFFERED_BYTES / DEFAULT_BUFFERED_BYTES;
        self.buffer.min(DEFAULT_BUFFERED_BYTES.max(self.buffer / SHARE))
    }

    /// The limits of its sockets.
    pub(crate) fn of_sockets(&self) -> wasock_sockets::limits::Limits {
        let defaults = wasock_sockets::limits::Limits::default();
        wasock_sockets::limits::Limits {
            queued_bytes: self.queue,
            buffered_bytes: self.buffered_by_one(),
            all_buffered_bytes: self.buffer,
            sockets: self.sockets,
            timers: self.timers,
            message_size: self.message_size,
            unfinished_bytes: self.unfinished,
            bandwidth: self.bandwidth,
            ..defaults
        }
    }
}

/// Counts what sockets and requests are refused, and says which flags raise their limits.
pub(crate) struct Counting(pub(crate) Arc<Stops>);

impl<B: Into<Stopped>> BoundObserver<B> for Counting {
    fn reached(&self, bound: B) {
        self.0.count(bound.into());
    }

    fn advice(&self, bound: B) -> Option<String> {
        bound.into().setting().map(|setting| format!("{} raises it", setting.flag()))
    }
}

impl From<Bound> for Stopped {
    fn from(bound: Bound) -> Self {
        match bound {
            Bound::Network => Self::Network,
            Bound::Sockets => Self::Sockets,
            Bound::Timers => Self::Timers,
            Bound::Queues => Self::Queues,
            Bound::Events => Self::Events,
            Bound::Buffered => Self::Buffer,
            Bound::MessageSize => Self::MessageSize,
            Bound::Unfinished => Self::Unfinished,
            Bound::Bandwidth => Self::Bandwidth,
        }
    }
}

impl From<HttpBound> for Stopped {
    fn from(bound: HttpBound) -> Self {
        match bound {
            HttpBound::Requests => Self::Requests,
            HttpBound::Bodies => Self::Bodies,
            HttpBound::BodySize => Self::BodySize,
            HttpBound::Cookies => Self::Cookies,
        }
    }
}
