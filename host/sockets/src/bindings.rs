//! What wasmtime generates from `wit/`: the types of the worlds `client` and `async-client`.
//!
//! An embedder whose own world includes `client` names these in the `with` option of its `bindgen!`
//! instead of generating them again.

#[expect(missing_docs, reason = "generated code; the WIT files have the documentation")]
#[allow(unused_qualifications, reason = "generated code")]
mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "wasock:websocket/client",
        imports: {
            "wasock:websocket/events.[method]event-queue.wait": async | trappable,
            "wasock:websocket/sockets.[method]socket.send-text": async | trappable,
            "wasock:websocket/sockets.[method]socket.send-binary": async | trappable,
            default: trappable,
        },
        with: {
            "wasock:websocket/events.event-queue": crate::EventQueue,
            "wasock:websocket/sockets.socket": crate::Socket,
            "wasock:websocket/timers.timer": crate::Timer,
        },
        trappable_error_type: {
            "wasock:websocket/types.error-code" => crate::SocketError,
        },
        require_store_data_send: true,
    });
}

#[expect(missing_docs, reason = "generated code; the WIT files have the documentation")]
#[allow(unused_qualifications, reason = "generated code")]
mod generated_async {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "wasock:websocket/async-client",
        imports: {
            default: store | trappable,
        },
        with: {
            "wasock:websocket/types": crate::bindings::types,
            "wasock:websocket/events": crate::bindings::events,
            "wasock:websocket/sockets": crate::bindings::sockets,
            "wasock:websocket/timers": crate::bindings::timers,
        },
        require_store_data_send: true,
    });
}

pub use generated::wasock::websocket::{events, sockets, timers, types};
pub use generated_async::wasock::websocket::{async_events, async_sockets};
