//! How much the requests of a guest may hold together: what they send, and answers until they are taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What all requests of a guest may hold together.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) most: usize,
    held: AtomicUsize,
}

/// There is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exceeded;

/// What one request holds. It is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Hold {
    budget: Arc<Budget>,
    bytes: AtomicUsize,
}

impl Budget {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, held: AtomicUsize::new(0) })
    }

    /// A request that holds nothing yet.
    pub(crate) fn hold(self: &Arc<Self>) -> Hold {
        Hold { budget: self.clone(), bytes: AtomicUsize::new(0) }
    }
}

impl Hold {
    /// Holds so many bytes from now on. Less is always possible.
    pub(crate) fn set(&self, bytes: usize) -> Result<(), Exceeded> {
        let held = self.bytes.load(Ordering::Acquire);
        match bytes.checked_sub(held) {
            None => drop(self.budget.held.fetch_sub(held - bytes, Ordering::AcqRel)),
            Some(more) => {
                let next = |all: usize| {
                    all.checked_add(more).filter(|all| more == 0 || *all <= self.budget.most)
                };
                let taken =
                    self.budget.held.fetch_update(Ordering::AcqRel, Ordering::Acquire, next);
                taken.map_err(|_| Exceeded)?;
            }
        }
        self.bytes.store(bytes, Ordering::Release);
        Ok(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(*self.bytes.get_mut(), Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_share_what_there_is_and_give_it_back() {
        let budget = Budget::new(100);
        let (first, second) = (budget.hold(), budget.hold());
        assert_eq!(first.set(60), Ok(()));
        assert_eq!(second.set(50), Err(Exceeded));
        assert_eq!(second.set(40), Ok(()));
        assert_eq!(first.set(61), Err(Exceeded));
        assert_eq!(first.set(10), Ok(()));
        assert_eq!(second.set(90), Ok(()));
        drop(second);
        assert_eq!(first.set(100), Ok(()));
        drop(first);
        assert_eq!(budget.held.load(Ordering::Acquire), 0);
    }
}
