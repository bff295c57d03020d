//! The request to stop, as each task sees it.

use tokio::sync::watch;

/// Makes the two ends: the server keeps the sender, each task gets a clone of the [`Shutdown`].
/// Sending, or dropping the sender, is the request.
pub(crate) fn channel() -> (watch::Sender<()>, Shutdown) {
    let (sender, receiver) = watch::channel(());
    (sender, Shutdown { receiver, asked: false })
}

/// Tells one task that the server wants to stop.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown {
    receiver: watch::Receiver<()>,
    // The receiver reports a change once; this remembers it.
    asked: bool,
}

impl Shutdown {
    /// Whether the server wants to stop.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked || !matches!(self.receiver.has_changed(), Ok(false))
    }

    /// Waits until the server wants to stop. Cancel safe.
    pub(crate) async fn asked(&mut self) {
        if !self.asked {
            // An error means that the server is gone, which is the same request.
            let _ = self.receiver.changed().await;
            self.asked = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_stays_visible_after_it_was_awaited() {
        let (sender, mut shutdown) = channel();
        assert!(!shutdown.is_asked());
        sender.send(()).expect("a receiver exists");
        assert!(shutdown.is_asked());
        shutdown.asked().await;
        shutdown.asked().await;
        assert!(shutdown.is_asked());
    }

    #[tokio::test]
    async fn dropping_the_server_end_is_a_request() {
        let (sender, mut shutdown) = channel();
        drop(sender);
        assert!(shutdown.is_asked());
        shutdown.asked().await;
    }
}
