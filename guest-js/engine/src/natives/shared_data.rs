//! Arrays that the host keeps once for all virtual users.

use rquickjs::class::{JsClass, Readable, Trace, Tracer};
use rquickjs::function::{Constructor, Func};
use rquickjs::{Array, Class, Ctx, Function, JsLifetime, Object, Result, Value};

use super::outcome;
use crate::bindings::wasock::websocket::shared_data::{self, Draft, Found, SharedArray};
use crate::text::Text;

/// How much text is handed over at once, in bytes: a call has its costs, and so has a copy.
const PIECE: usize = 64 << 10;

/// What JSON has for values that it cannot hold, as elements of an array.
const NOTHING: &str = "null";

/// An array as JavaScript holds it.
struct Handle(SharedArray);

impl<'js> Trace<'js> for Handle {
    fn trace<'a>(&self, _tracer: Tracer<'a, 'js>) {}
}

// SAFETY: the type has no lifetime of JavaScript.
unsafe impl<'js> JsLifetime<'js> for Handle {
    type Changed<'to> = Handle;
}

impl<'js> JsClass<'js> for Handle {
    const NAME: &'static str = "SharedArray";
    type Mutable = Readable;

    fn constructor(_ctx: &Ctx<'js>) -> Result<Option<Constructor<'js>>> {
        Ok(None)
    }
}

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("sharedArray", Func::from(shared_array))?;
    native
        .set("sharedLength", Func::from(|array: Class<'js, Handle>| array.borrow().0.length()))?;
    native.set(
        "sharedElement",
        Func::from(|array: Class<'js, Handle>, index: u32| array.borrow().0.element(index)),
    )
}

/// The array of that name. If there is none, `make` is called for its elements; an exception of it
/// leaves the name free.
fn shared_array<'js>(ctx: Ctx<'js>, name: Text, make: Function<'js>) -> Result<Class<'js, Handle>> {
    let array = match outcome(&ctx, shared_data::find(&name.0))? {
        Found::Complete(array) => array,
        Found::Missing(draft) => {
            fill(&ctx, &draft, make.call(())?)?;
            Draft::finish(draft)
        }
    };
    Class::instance(ctx, Handle(array))
}

fn fill<'js>(ctx: &Ctx<'js>, draft: &Draft, elements: Array<'js>) -> Result<()> {
    let mut piece = Vec::new();
    let mut size = 0;
    for index in 0..elements.len() {
        let element: Value<'js> = elements.get(index)?;
        let json = match ctx.json_stringify(element)? {
            Some(json) => json.to_string()?,
            None => NOTHING.to_owned(),
        };
        size += json.len();
        piece.push(json);
        if size >= PIECE {
            outcome(ctx, draft.append(&piece))?;
            piece.clear();
            size = 0;
        }
    }
    outcome(ctx, draft.append(&piece))
}
