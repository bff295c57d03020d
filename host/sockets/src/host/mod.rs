//! The generated traits, one file per WIT interface. No protocol logic here.

mod async_events;
mod async_sockets;
mod events;
mod sockets;
mod timers;
mod types;

use wasmtime::component::{HasData, Linker};

use crate::bindings;
use crate::ctx::{SocketsCtxView, SocketsView};

/// Stands for the borrow that host functions work on.
struct WasockSockets;

impl HasData for WasockSockets {
    type Data<'a> = SocketsCtxView<'a>;
}

/// Adds all interfaces of the world `client` to a linker.
///
/// # Errors
///
/// One of them is defined in the linker already.
pub fn add_to_linker<T: SocketsView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    bindings::types::add_to_linker::<_, WasockSockets>(linker, T::sockets)?;
    bindings::events::add_to_linker::<_, WasockSockets>(linker, T::sockets)?;
    bindings::sockets::add_to_linker::<_, WasockSockets>(linker, T::sockets)?;
    bindings::timers::add_to_linker::<_, WasockSockets>(linker, T::sockets)
}

/// Adds all interfaces of the world `async-client` to a linker: those of [`add_to_linker`], and those whose functions are
/// `async` by the component model. The world is unstable: it may change with any version.
///
/// The engine needs `Config::wasm_component_model_async`.
///
/// # Errors
///
/// One of them is defined in the linker already.
pub fn add_async_to_linker<T: SocketsView + 'static>(
    linker: &mut Linker<T>,
) -> wasmtime::Result<()> {
    add_to_linker(linker)?;
    let (mut events, mut sockets) = (
        bindings::async_events::LinkOptions::default(),
        bindings::async_sockets::LinkOptions::default(),
    );
    bindings::async_events::add_to_linker::<_, WasockSockets>(
        linker,
        events.async_client(true),
        T::sockets,
    )?;
    bindings::async_sockets::add_to_linker::<_, WasockSockets>(
        linker,
        sockets.async_client(true),
        T::sockets,
    )
}
