//! The smallest embedder: runs a component of the world `client` that exports `run: func(url: string) -> string`.
//!
//! `embed echo.wasm ws://127.0.0.1:8765` prints what it returns; docs/hosts.md has such a component.

use std::sync::Arc;
use std::{env, fs};

use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Error, Result, Store};
use wasock_sockets::{AllowAll, SocketsCtx, SocketsCtxView, SocketsView, add_to_linker};

/// What a store holds for its guest.
struct State {
    table: ResourceTable,
    sockets: SocketsCtx,
}

impl SocketsView for State {
    fn sockets(&mut self) -> SocketsCtxView<'_> {
        SocketsCtxView { ctx: &mut self.sockets, table: &mut self.table }
    }
}

/// Runs a component against the server at this URL. It may connect to any.
pub async fn run(component: &[u8], url: &str) -> Result<String> {
    let engine = Engine::default();
    let mut linker = Linker::<State>::new(&engine);
    add_to_linker(&mut linker)?;

    let sockets = SocketsCtx::builder().network(Arc::new(AllowAll)).build();
    let mut store = Store::new(&engine, State { table: ResourceTable::new(), sockets });

    let component = Component::new(&engine, component)?;
    let instance = linker.instantiate_async(&mut store, &component).await?;
    let run = instance.get_typed_func::<(&str,), (String,)>(&mut store, "run")?;
    let (answer,) = run.call_async(&mut store, (url,)).await?;
    Ok(answer)
}

#[allow(clippy::print_stdout, reason = "the answer is what it is for")]
#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [path, url] = arguments.as_slice() else {
        return Err(Error::msg("usage: embed <component.wasm> <url>"));
    };
    println!("{}", run(&fs::read(path)?, url).await?);
    Ok(())
}
