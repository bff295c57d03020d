//! Points in time for timers and waits.
//!
//! Tokio's are whole milliseconds, and its wait for them is rounded up to whole milliseconds once more, so that a timer
//! is 1.2 ms late in the mean and up to 2 ms with nothing else to do. A test that paces its messages, or measures how
//! late they are, sees that. On Linux a clock of the kernel's, a timerfd, wakes in time.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// What stands for a time that the clock cannot express.
pub(crate) const NEVER: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

/// Where guests' timers and waits get their points in time from. Cloning it makes another handle to the same.
#[derive(Clone, Default)]
pub struct Alarms(#[cfg(target_os = "linux")] Option<std::sync::Arc<linux::Clock>>);

impl Alarms {
    /// Those that are met within a fraction of a millisecond where the system has a way to do so, for all guests of a
    /// tokio runtime. [`Self::default`] has those of tokio, which follow its clock where that is paused.
    pub fn fine() -> Self {
        #[cfg(target_os = "linux")]
        return Self(Some(std::sync::Arc::default()));
        #[cfg(not(target_os = "linux"))]
        Self::default()
    }

    /// Waits until this point in time.
    pub(crate) async fn until(&self, due: Instant) {
        #[cfg(target_os = "linux")]
        if let Some(clock) = self.0.as_ref().filter(|clock| clock.runs()) {
            return linux::Alarm::new(clock, due).await;
        }
        // Boxed, as it is large: a guest's stack has room for whoever waits.
        Box::pin(sleep_until(due)).await;
    }

    /// Waits for `future`, but no longer than `time`.
    pub(crate) async fn within<T>(
        &self,
        time: Duration,
        mut future: Pin<&mut impl Future<Output = T>>,
    ) -> Option<T> {
        let now = Instant::now();
        let mut overdue = pin!(self.until(now.checked_add(time).unwrap_or(now + NEVER)));
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending => overdue.as_mut().poll(cx).map(|()| None),
        })
        .await
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::fs::File;
    use std::future::Future;
    use std::io;
    use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
    use std::pin::Pin;
    use std::ptr;
    use std::sync::{Arc, OnceLock};
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use parking_lot::Mutex;
    use tokio::io::unix::AsyncFd;
    use tokio::task::AbortHandle;
    use tokio::time::Instant;

    use crate::clock;

    /// Alarms ring at multiples of this many nanoseconds, so that many timers share one: thousands of virtual users
    /// would wake a thread for each of theirs otherwise.
    const STEP: u64 = 500_000;

    /// The longest that is waited at a time: the kernel's clock can be set for no longer than this.
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// A clock of the kernel's and who waits for it. It begins to run when it is first waited for, on the runtime where
    /// that is done.
    #[derive(Default)]
    pub(super) struct Clock {
        bell: OnceLock<Option<Bell>>,
        alarms: Arc<Mutex<Alarms>>,
    }

    /// What wakes the task that rings.
    struct Bell {
        timer: Arc<AsyncFd<File>>,
        task: AbortHandle,
    }

    impl Drop for Bell {
        fn drop(&mut self) {
            self.task.abort();
        }
    }

    #[derive(Default)]
    struct Alarms {
        /// By the stamp at which they ring, and a number that no other has.
        waiting: BTreeMap<Key, Waker>,
        last: u64,
        /// The stamp that the kernel's clock is set to; none once it has gone off.
        armed: Option<u64>,
    }

    type Key = (u64, u64);

    impl Alarms {
        /// Sets the kernel's clock, if it would go off too late. One that goes off for nobody costs less than a call for
        /// each wait: most end before their time.
        fn arm(&mut self, timer: &AsyncFd<File>, at: u64) {
            if self.armed.is_none_or(|armed| at < armed) {
                self.armed = Some(at);
                set(timer, at);
            }
        }
    }

    impl Clock {
        /// Whether it could be set going.
        pub(super) fn runs(&self) -> bool {
            self.bell().is_some()
        }

        fn bell(&self) -> Option<&Bell> {
            self.bell.get_or_init(|| Bell::new(self.alarms.clone()).ok()).as_ref()
        }

        /// Lets an alarm, a new one if it has no key, wake somebody from now on. Returns its key.
        fn alarm(&self, key: Option<Key>, at: u64, waker: Waker) -> Key {
            let mut alarms = self.alarms.lock();
            alarms.last += u64::from(key.is_none());
            let key = key.unwrap_or((at, alarms.last));
            alarms.waiting.insert(key, waker);
            if let Some(bell) = self.bell() {
                alarms.arm(&bell.timer, at);
            }
            key
        }
    }

    impl Bell {
        fn new(alarms: Arc<Mutex<Alarms>>) -> io::Result<Self> {
            // SAFETY: the call takes no pointers, and what it returns is checked.
            let fd = unsafe {
                libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_NONBLOCK | libc::TFD_CLOEXEC)
            };
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the descriptor is new, so that nobody else owns it.
            let fd = unsafe { OwnedFd::from_raw_fd(fd) };
            // SAFETY: a file keeps its descriptor, and closes it when it is dropped.
            let timer = Arc::new(unsafe { AsyncFd::register(File::from(fd)) }?);
            let task = tokio::spawn(ring(timer.clone(), alarms)).abort_handle();
            Ok(Self { timer, task })
        }
    }

    /// Wakes those whose time has come, time after time.
    async fn ring(timer: Arc<AsyncFd<File>>, alarms: Arc<Mutex<Alarms>>) {
        while let Ok(mut ready) = timer.readable().await {
            // How often it has gone off is not read: setting it anew makes it unready too.
            ready.clear_ready();
            let due = {
                let mut alarms = alarms.lock();
                let later = alarms.waiting.split_off(&(clock::now().saturating_add(1), 0));
                let due = std::mem::replace(&mut alarms.waiting, later);
                alarms.armed = None;
                if let Some((&(at, _), _)) = alarms.waiting.first_key_value() {
                    alarms.arm(&timer, at);
                }
                due
            };
            due.into_values().for_each(Waker::wake);
        }
    }

    /// Lets the kernel's clock go off at a stamp.
    fn set(timer: &AsyncFd<File>, at: u64) {
        // Nothing stands for "never".
        let wait = Duration::from_nanos(at.saturating_sub(clock::now()).max(1)).min(LONGEST);
        let once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        let value = libc::timespec {
            tv_sec: wait.as_secs() as libc::time_t,
            tv_nsec: wait.subsec_nanos() as libc::c_long,
        };
        let setting = libc::itimerspec { it_interval: once, it_value: value };
        // SAFETY: the setting lives during the call, and its value is in the range of the type; the old one is not
        // asked for. A descriptor that is a timer can always be set.
        unsafe { libc::timerfd_settime(timer.as_raw_fd(), 0, &setting, ptr::null_mut()) };
    }

    /// A wait for one point in time.
    pub(super) struct Alarm<'a> {
        clock: &'a Clock,
        due: u64,
        key: Option<Key>,
    }

    impl<'a> Alarm<'a> {
        pub(super) fn new(clock: &'a Clock, due: Instant) -> Self {
            Self { clock, due: clock::stamp(due.into_std()), key: None }
        }
    }

    impl Future for Alarm<'_> {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            if clock::now() >= self.due {
                return Poll::Ready(());
            }
            let at = self.due.checked_next_multiple_of(STEP).unwrap_or(self.due);
            self.key = Some(self.clock.alarm(self.key, at, cx.waker().clone()));
            Poll::Pending
        }
    }

    impl Drop for Alarm<'_> {
        fn drop(&mut self) {
            if let Some(key) = self.key {
                let waker = self.clock.alarms.lock().waiting.remove(&key);
                drop(waker);
            }
        }
    }

    #[cfg(test)]
    impl Clock {
        pub(super) fn waiting(&self) -> usize {
            self.alarms.lock().waiting.len()
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::Arc;

    use futures_util::future::{FutureExt as _, join_all};

    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    fn clock(alarms: &Alarms) -> &Arc<linux::Clock> {
        alarms.0.as_ref().expect("it is fine")
    }

    #[tokio::test]
    async fn none_is_early_whatever_the_order() {
        let alarms = Alarms::fine();
        let start = Instant::now();
        let wait = async |tenths: u32| {
            let due = start + tenths * MILLI / 10;
            alarms.until(due).await;
            let now = Instant::now();
            assert!(now >= due, "{:?} too early", due - now);
            tenths
        };
        let rung = join_all([200, 3, 51, 0, 52, 199].map(wait)).await;
        assert_eq!(rung, [200, 3, 51, 0, 52, 199]);
        assert_eq!(clock(&alarms).waiting(), 0);
    }

    #[tokio::test]
    async fn one_that_is_given_up_leaves_nothing_behind() {
        let alarms = Alarms::fine();
        let late = Duration::from_secs(3_600);
        assert_eq!(alarms.within(late, pin!(async { 7 })).await, Some(7));
        let forever = pin!(std::future::pending::<()>());
        let inner = pin!(alarms.within(MILLI, forever));
        let mut both = pin!(alarms.within(late, inner));
        assert!(both.as_mut().now_or_never().is_none());
        assert_eq!(clock(&alarms).waiting(), 2);
        assert_eq!(both.await, Some(None));
        assert_eq!(clock(&alarms).waiting(), 0);
    }

    #[tokio::test]
    async fn a_time_that_cannot_be_expressed_is_never() {
        let alarms = Alarms::fine();
        let forever = pin!(std::future::pending::<()>());
        let mut waits = pin!(alarms.within(Duration::MAX, forever));
        assert!(waits.as_mut().now_or_never().is_none());
        alarms.until(Instant::now() + MILLI).await;
        assert!(waits.as_mut().now_or_never().is_none());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn tasks_on_other_threads_are_woken() {
        let alarms = Alarms::fine();
        let waits = (1..200_u32).map(|number| {
            let alarms = alarms.clone();
            tokio::spawn(async move { alarms.until(Instant::now() + number % 7 * MILLI / 3).await })
        });
        for waited in join_all(waits).await {
            waited.expect("it has waited");
        }
        assert_eq!(clock(&alarms).waiting(), 0);
    }
}
