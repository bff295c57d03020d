//! Values that are held without a context: each [`rquickjs::Value`] and each `Persistent` counts itself as a
//! user of the context, which costs more than the rest where it is done for every message.

use rquickjs::{Value, qjs};

use crate::runtime;

/// A reference to a value of the one context of this instance.
pub struct Held(qjs::JSValue);

impl Held {
    /// Takes the reference of a value.
    pub fn new(value: Value<'_>) -> Self {
        let raw = value.as_raw();
        // SAFETY: the context of the value goes on without it, and the reference is this one's now.
        unsafe { qjs::JS_DupValue(runtime::raw(), raw) };
        Self(raw)
    }

    /// The value, for as long as it is held.
    pub fn raw(&self) -> qjs::JSValue {
        self.0
    }

    /// Gives the reference away.
    pub fn into_raw(self) -> qjs::JSValue {
        let raw = self.0;
        std::mem::forget(self);
        raw
    }
}

impl Clone for Held {
    fn clone(&self) -> Self {
        // SAFETY: the value belongs to the context.
        Self(unsafe { qjs::JS_DupValue(runtime::raw(), self.0) })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: the value belongs to the context, and the reference is this one's.
        unsafe { qjs::JS_FreeValue(runtime::raw(), self.0) };
    }
}
