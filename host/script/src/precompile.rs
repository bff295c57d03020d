//! Compiles a component. What the compiler cannot take is an error, even where it panics.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::Engine;

/// How many components are being compiled.
static COMPILING: AtomicUsize = AtomicUsize::new(0);

/// The machine code of a component.
///
/// # Errors
///
/// What the compiler says. It is made for what it knows: a component that it did not expect can make it panic, which is
/// no matter of the user's terminal.
pub(crate) fn precompiled(engine: &Engine, wasm: &[u8]) -> Result<Vec<u8>, String> {
    let _quiet = Quiet::new();
    let compile = AssertUnwindSafe(|| engine.precompile_component(wasm));
    match panic::catch_unwind(compile) {
        Ok(compiled) => compiled.map_err(|error| format!("{error:#}")),
        Err(panic) => Err(format!("the compiler failed: {}", text(&*panic))),
    }
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no reason")
}

/// Keeps panics from standard error as long as it lives. The compiler has threads of its own, so it counts for all.
struct Quiet;

impl Quiet {
    fn new() -> Self {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let usual = panic::take_hook();
            panic::set_hook(Box::new(move |panic| match COMPILING.load(Ordering::Relaxed) {
                0 => usual(panic),
                _ => tracing::debug!("{panic}"),
            }));
        });
        COMPILING.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        COMPILING.fetch_sub(1, Ordering::Relaxed);
    }
}
