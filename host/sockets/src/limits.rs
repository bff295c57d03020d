//! What a guest can cost its host, each bound with its reason. [`Limits`] sets them per guest.

use std::time::Duration;

/// Bytes of payload that wait in an event queue before the host stops reading from its sockets.
/// Enough for a burst while a script computes; small enough that ten thousand flooded guests do not
/// fill a machine.
pub const DEFAULT_QUEUED_BYTES: usize = 1 << 20;

/// Events that wait in a queue before the host stops reading: small messages cost more than their payload. With 64
/// bytes of payload each, as many fill [`DEFAULT_QUEUED_BYTES`].
pub const DEFAULT_QUEUED_EVENTS: usize = 16_384;

/// Bytes of payload that wait to be sent on one socket before `send` suspends the guest: as much as Linux itself
/// buffers for one connection at most, so that a burst does not wait, and a sixteenth of what all sockets may hold.
pub const DEFAULT_BUFFERED_BYTES: u64 = 4 << 20;

/// Bytes that wait to be sent on all sockets of one guest before `send` suspends it: many sockets whose peers do not
/// read add up. It counts [`FRAME_OVERHEAD`] for each frame. It is as much as one message of
/// [`DEFAULT_MESSAGE_SIZE`], and a quarter of the memory that a guest commonly has.
pub const DEFAULT_ALL_BUFFERED_BYTES: u64 = 64 << 20;

/// What a frame that waits takes besides its payload, in bytes, rounded up to a power of two: its place in the queue
/// of the socket, and the allocation of the payload.
pub const FRAME_OVERHEAD: u64 = 64;

/// Event queues of one guest. Each holds as much as [`DEFAULT_QUEUED_BYTES`] says, and a guest can only wait at one,
/// so that it needs few: all of them together hold no more than [`DEFAULT_ALL_BUFFERED_BYTES`].
pub const DEFAULT_QUEUES: usize = 64;

/// Events beyond [`DEFAULT_QUEUED_EVENTS`] that wait in a queue before its guest gets no further socket, timer or
/// request with it. Openings, failures and timers are not held back, so a guest that makes more and more of them, and
/// never takes what comes of it, would fill the memory. All sockets or all timers that a guest may have can end at
/// once without reaching it.
pub const MAX_UNTAKEN_EVENTS: usize = 65_536;

/// Bytes in those events, beyond [`DEFAULT_QUEUED_BYTES`]: a kilobyte for each of [`MAX_UNTAKEN_EVENTS`], which is
/// more than the text of a failure or the headers of most handshakes.
pub const MAX_UNTAKEN_BYTES: usize = 64 << 20;

/// Handles of one guest, of whatever they are: sockets that are not connected cost memory too. They are four for each
/// of [`DEFAULT_SOCKETS`], which may have a timer and requests of its own.
pub const DEFAULT_HANDLES: usize = 262_144;

/// Frames that wait to be sent on one socket before `send` suspends the guest and `ping` refuses: small messages cost
/// more than their payload, and pings do not count towards it. As many as events wait in a queue,
/// [`DEFAULT_QUEUED_EVENTS`].
pub const MAX_QUEUED_FRAMES: usize = 16_384;

/// Pings that are answered, but whose answers the peer has not taken, before the host stops reading from it: the
/// answers of a peer that only ever asks would fill the memory. With the longest payload they take 128 KiB for each
/// connection; peers commonly send one ping in some seconds.
pub const MAX_UNSENT_PONGS: usize = 1024;

/// Sockets of one guest that are not closed: as many as a process can commonly open.
pub const DEFAULT_SOCKETS: usize = 65_536;

/// Timers of one guest: one for each of [`DEFAULT_SOCKETS`].
pub const DEFAULT_TIMERS: usize = 65_536;

/// The longest message that is accepted, in bytes, where the guest sets no bound itself: many times what services
/// accept, and a quarter of the memory that a guest commonly has.
pub const DEFAULT_MESSAGE_SIZE: usize = 64 << 20;

/// The longest message that can be allowed, in bytes. The room for a frame is set aside when its head comes, so that ten
/// bytes of a peer take as much of the host's address space.
pub const MAX_MESSAGE_SIZE: usize = 1 << 30;

