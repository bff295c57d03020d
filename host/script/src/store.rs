//! Compiled components on disk, by content.

use std::fs::{self, File};
use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::NamedTempFile;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::compile::CompileError;
use crate::trust;

/// How many compiled components are kept: more than somebody works with, and some hundred megabytes, since each is a
/// few. The ones unused for longest go.
const MAX_COMPONENTS: usize = 100;

/// The folder of compiled components in the cache.
pub(crate) const COMPONENTS: &str = "components";

/// How their files end.
const EXTENSION: &str = "cwasm";

/// The component that is kept under `name`, or the one that `compile` makes, which then is.
pub(crate) fn compiled(
    folder: &Path,
    name: &str,
    engine: &Engine,
    compile: impl FnOnce() -> Result<Vec<u8>, CompileError>,
) -> Result<Component, CompileError> {
    let path = path(folder, name, engine);
    if let Some(component) = open(&path, engine) {
        return Ok(component);
    }
    let code = compile()?;
    // SAFETY: the code was made by `compile`. What asks for more than an engine gives to one component fails here.
    let component =
        unsafe { Component::deserialize(engine, &code) }.map_err(CompileError::Engine)?;
    match write(&path, &code) {
        Ok(()) => {
            prune(path.parent().unwrap_or(folder), EXTENSION, MAX_COMPONENTS);
            // From a file, its pages are shared with other processes.
            Ok(open(&path, engine).unwrap_or(component))
        }
        // A full disk or a read-only home costs time at the next start, nothing else.
        Err(error) => {
            tracing::warn!("cannot keep {}: {error}", path.display());
            Ok(component)
        }
    }
}

/// The component that is kept under `name`.
pub(crate) fn kept(folder: &Path, name: &str, engine: &Engine) -> Option<Component> {
    open(&path(folder, name, engine), engine)
}

/// Compiled code fits one version and one setting of wasmtime, so both are part of the name.
fn path(folder: &Path, name: &str, engine: &Engine) -> PathBuf {
    folder.join(COMPONENTS).join(format!("{name}-{:016x}.{EXTENSION}", compatibility(engine)))
}

/// What stands for a version and the settings of wasmtime that show in compiled code.
pub(crate) fn compatibility(engine: &Engine) -> u64 {
    let mut hasher = std::collections::hash_map::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

fn open(path: &Path, engine: &Engine) -> Option<Component> {
    if !path.exists() || !trust::is_own(path) {
        return None;
    }
    // SAFETY: this program has written the file. The cache and this folder in it belong to this user or to root, and
    // nobody else may write to them: `Compiler::new` leaves out a cache of which that is not true, and the file is the same
    // user's. What writes for scripts, `WriteAccess` of the runner, refuses every file in the cache, whatever is granted.
    let component = match unsafe { Component::deserialize_file(engine, path) } {
        Ok(component) => component,
        Err(error) => {
            tracing::warn!("{} cannot be used and is rebuilt: {error}", path.display());
            return None;
        }
    };
    used(path);
    Some(component)
}

/// Notes that a file is used now: the time of the last use is what [`prune`] goes by.
pub(crate) fn used(path: &Path) {
    let _ = File::options().append(true).open(path).and_then(|f| f.set_modified(SystemTime::now()));
}

/// Writes a file that others see either not at all or whole.
pub(crate) fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    trust::make(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

/// Removes all but so many of the files with this extension, the ones unused for longest.
pub(crate) fn prune(folder: &Path, extension: &str, most: usize) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
        })
        .filter(|(_, path)| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(most);
    for (_, path) in files.drain(..surplus) {
        // Another process may have been faster.
        let _ = fs::remove_file(path);
    }
}
