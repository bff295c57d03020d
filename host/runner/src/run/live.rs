//! Looks at results while they are being added up.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::metrics::Aggregator;
use crate::thresholds::Evaluation;

/// The results of a run at one moment.
pub struct LiveResults<'a> {
    /// The samples so far, added up.
    pub samples: &'a Aggregator,
    /// How the thresholds would come out now.
    pub thresholds: &'a Evaluation,
    /// How long the run has lasted.
    pub elapsed: Duration,
}

/// Looks at the results, on the thread that adds samples up.
pub(super) type Look = Box<dyn FnOnce(&LiveResults<'_>) + Send>;

/// The results of a run while they are being added up.
#[derive(Default)]
pub(crate) struct Live {
    asks: OnceLock<mpsc::Sender<Look>>,
    tainted: AtomicBool,
}

impl Live {
    /// The thread that adds samples up is there.
    pub(super) fn open(&self, asks: mpsc::Sender<Look>) {
        // A plan that is carried out a second time keeps showing the first.
        let _ = self.asks.set(asks);
    }

    /// What `look` makes of the results. None before samples are added up, and after.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&LiveResults<'_>) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let look: Look = Box::new(move |results| {
            // Whoever asked may have left.
            let _ = answer.send(look(results));
        });
        self.asks.get()?.send(look).ok()?;
        answered.await.ok()
    }

    /// Whether a threshold was crossed when they were last evaluated.
    pub(crate) fn is_tainted(&self) -> bool {
        self.tainted.load(Ordering::Relaxed)
    }

    pub(super) fn evaluated(&self, evaluation: &Evaluation) {
        let crossed = !evaluation.ok();
        self.tainted.store(crossed, Ordering::Relaxed);
    }
}
