//! From a k6 script to a WebAssembly component.
//!
//! [`load`] reads a script and all it imports into a [`ModuleGraph`]: JavaScript is passed on as it is,
//! TypeScript, JSON and CommonJS become ECMAScript modules, and remote modules are fetched once and kept on
//! disk. [`shim`] holds the modules that the program brings along.

pub mod archive;
mod asks;
mod cache_dir;
mod commonjs;
mod compile;
mod component;
pub mod engine;
mod entry;
mod error;
mod files;
mod functions;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod graph;
mod hash;
mod inputs;
mod json;
mod mistaken;
mod named_guests;
mod nesting;
mod origin;
mod parse;
mod place;
mod precompile;
mod remote;
mod requests;
mod resolve;
pub mod shim;
pub mod shown;
mod snapshot;
mod source_map;
mod store;
mod surface;
mod trust;
mod typescript;
mod world;

pub use asks::Asks;
pub use cache_dir::cache_dir;
pub use compile::{CompileError, Compiler, Script, Stage};
pub use component::{MAX_COMPONENT_SIZE, component_file, is_wasm, read_component, surface};
pub use entry::{Entry, LoadOptions, RemoteAccess};
pub use error::{Problem, ScriptError};
pub use files::{ModuleFiles, read_pipe};
pub use graph::{MAX_FILE_SIZE, MAX_MODULES, Module, ModuleGraph, ModuleKind, load};
pub use inputs::{InputFile, InputUrl, Inputs};
pub use named_guests::NamedGuests;
pub use nesting::MAX_NESTING;
pub use place::Place;
pub use remote::{FETCH_TIMEOUT, MAX_REDIRECTS, MAX_REMOTE_SIZE};
pub use resolve::{local_path, normal as normal_path};
pub use source_map::{SourceMap, SourceMaps};
pub use surface::{MAX_CODE, MAX_FUNCTION, Surface, SurfaceError};
pub use world::{LIFECYCLE, WorldMismatch};
