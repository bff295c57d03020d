//! Work that takes a thread for long.

use std::future::Future;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Lets a future that computes for long have a thread of its own: the runtime may have only one, which has to hear
/// signals meanwhile.
pub fn elsewhere<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(future))
}
