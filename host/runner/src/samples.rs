//! The way of a sample from where it is measured to where it is added up.
//!
//! Virtual users put samples into boxes, and the collector empties the boxes. A box has a lock of its own,
//! which its users hold for a push, and the collector for the exchange of two vectors. Memory is bounded: who
//! measures into a full box waits until the collector has emptied it.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::metrics::Sample;

/// How many boxes samples are put into. Threads that measure at the same time rarely meet at one.
const BOXES: usize = 32;

/// How many samples a box holds before it is full: all boxes together take a tenth of a gigabyte. At a
/// million samples a second that is two seconds of work for the collector, which comes ten times a second.
const BOX_ROOM: usize = 65_536;

/// Takes the samples of all virtual users until they are collected.
pub struct Samples {
    boxes: [SampleBox; BOXES],
    next: AtomicUsize,
    stage: AtomicU8,
    bell: Bell,
}

/// Each box has cache lines of its own, so that threads with different boxes do not slow each other down.
#[repr(align(128))]
#[derive(Default)]
struct SampleBox {
    samples: Mutex<Vec<Sample>>,
    emptied: Condvar,
    /// How many samples were in it the last time, to have room for as many.
    usual: AtomicUsize,
}

/// Whether somebody empties the boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    /// Not yet. What little there is while virtual users are made is kept.
    Before,
    /// Yes.
    During,
    /// Not any more: the results are final.
    After,
}

/// Wakes the collector before its time.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

/// One box of [`Samples`], for one virtual user.
#[derive(Clone, Copy, Debug)]
pub struct Slot(usize);

impl Default for Samples {
    fn default() -> Self {
        Self {
            boxes: Default::default(),
            next: AtomicUsize::new(0),
            stage: AtomicU8::new(Stage::Before as u8),
            bell: Bell::default(),
        }
    }
}

impl Samples {
    /// A box for a new virtual user.
    pub fn slot(&self) -> Slot {
        Slot(self.next.fetch_add(1, Ordering::Relaxed) % BOXES)
    }

    /// Puts a sample in.
    pub fn push(&self, slot: Slot, sample: Sample) {
        self.lock(slot).push(sample);
    }

    /// Puts several samples in.
    pub fn extend(&self, slot: Slot, samples: impl IntoIterator<Item = Sample>) {
        self.lock(slot).extend(samples);
    }

    /// The box, with room for a sample.
    fn lock(&self, slot: Slot) -> MutexGuard<'_, Vec<Sample>> {
        let one = &self.boxes[slot.0];
        let mut samples = one.samples.lock();
        if samples.len() >= BOX_ROOM {
            self.make_room(one, &mut samples);
        }
        samples
    }

    #[cold]
    fn make_room(&self, one: &SampleBox, samples: &mut MutexGuard<'_, Vec<Sample>>) {
        while samples.len() >= BOX_ROOM && self.is(Stage::During) {
            self.ring();
            one.emptied.wait(samples);
        }
        if self.is(Stage::After) {
            samples.clear();
        }
    }

    /// Takes all samples out.
    pub fn take(&self) -> Vec<Sample> {
        let mut all = Vec::new();
        for one in &self.boxes {
            // As much room as was needed, made before the lock: whoever measures next need not wait for memory.
            let room = Vec::with_capacity(one.usual.load(Ordering::Relaxed));
            let taken = std::mem::replace(&mut *one.samples.lock(), room);
            one.emptied.notify_all();
            one.usual.store(taken.len(), Ordering::Relaxed);
            if all.is_empty() {
                all = taken;
            } else {
                all.extend(taken);
            }
        }
        all
    }

    /// Somebody empties the boxes from here on, until the guard is dropped. What is measured later counts no
    /// more.
    pub(crate) fn collecting(&self) -> Collecting<'_> {
        self.stage.store(Stage::During as u8, Ordering::Release);
        Collecting(self)
    }

    fn is(&self, stage: Stage) -> bool {
        self.stage.load(Ordering::Acquire) == stage as u8
    }

    /// Waits for this long, or until a box is full or [`ring`](Self::ring) is called.
    pub(crate) fn wait(&self, period: Duration) {
        let mut rung = self.bell.rung.lock();
        if !*rung {
            // Whether the time is over makes no difference.
            let _ = self.bell.changed.wait_for(&mut rung, period);
        }
        *rung = false;
    }

    /// Ends [`wait`](Self::wait), or the next one.
    pub(crate) fn ring(&self) {
        *self.bell.rung.lock() = true;
        self.bell.changed.notify_one();
    }
}

/// Somebody empties the boxes of these samples.
pub(crate) struct Collecting<'a>(&'a Samples);

impl Drop for Collecting<'_> {
    fn drop(&mut self) {
        self.0.stage.store(Stage::After as u8, Ordering::Release);
        for one in &self.0.boxes {
            // Whoever waits has looked at the stage before, and holds this lock until it sleeps.
            drop(one.samples.lock());
            one.emptied.notify_all();
        }
    }
}

/// The time of a sample: nanoseconds since 1970.
pub fn unix_nanos(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// The time of a sample that is made now.
pub(crate) fn now() -> i64 {
    unix_nanos(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;
    use crate::metrics::{Builtin, Tags};

    const LONG: Duration = Duration::from_secs(60);

    fn sample(value: f64) -> Sample {
        let metric = Builtin::Iterations.id();
        Sample { metric, value, time: 0, tags: Tags::empty(), metadata: None }
    }

    #[test]
    fn a_full_box_makes_its_users_wait_and_nothing_is_lost() {
        const USERS: usize = 4;
        const EACH: usize = BOX_ROOM;
        let samples = Arc::new(Samples::default());
        let collecting = samples.collecting();
        let slot = samples.slot();
        let users: Vec<_> = (0..USERS)
            .map(|_| {
                let samples = samples.clone();
                thread::spawn(move || (0..EACH).for_each(|_| samples.push(slot, sample(1.0))))
            })
            .collect();
        let mut taken = 0;
        while taken < USERS * EACH {
            // The last may not fill a box, and then nobody rings.
            samples.wait(Duration::from_millis(1));
            let some = samples.take().len();
            assert!(some <= BOX_ROOM, "{some} are more than a box holds");
            taken += some;
        }
        users.into_iter().for_each(|user| user.join().unwrap());
        assert_eq!(samples.take().len(), 0);
        drop(collecting);
    }

    #[test]
    fn who_waits_at_the_end_goes_on() {
        let samples = Arc::new(Samples::default());
        let collecting = samples.collecting();
        let slot = samples.slot();
        samples.extend(slot, (0..BOX_ROOM).map(|_| sample(1.0)));
        let user = thread::spawn({
            let samples = samples.clone();
            move || samples.push(slot, sample(2.0))
        });
        // It rings when it finds the box full.
        samples.wait(LONG);
        drop(collecting);
        user.join().unwrap();
        assert_eq!(samples.take(), [sample(2.0)]);
    }

    #[test]
    fn what_comes_before_the_collector_is_kept() {
        let samples = Samples::default();
        let slot = samples.slot();
        samples.extend(slot, (0..BOX_ROOM).map(|_| sample(1.0)));
        samples.push(slot, sample(2.0));
        assert_eq!(samples.take().len(), BOX_ROOM + 1);
    }
}
