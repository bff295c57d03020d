//! Where virtual users go on that compute for long or have more to do with their connections than others: on threads of
//! their own, to which the system prefers all others.

use std::any::Any;
use std::future::Future;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, ready};
use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tracing::warn;
use wasock_sockets::{Spawner, clock};

use super::cpu_share::CpuShare;
use super::thread_priority::lower_priority;
use super::turn;

/// The threads. There are as many as there are processors, for more would only take turns with each other. They move
/// on what is theirs to do; sockets and clocks are watched by the runtime that a task comes from.
static THREADS: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let mut threads = Builder::new_multi_thread();
    threads.worker_threads(processors).thread_name("wasock-aside").on_thread_start(begin);
    match threads.build() {
        Ok(runtime) => Some(runtime),
        Err(error) => {
            warn!(%error, "there are no threads to step aside to");
            None
        }
    }
});

fn begin() {
    turn::thread_is_aside();
    if let Err(error) = lower_priority() {
        warn!(%error, "the priority of a thread could not be lowered");
    }
}

/// A task that steps aside as soon as its virtual user has used up a turn, or has had more than its share of the
/// processors while others had less, and comes back when neither is so. So nobody waits behind a user who computes or
/// floods the network, but for the system to let both have a processor.
///
/// What it does with the runtime, it does with that of its task, wherever it goes on. What it begins by [`Begun`] counts
/// as its own.
pub(crate) struct SteppingAside<T> {
    cpu_share: Option<Arc<CpuShare>>,
    place: Place<T>,
}

enum Place<T> {
    Here(Task<T>),
    Aside(Away<T>),
}

type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A task that goes on aside, until this is dropped.
struct Away<T> {
    coming: oneshot::Receiver<End<T>>,
    task: Option<AbortHandle>,
}

impl<T> Drop for Away<T> {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// How a time aside has ended.
enum End<T> {
    Done(T),
    Back(Task<T>),
    Panicked(Box<dyn Any + Send>),
}

/// Lets a task step aside that is a virtual user's all by itself.
pub(crate) fn stepping_aside<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> SteppingAside<T> {
    SteppingAside { cpu_share: Some(Arc::default()), place: Place::Here(Box::pin(task)) }
}

/// Starts what a virtual user begins as part of what it does.
pub(super) struct Begun;

impl Begun {
    /// The one that all users share.
    pub(super) fn shared() -> Arc<dyn Spawner> {
        static SHARED: LazyLock<Arc<Begun>> = LazyLock::new(|| Arc::new(Begun));
        SHARED.clone()
    }
}

impl Spawner for Begun {
    fn spawn(&self, task: wasock_sockets::Task) -> AbortHandle {
        match turn::cpu_share() {
            Some(cpu_share) => {
                let place = Place::Here(task);
                tokio::spawn(SteppingAside { cpu_share: Some(cpu_share), place }).abort_handle()
            }
            // Before the run and after it there is nobody to step aside for.
            None => tokio::spawn(task).abort_handle(),
        }
    }
}

impl<T: Send + 'static> Future for SteppingAside<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Self { cpu_share, place } = self.get_mut();
        loop {
            match place {
                Place::Here(task) => match poll_here(task, cpu_share, cx) {
                    ControlFlow::Break(polled) => return polled,
                    ControlFlow::Continue(threads) => {
                        step_aside(threads, place, cpu_share.clone());
                    }
                },
                Place::Aside(away) => match ready!(Pin::new(&mut away.coming).poll(cx)) {
                    Ok(End::Done(value)) => return Poll::Ready(value),
                    // It may have been woken in the meantime.
                    Ok(End::Back(task)) => *place = Place::Here(task),
                    Ok(End::Panicked(panic)) => resume_unwind(panic),
                    Err(_) => unreachable!("a task aside tells how it ends"),
                },
            }
        }
    }
}

