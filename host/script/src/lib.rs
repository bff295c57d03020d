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
pub mod engine;
mod entry;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod graph;
mod hash;
mod inputs;
mod json;
mod nesting;
mod parse;
mod place;
mod remote;
mod requests;
mod resolve;
pub mod shim;
pub mod shown;
mod snapshot;
mod source_map;
mod store;
mod typescript;

pub use asks::Asks;
pub use cache_dir::cache_dir;
pub use compile::{CompileError, Compiler, Script, Stage, component_file};
pub use entry::{Entry, LoadOptions, RemoteAccess};
pub use error::{Problem, ScriptError};
pub use graph::{MAX_FILE_SIZE, MAX_MODULES, Module, ModuleGraph, ModuleKind, load};
pub use inputs::{InputFile, InputUrl, Inputs};
pub use nesting::MAX_NESTING;
pub use place::Place;
pub use remote::{FETCH_TIMEOUT, MAX_REDIRECTS, MAX_REMOTE_SIZE};
pub use resolve::{local_path, normal as normal_path};
pub use source_map::{SourceMap, SourceMaps};
