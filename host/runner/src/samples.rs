//! The way of a sample from where it is measured to where it is added up.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::metrics::Sample;

/// How many boxes samples are put into. Threads that measure at the same time rarely meet at one.
const BOXES: usize = 32;

/// Takes the samples of all virtual users until they are collected.
#[derive(Default)]
pub struct Samples {
    boxes: [Mutex<Vec<Sample>>; BOXES],
    next: AtomicUsize,
}

/// One box of [`Samples`], for one virtual user.
#[derive(Clone, Copy, Debug)]
pub struct Slot(usize);

impl Samples {
    /// A box for a new virtual user.
    pub fn slot(&self) -> Slot {
        Slot(self.next.fetch_add(1, Ordering::Relaxed) % BOXES)
    }

    /// Puts a sample in.
    pub fn push(&self, slot: Slot, sample: Sample) {
        self.boxes[slot.0].lock().push(sample);
    }

    /// Puts several samples in.
    pub fn extend(&self, slot: Slot, samples: impl IntoIterator<Item = Sample>) {
        self.boxes[slot.0].lock().extend(samples);
    }

    /// Takes all samples out.
    pub fn take(&self) -> Vec<Sample> {
        let mut all = Vec::new();
        for one in &self.boxes {
            let mut one = one.lock();
            // As much room as was needed: whoever measures next need not wait for memory.
            let room = Vec::with_capacity(one.len());
            let taken = std::mem::replace(&mut *one, room);
            drop(one);
            if all.is_empty() {
                all = taken;
            } else {
                all.extend(taken);
            }
        }
        all
    }
}

/// The time of a sample: nanoseconds since 1970.
pub(crate) fn unix_nanos(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// The time of a sample that is made now.
pub(crate) fn now() -> i64 {
    unix_nanos(SystemTime::now())
}
