//! An embedder of guests with `async` functions by the component model: runs a component of the unstable world
//! `async-client` that exports `run: async func(url: string) -> result<string, string>`.
//!
//! `embed_async concurrent.wasm ws://127.0.0.1:8765` prints what it returns; `make guest-concurrent` makes such a component.

use std::sync::Arc;
use std::{env, fs};

use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Error, Result, Store};
use wasock_sockets::{AllowAll, SocketsCtx, SocketsCtxView, SocketsView, add_async_to_linker};

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
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    let engine = Engine::new(&config)?;
    let mut linker = Linker::<State>::new(&engine);
    add_async_to_linker(&mut linker)?;

    let sockets = SocketsCtx::builder().network(Arc::new(AllowAll)).build();
    let mut store = Store::new(&engine, State { table: ResourceTable::new(), sockets });

    let component = Component::new(&engine, component)?;
    let instance = linker.instantiate_async(&mut store, &component).await?;
    let run = instance
        .get_typed_func::<(String,), (std::result::Result<String, String>,)>(&mut store, "run")?;
    let url = url.to_owned();
    let (answer,) =
        store.run_concurrent(async |store| run.call_concurrent(store, (url,)).await).await??;
    answer.map_err(Error::msg)
}

#[allow(clippy::print_stdout, reason = "the answer is what it is for")]
#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [path, url] = arguments.as_slice() else {
        return Err(Error::msg("usage: embed_async <component.wasm> <url>"));
    };
    println!("{}", run(&fs::read(path)?, url).await?);
    Ok(())
}
