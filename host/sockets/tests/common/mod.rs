//! The guest of `guest.wat` as a component, and its exports as methods.

#![allow(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use wasmtime::component::{
    Component, ComponentNamedList, ComponentType, Instance, Lift, Linker, Lower, ResourceTable,
};
use wasmtime::{Config, Engine, Result, Store};
use wasock_sockets::{SocketsCtx, SocketsCtxView, SocketsView, add_to_linker};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

pub const CASE_OPENED: u32 = 0;
pub const CASE_FAILED: u32 = 1;
pub const CASE_TEXT: u32 = 2;
pub const CASE_CLOSED: u32 = 6;
pub const CASE_TIMER: u32 = 7;

pub const STATE_OPEN: u32 = 2;
pub const STATE_CLOSED: u32 = 4;

pub const ERROR_INVALID_STATE: u32 = 0;
pub const ERROR_ACCESS_DENIED: u32 = 2;
pub const ERROR_LIMIT_REACHED: u32 = 3;

/// What `connect`, `send` and `close` of the guest return for an error.
pub fn refused(error: u32) -> u32 {
    1 + error
}

/// No call takes this long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

const WORLD: &str = "
    package test:guest;
    world guest {
        include wasock:websocket/client@0.1.0;
        record seen {
            interrupted: bool, count: u32, %case: u32, code: u32, text: string, missed: u64,
        }
        export queue: func() -> u32;
        export drop-queue: func(queue: u32);
        export socket: func(queue: u32) -> u32;
        export drop-socket: func(socket: u32);
        export state: func(socket: u32) -> u32;
        export connect: func(socket: u32, url: string) -> u32;
        export send: func(socket: u32, data: string) -> u32;
        export close: func(socket: u32, code: u32) -> u32;
        export timer: func(queue: u32, first: s64, period: s64) -> u32;
        export drop-timer: func(timer: u32);
        export look: func(queue: u32, max: u32, timeout: s64) -> seen;
    }
";

/// What the guest's `look` tells of the first event.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub struct Seen {
    pub interrupted: bool,
    pub count: u32,
    #[component(name = "case")]
    pub case: u32,
    pub code: u32,
    pub text: String,
    pub missed: u64,
}

/// The engine and the guest, compiled once for all tests.
static GUEST: LazyLock<(Engine, Component)> = LazyLock::new(|| {
    let engine = Engine::new(&Config::new()).unwrap();
    let component = Component::new(&engine, componentize()).unwrap();
    (engine, component)
});

fn componentize() -> Vec<u8> {
    let mut resolve = Resolve::default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    resolve.push_dir(root.join("../../wit")).unwrap();
    let package = resolve.push_str("guest.wit", WORLD).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    let mut module = wat::parse_file(root.join("tests/guest.wat")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

struct State {
    table: ResourceTable,
    sockets: SocketsCtx,
}

impl SocketsView for State {
    fn sockets(&mut self) -> SocketsCtxView<'_> {
        SocketsCtxView { ctx: &mut self.sockets, table: &mut self.table }
    }
}

pub struct Guest {
    store: Store<State>,
    instance: Instance,
}

impl Guest {
    pub async fn new(sockets: SocketsCtx) -> Self {
        let (engine, component) = &*GUEST;
        let mut linker = Linker::new(engine);
        add_to_linker(&mut linker).unwrap();
        let mut store = Store::new(engine, State { table: ResourceTable::new(), sockets });
        let instance = linker.instantiate_async(&mut store, component).await.unwrap();
        Self { store, instance }
    }

    async fn call<P, R>(&mut self, name: &str, parameters: P) -> Result<R>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let function = self.instance.get_typed_func::<P, R>(&mut self.store, name)?;
        let call = function.call_async(&mut self.store, parameters);
        tokio::time::timeout(PATIENCE, call).await.expect("the call returns in time")
    }

    pub async fn queue(&mut self) -> u32 {
        self.call::<(), (u32,)>("queue", ()).await.unwrap().0
    }

    pub async fn drop_queue(&mut self, queue: u32) -> Result<()> {
        self.call("drop-queue", (queue,)).await
    }

    pub async fn socket(&mut self, queue: u32) -> Result<u32> {
        Ok(self.call::<_, (u32,)>("socket", (queue,)).await?.0)
    }

    pub async fn drop_socket(&mut self, socket: u32) -> Result<()> {
        self.call("drop-socket", (socket,)).await
    }

    pub async fn state(&mut self, socket: u32) -> Result<u32> {
        Ok(self.call::<_, (u32,)>("state", (socket,)).await?.0)
    }

    pub async fn connect(&mut self, socket: u32, url: &str) -> u32 {
        self.call::<_, (u32,)>("connect", (socket, url)).await.unwrap().0
    }

    pub async fn send(&mut self, socket: u32, data: &str) -> u32 {
        self.call::<_, (u32,)>("send", (socket, data)).await.unwrap().0
    }

    pub async fn close(&mut self, socket: u32, code: u32) -> u32 {
        self.call::<_, (u32,)>("close", (socket, code)).await.unwrap().0
    }

    pub async fn timer(&mut self, queue: u32, first: i64, period: i64) -> Result<u32> {
        Ok(self.call::<_, (u32,)>("timer", (queue, first, period)).await?.0)
    }

    pub async fn drop_timer(&mut self, timer: u32) -> Result<()> {
        self.call("drop-timer", (timer,)).await
    }

    pub async fn look(&mut self, queue: u32, max: u32, timeout: i64) -> Result<Seen> {
        Ok(self.call::<_, (Seen,)>("look", (queue, max, timeout)).await?.0)
    }
}
