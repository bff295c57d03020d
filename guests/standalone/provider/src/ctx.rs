//! What all sockets of the guest have in common.

use std::cell::Cell;

use crate::limits::{DEFAULT_REDIRECTS, Limits};

/// Bounds and names of connections.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    /// What handshakes name themselves, unless a header does.
    pub(crate) user_agent: Option<String>,
    /// How many redirections requests follow.
    pub(crate) redirects: u32,
}

impl Default for Shared {
    fn default() -> Self {
        let user_agent = concat!("wasock/", env!("CARGO_PKG_VERSION"));
        Self {
            limits: Limits::default(),
            user_agent: Some(user_agent.to_owned()),
            redirects: DEFAULT_REDIRECTS,
        }
    }
}

/// A number that counts up.
#[derive(Default)]
pub(crate) struct Ids(Cell<u32>);

impl Ids {
    /// The next one, from 1.
    pub(crate) fn next(&self) -> u32 {
        let id = self.0.get().checked_add(1).expect("a guest makes fewer than 2^32 of anything");
        self.0.set(id);
        id
    }
}

thread_local! {
    static SHARED: &'static Shared = Box::leak(Box::default());
    static BUFFERED: Cell<u64> = const { Cell::new(0) };
    static INTERRUPTED: Cell<bool> = const { Cell::new(false) };
}

/// What they have in common.
pub(crate) fn shared() -> &'static Shared {
    SHARED.with(|shared| *shared)
}

/// Bytes that wait to be sent on all sockets.
pub(crate) fn buffered() -> u64 {
    BUFFERED.get()
}

/// Counts bytes that wait to be sent.
pub(crate) fn buffer(bytes: u64) {
    BUFFERED.set(BUFFERED.get() + bytes);
}

/// Gives back bytes that wait no longer.
pub(crate) fn unbuffer(bytes: u64) {
    BUFFERED.set(BUFFERED.get().saturating_sub(bytes));
}

/// Whether the guest is asked to finish: it has aborted the test itself.
pub(crate) fn is_interrupted() -> bool {
    INTERRUPTED.get()
}

/// Asks the guest to finish, or a new stage not to.
pub(crate) fn set_interrupted(interrupted: bool) {
    INTERRUPTED.set(interrupted);
}
