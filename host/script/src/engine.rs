//! The JavaScript engine, and the wasmtime settings that components are compiled with.

use wasmtime::{Config, Strategy};

/// The engine: `guest-js/engine`, built by `make engine`.
pub const ENGINE: &[u8] = include_bytes!("../../../guest-js/engine.wasm");

/// The stack that a guest may use, in bytes: as much as a program has on Linux. The engine's JavaScript recursion
/// ends before it, as a RangeError that scripts can catch.
const MAX_WASM_STACK: usize = 8 << 20;

/// The stack that host functions need on top of a guest's, in bytes: they do not recurse, so a quarter of what a
/// thread of Rust has by default is enough. What is not used takes address space only.
const HOST_STACK: usize = 512 << 10;

/// Address space that each memory of a guest reserves, in bytes: all that 32 bits can address, so
/// that no access needs a bounds check.
const MEMORY_RESERVATION: u64 = 4 << 30;

/// The settings that compiled code depends on. Whoever runs a component that this crate compiled
/// starts from these and changes only what does not show in the code, such as the allocation
/// strategy.
pub fn config() -> Config {
    let mut config = Config::new();
    config.strategy(Strategy::Cranelift);
    config.max_wasm_stack(MAX_WASM_STACK);
    config.async_stack_size(MAX_WASM_STACK + HOST_STACK);
    config.memory_reservation(MEMORY_RESERVATION);
    config.memory_init_cow(true);
    // A busy guest is interrupted, and shares its thread, by epochs.
    config.epoch_interruption(true);
    // The world's functions are plain ones on fibers, which are cheaper to call.
    config.concurrency_support(false);
    // A guest has one thread and one memory, of 32 bits: what bounds it counts on that.
    config.wasm_threads(false);
    config.wasm_memory64(false);
    config.wasm_multi_memory(false);
    config
}
