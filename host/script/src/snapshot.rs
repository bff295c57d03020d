//! Engine, shim and compiled script, frozen into one component.
//!
//! The engine runs once, here: it evaluates the shim and compiles the script. Its memory becomes the
//! initial memory of the component, so that a virtual user starts where that run ended.

use std::path::Path;

use wasmtime::component::{Component, ComponentType, Instance, Lift, Linker, Lower};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder, Trap};
use wasmtime_wizer::{WasmtimeWizerComponent, Wizer};

use crate::compile::CompileError;
use crate::engine::{self, ENGINE};
use crate::graph::ModuleGraph;
use crate::{hash, shim, store};

/// The engine's export that takes the modules.
const COMPILER: &str = "wasock:engine/compiler@0.1.0";

/// The most memory that engine and script may have while they are frozen, in bytes: more than a virtual user has
/// by default, so that a script which is too large for one is told so by name.
const MAX_MEMORY: usize = 1 << 30;

/// The module of the shim that sets up the globals; the others build on it.
const MAIN: &str = "wasock:main";

/// A record of `guest-js/engine/wit/engine.wit`.
#[derive(ComponentType, Lower)]
#[component(record)]
struct Module {
    name: String,
    source: String,
    imports: Vec<(String, String)>,
}

/// A record of `wit/lifecycle.wit`.
#[derive(ComponentType, Lift)]
#[component(record)]
#[expect(dead_code, reason = "the stack has the location too; the fields are the record's")]
struct Exception {
    message: String,
    stack: String,
    location: Option<Location>,
}

/// A record of `wit/lifecycle.wit`.
#[derive(ComponentType, Lift)]
#[component(record)]
#[expect(dead_code, reason = "the fields are the record's")]
struct Location {
    file: String,
    line: u32,
    column: u32,
}

/// Runs the engine on a script and returns the resulting component, not yet compiled.
///
/// `cache` keeps the compiled engine for the next script.
pub(crate) async fn snapshot(
    graph: &ModuleGraph,
    cache: Option<&Path>,
) -> Result<Vec<u8>, CompileError> {
    let wizer = Wizer::new();
    let (context, instrumented) =
        wizer.instrument_component(ENGINE).map_err(CompileError::Engine)?;
    let runtime = Engine::new(&engine::config()).map_err(CompileError::Engine)?;
    let component = instrumented_engine(&runtime, &instrumented, cache)?;
    let mut store = Store::new(&runtime, StoreLimitsBuilder::new().memory_size(MAX_MEMORY).build());
    store.limiter(|limits| limits);
    // All of it is copied out when it is frozen.
    store.set_hostcall_fuel(2 * MAX_MEMORY);
    store.set_epoch_deadline(u64::MAX);
    let mut linker = Linker::<StoreLimits>::new(&runtime);
    linker.define_unknown_imports_as_traps(&component).map_err(CompileError::Engine)?;
    let instance =
        linker.instantiate_async(&mut store, &component).await.map_err(CompileError::Engine)?;
    load(&mut store, &instance, graph).await?;
    let mut state = WasmtimeWizerComponent { store: &mut store, instance };
    wizer.snapshot_component(&context, &mut state).await.map_err(CompileError::Engine)
}

/// The engine as it runs here. It is the same for every script, so compiling it is done once.
fn instrumented_engine(
    engine: &Engine,
    wasm: &[u8],
    cache: Option<&Path>,
) -> Result<Component, CompileError> {
    let compile = || engine.precompile_component(wasm).map_err(CompileError::Engine);
    let Some(folder) = cache else {
        let code = compile()?;
        // SAFETY: the code was made by the line above.
        return unsafe { Component::deserialize(engine, code) }.map_err(CompileError::Engine);
    };
    let name = format!("{}-engine", &hash::sha256(wasm)[..32]);
    store::compiled(folder, &name, engine, compile)
}

async fn load(
    store: &mut Store<StoreLimits>,
    instance: &Instance,
    graph: &ModuleGraph,
) -> Result<(), CompileError> {
    type Parameters = (Vec<Module>, Vec<String>, String);
    let interface = instance.get_export_index(&mut *store, None, COMPILER);
    let function = interface
        .and_then(|interface| instance.get_export_index(&mut *store, Some(&interface), "load"))
        .expect("the embedded engine exports `load`");
    let function = instance
        .get_typed_func::<Parameters, (Result<(), Exception>,)>(&mut *store, &function)
        .map_err(CompileError::Engine)?;
    let parameters = (modules(graph), evaluated(), graph.entry.clone());
    let (result,) = function.call_async(&mut *store, parameters).await.map_err(broke_down)?;
    result.map_err(|exception| {
        let stack = if exception.stack.is_empty() { exception.message } else { exception.stack };
        CompileError::Script(graph.remap(&stack))
    })
}

/// What a script is told that the engine cannot take.
fn broke_down(error: wasmtime::Error) -> CompileError {
    CompileError::Script(match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => "the code is nested too deeply for the engine".to_owned(),
        _ => format!("the engine cannot take the script: {}", error.root_cause()),
    })
}

/// The shim's modules, the libraries that the script imports, and the script's own.
fn modules(graph: &ModuleGraph) -> Vec<Module> {
    let wanted = |module: &&shim::ShimModule| {
        !module.is_library() || graph.builtins.iter().any(|name| name == module.name)
    };
    let shim = shim::modules().iter().filter(wanted).map(|module| Module {
        name: module.name.to_owned(),
        source: module.source.to_owned(),
        imports: module.imports().into_iter().map(|name| (name.clone(), name)).collect(),
    });
    let script = graph.modules.iter().map(|module| Module {
        name: module.name.clone(),
        source: module.source.clone(),
        imports: module.imports.clone(),
    });
    shim.chain(script).collect()
}

/// What is evaluated here: all of the shim but the libraries, whose top level may draw random numbers.
fn evaluated() -> Vec<String> {
    let rest = shim::modules().iter().filter(|module| !module.is_library() && module.name != MAIN);
    std::iter::once(MAIN.to_owned()).chain(rest.map(|module| module.name.to_owned())).collect()
}

/// What a snapshot depends on besides the script.
pub(crate) fn toolchain_digest() -> String {
    format!("{} {}", env!("CARGO_PKG_VERSION"), shim::digest())
}
