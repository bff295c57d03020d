//! Strings between QuickJS and UTF-8.

use rquickjs::{Ctx, FromJs, Result, Value, qjs};

/// Calls `f` with the UTF-8 of a string. Lone surrogates are U+FFFD, as the Web IDL type
/// `USVString` has it. ASCII is not copied.
pub fn with_utf8<R>(ctx: &Ctx<'_>, value: &Value<'_>, f: impl FnOnce(&str) -> R) -> Result<R> {
    // SAFETY: context and value belong together.
    unsafe { with_utf8_raw(ctx.as_raw().as_ptr(), value.as_raw(), f) }
}

/// As [`with_utf8`], for calls of QuickJS itself.
///
/// # Safety
///
/// Context and value belong together.
pub unsafe fn with_utf8_raw<R>(
    ctx: *mut qjs::JSContext,
    value: qjs::JSValue,
    f: impl FnOnce(&str) -> R,
) -> Result<R> {
    let mut length = 0;
    // SAFETY: the caller's promise; the pointer is checked before use.
    let start = unsafe { qjs::JS_ToCStringLen2(ctx, &mut length, value, false) };
    if start.is_null() {
        return Err(rquickjs::Error::Exception);
    }
    // SAFETY: QuickJS returned `length` bytes at `start`, which live until they are freed below.
    let bytes = unsafe { std::slice::from_raw_parts(start.cast::<u8>(), length as usize) };
    let result = match std::str::from_utf8(bytes) {
        Ok(text) => f(text),
        Err(_) => f(&replace_surrogates(bytes)),
    };
    // SAFETY: `start` came from `JS_ToCStringLen2` and is freed once.
    unsafe { qjs::JS_FreeCString(ctx, start) };
    Ok(result)
}

/// QuickJS writes a lone surrogate as the three bytes `ED A0..BF 80..BF`; UTF-8 has no such thing.
fn replace_surrogates(bytes: &[u8]) -> String {
    const REPLACEMENT: &[u8; 3] = b"\xEF\xBF\xBD";
    let mut fixed = bytes.to_vec();
    let mut i = 0;
    while i + 2 < fixed.len() {
        if fixed[i] == 0xED && fixed[i + 1] >= 0xA0 {
            fixed[i..i + 3].copy_from_slice(REPLACEMENT);
            i += 2;
        }
        i += 1;
    }
    String::from_utf8_lossy(&fixed).into_owned()
}

/// Any JavaScript value as text, by `ToString`.
pub struct Text(pub String);

impl<'js> FromJs<'js> for Text {
    fn from_js(ctx: &Ctx<'js>, value: Value<'js>) -> Result<Self> {
        with_utf8(ctx, &value, str::to_owned).map(Text)
    }
}
