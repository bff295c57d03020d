//! Makes virtual users from a compiled script.

use std::fs;
use std::sync::{Arc, LazyLock};
use std::thread;

use thiserror::Error;
use wasmtime::component::Linker;
use wasmtime::{Engine, Store};
use wasock_script::{Script, SourceMaps};

use super::bindings::VuPre;
use super::host;
use super::instance::VirtualUser;
use super::state::{Identity, VuState};
use super::turn::{self, until_tick};
use super::world::WorldMismatch;
use crate::context::RunContext;
use crate::limits::shown_bytes;

/// Mappings of the kernel that a virtual user takes: four of its memory, two of its stack.
const MAPPINGS: u32 = 6;

/// Mappings that are left for everything else: the program, its threads, the scripts, and virtual users besides those
/// of the scenarios, of which `setup`, `teardown` and `handleSummary` have one each. Several times what they need.
const OTHER_MAPPINGS: u32 = 2_000;

/// How many mappings the kernel allows a process where it does not tell: Linux's default.
const USUAL_MAPPINGS: u32 = 65_530;

/// The most virtual users in one process: what the kernel allows it (`vm.max_map_count`), 10,588 by default.
pub fn room() -> u32 {
    static ROOM: LazyLock<u32> = LazyLock::new(|| {
        let told = fs::read_to_string("/proc/sys/vm/max_map_count");
        let mappings = told.ok().and_then(|told| told.trim().parse().ok());
        mappings.unwrap_or(USUAL_MAPPINGS).saturating_sub(OTHER_MAPPINGS) / MAPPINGS
    });
    *ROOM
}

/// Why no virtual user could be made.
#[derive(Debug, Error)]
pub enum FactoryError {
    /// wasmtime cannot be set up like this.
    #[error("the WebAssembly engine cannot be set up")]
    Engine(#[source] wasmtime::Error),
    /// The component cannot be run as a virtual user.
    #[error(transparent)]
    World(WorldMismatch),
    /// An instance does not fit into its memory.
    #[error("a virtual user needs more memory than {0} to begin with; --vu-memory raises that")]
    Memory(String),
    /// The system has no room for it.
    #[error("the system has no room for another virtual user: {}", .0.root_cause())]
    AddressSpace(wasmtime::Error),
    /// An instance could not be made.
    #[error("a virtual user could not be started: {}", .0.root_cause())]
    Instance(wasmtime::Error),
}

/// A wasmtime engine for virtual users, whose clock of epochs runs.
///
/// Instances are made when they are needed and not taken from a pool: a pool has pages of its own for each table, of
/// which those of the engine are half empty, and its size has to be known before the options of a script are.
///
/// # Errors
///
/// See [`FactoryError::Engine`].
pub fn engine() -> Result<Engine, FactoryError> {
    let engine = Engine::new(&wasock_script::engine::config()).map_err(FactoryError::Engine)?;
    let ticking = engine.weak();
    thread::Builder::new()
        .name("wasock-epochs".to_owned())
        .spawn(move || {
            while let Some(engine) = ticking.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(until_tick());
            }
        })
        .map_err(|error| FactoryError::Engine(error.into()))?;
    Ok(engine)
}

/// Makes virtual users from one script.
pub struct Factory {
    engine: Engine,
    template: VuPre<VuState>,
    maps: Arc<SourceMaps>,
}

impl Factory {
    /// Prepares to instantiate a script.
    ///
    /// # Errors
    ///
    /// The component does not fit the world `vu`.
    pub fn new(engine: &Engine, script: &Script) -> Result<Self, FactoryError> {
        let mut linker = Linker::new(engine);
        host::add_to_linker(&mut linker).map_err(FactoryError::Engine)?;
        let misfit =
            |error| FactoryError::World(WorldMismatch::of(&script.component, engine, &error));
        let template = linker.instantiate_pre(&script.component).map_err(misfit)?;
        let template = VuPre::new(template).map_err(misfit)?;
        Ok(Self { engine: engine.clone(), template, maps: Arc::new(script.maps.clone()) })
    }

    /// Makes a virtual user; its script has not run yet.
    ///
    /// # Errors
    ///
    /// There is no room for it.
    pub async fn create(
        &self,
        run: &Arc<RunContext>,
        identity: Identity,
    ) -> Result<VirtualUser, FactoryError> {
        let mut store = Store::new(&self.engine, VuState::new(run.clone(), identity));
        store.limiter(|state| state.limiter());
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut store| Ok(store.data_mut().take_turn()));
        let guest = match turn::follow(self.template.instantiate_async(&mut store)).await {
            Ok(guest) => guest,
            Err(_) if store.data().memory.was_short() => {
                return Err(FactoryError::Memory(shown_bytes(run.limits.memory as u64)));
            }
            Err(error) if is_out_of_memory(&error) => {
                return Err(FactoryError::AddressSpace(error));
            }
            Err(error) => return Err(FactoryError::Instance(error)),
        };
        Ok(VirtualUser::new(store, guest, self.maps.clone()))
    }
}

/// Whether the system has refused memory or addresses for it.
fn is_out_of_memory(error: &wasmtime::Error) -> bool {
    let errors = error.chain();
    #[cfg(unix)]
    let mut errors = errors.filter_map(|error| {
        let number = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error);
        number.or_else(|| Some(error.downcast_ref::<rustix::io::Errno>()?.raw_os_error()))
    });
    #[cfg(unix)]
    return errors.any(|number| number == libc::ENOMEM);
    #[cfg(not(unix))]
    errors
        .filter_map(|error| error.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::OutOfMemory)
}
