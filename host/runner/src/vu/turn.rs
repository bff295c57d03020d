//! How long a virtual user may keep a thread of the host to itself.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wasock_sockets::clock;

use super::cpu_share::CpuShare;

/// How long a busy virtual user runs before the others on its thread have a turn: a fraction of the shortest
/// times that tests measure, and a hundred times what the change costs.
pub(super) const TURN: Duration = Duration::from_millis(2);

/// How often it is looked whether a turn is over: the clock of epochs. Half a turn, so that none lasts much longer.
pub(super) const TICK: Duration = Duration::from_millis(1);

/// How often it is looked while no virtual user has computed for as long as a tick. Each look takes a busy thread its
/// core for a moment: a fiftieth of the time if it is every millisecond.
const LONG_TICK: Duration = Duration::from_millis(5);

/// For how long it is looked often after a virtual user has computed for so long: it is likely to do so again. Twenty
/// times [`LONG_TICK`], so that its short pauses do not end it.
const WATCHED: Duration = Duration::from_millis(100);

/// The least that a virtual user has computed between two looks at it that is told from waiting for a processor. A tick
/// is between them, less what the threads are late by.
const COMPUTED: Duration = Duration::from_micros(500);

thread_local! {
    /// When the turn on this thread began, on the host's monotonic clock; 0 if nobody has one.
    static BEGAN_AT: Cell<u64> = const { Cell::new(0) };
    /// Whether that turn is used up.
    static IS_USED_UP: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread is one for those who have stepped aside.
    static IS_ASIDE: Cell<bool> = const { Cell::new(false) };
    /// What this thread has had of a processor, and when that was seen, on the host's monotonic clock.
    static KNOWN: Cell<(u64, Duration)> = const { Cell::new((0, Duration::ZERO)) };
    /// The cpu_share of whose turn it is on this thread.
    static EFFORT: Cell<Option<Arc<CpuShare>>> = const { Cell::new(None) };
    /// The turn on this thread that was looked at last, by its beginning, and the thread's time on a processor then.
    static LOOKED_AT: Cell<(u64, Duration)> = const { Cell::new((0, Duration::ZERO)) };
}

/// What a turn counts that is no longer, in nanoseconds, though it may have been spent in waiting for a processor.
const SHORT: u64 = nanoseconds(TURN) / 4;

/// How old what is known of the time of a thread may be, in nanoseconds: by as much what a long turn has had of a
/// processor is underrated.
const KNOWN_AGAIN: u64 = 2 * nanoseconds(TURN);

/// When a virtual user was last found to compute for longer than a tick, on the host's monotonic clock.
static BUSY_AT: AtomicU64 = AtomicU64::new(0);

/// A time as the host's monotonic clock counts it.
pub(super) const fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos() as u64
}

/// How long it is until the next tick.
pub(super) fn until_tick() -> Duration {
    next_tick(BUSY_AT.load(Ordering::Relaxed), clock::now())
}

fn next_tick(busy_at: u64, now: u64) -> Duration {
    let since = Duration::from_nanos(now.saturating_sub(busy_at));
    if busy_at > 0 && since < WATCHED { TICK } else { LONG_TICK }
}

/// Takes a turn: whatever `poll` does until it returns. That may be many calls into the guest, of several iterations.
/// It counts as cpu_share of the user.
pub(super) fn take<T>(
    cpu_share: &mut Option<Arc<CpuShare>>,
    poll: impl FnOnce() -> T,
) -> (T, Taken) {
    IS_USED_UP.set(false);
    let turn = Turn::begin();
    EFFORT.set(cpu_share.take());
    let value = poll();
    *cpu_share = EFFORT.take();
    let is_used_up = IS_USED_UP.get();
    let now = clock::now();
    let is_heavy = cpu_share.as_ref().is_some_and(|cpu_share| {
        cpu_share.add(turn.length(now), now);
        cpu_share.must_step_aside(is_aside(), now)
    });
    (value, Taken { is_used_up, is_heavy })
}

/// A turn that was taken.
pub(super) struct Taken {
    /// There is more to do than one turn has time for.
    pub(super) is_used_up: bool,
    /// The user has more than its share, and others are there who have less.
    pub(super) is_heavy: bool,
}

/// The cpu_share of whose turn it is on this thread; none between turns.
pub(super) fn cpu_share() -> Option<Arc<CpuShare>> {
    let cpu_share = EFFORT.take();
    EFFORT.set(cpu_share.clone());
    cpu_share
}

/// Notes that the turn on this thread is used up.
pub(super) fn use_up() {
    IS_USED_UP.set(true);
}

/// Notes that this thread is one for those who have stepped aside, who keep it from nobody but their like.
pub(super) fn thread_is_aside() {
    IS_ASIDE.set(true);
}

/// Whether the turn on this thread is aside.
pub(super) fn is_aside() -> bool {
    IS_ASIDE.get()
}

/// Lets others have their turns.
pub(super) async fn give_way() {
    // Tokio's own way lets the thread look at its sockets and timers before it comes back; otherwise it would do so after
    // 61 turns of whoever is busy.
    tokio::task::yield_now().await;
}