/// Bytes of messages whose end has not come, on all sockets of one guest. A connection that brings more fails: each may
/// hold a message that is not longer than [`DEFAULT_MESSAGE_SIZE`], and a guest has many. It is as much as a guest
/// commonly has of memory, which would have to hold these messages.
pub const DEFAULT_UNFINISHED_BYTES: u64 = 256 << 20;

/// How long name, TCP, TLS and opening handshake may take together: what k6 allows.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the peer may take to answer a close frame. It answers when it has read what was sent before, which takes
/// seconds if it is slow; one that takes longer is most likely gone, and the guest's stage does not end before.
pub const DEFAULT_CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// The shortest time between two pings that the host sends by itself: what its clock can tell apart.
pub const MIN_PING_INTERVAL: Duration = Duration::from_millis(1);

/// How long the server may take to end the TCP connection after both close frames (RFC 6455, section 7.1.1, has the
/// client wait for it). It has nothing left to do, so that some round trips on a slow network are enough; the guest
/// waits meanwhile.
pub const TCP_CLOSE_WAIT: Duration = Duration::from_secs(2);

/// The longest answer to an opening handshake, in bytes, without its body: many times what servers send. It is held
/// in memory until it is complete.
pub const MAX_HANDSHAKE_HEAD: usize = 64 << 10;

/// The longest opening handshake that a guest may ask for, in bytes: URL, header fields and subprotocols.
/// It waits in the host until its server answers, and few servers take as much.
pub const MAX_HANDSHAKE_REQUEST: usize = 256 << 10;

/// Header fields in the answer to an opening handshake: many times what servers send. With it [`MAX_HANDSHAKE_HEAD`]
/// leaves 256 bytes for each, as much as a cookie commonly has.
pub const MAX_HANDSHAKE_HEADERS: usize = 256;

/// How much of the body of a refusal is kept for the script, as in k6.
pub const MAX_REFUSAL_BODY: usize = 1024;

/// How long to wait for the body of a refusal. It mostly comes with the head; where it does not, the script learns of
/// the refusal this much later.
pub const REFUSAL_BODY_WAIT: Duration = Duration::from_millis(500);

/// The payload of a control frame (RFC 6455, section 5.5).
pub const MAX_CONTROL_PAYLOAD: usize = 125;

/// The reason in a close frame: a control payload without the two bytes of the code.
pub const MAX_CLOSE_REASON: usize = MAX_CONTROL_PAYLOAD - 2;

/// The bounds of one guest.
#[derive(Clone, Debug)]
pub struct Limits {
    /// See [`DEFAULT_QUEUED_BYTES`].
    pub queued_bytes: usize,
    /// See [`DEFAULT_QUEUED_EVENTS`].
    pub queued_events: usize,
    /// See [`DEFAULT_BUFFERED_BYTES`].
    pub buffered_bytes: u64,
    /// See [`DEFAULT_ALL_BUFFERED_BYTES`].
    pub all_buffered_bytes: u64,
    /// See [`DEFAULT_QUEUES`].
    pub queues: usize,
    /// Bytes that all connections together may carry in a second, in each direction. Whoever has more
    /// waits. None by default: what a test sends is what it is for.
    pub bandwidth: Option<u64>,
    /// See [`DEFAULT_SOCKETS`].
    pub sockets: usize,
    /// See [`DEFAULT_TIMERS`].
    pub timers: usize,
    /// See [`DEFAULT_MESSAGE_SIZE`]; at most [`MAX_MESSAGE_SIZE`].
    pub message_size: usize,
    /// See [`DEFAULT_UNFINISHED_BYTES`].
    pub unfinished_bytes: u64,
    /// See [`DEFAULT_CONNECT_TIMEOUT`].
    pub connect_timeout: Duration,
    /// See [`DEFAULT_CLOSE_TIMEOUT`].
    pub close_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queued_bytes: DEFAULT_QUEUED_BYTES,
            queued_events: DEFAULT_QUEUED_EVENTS,
            buffered_bytes: DEFAULT_BUFFERED_BYTES,
            all_buffered_bytes: DEFAULT_ALL_BUFFERED_BYTES,
            queues: DEFAULT_QUEUES,
            bandwidth: None,
            sockets: DEFAULT_SOCKETS,
            timers: DEFAULT_TIMERS,
            message_size: DEFAULT_MESSAGE_SIZE,
            unfinished_bytes: DEFAULT_UNFINISHED_BYTES,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            close_timeout: DEFAULT_CLOSE_TIMEOUT,
        }
    }
}