/// Polls a task that is here, or says on which threads it is to go on.
fn poll_here<T>(
    task: &mut Task<T>,
    cpu_share: &mut Option<Arc<CpuShare>>,
    cx: &mut Context<'_>,
) -> ControlFlow<Poll<T>, &'static Runtime> {
    // A user that opens thousands of connections would otherwise take the first step of each of them here.
    let has_too_much = |cpu_share: &Arc<CpuShare>| {
        cpu_share.may_be_heavy() && cpu_share.must_step_aside(false, clock::now())
    };
    if cpu_share.as_ref().is_some_and(has_too_much)
        && let Some(threads) = THREADS.as_ref()
    {
        return ControlFlow::Continue(threads);
    }
    let (polled, turn) = turn::take(cpu_share, || task.as_mut().poll(cx));
    if polled.is_pending()
        && (turn.is_used_up || turn.is_heavy)
        && let Some(threads) = THREADS.as_ref()
    {
        return ControlFlow::Continue(threads);
    }
    ControlFlow::Break(polled)
}

/// Lets a task that is here go on aside.
fn step_aside<T: Send + 'static>(
    threads: &Runtime,
    place: &mut Place<T>,
    cpu_share: Option<Arc<CpuShare>>,
) {
    let (back, coming) = oneshot::channel();
    let here = std::mem::replace(place, Place::Aside(Away { coming, task: None }));
    if let (Place::Here(task), Place::Aside(away)) = (here, place) {
        // It is polled there at once, so that what it waits for wakes it there from now on.
        let aside = Aside {
            task: Some((task, back)),
            cpu_share,
            runtime: Handle::current(),
            must_stay: true,
        };
        away.task = Some(threads.spawn(aside).abort_handle());
    }
}

/// A task that goes on aside.
struct Aside<T> {
    /// None when it has ended.
    task: Option<(Task<T>, oneshot::Sender<End<T>>)>,
    cpu_share: Option<Arc<CpuShare>>,
    /// The runtime that it comes from.
    runtime: Handle,
    /// It has used up its last turn, or has had none yet.
    must_stay: bool,
}

impl<T: Send + 'static> Future for Aside<T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let Some((mut task, back)) = this.task.take() else { return Poll::Ready(()) };
        let end = if this.stays() {
            let _runtime = this.runtime.enter();
            let polling = || turn::take(&mut this.cpu_share, || task.as_mut().poll(cx));
            match catch_unwind(AssertUnwindSafe(polling)) {
                Ok((Poll::Ready(value), _)) => End::Done(value),
                Ok((Poll::Pending, turn)) => {
                    this.must_stay = turn.is_used_up;
                    this.task = Some((task, back));
                    return Poll::Pending;
                }
                Err(panic) => End::Panicked(panic),
            }
        } else {
            End::Back(task)
        };
        // Whoever waited for it may have gone.
        drop(back.send(end));
        Poll::Ready(())
    }
}

impl<T> Aside<T> {
    fn stays(&self) -> bool {
        let is_heavy = |cpu_share: &Arc<CpuShare>| cpu_share.must_step_aside(true, clock::now());
        self.must_stay || self.cpu_share.as_ref().is_some_and(is_heavy)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::super::thread_priority::NICENESS;
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
    async fn who_has_had_much_goes_on_aside_with_all_that_it_has_begun() {
        let (tell, told) = oneshot::channel();
        let user = stepping_aside(async {
            Begun.spawn(Box::pin(async {
                let before = turn::is_aside();
                turn::cpu_share().unwrap().add(u64::MAX, clock::now());
                // Somebody else has had little.
                CpuShare::default().add(1, clock::now());
                tokio::task::yield_now().await;
                tell.send((before, turn::is_aside())).unwrap();
            }));
            let begun = told.await.unwrap();
            tokio::task::yield_now().await;
            (begun, turn::is_aside())
        });
        assert_eq!(tokio::spawn(user).await.unwrap(), ((false, true), true));
    }

    #[tokio::test]
    async fn what_begins_who_has_had_much_begins_aside() {
        let (tell, told) = oneshot::channel();
        let user = stepping_aside(async {
            turn::cpu_share().unwrap().add(u64::MAX, clock::now());
            CpuShare::default().add(1, clock::now());
            Begun.spawn(Box::pin(async { tell.send(turn::is_aside()).unwrap() }));
            told.await.unwrap()
        });
        assert!(tokio::spawn(user).await.unwrap());
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
