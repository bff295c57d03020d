//! What QuickJS's C library expects of an operating system, answered through the WIT.

use std::cell::Cell;

use crate::bindings::wasock::websocket::{environment, timers};

thread_local! {
    static AWAKE: Cell<bool> = const { Cell::new(false) };
}

/// From now on the host may be asked. Before, in the snapshot, every clock stands at 0: a snapshot
/// must not depend on when it was taken.
pub fn wake() {
    AWAKE.set(true);
}

/// Whether the host may be asked.
pub fn is_awake() -> bool {
    AWAKE.get()
}

/// Monotonic time in nanoseconds.
pub fn now() -> u64 {
    if AWAKE.get() { timers::now() } else { 0 }
}

/// Nanoseconds since 1970.
pub fn unix_time() -> u64 {
    if AWAKE.get() { environment::unix_time() } else { 0 }
}

/// `Date.now()` asks this, in microseconds since 1970. It satisfies the one import that the C
/// library under QuickJS would have.
#[unsafe(no_mangle)]
extern "C" fn __rquickjs_host_now_us() -> f64 {
    (unix_time() / 1_000) as f64
}

/// Runs C's constructors. There are none; but where nothing refers to them the linker takes the module for a command, and
/// runs C's destructors after each call of an export.
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: it is called once, if at all.
    unsafe { __wasm_call_ctors() }
}
