//! The HTTP requests of this instance: those that the script blocks for, and those whose end is an
//! event.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rquickjs::{Ctx, Function, Persistent, Result};

use crate::bindings::wasock::websocket::events::WaitError;
use crate::bindings::wasock::websocket::http::{self, Outcome, Request};
use crate::event_loop;

struct Entry {
    request: Request,
    /// What is called at its end; none if the script blocks for it.
    callback: Option<Persistent<Function<'static>>>,
}

thread_local! {
    static REQUESTS: RefCell<BTreeMap<u32, Entry>> = const { RefCell::new(BTreeMap::new()) };
}

/// Makes a request whose end is told by a call of `callback`, or only by [`wait`].
pub fn create<'js>(ctx: &Ctx<'js>, callback: Option<Function<'js>>) -> u32 {
    let request = match callback {
        Some(_) => event_loop::with_queue(|queue| Request::new(Some(queue))),
        None => Request::new(None),
    };
    let id = request.id();
    let callback = callback.map(|callback| Persistent::save(ctx, callback));
    REQUESTS.with_borrow_mut(|requests| requests.insert(id, Entry { request, callback }));
    id
}

/// Runs `f` with a request; none if it is over.
pub fn with<R>(id: u32, f: impl FnOnce(&Request) -> R) -> Option<R> {
    REQUESTS.with_borrow(|requests| requests.get(&id).map(|entry| f(&entry.request)))
}

/// Forgets a request; one that has not ended is given up.
pub fn forget(id: u32) {
    REQUESTS.with_borrow_mut(|requests| requests.remove(&id));
}

/// What a request came to, which is over then.
pub fn take(id: u32) -> Option<Outcome> {
    let outcome = with(id, Request::take).flatten();
    forget(id);
    outcome
}

/// Waits until one of these requests has ended, and returns their places.
pub fn wait(ids: &[u32]) -> std::result::Result<Vec<u32>, WaitError> {
    REQUESTS.with_borrow(|requests| {
        let waiting = ids.iter().filter_map(|id| requests.get(id).map(|entry| &entry.request));
        http::wait(&waiting.collect::<Vec<_>>())
    })
}

/// Whether there is a request whose end the stage waits for.
pub fn any_awaited() -> bool {
    REQUESTS.with_borrow(|requests| requests.values().any(|entry| entry.callback.is_some()))
}

/// Gives up the requests whose end is an event: nobody listens any more.
pub fn give_up_awaited() {
    REQUESTS.with_borrow_mut(|requests| requests.retain(|_, entry| entry.callback.is_none()));
}

/// Gives up all requests.
pub fn give_up_all() {
    REQUESTS.take();
}

/// A request has ended whose end is an event.
pub fn completed(ctx: &Ctx<'_>, id: u32) -> Result<()> {
    let callback = REQUESTS.with_borrow_mut(|requests| requests.get_mut(&id)?.callback.take());
    match callback {
        Some(callback) => callback.restore(ctx)?.call(()),
        None => Ok(()),
    }
}
