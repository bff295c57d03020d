//! The methods of the shim's objects for sockets, called by atoms that are looked up once.

use std::cell::Cell;

use rquickjs::{Ctx, Error, Object, Result, Value, qjs};

/// A method of a sink.
#[derive(Clone, Copy)]
pub enum Method {
    Opened,
    Failed,
    Text,
    Binary,
    Ping,
    Pong,
    Closed,
    Interrupt,
    Thrown,
    SendOther,
    SendFailed,
}

/// The names, in the order of [`Method`].
const NAMES: [&str; 11] = [
    "opened",
    "failed",
    "text",
    "binary",
    "ping",
    "pong",
    "closed",
    "interrupt",
    "thrown",
    "sendOther",
    "sendFailed",
];

thread_local! {
    static ATOMS: Cell<[qjs::JSAtom; NAMES.len()]> = const { Cell::new([0; NAMES.len()]) };
}

/// Looks the names up. Called once, when the snapshot is built.
pub fn intern(ctx: &Ctx<'_>) {
    // SAFETY: the name has this length; the atoms are never freed.
    ATOMS.set(NAMES.map(|name| unsafe {
        qjs::JS_NewAtomLen(ctx.as_raw().as_ptr(), name.as_ptr().cast(), name.len() as _)
    }));
}

impl Method {
    /// As [`Self::invoke`], for calls of QuickJS itself.
    ///
    /// # Safety
    ///
    /// All belong to this context, and there are so many arguments.
    pub unsafe fn invoke_raw(
        self,
        context: *mut qjs::JSContext,
        sink: qjs::JSValue,
        argc: i32,
        argv: *mut qjs::JSValue,
    ) -> qjs::JSValue {
        let atom = ATOMS.get()[self as usize];
        // SAFETY: the caller's promise.
        unsafe { qjs::JS_Invoke(context, sink, atom, argc, argv) }
    }

    /// Calls the method of `sink`.
    pub fn invoke<'js, const N: usize>(
        self,
        sink: &Object<'js>,
        arguments: [Value<'js>; N],
    ) -> Result<()> {
        let ctx = sink.ctx().as_raw().as_ptr();
        let atom = ATOMS.get()[self as usize];
        let mut raw = arguments.each_ref().map(Value::as_raw);
        // SAFETY: object, arguments and atom belong to this context; `arguments` keeps its values
        // alive during the call, and QuickJS does not take them over.
        unsafe {
            let result = qjs::JS_Invoke(ctx, sink.as_raw(), atom, N as i32, raw.as_mut_ptr());
            if qjs::JS_IsException(result) {
                return Err(Error::Exception);
            }
            qjs::JS_FreeValue(ctx, result);
        }
        Ok(())
    }
}
