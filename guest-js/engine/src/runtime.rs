//! The one QuickJS runtime and context of an instance.

use std::cell::{OnceCell, RefCell};

use rquickjs::{Context, Ctx, Object, Persistent, Runtime};

use crate::{event_loop, failure, load::ModuleTable};

/// How deep JavaScript may recurse, in bytes of the shadow stack (4 MiB, set when linking). Beyond
/// it QuickJS throws a RangeError that scripts can catch; the rest is for the engine's own calls.
const MAX_STACK: usize = 3 << 20;

thread_local! {
    static CONTEXT: OnceCell<Context> = const { OnceCell::new() };
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
    CONTEXT.with(|cell| {
        assert!(cell.set(context).is_ok(), "load is called once");
    });
}

/// How much a virtual user may allocate on top of the snapshot before the first collection, in
/// bytes. A collection visits every object, so it copies every page of the snapshot that has objects
/// in it: small scripts should never come to it.
const FIRST_COLLECTION: usize = 256 << 10;

/// Collects what loading has left behind, and puts off the next collection.
pub fn compact() {
    CONTEXT.with(|cell| {
        let runtime = cell.get().expect("load comes first").runtime();
        runtime.run_gc();
        let used = runtime.memory_usage().malloc_size;
        runtime.set_gc_threshold(usize::try_from(used).unwrap_or_default() + FIRST_COLLECTION);
    });
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
