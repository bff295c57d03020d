//! Who runs the tasks of a guest's connections and requests.

use std::future::Future;
use std::pin::Pin;

use tokio::task::AbortHandle;

/// What a connection or a request does until it ends.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts tasks for a guest. An embedder whose guests are not to wait for each other's connections can run them as it
/// sees fit; without one they run on the tokio runtime that the guest is polled on.
pub trait Spawner: Send + Sync {
    /// Starts a task. It is called on the thread on which the guest is polled, inside its tokio runtime, or from a task
    /// that was started so. A task that is aborted must be dropped.
    fn spawn(&self, task: Task) -> AbortHandle;
}
