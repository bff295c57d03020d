//! The one QuickJS runtime and context of an instance.

use std::cell::{Cell, OnceCell, RefCell};

use rquickjs::{Context, Ctx, Object, Persistent, Runtime, qjs};

use crate::{event_loop, failure, heap, load::ModuleTable};

/// How deep JavaScript may recurse, in bytes of the shadow stack (4 MiB, set when linking). Beyond
/// it QuickJS throws a RangeError that scripts can catch; the rest is for the engine's own calls.
const MAX_STACK: usize = 3 << 20;

thread_local! {
    static CONTEXT: OnceCell<Context> = const { OnceCell::new() };
    static RAW: Cell<*mut qjs::JSContext> = const { Cell::new(std::ptr::null_mut()) };
    static HOOKS: RefCell<Option<Persistent<Object<'static>>>> = const { RefCell::new(None) };
}

/// Makes runtime and context. Called once, when the snapshot is built.
pub fn create() {
    let runtime = Runtime::new().expect("a new runtime fits into memory");
    runtime.set_max_stack_size(MAX_STACK);
    runtime.set_loader(ModuleTable, ModuleTable);
    runtime.set_interrupt_handler(Some(Box::new(event_loop::should_stop)));
    runtime.set_host_promise_rejection_tracker(Some(Box::new(|ctx, promise, reason, handled| {
        failure::track_rejection(&ctx, promise, reason, handled);
    })));
    let context = Context::full(&runtime).expect("a new context fits into memory");
    RAW.set(context.as_raw().as_ptr());
    CONTEXT.with(|cell| {
        assert!(cell.set(context).is_ok(), "load is called once");
    });
}

/// How much a virtual user may allocate before the first collection, in bytes. A collection does not
/// look at what is frozen, so it is cheap, and garbage takes memory from every virtual user.
const FIRST_COLLECTION: usize = 48 << 10;

unsafe extern "C" {
    /// Makes all built-in functions, most of which QuickJS makes when they are first read.
    fn JS_InstantiateBuiltins(context: *mut qjs::JSContext);

    /// Freezes QuickJS's blocks below `end`; see `quickjs/frozen-heap.patch`.
    fn JS_FreezeHeap(runtime: *mut qjs::JSRuntime, end: usize);
}

/// Collects what loading has left behind, and freezes the rest.
pub fn freeze() {
    with(|ctx| {
        // SAFETY: no script runs, and all that QuickJS has allocated lies below `end`.
        unsafe {
            JS_InstantiateBuiltins(ctx.as_raw().as_ptr());
            ctx.run_gc();
            let end = heap::freeze();
            let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
            JS_FreezeHeap(runtime, end);
            qjs::JS_SetGCThreshold(runtime, FIRST_COLLECTION as qjs::size_t);
        }
    });
}

/// The context, for calls of QuickJS itself.
pub fn raw() -> *mut qjs::JSContext {
    RAW.get()
}

/// Whether [`create`] was called.
pub fn exists() -> bool {
    CONTEXT.with(|cell| cell.get().is_some())
}

/// Runs `f` with the context. Not to be nested: natives are handed theirs.
pub fn with<R>(f: impl FnOnce(&Ctx<'_>) -> R) -> R {
    CONTEXT.with(|cell| {
        let context = cell.get().expect("load comes first");
        context.with(|ctx| f(&ctx))
    })
}

/// Keeps the shim's hooks.
pub fn set_hooks<'js>(ctx: &Ctx<'js>, hooks: Object<'js>) {
    HOOKS.set(Some(Persistent::save(ctx, hooks)));
}

/// The shim's hooks.
pub fn hooks<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
    HOOKS.with_borrow(Clone::clone).expect("the shim sets its hooks when it is loaded").restore(ctx)
}
