//! What wasmtime generates from `wit/` for requests and cookies.
//!
//! An embedder whose own world includes `web-client` names these in the `with` option of its
//! `bindgen!` instead of generating them again.

#[expect(missing_docs, reason = "generated code; the WIT files have the documentation")]
#[allow(unused_qualifications, reason = "generated code")]
mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "wasock:websocket/web-client",
        imports: {
            "wasock:websocket/http.wait": async | trappable,
            default: trappable,
        },
        with: {
            "wasock:websocket/types": wasock_sockets::bindings::types,
            "wasock:websocket/events": wasock_sockets::bindings::events,
            "wasock:websocket/sockets": wasock_sockets::bindings::sockets,
            "wasock:websocket/timers": wasock_sockets::bindings::timers,
            "wasock:websocket/cookies.jar": crate::CookieJar,
            "wasock:websocket/http.request": crate::Request,
        },
        require_store_data_send: true,
    });
}

pub use generated::wasock::websocket::{cookies, http};
