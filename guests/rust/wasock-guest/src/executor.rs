//! Runs one future, and lets it wait for events.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::bindings::wasock::websocket::events::{Event, EventQueue};

/// How many events are fetched at one time.
const BATCH: u32 = 64;

/// What events belong to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    Socket(u32),
    Timer(u32),
    Operation(u32),
}

/// The events of one source that nobody has taken, and who waits for the next.
#[derive(Default)]
struct Mailbox {
    events: VecDeque<Event>,
    waker: Option<Waker>,
}

/// The queue, and the events that it gave.
struct Reactor {
    queue: EventQueue,
    mailboxes: RefCell<HashMap<Source, Mailbox>>,
}

thread_local! {
    static REACTOR: Reactor = Reactor { queue: EventQueue::new(), mailboxes: RefCell::default() };
}

/// Does something with the queue that sockets and timers are bound to: makes a request by the bindings, say.
pub fn with_queue<T>(body: impl FnOnce(&EventQueue) -> T) -> T {
    REACTOR.with(|reactor| body(&reactor.queue))
}

/// Keeps the events of a source from here on.
pub(crate) fn open(source: Source) {
    REACTOR.with(|reactor| reactor.mailboxes.borrow_mut().insert(source, Mailbox::default()));
}

/// Drops the events of a source.
pub(crate) fn close(source: Source) {
    // A thread-local that is gone has no events either.
    let _ = REACTOR.try_with(|reactor| reactor.mailboxes.borrow_mut().remove(&source));
}

/// Waits for the next event of a source.
pub(crate) async fn next(source: Source) -> Event {
    std::future::poll_fn(|context| {
        REACTOR.with(|reactor| {
            let mut mailboxes = reactor.mailboxes.borrow_mut();
            let mailbox = mailboxes.entry(source).or_default();
            if let Some(event) = mailbox.events.pop_front() {
                return Poll::Ready(event);
            }
            mailbox.waker = Some(context.waker().clone());
            Poll::Pending
        })
    })
    .await
}

/// An operation that was made by the bindings, a request, say.
pub struct Operation(Source);

impl Operation {
    /// The operation of this number: `Operation::new(request.id())`. To be made before the test waits for something else.
    pub fn new(id: u32) -> Self {
        let source = Source::Operation(id);
        open(source);
        Self(source)
    }

    /// Waits until it has ended.
    pub async fn ended(self) {
        next(self.0).await;
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        close(self.0);
    }
}

/// The host asks the guest to finish.
pub(crate) struct Interrupted;

/// Runs a future to its end.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Interrupted> {
    struct Unneeded;
    impl Wake for Unneeded {
        fn wake(self: Arc<Self>) {}
    }
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unneeded));
    loop {
        // There is one task: what wakes anything wakes it.
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Ok(value);
        }
        REACTOR.with(Reactor::turn)?;
    }
}

impl Reactor {
    /// Waits for events, and hands them out.
    fn turn(&self) -> Result<(), Interrupted> {
        let events = self.queue.wait(BATCH, None).map_err(|_| Interrupted)?;
        for event in events {
            // What nobody has opened, or has closed, is not waited for any more.
            if let Some(mailbox) = self.mailboxes.borrow_mut().get_mut(&source(&event)) {
                mailbox.events.push_back(event);
                mailbox.waker.take().inspect(Waker::wake_by_ref);
            }
        }
        Ok(())
    }
}

fn source(event: &Event) -> Source {
    match event {
        Event::Opened(event) => Source::Socket(event.socket),
        Event::Failed(event) => Source::Socket(event.socket),
        Event::Text(event) => Source::Socket(event.socket),
        Event::Binary(event) | Event::Ping(event) | Event::Pong(event) => {
            Source::Socket(event.socket)
        }
        Event::Closed(event) => Source::Socket(event.socket),
        Event::Timer(event) => Source::Timer(event.timer),
        Event::Completed(event) => Source::Operation(event.operation),
    }
}
