//! Where virtual users go on that compute for long: on threads of their own, to which the system prefers all others.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker, ready};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::warn;

use super::turn;

/// How much the system is to prefer others, as `nice` counts: they get nine tenths of a processor that is not enough
/// for both, and are let in at once when they have been waiting for something. The last, 19, would leave nothing to
/// scripts that compute much beside others that are many.
const NICENESS: i32 = 10;

/// A turn to take aside.
type Turn = Box<dyn FnOnce() + Send>;

/// The way to the threads. Who comes first is served first. There are as many as there are processors, for more would
/// only take turns with each other.
static THREADS: LazyLock<Option<Sender<Turn>>> = LazyLock::new(|| {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let (sender, turns) = unbounded();
    let started = (0..processors).map(|number| {
        let turns = turns.clone();
        let thread = thread::Builder::new().name(format!("wasock-aside-{number}"));
        thread.spawn(move || serve(&turns))
    });
    match started.collect::<Result<Vec<_>, _>>() {
        Ok(_) => Some(sender),
        Err(error) => {
            warn!(%error, "there are no threads to step aside to");
            None
        }
    }
});

fn serve(turns: &Receiver<Turn>) {
    turn::thread_is_aside();
    // Elsewhere it would be said of the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        warn!(%error, "the priority of a thread could not be lowered");
    }
    turns.iter().for_each(|turn| turn());
}

/// A task that steps aside as soon as its virtual user has used up a turn, and comes back when it waits for something.
/// So nobody waits behind a user who computes, but for the system to let both have a processor.
///
/// What it does with the runtime, it does with that of its task, wherever it goes on.
pub(crate) struct SteppingAside<T>(Place<T>);

enum Place<T> {
    Here(Task<T>),
    Aside(oneshot::Receiver<End<T>>),
}

type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How a turn aside has ended.
enum End<T> {
    Done(T),
    Waiting(Task<T>),
    Panicked(Box<dyn Any + Send>),
}

/// Lets a task step aside.
pub(crate) fn stepping_aside<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> SteppingAside<T> {
    SteppingAside(Place::Here(Box::pin(task)))
}

impl<T: Send + 'static> Future for SteppingAside<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let place = &mut self.get_mut().0;
        loop {
            match place {
                Place::Here(task) => {
                    let (polled, is_used_up) = turn::take(|| task.as_mut().poll(cx));
                    let threads = match THREADS.as_ref() {
                        Some(threads) if polled.is_pending() && is_used_up => threads,
                        _ => return polled,
                    };
                    let (back, coming) = oneshot::channel();
                    if let Place::Here(task) = std::mem::replace(place, Place::Aside(coming)) {
                        step_aside(threads, task, cx.waker().clone(), back);
                    }
                }
                Place::Aside(coming) => match ready!(Pin::new(coming).poll(cx)) {
                    Ok(End::Done(value)) => return Poll::Ready(value),
                    // It may have been woken in the meantime.
                    Ok(End::Waiting(task)) => *place = Place::Here(task),
                    Ok(End::Panicked(panic)) => resume_unwind(panic),
                    Err(_) => unreachable!("a thread answers for each task that it takes"),
                },
            }
        }
    }
}

/// Lets a task go on aside until it waits for something, or until nobody waits for it any more.
fn step_aside<T: Send + 'static>(
    threads: &'static Sender<Turn>,
    mut task: Task<T>,
    waker: Waker,
    back: oneshot::Sender<End<T>>,
) {
    let runtime = Handle::current();
    let turn = move || {
        let _runtime = runtime.enter();
        if back.is_closed() {
            return;
        }
        let mut context = Context::from_waker(&waker);
        let polling = || turn::take(|| task.as_mut().poll(&mut context));
        let polled = catch_unwind(AssertUnwindSafe(polling));
        let end = match polled {
            Ok((Poll::Ready(value), _)) => End::Done(value),
            Ok((Poll::Pending, true)) => return step_aside(threads, task, waker, back),
            Ok((Poll::Pending, false)) => End::Waiting(task),
            Err(panic) => End::Panicked(panic),
        };
        // Whoever waited for it may have gone.
        drop(back.send(end));
    };
    // The threads never end.
    drop(threads.send(Box::new(turn)));
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// For how long a test waits for what must come.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// Uses up a turn.
    async fn compute() {
        turn::use_up();
        turn::give_way().await;
    }

    #[tokio::test]
    async fn who_computes_goes_on_aside_and_comes_back_to_wait() {
        let task = async {
            let mut places = vec![turn::is_aside()];
            for _ in 0..3 {
                compute().await;
                places.push(turn::is_aside());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
            places.push(turn::is_aside());
            compute().await;
            places.push(turn::is_aside());
            places
        };
        let places = tokio::spawn(stepping_aside(task)).await.unwrap();
        assert_eq!(places, [false, true, true, true, false, true]);
    }

    #[tokio::test]
    async fn the_others_on_the_thread_go_on_meanwhile() {
        let (sender, receiver) = mpsc::channel();
        let busy = tokio::spawn(stepping_aside(async move {
            compute().await;
            receiver.recv_timeout(PATIENCE)
        }));
        tokio::task::yield_now().await;
        sender.send("hello").unwrap();
        assert_eq!(busy.await.unwrap(), Ok("hello"));
    }

    #[tokio::test]
    async fn what_begins_aside_belongs_to_the_runtime_of_the_task() {
        let inner = stepping_aside(async {
            compute().await;
            let runtime = Handle::current().id();
            (runtime, tokio::spawn(async { turn::is_aside() }))
        });
        let (runtime, spawned) = tokio::spawn(inner).await.unwrap();
        assert_eq!(runtime, Handle::current().id());
        assert!(!spawned.await.unwrap());
    }

    #[tokio::test]
    async fn who_is_let_go_aside_is_dropped() {
        let (sender, receiver) = mpsc::channel::<()>();
        let (is_aside, until_aside) = oneshot::channel();
        let endless = tokio::spawn(stepping_aside(async move {
            compute().await;
            is_aside.send(()).unwrap();
            loop {
                compute().await;
                let _keep = &sender;
            }
        }));
        until_aside.await.unwrap();
        endless.abort();
        assert!(endless.await.unwrap_err().is_cancelled());
        assert_eq!(receiver.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Disconnected));
    }

    #[tokio::test]
    async fn a_panic_aside_is_the_task_s() {
        let task = tokio::spawn(stepping_aside(async {
            compute().await;
            panic!("aside");
        }));
        let panic = task.await.unwrap_err().into_panic();
        assert_eq!(panic.downcast_ref(), Some(&"aside"));
        // The thread is there for others.
        let next = tokio::spawn(stepping_aside(async {
            compute().await;
            turn::is_aside()
        }));
        assert!(next.await.unwrap());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_system_prefers_all_others() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let before = nice();
        let aside = tokio::spawn(stepping_aside(async move {
            compute().await;
            nice()
        }));
        assert_eq!(aside.await.unwrap(), (before + NICENESS).min(19));
        assert_eq!(nice(), before);
    }
}
