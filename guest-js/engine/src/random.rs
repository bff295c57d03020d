//! `Math.random`, seeded per virtual user.
//!
//! QuickJS seeds its own generator when a context is made, so every instance of a snapshot would
//! draw the same numbers. This one is seeded when a virtual user starts.

use std::cell::Cell;

use rquickjs::{Ctx, Object, Result, qjs};

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(1) };
}

/// Starts a new sequence.
pub fn seed(seed: u64) {
    // SplitMix64's finalizer spreads close seeds far apart; xorshift must not start from 0.
    let mut x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    STATE.set((x ^ (x >> 31)).max(1));
}

/// xorshift64*, the top 53 bits of each step.
fn next() -> f64 {
    let mut x = STATE.get();
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    STATE.set(x);
    let bits = x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
    bits as f64 / (1u64 << 53) as f64
}

unsafe extern "C" fn math_random(
    _ctx: *mut qjs::JSContext,
    _this: qjs::JSValue,
    _argc: i32,
    _argv: *mut qjs::JSValue,
) -> qjs::JSValue {
    qjs::JS_NewFloat64(next())
}

/// Puts the generator in the place of `Math.random`.
pub fn install(ctx: &Ctx<'_>) -> Result<()> {
    let math: Object<'_> = ctx.globals().get("Math")?;
    // SAFETY: the function has the signature that JS_CFUNC_generic stands for, and the new value is
    // handed over to the property.
    unsafe {
        let raw = ctx.as_raw().as_ptr();
        let function = qjs::JS_NewCFunction2(
            raw,
            Some(math_random),
            c"random".as_ptr(),
            0,
            qjs::JSCFunctionEnum_JS_CFUNC_generic,
            0,
        );
        let flags = qjs::JS_PROP_WRITABLE | qjs::JS_PROP_CONFIGURABLE;
        qjs::JS_DefinePropertyValueStr(
            raw,
            math.as_raw(),
            c"random".as_ptr(),
            function,
            flags as i32,
        );
    }
    Ok(())
}
