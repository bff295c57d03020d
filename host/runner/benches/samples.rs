//! How many samples per second get from the threads that measure into the sums.
//!
//! `cargo bench -p wasock-runner --bench samples`. Each round ends when the last sample has been added up, so
//! what is reported is what can be kept up, not what fits into the boxes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use parking_lot::Mutex;
use wasock_runner::metrics::{Aggregator, Builtin, Registry, Sample, Tags};
use wasock_runner::samples::{Samples, Slot};

/// Samples of one round.
const SAMPLES: usize = 4_000_000;

/// Virtual users of all threads together.
const USERS: usize = 64;

/// What users measure in turns.
const METRICS: [Builtin; 3] = [Builtin::WsMsgsSent, Builtin::WsMsgsReceived, Builtin::WsRtt];

/// How often the collector comes when it is not called.
const PERIOD: Duration = Duration::from_millis(100);

fn main() {
    divan::main();
}

/// What a run does: boxes, and a collector that is called when one has many samples.
#[divan::bench(args = [1, 2, 4, 8], sample_count = 5)]
fn through_boxes(bencher: Bencher<'_, '_>, threads: usize) {
    bencher.counter(ItemsCount::new(SAMPLES)).bench(|| {
        let samples = Samples::default();
        let users = users(|| samples.slot());
        let collecting = samples.collecting();
        let push = |slot: &Slot, sample| samples.push(*slot, sample);
        measure(threads, &users, push, || {
            collecting.wait(PERIOD);
            samples.take()
        })
    });
}

/// For comparison: as many vectors with a lock each, exchanged every millisecond, of any length.
#[divan::bench(args = [1, 2, 4, 8], sample_count = 5)]
fn through_locks(bencher: Bencher<'_, '_>, threads: usize) {
    bencher.counter(ItemsCount::new(SAMPLES)).bench(|| {
        let boxes: [Mutex<Vec<Sample>>; 32] = Default::default();
        let next = AtomicUsize::new(0);
        let users = users(|| next.fetch_add(1, Ordering::Relaxed) % boxes.len());
        let push = |index: &usize, sample| boxes[*index].lock().push(sample);
        measure(threads, &users, push, || {
            thread::sleep(Duration::from_millis(1));
            boxes.iter().flat_map(|one| std::mem::take(&mut *one.lock())).collect()
        })
    });
}

/// A virtual user: where it puts its samples, and their tags.
type User<S> = (S, Tags);

fn users<S>(mut slot: impl FnMut() -> S) -> Vec<User<S>> {
    let tags = |user: usize| [("scenario", "default".to_owned()), ("user", user.to_string())];
    (0..USERS).map(|user| (slot(), tags(user).into_iter().collect())).collect()
}

/// Lets threads measure for their share of the users, and adds up what `take` has until there is no more.
fn measure<S: Sync>(
    threads: usize,
    users: &[User<S>],
    push: impl Fn(&S, Sample) + Sync,
    mut take: impl FnMut() -> Vec<Sample>,
) -> Aggregator {
    let mut sums = Aggregator::new(Arc::new(Registry::new()), Vec::new());
    thread::scope(|scope| {
        for users in users.chunks(users.len().div_ceil(threads)) {
            let push = &push;
            let rounds = users.iter().cycle().zip(METRICS.into_iter().cycle());
            let rounds = rounds.zip(0..(SAMPLES / threads) as i64);
            scope.spawn(move || {
                rounds.for_each(|(((slot, tags), metric), time)| {
                    let (metric, tags, value) = (metric.id(), tags.clone(), (time % 1_000) as f64);
                    push(slot, Sample { metric, value, time, tags, metadata: None });
                });
            });
        }
        let mut added = 0;
        while added < SAMPLES {
            let some = take();
            sums.add(&some);
            added += some.len();
        }
    });
    sums
}
