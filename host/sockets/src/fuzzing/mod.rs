//! What fuzz targets run, and tests run again on the inputs in `fuzz/corpus`: any bytes lead to no panic and to
//! nothing that a guest need not expect.

mod input;
mod model;
mod peer;
mod sessions;

use tokio::runtime::{Builder, Runtime};

pub(crate) use input::Input;
pub use sessions::sessions;

thread_local! {
    /// Time stands still until everything waits for it.
    static RUNTIME: Runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O can be made");
}

/// Bytes of a peer, on connections with and without compression, in any segments.
pub fn frames(data: &[u8]) {
    crate::connection::frames(data);
}

/// Runs to the end on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(future))
}

#[cfg(test)]
#[path = "../../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay;

    #[test]
    fn frames() {
        replay::corpus("frames", super::frames);
    }

    #[test]
    fn sessions() {
        replay::corpus("sessions", super::sessions);
    }
}
