//! Messages of a socket that has one handler for them, which is called without the shim: the path of
//! nearly every message.

use std::cell::RefCell;

use rquickjs::{Ctx, Error, Function, Object, Persistent, Result, Value, qjs};

use crate::event_loop;
use crate::sink::Method;

/// The only handlers of a socket's messages.
pub struct Direct {
    text: Option<Handler>,
    binary: Option<Handler>,
}

/// A function of the script.
#[derive(Clone)]
pub struct Handler {
    function: Persistent<Function<'static>>,
    /// The WebSocket object and its origin; none for a handler of `k6/ws`, which takes the data itself.
    target: Option<(Persistent<Object<'static>>, Persistent<Value<'static>>)>,
}

/// How the shim's message events look, and where things are in the array of one.
struct Template {
    event: Persistent<Object<'static>>,
    state: Vec<Persistent<Value<'static>>>,
    flags: usize,
    time: usize,
    target: usize,
    current_target: usize,
    data: usize,
    origin: usize,
    /// The flags of an event that is being dispatched.
    dispatched: i32,
    /// Flags that are taken away after the dispatch, besides the one for the dispatch.
    stopped: i32,
}

thread_local! {
    static TEMPLATE: RefCell<Option<Template>> = const { RefCell::new(None) };
}

unsafe extern "C" {
    /// Makes an object of the same shape as `like`, whose only property has this value, which it takes.
    fn JS_NewObjectLike(
        context: *mut qjs::JSContext,
        like: qjs::JSValue,
        value: qjs::JSValue,
    ) -> qjs::JSValue;

    /// Whether nobody but the caller holds this object.
    fn JS_IsLastReference(object: qjs::JSValue) -> bool;
}

/// Takes what the shim tells of its message events. Called once, when the shim is loaded.
pub fn set_template<'js>(ctx: Ctx<'js>, given: Object<'js>) -> Result<()> {
    let state: Vec<Value<'js>> = given.get("state")?;
    let flags: usize = given.get("flags")?;
    let bit = |name| given.get::<_, i32>(name);
    let dispatched = bit("dispatched")?;
    TEMPLATE.set(Some(Template {
        event: Persistent::save(&ctx, given.get::<_, Object<'js>>("event")?),
        flags,
        time: given.get("time")?,
        target: given.get("target")?,
        current_target: given.get("currentTarget")?,
        data: given.get("data")?,
        origin: given.get("origin")?,
        dispatched: state[flags].as_int().unwrap_or_default() | dispatched,
        stopped: dispatched | bit("stopped")?,
        state: state.into_iter().map(|value| Persistent::save(&ctx, value)).collect(),
    }));
    Ok(())
}

impl Direct {
    /// The handlers of a socket; with a target and its origin they get events. None if there are none.
    pub fn new<'js>(
        ctx: &Ctx<'js>,
        text: Option<Function<'js>>,
        binary: Option<Function<'js>>,
        target: Option<(Object<'js>, Value<'js>)>,
    ) -> Option<Self> {
        let target = target.map(|(target, origin)| {
            (Persistent::save(ctx, target), Persistent::save(ctx, origin))
        });
        let handler = |function: Function<'js>| Handler {
            function: Persistent::save(ctx, function),
            target: target.clone(),
        };
        let some = text.is_some() || binary.is_some();
        some.then(|| Self { text: text.map(handler), binary: binary.map(handler) })
    }

    /// The handler of what this method of a sink is for.
    pub fn of(&self, method: Method) -> Option<Handler> {
        match method {
            Method::Text => self.text.clone(),
            Method::Binary => self.binary.clone(),
            _ => None,
        }
    }
}

impl Handler {
    /// Calls it with a message that arrived `at`, in milliseconds.
    ///
    /// # Errors
    ///
    /// It threw, and its API has no way of its own to deal with that.
    pub fn call<'js>(
        self,
        ctx: &Ctx<'js>,
        sink: Persistent<Object<'static>>,
        data: Value<'js>,
        at: f64,
    ) -> Result<()> {
        let function = self.function.restore(ctx)?;
        if let Some((target, origin)) = self.target {
            let (target, origin) = (target.restore(ctx)?, origin.restore(ctx)?);
            return call_with_event(ctx, &function, &target, data, origin, at);
        }
        let this = Value::new_undefined(ctx.clone());
        match invoke(ctx, &function, &this, data.as_raw()) {
            Err(Error::Exception) if !event_loop::is_interrupted() => {
                let thrown = ctx.catch();
                Method::Thrown.invoke(&sink.restore(ctx)?, [thrown])
            }
            result => result,
        }
    }
}

