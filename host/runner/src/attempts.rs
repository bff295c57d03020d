//! How the attempts to connect of a run went, for a hint at its end.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// How attempts to connect went.
#[derive(Debug, Default)]
pub struct Attempts {
    all: AtomicU64,
    failed: Mutex<BTreeMap<u16, Failed>>,
}

/// Attempts that failed for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The value of the tag `error_code`.
    pub code: u16,
    /// The value of the tag `error`.
    pub error: Cow<'static, str>,
    /// How many there are.
    pub count: u64,
}

impl Attempts {
    /// One more attempt has come to its end.
    pub(crate) fn ended(&self) {
        self.all.fetch_add(1, Ordering::Relaxed);
    }

    /// It failed, with these values of `error_code` and `error`.
    pub(crate) fn failed(&self, (code, error): (u16, &'static str)) {
        count(&mut self.failed.lock(), Failed { code, error: error.into(), count: 1 });
    }

    /// So many have come to their end in all processes of the run, and these of them failed.
    pub(crate) fn set(&self, all: u64, failures: impl IntoIterator<Item = Failed>) {
        self.all.store(all, Ordering::Relaxed);
        let mut failed = BTreeMap::new();
        failures.into_iter().for_each(|more| count(&mut failed, more));
        *self.failed.lock() = failed;
    }

    /// All that have come to their end.
    pub fn all(&self) -> u64 {
        self.all.load(Ordering::Relaxed)
    }

    /// Why some of them failed, the most common reason first.
    pub fn failures(&self) -> Vec<Failed> {
        let mut failures: Vec<_> = self.failed.lock().values().cloned().collect();
        failures.sort_by_key(|failed| std::cmp::Reverse(failed.count));
        failures
    }
}

/// Adds more failures to those of the same code.
fn count(failed: &mut BTreeMap<u16, Failed>, more: Failed) {
    failed.entry(more.code).and_modify(|known| known.count += more.count).or_insert(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_by_reason() {
        let attempts = Attempts::default();
        for failed in [
            None,
            Some((1050, "timeout")),
            Some((1101, "no such host")),
            Some((1101, "no such host")),
        ] {
            attempts.ended();
            if let Some(failed) = failed {
                attempts.failed(failed);
            }
        }
        assert_eq!(attempts.all(), 4);
        let failed = |code, error: &'static str, count| Failed { code, error: error.into(), count };
        assert_eq!(
            attempts.failures(),
            [failed(1101, "no such host", 2), failed(1050, "timeout", 1)]
        );
    }
}