/// Follows a call into the guest. Where it is no part of a larger turn, one begins each time that it is polled.
pub(super) async fn follow<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    poll_fn(|cx| {
        let _turn = (BEGAN_AT.get() == 0).then(Turn::begin);
        call.as_mut().poll(cx)
    })
    .await
}

/// The turn on this thread, until it is dropped.
struct Turn;

impl Turn {
    fn begin() -> Self {
        let now = clock::now();
        BEGAN_AT.set(now);
        if now.saturating_sub(KNOWN.get().0) > KNOWN_AGAIN {
            KNOWN.set((now, time_of_thread()));
        }
        Self
    }

    /// How long it has taken until now, in nanoseconds: where that is long, what it has surely had of a processor.
    fn length(&self, now: u64) -> u64 {
        let began = BEGAN_AT.get();
        let length = now.saturating_sub(began);
        if length <= SHORT { length } else { computed(began, now, time_of_thread()).max(SHORT) }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        BEGAN_AT.set(0);
        // What is left after a panic.
        drop(EFFORT.take());
    }
}

/// Whether the others on the thread are to have their turns. To be asked at each tick that meets a virtual user at work,
/// on its thread.
pub(super) fn is_over(now: u64) -> bool {
    let began = BEGAN_AT.get();
    let elapsed = Duration::from_nanos(now.saturating_sub(began));
    if elapsed >= TICK {
        BUSY_AT.store(now, Ordering::Relaxed);
    }
    let is_over = elapsed >= TURN;
    // A short turn is not worth the system call.
    let computes = elapsed >= TICK / 2 && has_computed(began, time_of_thread());
    // Who is aside already stays there, and may have waited for a processor: it is the last to get one.
    if is_over && (computes || is_aside()) {
        use_up();
    }
    is_over
}

/// What this thread has had of a processor.
fn time_of_thread() -> Duration {
    // It is there wherever threads are.
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// What a turn that began and ends so has had of a processor at the least, in nanoseconds: what was had before it, since it
/// was looked last, cannot have been more than the time that went by. `time` is what the thread has had in all.
fn computed(began: u64, now: u64, time: Duration) -> u64 {
    let (seen_at, before) = KNOWN.replace((now, time));
    let had = nanoseconds(time.saturating_sub(before));
    had.saturating_sub(began.saturating_sub(seen_at))
}

/// Whether a turn has taken a processor since it was looked at the last time, and has not only waited for one. The
/// first look at a turn does not tell. `time` is what the thread has had of a processor.
fn has_computed(began: u64, time: Duration) -> bool {
    let (turn, before) = LOOKED_AT.replace((began, time));
    turn == began && time.saturating_sub(before) >= COMPUTED
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn ticks_are_short_while_somebody_is_busy_and_for_a_while_after() {
        let watched = u64::try_from(WATCHED.as_nanos()).unwrap();
        assert_eq!(next_tick(0, 1), LONG_TICK);
        assert_eq!(next_tick(5, 5), TICK);
        assert_eq!(next_tick(5, 4 + watched), TICK);
        assert_eq!(next_tick(5, 5 + watched), LONG_TICK);
    }

    #[test]
    fn a_turn_is_over_after_its_time() {
        take(&mut None, || {
            BEGAN_AT.set(1_000);
            let length = u64::try_from(TURN.as_nanos()).unwrap();
            assert!(!is_over(999 + length));
            assert!(is_over(1_000 + length));
        });
        assert_eq!(BEGAN_AT.get(), 0);
    }

    #[test]
    fn many_short_calls_are_one_turn() {
        let began = || BEGAN_AT.get();
        take(&mut None, || {
            BEGAN_AT.set(1_000);
            let calls = [(); 2].map(|()| follow(async { began() }).now_or_never());
            assert_eq!(calls, [Some(1_000); 2]);
        });
        assert!(follow(async { began() }).now_or_never().unwrap() > 1_000, "it has its own");
        assert_eq!(began(), 0);
    }

    #[test]
    fn a_long_turn_counts_what_it_has_surely_computed() {
        let millis = |number| Duration::from_millis(number);
        let nanos = |number: u64| number * 1_000_000;
        KNOWN.set((nanos(10), millis(5)));
        assert_eq!(computed(nanos(12), nanos(42), millis(36)), nanos(29));
        assert_eq!(
            computed(nanos(42), nanos(72), millis(37)),
            nanos(1),
            "it has waited for a processor"
        );
        assert_eq!(computed(nanos(75), nanos(105), millis(39)), 0);
    }

    #[test]
    fn waiting_for_a_processor_is_no_computing() {
        let micros = Duration::from_micros;
        assert!(!has_computed(1, micros(5_000)), "the first look at a turn");
        assert!(has_computed(1, micros(5_500)));
        assert!(!has_computed(1, micros(5_999)));
        assert!(has_computed(1, micros(6_999)));
        assert!(!has_computed(2, micros(9_000)), "the first look at the next one");
    }
}
