//! How the system is told to prefer all other threads to one.

use std::io;

/// How much the system is to prefer others, as `nice` counts: they get nine tenths of a processor that is not enough
/// for both. The last, 19, would leave nothing to scripts that compute much beside others that are many.
pub(super) const NICENESS: i32 = 10;

/// For how long the thread wants to have a processor at a stretch, in nanoseconds: the longest that Linux takes. Whoever
/// asks for less, as all do that ask for nothing, is let in as soon as it has something to do, and not only at the
/// system's next tick, which may be 4 ms away. Linux before 6.12 does not heed it.
#[cfg(target_os = "linux")]
const STRETCH: u64 = 100_000_000;

/// Lets the system prefer all others to this thread.
///
/// # Errors
///
/// The system's.
#[cfg(target_os = "linux")]
pub(super) fn lower_priority() -> io::Result<()> {
    let niceness = rustix::process::nice(NICENESS)?;
    // SAFETY: a thread has no attributes that are not numbers.
    let mut attributes: libc::sched_attr = unsafe { std::mem::zeroed() };
    attributes.size = size_of::<libc::sched_attr>() as u32;
    attributes.sched_policy = libc::SCHED_OTHER as u32;
    attributes.sched_nice = niceness;
    attributes.sched_runtime = STRETCH;
    // SAFETY: the structure is as long as it says, and is read alone. 0 is this thread, and there are no flags.
    match unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Elsewhere it would be said of the whole process.
#[cfg(not(target_os = "linux"))]
pub(super) fn lower_priority() -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use super::*;

    /// What the system has of this thread: its niceness and its stretch.
    fn attributes() -> (i32, u64) {
        // SAFETY: as above, and it is written for as long as it says.
        let mut attributes: libc::sched_attr = unsafe { std::mem::zeroed() };
        let size = size_of::<libc::sched_attr>();
        // SAFETY: as above.
        let got =
            unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut attributes, size, 0) };
        assert_eq!(got, 0);
        (attributes.sched_nice, attributes.sched_runtime)
    }

    #[test]
    fn it_is_the_thread_s_alone() {
        let before = attributes();
        let (niceness, stretch) = thread::spawn(|| {
            lower_priority().unwrap();
            attributes()
        })
        .join()
        .unwrap();
        assert_eq!(niceness, (before.0 + NICENESS).min(19));
        // A Linux that does not know it says 0.
        assert!([0, STRETCH].contains(&stretch), "{stretch}");
        assert_eq!(attributes(), before);
    }
}
