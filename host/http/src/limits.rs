//! What a guest's requests can cost its host, each bound with its reason.

use std::time::Duration;

/// The longest body, in bytes, of a request and of an answer; of an answer also after it was decoded,
/// so that a small one cannot grow without end. As long as the longest message of a socket.
pub const MAX_BODY: usize = 64 << 20;

/// The longest header section of an answer, in bytes: many times what cookies and tokens take.
pub const MAX_HEADER_BYTES: usize = 256 << 10;

/// The most header fields of an answer: as in an opening handshake.
pub const MAX_HEADER_FIELDS: usize = 256;

/// How many redirections are followed where nothing else is asked for, as in k6.
pub const DEFAULT_REDIRECTS: u32 = 10;

/// The most redirections of one request, whatever is asked for: servers that redirect in circles are to
/// be noticed.
pub const MAX_REDIRECTS: u32 = 1_000;

/// Requests of one guest that are under way at one time: many times what a browser has.
pub const DEFAULT_REQUESTS: usize = 1_024;

/// Bytes that all requests of a guest hold together: what they send, and answers that were not taken
/// yet. As many as commonly fit into the guest itself.
pub const DEFAULT_HELD_BYTES: usize = 256 << 20;

/// How long all exchanges of a request may take together where nothing else is asked for, as in k6.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Connections that wait for another request, of one guest: as many requests as k6 makes at a time.
pub const DEFAULT_IDLE: usize = 20;

/// Connections to one server that wait for another request: as in [`DEFAULT_IDLE`].
pub const DEFAULT_IDLE_PER_SERVER: usize = 6;

/// Codings of one body (RFC 9110, section 8.4): each costs a pass, and more than one is rare.
pub const MAX_CODINGS: usize = 4;

/// The most jars of one guest at a time: more than scripts need, few enough for a table.
pub const MAX_JARS: usize = 1_024;
