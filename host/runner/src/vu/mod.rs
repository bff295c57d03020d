//! Virtual users: one component instance each.
//!
//! - `bindings`: generated from `wit/`
//! - `state`: what an instance's store holds
//! - `cookies`: its cookie jars
//! - `host`: the imports of the world `vu`, one file per WIT interface
//! - `observer`: the `ws_*` metrics
//! - `factory`: makes instances
//! - `instance`: calls them, stage by stage

pub mod bindings;
pub(crate) mod cookies;
mod factory;
mod host;
mod instance;
mod observer;
mod state;

pub use factory::{FIRST_POOL, Factory, FactoryError, MAX_INSTANCES, engine};
pub use instance::{Position, ScriptInfo, StageError, VirtualUser};
pub use state::{DEFAULT_MEMORY, Identity};
