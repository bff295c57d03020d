//! The generated traits, one file per WIT interface. No protocol logic here.

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
