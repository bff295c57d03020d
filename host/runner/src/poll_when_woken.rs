//! A future beside a busy one, that is looked at only when something has happened to it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use futures_util::task::{ArcWake, AtomicWaker, waker_ref};
use tokio::task::unconstrained;

/// Waits for `future` and asks it only when it has been woken, however often its task is: a virtual user is woken by
/// each message, and what can end it is asked as often otherwise, which takes a thirtieth of the time of a message.
///
/// It may go on in a task that has used up what tokio lets it do in a turn.
pub(crate) fn poll_when_woken<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let mut future = Box::pin(unconstrained(future));
    let mut known: Option<Waker> = None;
    let woken = Arc::new(Woken { is: AtomicBool::new(true), task: AtomicWaker::new() });
    std::future::poll_fn(move |cx| woken.poll(cx, &mut known, future.as_mut()))
}

struct Woken {
    is: AtomicBool,
    /// The task that it is in.
    task: AtomicWaker,
}

impl Woken {
    fn poll<T>(
        self: &Arc<Self>,
        cx: &Context<'_>,
        known: &mut Option<Waker>,
        future: Pin<&mut impl Future<Output = T>>,
    ) -> Poll<T> {
        if !known.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            *known = Some(cx.waker().clone());
            self.task.register(cx.waker());
        }
        if !self.is.load(Ordering::Acquire) {
            return Poll::Pending;
        }
        // Waking takes the waker away. What wakes from here on is seen the next time.
        self.task.register(cx.waker());
        self.is.store(false, Ordering::Release);
        future.poll(&mut Context::from_waker(&waker_ref(self)))
    }
}

impl ArcWake for Woken {
    fn wake_by_ref(woken: &Arc<Self>) {
        woken.is.store(true, Ordering::Release);
        woken.task.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::atomic::AtomicUsize;

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn it_is_asked_when_it_was_woken_and_not_when_its_task_was() {
        let (asked, notify) = (AtomicUsize::new(0), Notify::new());
        let mut notified = pin!(notify.notified());
        let future = poll_fn(|cx| {
            asked.fetch_add(1, Ordering::Relaxed);
            notified.as_mut().poll(cx)
        });
        let mut waits = pin!(poll_when_woken(future));
        for _ in 0..3 {
            // Asked with wakers that differ, as in a task that moves it about.
            let task = Arc::new(Woken { is: AtomicBool::new(false), task: AtomicWaker::new() });
            let waker = waker_ref(&task);
            assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            assert!(!task.is.load(Ordering::Acquire));
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        notify.notify_waiters();
        waits.await;
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn the_task_that_asked_last_is_woken() {
        let notify = Notify::new();
        let mut waits = pin!(poll_when_woken(notify.notified()));
        let tasks = [(); 2]
            .map(|()| Arc::new(Woken { is: AtomicBool::new(false), task: AtomicWaker::new() }));
        for task in &tasks {
            let waker = waker_ref(task);
            assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        notify.notify_waiters();
        assert_eq!(tasks.map(|task| task.is.load(Ordering::Acquire)), [false, true]);
    }
}
