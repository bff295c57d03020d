//! Components that somebody else has made: reading them, and looking at them before they are compiled.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::compile::CompileError;
use crate::surface::{Surface, SurfaceError};
use crate::world::WorldMismatch;
use crate::{Entry, LoadOptions, Problem, ScriptError, files};

/// The size of the largest component that is read, in bytes: as much as a virtual user has of memory by default, so that
/// what has more to begin with could not run. It is held in memory several times while it is compiled.
pub const MAX_COMPONENT_SIZE: u64 = 256 << 20;

/// What the first bytes of a WebAssembly file are.
const WASM_MAGIC: &[u8] = b"\0asm";

/// What the first bytes of a WebAssembly module are: the layer behind the version is that of modules.
const MODULE_MAGIC: &[u8] = b"\0asm\x01\0\0\0";

/// Whether a content is WebAssembly, in its binary form.
pub fn is_wasm(content: &[u8]) -> bool {
    content.starts_with(WASM_MAGIC)
}

/// The path of an entry that is a WebAssembly file.
pub fn component_file(entry: &Entry, options: &LoadOptions) -> Option<PathBuf> {
    let Entry::Path(path) = entry else { return None };
    let path = match &options.working_directory {
        Some(folder) => folder.join(path),
        None => path.clone(),
    };
    let mut head = Vec::new();
    let file = files::open(&path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    file.take(WASM_MAGIC.len() as u64).read_to_end(&mut head).ok()?;
    is_wasm(&head).then_some(path)
}

/// The content of a component's file.
///
/// # Errors
///
/// It cannot be read, or is larger than [`MAX_COMPONENT_SIZE`].
pub fn read_component(path: &Path, options: &LoadOptions) -> Result<Vec<u8>, CompileError> {
    if let Some(files) = &options.files {
        files.check(path).map_err(ScriptError::from)?;
    }
    match files::read_at_most(path, MAX_COMPONENT_SIZE) {
        Ok(Some(content)) => Ok(content),
        Ok(None) => Err(CompileError::TooLarge { path: path.to_owned() }),
        Err(Problem::Unreadable { path, error }) => Err(CompileError::Read { path, source: error }),
        Err(problem) => Err(ScriptError::from(problem).into()),
    }
}

/// Looks at a component whether it can be compiled; errors call it `path`.
///
/// # Errors
///
/// It is none, or it is too much.
pub fn surface(wasm: &[u8], path: &Path) -> Result<Surface, CompileError> {
    if wasm.starts_with(MODULE_MAGIC) {
        return Err(CompileError::Module { path: path.to_owned() });
    }
    if wasm.len() as u64 > MAX_COMPONENT_SIZE {
        return Err(CompileError::TooLarge { path: path.to_owned() });
    }
    let unfit = |source: SurfaceError| CompileError::Surface { path: path.to_owned(), source };
    Surface::of(wasm).map_err(unfit)
}

/// Looks at a component whether it is a test, as far as names tell.
///
/// # Errors
///
/// It is none, or it is too much.
pub(crate) fn test_surface(wasm: &[u8], path: &Path) -> Result<Surface, CompileError> {
    let surface = surface(wasm, path)?;
    match WorldMismatch::of(&surface) {
        Some(misfit) => Err(CompileError::World(misfit)),
        None => Ok(surface),
    }
}
