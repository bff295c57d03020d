//! The names by which the engine calls the shim's functions and sets properties often, as atoms that are looked up
//! once, when the snapshot is built: to find one by its text takes as long as to set it.

use std::cell::Cell;

use rquickjs::{Ctx, Error, IntoJs, Object, Result, Value, qjs};

macro_rules! names {
    ($($name:ident = $text:literal,)*) => {
        /// A name.
        #[derive(Clone, Copy)]
        pub enum Name {
            $($name,)*
        }

        /// The texts, in the order of [`Name`].
        const TEXTS: &[&str] = &[$($text,)*];
    };
}

// Stages, then methods of the shim's objects for sockets, then phases of the shim, then what its objects are told.
names! {
    Enter = "enter",
    Setup = "setup",
    Iterate = "iterate",
    Teardown = "teardown",
    HandleSummary = "handleSummary",
    Opened = "opened",
    Failed = "failed",
    Text = "text",
    Binary = "binary",
    Ping = "ping",
    Pong = "pong",
    Closed = "closed",
    Interrupt = "interrupt",
    Thrown = "thrown",
    SendOther = "sendOther",
    SendFailed = "sendFailed",
    Init = "init",
    Iteration = "iteration",
    Summary = "summary",
    None = "none",
    Status = "status",
    Headers = "headers",
    Cookies = "cookies",
    Protocol = "protocol",
    Extensions = "extensions",
    Body = "body",
    Error = "error",
    Handshake = "handshake",
    At = "at",
    Code = "code",
    Reason = "reason",
    WasClean = "wasClean",
    Unsent = "unsent",
}

thread_local! {
    /// The atoms, in the order of the texts. They lie in what is frozen: among the static variables, which users write
    /// to, they would move others to one more page.
    static ATOMS: Cell<&'static [qjs::JSAtom]> = const { Cell::new(&[]) };
}

/// Looks the names up. Called once, when the snapshot is built.
pub fn intern(ctx: &Ctx<'_>) {
    let context = ctx.as_raw().as_ptr();
    // SAFETY: the text has this length; the atom is never freed.
    let atom =
        |text: &&str| unsafe { qjs::JS_NewAtomLen(context, text.as_ptr().cast(), text.len() as _) };
    ATOMS.set(Vec::leak(TEXTS.iter().map(atom).collect()));
}

impl Name {
    fn atom(self) -> qjs::JSAtom {
        ATOMS.get()[self as usize]
    }

    /// The name as a string.
    pub fn text<'js>(self, ctx: &Ctx<'js>) -> Value<'js> {
        // SAFETY: the atom belongs to the context, which the result belongs to as well.
        unsafe {
            let text = qjs::JS_AtomToString(ctx.as_raw().as_ptr(), self.atom());
            Value::from_raw(ctx.clone(), text)
        }
    }

    /// Sets the property of this name.
    pub fn set<'js>(self, object: &Object<'js>, value: impl IntoJs<'js>) -> Result<()> {
        let ctx = object.ctx();
        let value = value.into_js(ctx)?;
        let context = ctx.as_raw().as_ptr();
        // SAFETY: all belong to this context. The call takes a reference over, so it gets one of its own.
        let result = unsafe {
            let value = qjs::JS_DupValue(context, value.as_raw());
            qjs::JS_SetProperty(context, object.as_raw(), self.atom(), value)
        };
        if result < 0 { Err(Error::Exception) } else { Ok(()) }
    }

    /// As [`Self::invoke`], for calls of QuickJS itself.
    ///
    /// # Safety
    ///
    /// All belong to this context, and there are so many arguments.
    pub unsafe fn invoke_raw(
        self,
        context: *mut qjs::JSContext,
        object: qjs::JSValue,
        argc: i32,
        argv: *mut qjs::JSValue,
    ) -> qjs::JSValue {
        // SAFETY: the caller's promise.
        unsafe { qjs::JS_Invoke(context, object, self.atom(), argc, argv) }
    }

    /// Calls the method of this name.
    pub fn invoke<'js, const N: usize>(
        self,
        object: &Object<'js>,
        arguments: [Value<'js>; N],
    ) -> Result<Value<'js>> {
        let ctx = object.ctx();
        let context = ctx.as_raw().as_ptr();
        let mut raw = arguments.each_ref().map(Value::as_raw);
        // SAFETY: object and arguments belong to this context; `arguments` keeps its values alive during the call,
        // and QuickJS does not take them over.
        unsafe {
            let result = self.invoke_raw(context, object.as_raw(), N as i32, raw.as_mut_ptr());
            if qjs::JS_IsException(result) {
                return Err(Error::Exception);
            }
            Ok(Value::from_raw(ctx.clone(), result))
        }
    }
}
