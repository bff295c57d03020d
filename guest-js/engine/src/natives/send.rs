//! Sending texts, in functions that QuickJS calls itself: what stands between costs more than the rest.

use std::ffi::{CStr, c_int};
use std::ptr::NonNull;

use rquickjs::{Ctx, Error, Function, Object, Result, Value, qjs};

use crate::bindings::wasock::websocket::metrics::Meter;
use crate::bindings::wasock::websocket::types::ErrorCode;
use crate::held::Held;
use crate::names::Name;
use crate::sockets;
use crate::text::with_utf8_raw;

/// `JSCFunctionData` of QuickJS.
type CFunctionData = unsafe extern "C" fn(
    *mut qjs::JSContext,
    qjs::JSValue,
    c_int,
    *mut qjs::JSValue,
    c_int,
    *mut qjs::JSValue,
) -> qjs::JSValue;

const NAME: &CStr = c"send";

unsafe extern "C" {
    /// Takes how a socket of the shim looks; see `quickjs/objects.h`.
    fn JS_NoteSocket(context: *mut qjs::JSContext, socket: qjs::JSValue, connection: qjs::JSValue);

    /// The number of a socket in this state; -1 if it is in another, or looks unusual.
    fn JS_SocketInState(socket: qjs::JSValue, ready_state: i32) -> i32;
}

/// How sending went.
type Outcome = std::result::Result<(), ErrorCode>;

/// Makes `native.sendText(id, text)`. It returns null, or the error as the shim takes it.
pub fn send_text<'js>(ctx: &Ctx<'js>) -> Result<Value<'js>> {
    // SAFETY: the function has the signature that it is made with.
    unsafe {
        let function = qjs::JS_NewCFunction2(
            ctx.as_raw().as_ptr(),
            Some(send_to),
            NAME.as_ptr(),
            2,
            qjs::JSCFunctionEnum_JS_CFUNC_generic,
            0,
        );
        if qjs::JS_IsException(function) {
            return Err(Error::Exception);
        }
        Ok(Value::from_raw(ctx.clone(), function))
    }
}

/// Makes the `send` of a socket of `k6/ws`. It sends a string without the shim; the sink does what is unusual.
pub fn sender<'js>(ctx: Ctx<'js>, id: u32, sink: Object<'js>) -> Result<Value<'js>> {
    let id = Value::new_int(ctx.clone(), id as i32);
    function(ctx, send, &mut [id.as_raw(), sink.as_raw()])
}

/// Makes the `send` of `WebSocket`. It sends the string of a socket whose ready state is `open` itself. `text` is called with other strings,
/// `other` with how many arguments there are and the first, where that is no string, and `failed` with the error and the
/// string. (A function of JavaScript that wants to know how many arguments it has gets an object with all of them.)
pub fn of_class<'js>(
    ctx: Ctx<'js>,
    open: i32,
    text: Function<'js>,
    other: Function<'js>,
    failed: Function<'js>,
) -> Result<Value<'js>> {
    let open = Value::new_int(ctx.clone(), open);
    let mut data = [open.as_raw(), text.as_raw(), other.as_raw(), failed.as_raw()];
    function(ctx, send_of_class, &mut data)
}

/// Takes how the objects of the class look: [`of_class`] sends for those that look the same.
pub fn note_socket<'js>(ctx: Ctx<'js>, socket: Object<'js>, connection: Object<'js>) {
    // SAFETY: all belong to this context.
    unsafe { JS_NoteSocket(ctx.as_raw().as_ptr(), socket.as_raw(), connection.as_raw()) }
}

/// Makes a function of one argument that has this with it. The collector sees that it holds it.
fn function<'js>(
    ctx: Ctx<'js>,
    function: CFunctionData,
    data: &mut [qjs::JSValue],
) -> Result<Value<'js>> {
    // SAFETY: all belong to this context; the function makes its own references to the data.
    unsafe {
        let raw = ctx.as_raw().as_ptr();
        let (name, count) = (NAME.as_ptr(), data.len() as c_int);
        let made =
            qjs::JS_NewCFunctionData2(raw, Some(function), name, 1, 0, count, data.as_mut_ptr());
        if qjs::JS_IsException(made) {
            return Err(Error::Exception);
        }
        Ok(Value::from_raw(ctx, made))
    }
}