/// As `callListeners` of the shim, for one listener.
/// <https://dom.spec.whatwg.org/#concept-event-dispatch>
fn call_with_event<'js>(
    ctx: &Ctx<'js>,
    function: &Function<'js>,
    target: &Object<'js>,
    data: Value<'js>,
    origin: Value<'js>,
    at: f64,
) -> Result<()> {
    TEMPLATE.with_borrow(|template| {
        let template = template.as_ref().expect("the shim tells of its events when it is loaded");
        let event = template.event(ctx, target, data, origin, at)?;
        let result = invoke(ctx, function, target.as_value(), event.value.as_raw());
        template.end_dispatch(ctx, &event)?;
        result
    })
}

fn invoke<'js>(
    ctx: &Ctx<'js>,
    function: &Function<'js>,
    this: &Value<'js>,
    mut argument: qjs::JSValue,
) -> Result<()> {
    let ctx = ctx.as_raw().as_ptr();
    // SAFETY: all belong to this context and live during the call; QuickJS does not take them over.
    unsafe {
        let result = qjs::JS_Call(ctx, function.as_raw(), this.as_raw(), 1, &mut argument);
        if qjs::JS_IsException(result) {
            return Err(Error::Exception);
        }
        qjs::JS_FreeValue(ctx, result);
    }
    Ok(())
}

/// A message event and its array.
struct Message<'js> {
    value: Value<'js>,
    state: Value<'js>,
}

impl Template {
    fn event<'js>(
        &self,
        ctx: &Ctx<'js>,
        target: &Object<'js>,
        data: Value<'js>,
        origin: Value<'js>,
        at: f64,
    ) -> Result<Message<'js>> {
        let raw = ctx.as_raw().as_ptr();
        let mut values = [qjs::JS_UNDEFINED; MAX_STATE];
        let values = &mut values[..self.state.len()];
        for (slot, value) in values.iter_mut().zip(&self.state) {
            *slot = into_raw(value.clone().restore(ctx)?);
        }
        // What these places have in the template needs no freeing: numbers, null, the empty string.
        values[self.flags] = into_raw(Value::new_int(ctx.clone(), self.dispatched));
        values[self.time] = into_raw(Value::new_float(ctx.clone(), at));
        values[self.target] = into_raw(target.as_value().clone());
        values[self.current_target] = into_raw(target.as_value().clone());
        values[self.data] = into_raw(data);
        values[self.origin] = into_raw(origin);
        // SAFETY: the array takes the values; the object takes one of two references to the array.
        unsafe {
            let state = qjs::JS_NewArrayFrom(raw, values.len() as i32, values.as_ptr());
            if qjs::JS_IsException(state) {
                return Err(Error::Exception);
            }
            let state = Value::from_raw(ctx.clone(), state);
            let like = self.event.clone().restore(ctx)?;
            let event = JS_NewObjectLike(raw, like.as_raw(), into_raw(state.clone()));
            if qjs::JS_IsException(event) {
                return Err(Error::Exception);
            }
            Ok(Message { value: Value::from_raw(ctx.clone(), event), state })
        }
    }

    /// Takes away what an event has while it is dispatched, if anybody can still see it.
    fn end_dispatch<'js>(&self, ctx: &Ctx<'js>, event: &Message<'js>) -> Result<()> {
        // SAFETY: it is an object.
        if unsafe { JS_IsLastReference(event.value.as_raw()) } {
            return Ok(());
        }
        let state = event.state.as_object().expect("it was made as an array");
        let flags: i32 = state.get(self.flags as u32)?;
        state.set(self.flags as u32, flags & !self.stopped)?;
        state.set(self.current_target as u32, Value::new_null(ctx.clone()))
    }
}

/// As many things as an event's array may have.
const MAX_STATE: usize = 16;

/// Gives a reference away.
fn into_raw(value: Value<'_>) -> qjs::JSValue {
    let raw = value.as_raw();
    std::mem::forget(value);
    raw
}
