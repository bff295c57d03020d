//! The JavaScript engine of wasock: QuickJS-ng as a WebAssembly component.
//!
//! A host calls [`compiler::load`](compiler) once with the shim and a script, takes a snapshot, and
//! starts every virtual user from it. From then on the engine is a guest of `wasock:websocket/vu`
//! like any other: it exports `lifecycle`, and its event loop pulls events from one `event-queue`.
//!
//! - [`load`]: modules in, compiled or evaluated
//! - [`lifecycle`]: the stages of a test
//! - [`event_loop`]: what runs when
//! - [`sockets`], [`sink`], [`messages`], [`timers`]: what the loop dispatches to
//! - [`requests`]: HTTP, whose end is waited for or an event
//! - [`natives`]: the functions the shim calls
//! - [`heap`]: what virtual users share of the memory
//! - [`failure`]: exceptions on their way out
#![deny(unsafe_op_in_unsafe_fn)]

mod answers;
mod event_loop;
mod failure;
mod headers;
mod heap;
mod held;
mod lifecycle;
mod load;
mod messages;
mod names;
mod natives;
mod platform;
mod random;
mod requests;
mod runtime;
mod sockets;
mod text;
mod timers;

mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit", "wit"],
        world: "wasock:engine/engine",
        generate_all,
        // `_initialize` runs the constructors: what tells here whether they have run would be read before its page is written.
        disable_run_ctors_once_workaround: true,
    });
}

struct Component;

bindings::export!(Component with_types_in bindings);
