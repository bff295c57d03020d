//! What wasmtime generates from `wit/` for the world `vu`.

#[expect(missing_docs, reason = "generated code; the WIT files have the documentation")]
#[allow(unused_qualifications, reason = "generated code")]
mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "wasock:websocket/vu",
        imports: {
            "wasock:websocket/files.read": async | trappable,
            "wasock:websocket/secrets.get": async | trappable,
            "wasock:websocket/shared-data.find": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: {
            "wasock:websocket/types": wasock_sockets::bindings::types,
            "wasock:websocket/events": wasock_sockets::bindings::events,
            "wasock:websocket/sockets": wasock_sockets::bindings::sockets,
            "wasock:websocket/timers": wasock_sockets::bindings::timers,
            "wasock:websocket/metrics.meter": crate::vu::meter::Meter,
            "wasock:websocket/cookies": wasock_http::bindings::cookies,
            "wasock:websocket/http": wasock_http::bindings::http,
            "wasock:websocket/shared-data.shared-array": crate::vu::host::SharedArrayHandle,
            "wasock:websocket/shared-data.draft": crate::shared_data::Draft,
        },
        require_store_data_send: true,
    });
}

pub use generated::exports::wasock::websocket::lifecycle;
pub use generated::wasock::websocket::{
    console, environment, execution, files, metrics, round_trips, secrets, shared_data, summary,
    tags,
};
pub use generated::{Vu, VuPre};
