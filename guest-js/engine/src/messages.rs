//! Messages of a socket that has one handler for them, which is called without the shim: the path of
//! nearly every message.

use rquickjs::{Ctx, Error, Function, Object, Result, Value, qjs};

use crate::event_loop;
use crate::held::Held;
use crate::names::Name;

/// The only handlers of a socket's messages.
pub struct Direct {
    text: Option<Held>,
    binary: Option<Held>,
    receiver: Receiver,
}

/// What is to be called with a message.
pub struct Call {
    function: Held,
    receiver: Receiver,
}

/// Who a handler is called for.
#[derive(Clone)]
enum Receiver {
    /// The sink of a socket of `k6/ws`, whose handlers take the data itself. It is told what they throw.
    Sink(Held),
    /// A WebSocket object and its origin. Its handlers take events.
    Target(Held, Held),
}

/// `JSMessageTemplate` of `quickjs/objects.h`.
#[repr(C)]
struct Template {
    event: qjs::JSValue,
    state: qjs::JSValue,
    flags: i32,
    time: i32,
    target: i32,
    current_target: i32,
    data: i32,
    origin: i32,
    kind: i32,
    dispatched: i32,
    stopped: i32,
}

unsafe extern "C" {
    fn JS_SetMessageTemplate(template: *const Template);
    fn JS_NewMessageData(context: *mut qjs::JSContext, getter: qjs::JSValue) -> qjs::JSValue;
    fn JS_DispatchMessage(
        context: *mut qjs::JSContext,
        listener: qjs::JSValue,
        target: qjs::JSValue,
        origin: qjs::JSValue,
        data: qjs::JSValue,
        at: f64,
    ) -> qjs::JSValue;
}

/// Takes what the shim tells of its message events, and its getter of their data. Returns the getter that does the same
/// without running JavaScript. Called once, when the shim is loaded.
pub fn message_data<'js>(
    ctx: Ctx<'js>,
    given: Object<'js>,
    getter: Value<'js>,
) -> Result<Value<'js>> {
    let number = |name| given.get::<_, i32>(name);
    let state: Vec<Value<'js>> = given.get("state")?;
    let flags = number("flags")?;
    let trusted = state[flags as usize].as_int().unwrap_or_default();
    let dispatched = number("dispatched")?;
    let keep = |name| given.get::<_, Value<'js>>(name).map(|value| Held::new(value).into_raw());
    let template = Template {
        // They live as long as the shim.
        event: keep("event")?,
        state: keep("state")?,
        flags,
        time: number("time")?,
        target: number("target")?,
        current_target: number("currentTarget")?,
        data: number("data")?,
        origin: number("origin")?,
        kind: number("kind")?,
        dispatched: trusted | dispatched,
        stopped: dispatched | number("stopped")?,
    };
    // SAFETY: the layouts are the same, the values are given away, and all belong to this context.
    unsafe {
        JS_SetMessageTemplate(&template);
        let getter = JS_NewMessageData(ctx.as_raw().as_ptr(), getter.as_raw());
        if qjs::JS_IsException(getter) {
            return Err(Error::Exception);
        }
        Ok(Value::from_raw(ctx, getter))
    }
}

impl Direct {
    /// The handlers of a socket; none if there are none. With an origin the receiver is a WebSocket
    /// object, else a sink.
    pub fn new<'js>(
        text: Option<Function<'js>>,
        binary: Option<Function<'js>>,
        receiver: Object<'js>,
        origin: Option<Value<'js>>,
    ) -> Option<Self> {
        let hold = |function: Function<'js>| Held::new(function.into_value());
        let receiver = Held::new(receiver.into_value());
        (text.is_some() || binary.is_some()).then(|| Self {
            text: text.map(hold),
            binary: binary.map(hold),
            receiver: match origin {
                None => Receiver::Sink(receiver),
                Some(origin) => Receiver::Target(receiver, Held::new(origin)),
            },
        })
    }

    /// What is to be called instead of this method of the sink.
    pub fn call_for(&self, name: Name) -> Option<Call> {
        let function = match name {
            Name::Text => self.text.clone(),
            Name::Binary => self.binary.clone(),
            _ => None,
        }?;
        Some(Call { function, receiver: self.receiver.clone() })
    }
}

impl Call {
    /// Calls the handler with a message that arrived `at`, in milliseconds.
    ///
    /// # Errors
    ///
    /// It threw, and its API is not told of it.
    pub fn make(self, ctx: &Ctx<'_>, data: Value<'_>, at: f64) -> Result<()> {
        let context = ctx.as_raw().as_ptr();
        let data = Held::new(data);
        // SAFETY: all belong to this context and are held during the call.
        let result = unsafe {
            match &self.receiver {
                Receiver::Sink(_) => {
                    let mut data = data.raw();
                    let this = qjs::JS_UNDEFINED;
                    qjs::JS_Call(context, self.function.raw(), this, 1, &mut data)
                }
                Receiver::Target(target, origin) => {
                    let (listener, target) = (self.function.raw(), target.raw());
                    let (origin, data) = (origin.raw(), data.into_raw());
                    JS_DispatchMessage(context, listener, target, origin, data, at)
                }
            }
        };
        // SAFETY: the result is this function's to free.
        unsafe {
            if qjs::JS_IsException(result) {
                return self.thrown(ctx);
            }
            qjs::JS_FreeValue(context, result);
        }
        Ok(())
    }

    /// Tells a sink what its handler has thrown, unless the whole script is being unwound.
    fn thrown(self, ctx: &Ctx<'_>) -> Result<()> {
        let Receiver::Sink(sink) = self.receiver else { return Err(Error::Exception) };
        if event_loop::is_interrupted() {
            return Err(Error::Exception);
        }
        let error = ctx.catch();
        let mut argument = error.as_raw();
        let context = ctx.as_raw().as_ptr();
        // SAFETY: all belong to this context and live during the call; the result is freed here.
        unsafe {
            let result = Name::Thrown.invoke_raw(context, sink.raw(), 1, &mut argument);
            if qjs::JS_IsException(result) {
                return Err(Error::Exception);
            }
            qjs::JS_FreeValue(context, result);
        }
        Ok(())
    }
}
