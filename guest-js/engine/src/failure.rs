//! Exceptions on their way out: which one ends the stage, and how it is told to the host.

use std::cell::RefCell;

use rquickjs::{Ctx, Object, Persistent, Value, qjs};

use crate::bindings::exports::wasock::websocket::lifecycle::{Exception, Location};
use crate::bindings::wasock::websocket::console::{self, Level, Source};
use crate::text::Text;

thread_local! {
    static FIRST: RefCell<Option<Exception>> = const { RefCell::new(None) };
    static REJECTED: RefCell<Vec<Rejection>> = const { RefCell::new(Vec::new()) };
}

/// A promise that was rejected while nobody listened.
struct Rejection {
    promise: Persistent<Value<'static>>,
    reason: Persistent<Value<'static>>,
}

/// Records an uncaught exception. The first one ends the stage and is returned to the host; later
/// ones, which the stage's clean-up brought up, are only logged. Tells whether it was the first.
pub fn record(exception: Exception) -> bool {
    let first = FIRST.with_borrow(Option::is_none);
    if first {
        FIRST.set(Some(exception));
    } else {
        let text = if exception.stack.is_empty() { exception.message } else { exception.stack };
        console::log(Level::Error, Source::Runtime, &text);
    }
    first
}

/// Whether an exception was recorded and not yet taken.
pub fn is_recorded() -> bool {
    FIRST.with_borrow(Option::is_some)
}

/// Takes the exception that ended the stage.
pub fn take() -> Option<Exception> {
    FIRST.take()
}

/// Follows the promises that were rejected without a handler (`HostPromiseRejectionTracker`).
pub fn track_rejection<'js>(
    ctx: &Ctx<'js>,
    promise: Value<'js>,
    reason: Value<'js>,
    handled: bool,
) {
    if !handled {
        let promise = Persistent::save(ctx, promise);
        let reason = Persistent::save(ctx, reason);
        return REJECTED.with_borrow_mut(|list| list.push(Rejection { promise, reason }));
    }
    REJECTED.with_borrow_mut(|list| {
        list.retain(|entry| entry.promise.clone().restore(ctx).is_ok_and(|value| value != promise));
    });
}

/// Takes the promises that are still rejected without a handler, as exceptions.
pub fn take_rejections(ctx: &Ctx<'_>) -> Vec<Exception> {
    if REJECTED.with_borrow(Vec::is_empty) {
        return Vec::new();
    }
    REJECTED
        .take()
        .into_iter()
        .filter_map(|entry| entry.reason.restore(ctx).ok())
        .map(|reason| {
            let mut exception = describe(ctx, &reason);
            exception.message = format!("Uncaught (in promise) {}", exception.message);
            exception.stack = format!("Uncaught (in promise) {}", exception.stack);
            exception
        })
        .collect()
}

/// Takes the exception that a call into QuickJS left behind.
pub fn catch(ctx: &Ctx<'_>, error: rquickjs::Error) -> Exception {
    match error {
        rquickjs::Error::Exception => {
            let thrown = ctx.catch();
            describe(ctx, &thrown)
        }
        other => Exception { message: other.to_string(), stack: other.to_string(), location: None },
    }
}

/// Puts an exception into words, with the calls inside the user's files.
pub fn describe<'js>(ctx: &Ctx<'js>, thrown: &Value<'js>) -> Exception {
    let message = to_text(ctx, thrown.clone());
    let stack = thrown.as_object().and_then(|object| stack_of(ctx, object)).unwrap_or_default();
    let frames: Vec<&str> = stack.lines().filter(|line| is_users_frame(line)).collect();
    let location = frames.iter().find_map(|line| parse_location(line));
    let mut text = message.clone();
    for frame in frames {
        text.push('\n');
        text.push_str(frame);
    }
    Exception { message, stack: text, location }
}

/// `String(value)`, without trusting it not to throw.
fn to_text<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> String {
    use rquickjs::FromJs;
    if value.is_symbol() {
        return "Symbol".to_owned();
    }
    match Text::from_js(ctx, value) {
        Ok(text) => text.0,
        Err(_) => {
            ctx.catch();
            "an object that cannot be converted to a string".to_owned()
        }
    }
}

fn stack_of<'js>(ctx: &Ctx<'js>, object: &Object<'js>) -> Option<String> {
    // SAFETY: context and value belong together.
    if !unsafe { qjs::JS_IsError(object.as_raw()) } {
        return None;
    }
    match object.get::<_, Value<'js>>("stack") {
        Ok(stack) if stack.is_string() => Some(to_text(ctx, stack)),
        Ok(_) => None,
        Err(_) => {
            ctx.catch();
            None
        }
    }
}

/// Frames of the shim and of native functions say nothing about the user's script.
fn is_users_frame(line: &str) -> bool {
    let line = line.trim_start();
    let place = line.rsplit_once('(').map_or(line.trim_start_matches("at "), |(_, place)| place);
    line.starts_with("at ")
        && !place.starts_with("wasock:")
        && !place.starts_with("native")
        && !place.starts_with("k6/")
        && !place.starts_with("k6:")
}

/// Reads `    at name (file:line:column)` or `    at file:line:column`.
fn parse_location(line: &str) -> Option<Location> {
    let line = line.trim();
    let place = match line.rsplit_once('(') {
        Some((_, place)) => place.strip_suffix(')')?,
        None => line.strip_prefix("at ")?,
    };
    let (rest, column) = place.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some(Location { file: file.to_owned(), line: line.parse().ok()?, column: column.parse().ok()? })
}
