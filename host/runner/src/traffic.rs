//! `data_sent` and `data_received`: the bytes of each virtual user, and on whose account they go.

use std::sync::Arc;

use parking_lot::Mutex;
use wasock_sockets::{Interrupter, Traffic};

use crate::metrics::{Builtin, Sample, Tags};
use crate::samples::{self, Samples, Slot};

/// The tags and the metadata that a virtual user's bytes carry.
type Labels = (Tags, Option<Tags>);

/// The bytes of one virtual user.
pub(crate) struct Account {
    traffic: Arc<Traffic>,
    interrupter: Interrupter,
    slot: Slot,
    labels: Mutex<Labels>,
}

impl Account {
    /// Bytes carry these tags and metadata from here on.
    pub(crate) fn label(&self, tags: Tags, metadata: Option<Tags>) {
        *self.labels.lock() = (tags, metadata);
    }

    /// Records what TCP has carried since the last time, even if that is nothing.
    pub(crate) fn record(&self, samples: &Samples) {
        self.push(samples, self.traffic.take_sent(), self.traffic.take_received());
    }

    /// Records what TCP has carried since the last time, if anything.
    fn report(&self, samples: &Samples) {
        let (sent, received) = (self.traffic.take_sent(), self.traffic.take_received());
        if sent + received > 0 {
            self.push(samples, sent, received);
        }
    }

    fn push(&self, samples: &Samples, sent: u64, received: u64) {
        let (tags, metadata) = self.labels.lock().clone();
        let time = samples::now();
        let values = [(Builtin::DataSent, sent), (Builtin::DataReceived, received)];
        samples.extend(
            self.slot,
            values.map(|(metric, bytes)| Sample {
                metric: metric.into(),
                value: bytes as f64,
                time,
                tags: tags.clone(),
                metadata: metadata.clone(),
            }),
        );
    }

    /// Whether nobody can send or receive on this account any more.
    fn is_over(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1 && Arc::strong_count(&self.traffic) == 1
    }
}

/// The accounts of all virtual users of a run.
#[derive(Default)]
pub(crate) struct Accounts(Mutex<Vec<Arc<Account>>>);

impl Accounts {
    /// An account for a new virtual user.
    pub(crate) fn open(
        &self,
        traffic: Arc<Traffic>,
        interrupter: Interrupter,
        slot: Slot,
    ) -> Arc<Account> {
        let account = Arc::new(Account { traffic, interrupter, slot, labels: Mutex::default() });
        self.0.lock().push(account.clone());
        account
    }

    /// Records what all virtual users have sent and received since the last time, and closes the
    /// accounts of those that are gone. Those that have waited since then rest.
    pub(crate) fn report(&self, samples: &Samples) {
        self.0.lock().retain(|account| {
            // Asked first: whoever is gone by now sends nothing after the report.
            let is_over = account.is_over();
            account.report(samples);
            account.interrupter.look_for_rest();
            !is_over
        });
    }
}
