//! The `send` of a socket of `k6/ws`: a function of its own that sends a string without the shim.

use std::ffi::{CStr, c_int};

use rquickjs::{Ctx, Error, Object, Result, Value, qjs};

use crate::bindings::wasock::websocket::metrics::Meter;
use crate::sink::Method;
use crate::sockets;
use crate::text::with_utf8_raw;

/// What a function has with it: the socket's number, and the sink, which does what is unusual.
const DATA: usize = 2;

const NAME: &CStr = c"send";

/// Makes the function. The collector sees that it holds the sink.
pub fn sender<'js>(ctx: Ctx<'js>, id: u32, sink: Object<'js>) -> Result<Value<'js>> {
    let id = Value::new_int(ctx.clone(), id as i32);
    let mut data: [qjs::JSValue; DATA] = [id.as_raw(), sink.as_raw()];
    // SAFETY: all belong to this context; the function makes its own references to the data.
    unsafe {
        let raw = ctx.as_raw().as_ptr();
        let function = qjs::JS_NewCFunctionData2(
            raw,
            Some(send),
            NAME.as_ptr(),
            1,
            0,
            DATA as c_int,
            data.as_mut_ptr(),
        );
        if qjs::JS_IsException(function) {
            return Err(Error::Exception);
        }
        Ok(Value::from_raw(ctx, function))
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
            return Method::SendOther.invoke_raw(context, sink, argc, argv);
        }
        let sent = with_utf8_raw(context, *argv, |text| {
            (sockets::with(id, |socket| socket.send_text(text)), text.len())
        });
        match sent {
            Ok((Some(Ok(())), length)) => {
                sockets::note_sent(id, length);
                qjs::JS_UNDEFINED
            }
            Ok((result, _)) => {
                if result.is_none() {
                    sockets::with_meter(id, Meter::sent_late);
                }
                refuse(context, sink, result)
            }
            Err(_) => qjs::JS_EXCEPTION,
        }
    }
}

/// Tells the sink that a message was not sent.
///
/// # Safety
///
/// Context and sink belong together.
unsafe fn refuse(
    context: *mut qjs::JSContext,
    sink: qjs::JSValue,
    result: Option<std::result::Result<(), crate::bindings::wasock::websocket::types::ErrorCode>>,
) -> qjs::JSValue {
    let Some(pointer) = std::ptr::NonNull::new(context) else { return qjs::JS_UNDEFINED };
    // SAFETY: the context is alive while it calls this.
    let ctx = unsafe { Ctx::from_raw(pointer) };
    match super::net::outcome(&ctx, result) {
        // SAFETY: the argument lives during the call.
        Ok(error) => unsafe {
            let mut argument = error.as_raw();
            Method::SendFailed.invoke_raw(context, sink, 1, &mut argument)
        },
        Err(_) => qjs::JS_EXCEPTION,
    }
}
