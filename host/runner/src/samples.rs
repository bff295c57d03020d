//! The way of a sample from where it is measured to where it is added up.
//!
//! Virtual users put samples into boxes, and the collector empties the boxes. A box is a ring without locks, so
//! nobody who measures waits for somebody else. Memory is bounded: who measures into a full box waits until the
//! collector has emptied it.

use std::iter;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossbeam_queue::ArrayQueue;
use parking_lot::{Condvar, Mutex};

use crate::metrics::Sample;

/// How many boxes samples are put into. Threads that measure at the same time rarely meet at one.
const BOXES: usize = 32;

/// How many samples a box holds. A box that is used takes a quarter of a megabyte for them, and all boxes eight
/// megabytes, which stay in the processor's caches: larger ones are slower.
const BOX_ROOM: usize = 4_096;

/// With so many samples in a box the collector is called before its time, so that the box is empty before it is
/// full.
const MANY: usize = BOX_ROOM / 2;

/// Takes the samples of all virtual users until they are collected.
pub struct Samples {
    boxes: [SampleBox; BOXES],
    next: AtomicUsize,
    stage: AtomicU8,
    collector: OnceLock<Thread>,
}

/// Each box has cache lines of its own, so that threads with different boxes do not slow each other down.
#[repr(align(128))]
#[derive(Default)]
struct SampleBox {
    /// Made when it is needed.
    samples: OnceLock<ArrayQueue<Sample>>,
    /// Held by who waits for room, from the look at the box on, and by the collector between emptying the box and
    /// telling so.
    full: Mutex<()>,
    emptied: Condvar,
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

/// One box of [`Samples`], for one virtual user.
#[derive(Clone, Copy, Debug)]
pub struct Slot(usize);

impl Default for Samples {
    fn default() -> Self {
        Self {
            boxes: Default::default(),
            next: AtomicUsize::new(0),
            stage: AtomicU8::new(Stage::Before as u8),
            collector: OnceLock::new(),
        }
    }
}

impl Samples {
    /// A box for a new virtual user.
    pub fn slot(&self) -> Slot {
        Slot(self.next.fetch_add(1, Ordering::Relaxed) % BOXES)
    }

    /// Puts a sample in. What finds no room before somebody collects, or after, does not count.
    pub fn push(&self, slot: Slot, mut sample: Sample) {
        let one = &self.boxes[slot.0];
        let samples = one.samples();
        while let Err(refused) = samples.push(sample) {
            if !self.finds_room(one) {
                return;
            }
            sample = refused;
        }
        if samples.len() == MANY {
            self.call();
        }
    }

    /// Puts several samples in.
    pub fn extend(&self, slot: Slot, samples: impl IntoIterator<Item = Sample>) {
        samples.into_iter().for_each(|sample| self.push(slot, sample));
    }

    /// Waits until a full box has room. False if nobody makes any.
    #[cold]
    fn finds_room(&self, one: &SampleBox) -> bool {
        let mut full = one.full.lock();
        while one.samples().is_full() {
            if !self.is(Stage::During) {
                return false;
            }
            self.call();
            one.emptied.wait(&mut full);
        }
        true
    }

    /// Takes out what has been put in until now.
    pub fn take(&self) -> Vec<Sample> {
        let held = self.boxes.each_ref().map(SampleBox::len);
        let mut all = Vec::with_capacity(held.iter().sum());
        for (one, held) in self.boxes.iter().zip(held).filter(|(_, held)| *held > 0) {
            all.extend(iter::from_fn(|| one.samples().pop()).take(held));
            one.tell_emptied();
        }
        all
    }

    /// This thread empties the boxes from here on, until the guard is dropped. What is measured later counts no
    /// more.
    pub fn collecting(&self) -> Collecting<'_> {
        // A run has one collector.
        let _ = self.collector.set(thread::current());
        self.stage.store(Stage::During as u8, Ordering::Release);
        Collecting(self)
    }

    fn is(&self, stage: Stage) -> bool {
        self.stage.load(Ordering::Acquire) == stage as u8
    }

    /// Ends the collector's wait, or its next one.
    fn call(&self) {
        if let Some(collector) = self.collector.get() {
            collector.unpark();
        }
    }
}

