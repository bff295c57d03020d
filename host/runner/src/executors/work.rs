//! Whether another iteration may start.

use std::sync::atomic::{AtomicU64, Ordering};

/// The iterations that a scenario has to give out.
#[derive(Debug)]
pub(super) enum Work {
    /// As many as fit into the time.
    Unlimited,
    /// A number that all virtual users share.
    Shared(AtomicU64),
    /// The same number for each virtual user.
    Each(u64),
}

impl Work {
    /// Takes one iteration for a virtual user that has begun `begun` of this scenario.
    pub(super) fn take(&self, begun: u64) -> bool {
        match self {
            Self::Unlimited => true,
            Self::Each(limit) => begun < *limit,
            Self::Shared(left) => left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok(),
        }
    }

    /// What a virtual user leaves undone that has begun `begun` iterations.
    pub(super) fn left_by_one(&self, begun: u64) -> u64 {
        match self {
            Self::Each(limit) => limit.saturating_sub(begun),
            Self::Unlimited | Self::Shared(_) => 0,
        }
    }

    /// What all virtual users together leave undone.
    pub(super) fn left_by_all(&self) -> u64 {
        match self {
            Self::Shared(left) => left.load(Ordering::Relaxed),
            Self::Unlimited | Self::Each(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_iterations_are_given_out_once() {
        let work = Work::Shared(AtomicU64::new(2));
        assert!(work.take(0) && work.take(7));
        assert!(!work.take(0));
        assert_eq!(work.left_by_all(), 0);
    }

    #[test]
    fn each_virtual_user_has_its_own_iterations() {
        let work = Work::Each(2);
        assert!(work.take(0) && work.take(1));
        assert!(!work.take(2));
        assert_eq!(work.left_by_one(1), 1);
        assert_eq!(work.left_by_all(), 0);
    }
}
