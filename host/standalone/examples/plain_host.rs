//! A plain host of WASI 0.2 that knows nothing of wasock: `wasmtime-wasi` as it is, with the network granted. It runs
//! what `wasock compile --standalone` writes:
//!
//! `plain_host [--env NAME=VALUE]... COMPONENT [ARGUMENT]...`

use std::env;

use anyhow::{Context, Result, ensure};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut wasi = WasiCtx::builder();
    wasi.inherit_stdout().inherit_stderr();
    wasi.inherit_network().allow_tcp(true).allow_ip_name_lookup(true);
    let mut arguments = env::args().skip(1);
    let component = loop {
        let argument = arguments.next().context("the component is missing")?;
        if argument != "--env" {
            break argument;
        }
        let variable = arguments.next().context("--env has no variable")?;
        let (name, value) = variable.split_once('=').context("a variable is NAME=VALUE")?;
        wasi.env(name, value);
    };
    wasi.arg(&component).args(&arguments.collect::<Vec<_>>());

    let engine = Engine::default();
    let component = Component::from_file(&engine, component)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    let mut store = Store::new(&engine, State { wasi: wasi.build(), table: ResourceTable::new() });
    let command = Command::instantiate_async(&mut store, &component, &linker).await?;
    let succeeded = command.wasi_cli_run().call_run(&mut store).await?.is_ok();
    ensure!(succeeded, "the test has failed");
    Ok(())
}