impl SampleBox {
    fn samples(&self) -> &ArrayQueue<Sample> {
        self.samples.get_or_init(|| ArrayQueue::new(BOX_ROOM))
    }

    fn len(&self) -> usize {
        self.samples.get().map_or(0, ArrayQueue::len)
    }

    /// Lets those go on that wait for room.
    fn tell_emptied(&self) {
        // Whoever has found the box full holds this lock until it sleeps.
        drop(self.full.lock());
        self.emptied.notify_all();
    }
}

/// A thread empties the boxes of these samples.
pub struct Collecting<'a>(&'a Samples);

impl Collecting<'_> {
    /// Waits for this long, or until a box has many samples or somebody unparks the thread. It may be less.
    pub fn wait(&self, period: Duration) {
        thread::park_timeout(period);
    }
}

impl Drop for Collecting<'_> {
    fn drop(&mut self) {
        self.0.stage.store(Stage::After as u8, Ordering::Release);
        self.0.boxes.iter().for_each(SampleBox::tell_emptied);
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
    use super::*;
    use crate::metrics::{Builtin, Tags};

    fn sample(value: f64) -> Sample {
        let metric = Builtin::Iterations.id();
        Sample { metric, value, time: 0, tags: Tags::empty(), metadata: None }
    }

    #[test]
    fn a_full_box_makes_its_users_wait_and_nothing_is_lost() {
        const USERS: usize = 4;
        const EACH: usize = 8 * BOX_ROOM;
        let samples = Samples::default();
        let collecting = samples.collecting();
        let slot = samples.slot();
        let mut next = [0; USERS];
        thread::scope(|threads| {
            for user in 0..USERS {
                let samples = &samples;
                let numbers = (0..EACH).map(move |number| (number * USERS + user) as f64);
                threads.spawn(move || numbers.for_each(|value| samples.push(slot, sample(value))));
            }
            while next.iter().sum::<usize>() < USERS * EACH {
                // The last may not fill half of a box, and then nobody calls.
                collecting.wait(Duration::from_millis(1));
                let some = samples.take();
                assert!(some.len() <= BOX_ROOM, "{} are more than a box holds", some.len());
                for Sample { value, .. } in some {
                    let (user, number) = (value as usize % USERS, value as usize / USERS);
                    assert_eq!(number, next[user], "the samples of user {user} are in order");
                    next[user] += 1;
                }
            }
        });
        assert_eq!(samples.take().len(), 0);
    }

    #[test]
    fn half_a_box_calls_the_collector() {
        let samples = Samples::default();
        let collecting = samples.collecting();
        let slot = samples.slot();
        thread::scope(|threads| {
            threads.spawn(|| samples.extend(slot, (0..MANY).map(|_| sample(1.0))));
            // A wait may be shorter than it was to be, but it ends.
            while samples.boxes[slot.0].len() < MANY {
                collecting.wait(Duration::MAX);
            }
        });
        assert_eq!(samples.take().len(), MANY);
    }

    #[test]
    fn who_waits_at_the_end_goes_on() {
        let samples = Samples::default();
        let slot = samples.slot();
        thread::scope(|threads| {
            let collecting = samples.collecting();
            samples.extend(slot, (0..BOX_ROOM).map(|_| sample(1.0)));
            // Half a box has called already.
            collecting.wait(Duration::ZERO);
            threads.spawn(|| samples.push(slot, sample(2.0)));
            // It calls when it finds the box full.
            collecting.wait(Duration::MAX);
            drop(collecting);
        });
        assert_eq!(samples.take(), vec![sample(1.0); BOX_ROOM]);
    }

    #[test]
    fn what_comes_before_the_collector_is_kept_as_far_as_there_is_room() {
        let samples = Samples::default();
        let slot = samples.slot();
        samples.extend(slot, (0..BOX_ROOM).map(|_| sample(1.0)));
        samples.push(slot, sample(2.0));
        assert_eq!(samples.take(), vec![sample(1.0); BOX_ROOM]);
    }

    #[test]
    fn a_user_that_measures_nothing_takes_no_memory() {
        let samples = Samples::default();
        for _ in 0..10_000 {
            samples.slot();
        }
        assert_eq!(samples.boxes.iter().filter(|one| one.samples.get().is_some()).count(), 0);
    }
}