/// # Safety
///
/// QuickJS calls it with what belongs together.
unsafe extern "C" fn send_of_class(
    context: *mut qjs::JSContext,
    this: qjs::JSValue,
    argc: c_int,
    argv: *mut qjs::JSValue,
    _magic: c_int,
    data: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: there are as many arguments as QuickJS says, and as much data as the function was made with.
    unsafe {
        let (text, other, failed) = (*data.add(1), *data.add(2), *data.add(3));
        if argc < 1 || !qjs::JS_IsString(*argv) {
            // What is not given is undefined.
            let first = if argc < 1 { qjs::JS_UNDEFINED } else { *argv };
            let mut arguments = [qjs::JS_MKVAL(qjs::JS_TAG_INT, argc), first];
            return qjs::JS_Call(context, other, this, 2, arguments.as_mut_ptr());
        }
        let open = qjs::JS_VALUE_GET_INT(*data);
        let Ok(id) = u32::try_from(JS_SocketInState(this, open)) else {
            return qjs::JS_Call(context, text, this, 1, argv);
        };
        match send_utf8(context, id, *argv) {
            Ok(Some(Ok(()))) => qjs::JS_UNDEFINED,
            Ok(result) => {
                let Some(error) = told(context, result) else { return qjs::JS_EXCEPTION };
                let mut arguments = [error, *argv];
                let returned = qjs::JS_Call(context, failed, this, 2, arguments.as_mut_ptr());
                qjs::JS_FreeValue(context, error);
                returned
            }
            Err(_) => qjs::JS_EXCEPTION,
        }
    }
}

/// # Safety
///
/// QuickJS calls it with what belongs together.
unsafe extern "C" fn send(
    context: *mut qjs::JSContext,
    _this: qjs::JSValue,
    argc: c_int,
    argv: *mut qjs::JSValue,
    _magic: c_int,
    data: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: there are as many arguments as QuickJS says, and as much data as the function was made with.
    unsafe {
        let id = qjs::JS_VALUE_GET_INT(*data) as u32;
        let sink = *data.add(1);
        if argc < 1 || !qjs::JS_IsString(*argv) {
            return Name::SendOther.invoke_raw(context, sink, argc, argv);
        }
        match send_utf8(context, id, *argv) {
            Ok(Some(Ok(()))) => qjs::JS_UNDEFINED,
            Ok(result) => refuse(context, sink, result),
            Err(_) => qjs::JS_EXCEPTION,
        }
    }
}

/// # Safety
///
/// QuickJS calls it with what belongs together, and the shim with two arguments.
unsafe extern "C" fn send_to(
    context: *mut qjs::JSContext,
    _this: qjs::JSValue,
    _argc: c_int,
    argv: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: there are two arguments.
    unsafe {
        let id = qjs::JS_VALUE_GET_INT(*argv) as u32;
        match send_utf8(context, id, *argv.add(1)) {
            Ok(Some(Ok(()))) => qjs::JS_NULL,
            Ok(result) => told(context, result).unwrap_or(qjs::JS_EXCEPTION),
            Err(_) => qjs::JS_EXCEPTION,
        }
    }
}

/// Sends the UTF-8 of a value, and counts it for its socket. None if the socket is gone.
///
/// # Safety
///
/// Context and value belong together.
unsafe fn send_utf8(
    context: *mut qjs::JSContext,
    id: u32,
    value: qjs::JSValue,
) -> Result<Option<Outcome>> {
    // SAFETY: the caller's promise.
    let (result, length) = unsafe {
        with_utf8_raw(context, value, |text| {
            (sockets::with(id, |socket| socket.send_text(text)), text.len())
        })?
    };
    match result {
        Some(Ok(())) => sockets::note_sent(id, length),
        Some(Err(_)) => {}
        None => {
            sockets::with_meter(id, Meter::sent_late);
        }
    }
    Ok(result)
}

/// An error as the shim takes it.
///
/// # Safety
///
/// The context is alive.
unsafe fn told(context: *mut qjs::JSContext, result: Option<Outcome>) -> Option<qjs::JSValue> {
    // SAFETY: the caller's promise.
    let ctx = unsafe { Ctx::from_raw(NonNull::new(context)?) };
    let error = super::net::outcome(&ctx, result).ok()?;
    Some(Held::new(error).into_raw())
}

/// Tells the sink that a message was not sent.
///
/// # Safety
///
/// Context and sink belong together.
unsafe fn refuse(
    context: *mut qjs::JSContext,
    sink: qjs::JSValue,
    result: Option<Outcome>,
) -> qjs::JSValue {
    // SAFETY: the argument lives during the call, and is freed after it.
    unsafe {
        let Some(mut error) = told(context, result) else { return qjs::JS_EXCEPTION };
        let returned = Name::SendFailed.invoke_raw(context, sink, 1, &mut error);
        qjs::JS_FreeValue(context, error);
        returned
    }
}
