//! The one QuickJS runtime and context of an instance.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::c_int;
use std::ptr::NonNull;

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

    /// What is compiled from now on is the script's.
    fn JS_WarmModules();

    /// How much room [`JS_MoveChanging`] needs, in bytes.
    fn JS_ChangingSize(
        context: *mut qjs::JSContext,
        objects: *const qjs::JSValue,
        count: c_int,
    ) -> usize;

    /// How many of those bytes are only read; they come first.
    fn JS_LastingSize(context: *mut qjs::JSContext) -> usize;

    /// Moves what is written when a virtual user begins, the properties of these objects among it.
    fn JS_MoveChanging(
        context: *mut qjs::JSContext,
        objects: *const qjs::JSValue,
        count: c_int,
        to: *mut u8,
    );

    /// Freezes QuickJS's blocks below `end`; see `quickjs/frozen-heap.patch`.
    fn JS_FreezeHeap(runtime: *mut qjs::JSRuntime, end: usize);
}

/// Tells QuickJS that modules are the script's from now on, and no longer the shim's.
pub fn begin_script() {
    // SAFETY: it sets a flag.
    unsafe { JS_WarmModules() }
}

/// Collects what loading has left behind, and freezes the rest.
pub fn freeze() {
    with(|ctx| {
        let state: Object<'_> =
            hooks(ctx).and_then(|hooks| hooks.get("state")).expect("the shim has its state");
        let changing = [ctx.globals().as_raw(), state.as_raw()];
        let (objects, count) = (changing.as_ptr(), changing.len() as c_int);
        let context = ctx.as_raw().as_ptr();
        // SAFETY: no script runs, and all that QuickJS has allocated lies below the end of what is moved.
        unsafe {
            JS_InstantiateBuiltins(context);
            ctx.run_gc();
            let size = JS_ChangingSize(context, objects, count);
            let lasting = JS_LastingSize(context);
            let start = heap::freeze(lasting, size);
            JS_MoveChanging(context, objects, count, start as *mut u8);
            let runtime = qjs::JS_GetRuntime(context);
            JS_FreezeHeap(runtime, start + size);
            qjs::JS_SetGCThreshold(runtime, FIRST_COLLECTION as qjs::size_t);
            heap::note_changing(start + size);
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
    let context = NonNull::new(RAW.get()).expect("load comes first");
    // SAFETY: there is one context, and one thread. `Context::with` does no more, but for a lock in what is frozen.
    let ctx = unsafe { Ctx::from_raw(context) };
    f(&ctx)
}

/// Keeps the shim's hooks.
pub fn set_hooks<'js>(ctx: &Ctx<'js>, hooks: Object<'js>) {
    HOOKS.set(Some(Persistent::save(ctx, hooks)));
}

/// The shim's hooks.
pub fn hooks<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
    HOOKS.with_borrow(Clone::clone).expect("the shim sets its hooks when it is loaded").restore(ctx)
}
