//! Makes virtual users from a compiled script.

use std::sync::Arc;
use std::thread;

use thiserror::Error;
use wasmtime::component::Linker;
use wasmtime::{Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasock_script::{Script, SourceMaps};

use super::bindings::VuPre;
use super::host;
use super::instance::VirtualUser;
use super::state::{Identity, VuState};
use super::turn::TICK;
use super::world::Misfit;
use crate::context::RunContext;
use crate::limits::{MAX_MEMORY, shown_bytes};

/// Virtual users besides those of the scenarios that exist at one time: `setup`, `teardown`,
/// `handleSummary`, and instances that are being replaced.
const SPARE_INSTANCES: u32 = 32;

/// The most virtual users in one process. Each takes mappings of the kernel, which allows 65,530
/// (`vm.max_map_count`), and address space.
pub const MAX_INSTANCES: u32 = 12_000;

/// The virtual users that an engine has room for before the options of a script are known: enough
/// for most tests, and made in a millisecond, where a pool for thousands takes a hundred times that.
pub const FIRST_POOL: u32 = 64;

/// Core instances of a component. One made by wit-bindgen has up to three: the guest, and two that wire it. Those
/// of dynamically linked languages have one for each library: Python's has fourteen. They are counted, and
/// take nothing in the pool.
const CORE_INSTANCES: u32 = 64;

/// Pages of a memory that stay when an instance ends, in bytes: it is the next instance's to zero
/// them, which is cheaper than to give them back and fault them in.
const KEEP_RESIDENT: usize = 64 << 10;

/// Why no virtual user could be made.
#[derive(Debug, Error)]
pub enum FactoryError {
    /// wasmtime cannot be set up like this.
    #[error("the WebAssembly engine cannot be set up")]
    Engine(#[source] wasmtime::Error),
    /// The component is no virtual user.
    #[error(transparent)]
    World(Misfit),
    /// An instance does not fit into its memory.
    #[error("a virtual user needs more memory than {0} to begin with; --vu-memory raises that")]
    Memory(String),
    /// An instance could not be made.
    #[error("a virtual user could not be started: {}", .0.root_cause())]
    Instance(wasmtime::Error),
}

/// A wasmtime engine for this many virtual users, whose clock of epochs runs.
///
/// # Errors
///
/// See [`FactoryError::Engine`].
pub fn engine(vus: u32) -> Result<Engine, FactoryError> {
    let mut config = wasock_script::engine::config();
    let instances = vus.min(MAX_INSTANCES) + SPARE_INSTANCES;
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(instances)));
    let engine = Engine::new(&config).map_err(FactoryError::Engine)?;
    let ticking = engine.weak();
    thread::Builder::new()
        .name("wasock-epochs".to_owned())
        .spawn(move || {
            while let Some(engine) = ticking.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(TICK);
            }
        })
        .map_err(|error| FactoryError::Engine(error.into()))?;
    Ok(engine)
}

fn pool(instances: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(instances.saturating_mul(CORE_INSTANCES))
        .total_component_instances(instances)
        .total_memories(instances)
        .total_tables(instances * 3)
        .total_stacks(instances)
        .max_memory_size(MAX_MEMORY)
        .max_memories_per_component(1)
        .max_tables_per_component(8)
        .max_core_instances_per_component(CORE_INSTANCES)
        .table_elements(65_536)
        .linear_memory_keep_resident(KEEP_RESIDENT);
    pool
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
        let misfit = |error| FactoryError::World(Misfit::of(&script.component, engine, &error));
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
        let turn = store.data().turn.clone();
        let guest = match turn.follow(self.template.instantiate_async(&mut store)).await {
            Ok(guest) => guest,
            Err(_) if store.data().memory.was_short() => {
                return Err(FactoryError::Memory(shown_bytes(run.limits.memory as u64)));
            }
            Err(error) => return Err(FactoryError::Instance(error)),
        };
        Ok(VirtualUser::new(store, guest, self.maps.clone()))
    }
}
