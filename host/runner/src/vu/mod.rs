//! Virtual users: one component instance each.
//!
//! - `bindings`: generated from `wit/`
//! - `state`: what an instance's store holds
//! - `host`: the imports of the world `vu`, one file per WIT interface
//! - `observer`: the `ws_*` metrics
//! - `http`: the `http_*` metrics
//! - `meter`: the guest's handle of the measuring of a socket
//! - `round_trips`: which message waits for a reply, and since when
//! - `connect_error`: what failed attempts to connect are tagged with
//! - `computing`: how long an instance computes without waiting
//! - `memory`: how much memory it may have
//! - `factory`: makes instances
//! - `instance`: calls them, stage by stage
//! - `turn`: lets the others on the same thread have theirs
//! - `cpu_share`: how much a user and its connections have had of the processors
//! - `aside`: where those go on that compute for long, or have much to do with their connections
//! - `thread_priority`: how the system is told to prefer others to them
//! - `wasi`: what guests get whose toolchain needs it
//! - `world`: what a component lacks to be a virtual user

mod aside;
pub mod bindings;
mod computing;
mod connect_error;
mod cpu_share;
mod factory;
mod host;
mod http;
mod instance;
mod lines;
mod memory;
mod meter;
mod observer;
mod round_trips;
mod stack;
mod state;
mod thread_priority;
mod turn;
mod wasi;
mod world;

pub(crate) use aside::stepping_aside;
pub use factory::{Factory, FactoryError, engine, room};
pub use instance::{Position, ScenarioFacts, ScriptInfo, StageError, VirtualUser};
pub use state::Identity;
pub use world::WorldMismatch;
