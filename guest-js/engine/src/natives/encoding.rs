//! Text as bytes, and what kind of object a value is.

use rquickjs::function::Func;
use rquickjs::{ArrayBuffer, Ctx, Exception, Object, Result, Value, qjs};

use crate::text::with_utf8;

pub fn install<'js>(_ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("encodeUtf8", Func::from(encode_utf8))?;
    native.set("decodeUtf8", Func::from(decode_utf8))?;
    native.set("decodeUtf16", Func::from(decode_utf16))?;
    native.set("classOf", Func::from(class_of))
}

fn encode_utf8<'js>(ctx: Ctx<'js>, text: Value<'js>) -> Result<ArrayBuffer<'js>> {
    let bytes = with_utf8(&ctx, &text, |text| text.as_bytes().to_vec())?;
    ArrayBuffer::new(ctx, bytes)
}

/// Runs `f` with a part of a buffer.
pub(super) fn with_part<'js, R>(
    ctx: &Ctx<'js>,
    buffer: &ArrayBuffer<'js>,
    offset: usize,
    length: usize,
    f: impl FnOnce(&[u8]) -> R,
) -> Result<R> {
    // SAFETY: no script runs while the bytes are borrowed.
    let bytes = unsafe { buffer.as_bytes() }.unwrap_or_default();
    match offset.checked_add(length).and_then(|end| bytes.get(offset..end)) {
        Some(part) => Ok(f(part)),
        None => Err(Exception::throw_range(ctx, "the view lies outside of its buffer")),
    }
}

/// The text of bytes; none if `fatal` and they are not UTF-8.
fn decode_utf8<'js>(
    ctx: Ctx<'js>,
    buffer: ArrayBuffer<'js>,
    offset: usize,
    length: usize,
    fatal: bool,
) -> Result<Option<String>> {
    with_part(&ctx, &buffer, offset, length, |bytes| match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(_) if fatal => None,
        Err(_) => Some(String::from_utf8_lossy(bytes).into_owned()),
    })
}

/// The text of bytes; none if `fatal` and they are not UTF-16 of this byte order.
fn decode_utf16<'js>(
    ctx: Ctx<'js>,
    buffer: ArrayBuffer<'js>,
    offset: usize,
    length: usize,
    fatal: bool,
    big_endian: bool,
) -> Result<Option<String>> {
    with_part(&ctx, &buffer, offset, length, |bytes| {
        let (units, rest) = bytes.as_chunks();
        let unit = if big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
        let decoded = char::decode_utf16(units.iter().copied().map(unit));
        let replace = |error| if fatal { Err(error) } else { Ok(char::REPLACEMENT_CHARACTER) };
        let mut text: String = decoded
            .map(|unit| unit.or_else(replace))
            .collect::<std::result::Result<_, _>>()
            .ok()?;
        if !rest.is_empty() {
            if fatal {
                return None;
            }
            text.push(char::REPLACEMENT_CHARACTER);
        }
        Some(text)
    })
}

/// The number of the class of an object within the engine, which no script can change; 0 for other
/// values.
fn class_of(value: Value<'_>) -> u32 {
    // SAFETY: the value is alive.
    unsafe { qjs::JS_GetClassID(value.as_raw()) }
}
