//! How much a virtual user and its connections have had of the processors lately.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::turn::{TURN, nanoseconds};

/// The share of a processor that a user can have for any length of time and still count as light: one part in so many.
/// It is twice what a user needs who talks to a server five hundred times a second, and half of what each of eight has
/// who take all of a processor.
const LIGHT_SHARE: u64 = 16;

/// What a user can have had beyond its share before it counts as heavy, in nanoseconds: as much as it may compute at
/// a stretch.
const HEAVY: u64 = nanoseconds(TURN);

/// What it may have had beyond its share to count as light again. Less than [`HEAVY`], so that it does not change
/// with every message.
const LIGHT: u64 = HEAVY / 2;

/// What counts of all that it has had: it is light again after as many times that as [`LIGHT_SHARE`] says, three seconds at
/// most. It then has up to [`HEAVY`] at a stretch among the others, who must not feel that more often than once in a
/// hundred times.
const MOST: u64 = 100 * HEAVY;

/// What a user has had beyond its share that is surely at work and surely light: of such there must be some for
/// others to step aside for. A quarter of [`LIGHT`], so that a user near that border is none of them.
const SLIGHT: u64 = HEAVY / 8;

/// For how long a light user counts as there after its last turn, in nanoseconds: most users that are at work have a
/// message more often, and one that has gone holds others back no longer than that.
const PRESENCE: u64 = nanoseconds(Duration::from_millis(100));

/// How much its last turn may be older before it is noted anew: a note costs all processors something.
const NOTED_AGAIN: u64 = PRESENCE / 8;

/// The light users of this process.
static LIGHT_ONES: Presence = Presence { seen_at: AtomicU64::new(0) };

/// How much a virtual user has had, with all that it has begun. It is a bucket that leaks: turns fill it, and its share
/// drains it. Tasks of one user on several threads may each miss a little of what the other adds.
#[derive(Debug, Default)]
pub(crate) struct CpuShare {
    /// What it has had beyond its share, in nanoseconds, when that was last changed.
    level: AtomicU64,
    /// When that was, on the host's monotonic clock.
    at: AtomicU64,
}

impl CpuShare {
    /// Adds a turn that took so long, in nanoseconds, and ended at `now`, on the host's monotonic clock.
    pub(super) fn add(&self, length: u64, now: u64) {
        let level = self.level(now).saturating_add(length).min(MOST);
        self.level.store(level, Ordering::Relaxed);
        self.at.store(now, Ordering::Relaxed);
        if level < SLIGHT {
            LIGHT_ONES.note(now);
        }
    }

    /// Whether it has more than its share, and others are there who have less. Who `is_aside` must come to less to
    /// be let back.
    pub(super) fn must_step_aside(&self, is_aside: bool, now: u64) -> bool {
        self.is_heavy(is_aside, now) && LIGHT_ONES.are_there(now)
    }

    /// Whether [`Self::must_step_aside`] may be true of who is not aside: it needs no look at the clock.
    pub(super) fn may_be_heavy(&self) -> bool {
        self.level.load(Ordering::Relaxed) > HEAVY
    }

    fn is_heavy(&self, is_aside: bool, now: u64) -> bool {
        self.level(now) > if is_aside { LIGHT } else { HEAVY }
    }

    fn level(&self, now: u64) -> u64 {
        let since = now.saturating_sub(self.at.load(Ordering::Relaxed));
        self.level.load(Ordering::Relaxed).saturating_sub(since / LIGHT_SHARE)
    }
}

/// Whether there is somebody, by when there last was.
struct Presence {
    /// On the host's monotonic clock; 0 if there never was.
    seen_at: AtomicU64,
}

impl Presence {
    fn note(&self, now: u64) {
        let seen_at = self.seen_at.load(Ordering::Relaxed);
        if seen_at == 0 || now.saturating_sub(seen_at) > NOTED_AGAIN {
            self.seen_at.store(now, Ordering::Relaxed);
        }
    }

    fn are_there(&self, now: u64) -> bool {
        let seen_at = self.seen_at.load(Ordering::Relaxed);
        seen_at > 0 && now.saturating_sub(seen_at) < PRESENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: u64 = 1_000_000;

    /// When the tests begin.
    const START: u64 = 1_000 * MILLI;

    #[test]
    fn who_has_more_than_its_share_is_heavy_until_it_has_had_much_less() {
        let user = CpuShare::default();
        user.add(HEAVY + 1, START);
        assert!(user.is_heavy(false, START));
        assert!(!user.is_heavy(false, START + LIGHT_SHARE));
        assert!(user.is_heavy(true, START + LIGHT_SHARE), "it is not let back for so little");
        assert!(!user.is_heavy(true, START + (HEAVY - LIGHT + 1) * LIGHT_SHARE));
    }

    #[test]
    fn who_was_there_long_ago_is_not_there() {
        let users = Presence { seen_at: AtomicU64::new(0) };
        assert!(!users.are_there(PRESENCE / 2), "nobody ever was");
        users.note(START);
        assert!(users.are_there(START + PRESENCE - 1));
        assert!(!users.are_there(START + PRESENCE));
        // So little later it is not noted.
        users.note(START + NOTED_AGAIN);
        assert!(!users.are_there(START + PRESENCE));
        users.note(START + NOTED_AGAIN + 1);
        assert!(users.are_there(START + PRESENCE));
    }

    #[test]
    fn many_short_turns_are_as_much_as_a_long_one() {
        let cpu_share = CpuShare::default();
        let share = MILLI / LIGHT_SHARE;
        // Three times its share.
        for turn in 1..=20 {
            cpu_share.add(3 * share, START + turn * MILLI);
        }
        assert_eq!(cpu_share.level(START + 20 * MILLI), 20 * 2 * share + share);
        // Its share.
        for turn in 21..=1_000 {
            cpu_share.add(share, START + turn * MILLI);
        }
        assert_eq!(cpu_share.level(START + 1_000 * MILLI), 20 * 2 * share + share);
    }

    #[test]
    fn what_was_had_long_ago_is_forgotten() {
        let cpu_share = CpuShare::default();
        cpu_share.add(u64::MAX, START);
        assert_eq!(cpu_share.level(START), MOST);
        assert_eq!(cpu_share.level(START + MOST * LIGHT_SHARE), 0);
    }
}
