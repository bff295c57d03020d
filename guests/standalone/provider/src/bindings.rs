//! What is generated from `wit/`.

wit_bindgen::generate!({
    path: ["../../../wit", "../wit"],
    world: "wasock:standalone/provider",
    pub_export_macro: true,
});

pub use exports::wasock::standalone::stages;
pub use exports::wasock::websocket::{
    console, cookies, environment, events, execution, files, http, metrics, round_trips, secrets,
    shared_data, sockets, summary, tags, timers, types,
};
