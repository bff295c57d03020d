//! The generated traits, one file per WIT interface. No protocol logic here.

mod cookies;
mod http;

use wasmtime::component::{HasData, Linker};

use crate::bindings;
use crate::ctx::{HttpCtxView, HttpView};

/// Stands for the borrow that host functions work on.
struct WasockHttp;

impl HasData for WasockHttp {
    type Data<'a> = HttpCtxView<'a>;
}

/// Adds the interfaces `http` and `cookies` to a linker. Those of the world `client` are added by
/// `wasock_sockets::add_to_linker`.
///
/// # Errors
///
/// One of them is defined in the linker already.
pub fn add_to_linker<T: HttpView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    bindings::cookies::add_to_linker::<_, WasockHttp>(linker, T::http)?;
    bindings::http::add_to_linker::<_, WasockHttp>(linker, T::http)
}
