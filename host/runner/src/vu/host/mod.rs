//! The imports of the world `vu` beyond `client`, one file per WIT interface.

mod console;
mod environment;
mod execution;
mod files;
mod metrics;
mod round_trips;
mod secrets;
mod shared_data;
mod summary;
mod tags;

use wasmtime::component::{HasSelf, Linker};

pub use shared_data::Handle as SharedArrayHandle;

use super::bindings;
use super::state::VuState;

/// Adds the world's imports, and WASI for guests whose toolchain needs it, to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<VuState>) -> wasmtime::Result<()> {
    wasock_sockets::add_to_linker(linker)?;
    wasock_http::add_to_linker(linker)?;
    bindings::console::add_to_linker::<_, HasSelf<VuState>>(linker, |state| state)?;
    bindings::tags::add_to_linker::<_, HasSelf<VuState>>(linker, |state| state)?;
    bindings::metrics::add_to_linker::<_, HasSelf<VuState>>(linker, |state| state)?;
    bindings::round_trips::add_to_linker::<_, HasSelf<VuState>>(linker, |state| state)?;
    bindings::environment::add_to_linker::<_, HasSelf<VuState>>(linker, |state| state)?;
    bindings::execution::add_to_linker::<_, HasSelf<VuState>>(linker, |state| state)?;
    bindings::shared_data::add_to_linker::<_, HasSelf<VuState>>(linker, |state| state)?;
    bindings::files::add_to_linker::<_, HasSelf<VuState>>(linker, |state| state)?;
    bindings::secrets::add_to_linker::<_, HasSelf<VuState>>(linker, |state| state)?;
    bindings::summary::add_to_linker::<_, HasSelf<VuState>>(linker, |state| state)?;
    wasmtime_wasi::p2::add_to_linker_async(linker)
}
