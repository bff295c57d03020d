//! The machine code of the engine's functions, kept from one script to the next.
//!
//! A script is data in the engine's memory; the functions of the component are the same for all. What the compiler made of
//! one of them is kept by the hash of what it was made from, so that a script that has changed is compiled in a fraction of
//! the time. Components of other languages are compiled as a whole: what is kept stays the engine's, and small.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use wasmtime::{CacheStore, Engine};

use crate::{engine, hash, snapshot, store, trust};

/// The folder of functions in the cache, with a file for each version of wasock and its settings.
const FUNCTIONS: &str = "functions";

/// How their files end.
const EXTENSION: &str = "bin";

/// How many versions are kept. Each is some megabytes; the ones unused for longest go.
const MAX_VERSIONS: usize = 3;

/// How much of the hash of a version names its file: 64 bits, as there are few.
const VERSION_LENGTH: usize = 16;

/// Machine code by the hash of a function, both as the compiler has them.
type Code = HashMap<Vec<u8>, Vec<u8>>;

/// The functions that are known.
#[derive(Debug)]
pub(crate) struct Functions {
    path: PathBuf,
    known: Code,
    /// What was compiled because it was not known.
    new: Mutex<Code>,
}

impl Functions {
    /// Those that were kept for this engine, if any.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> Arc<Self> {
        let version = hash::sha256(snapshot::toolchain_digest().as_bytes());
        let settings = store::compatibility(engine);
        let name = format!("{}-{settings:016x}.{EXTENSION}", &version[..VERSION_LENGTH]);
        let path = folder.join(FUNCTIONS).join(name);
        let known = read(&path).unwrap_or_default();
        Arc::new(Self { path, known, new: Mutex::default() })
    }

    /// An engine that compiles for `engine` with them; none if that has other settings than this crate's.
    pub(crate) fn compiler(self: &Arc<Self>, engine: &Engine) -> Option<Engine> {
        let mut config = engine::config();
        config.enable_incremental_compilation(self.clone()).ok()?;
        let compiler = Engine::new(&config).ok()?;
        (store::compatibility(&compiler) == store::compatibility(engine)).then_some(compiler)
    }

    /// Keeps what was not known.
    pub(crate) fn keep(&self) {
        let new = self.new.lock();
        if new.is_empty() {
            return;
        }
        let all: HashMap<_, _> = self.known.iter().chain(&*new).collect();
        let written = postcard::to_allocvec(&all).map_err(std::io::Error::other);
        match written.and_then(|bytes| store::write(&self.path, &bytes)) {
            Ok(()) => {
                let folder = self.path.parent().unwrap_or(Path::new("."));
                store::prune(folder, EXTENSION, MAX_VERSIONS);
            }
            Err(error) => tracing::warn!("cannot keep {}: {error}", self.path.display()),
        }
    }
}

impl CacheStore for Functions {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        self.known.get(key).map(|code| Cow::Borrowed(code.as_slice()))
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        self.new.lock().insert(key.to_vec(), value);
        true
    }
}

/// What is machine code must be this program's own, as in [`store`].
fn read(path: &Path) -> Option<Code> {
    if !path.exists() || !trust::is_own(path) {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    let code: HashMap<&[u8], &[u8]> = match postcard::from_bytes(&bytes) {
        Ok(code) => code,
        Err(error) => {
            tracing::warn!("{} cannot be used and is rebuilt: {error}", path.display());
            return None;
        }
    };
    store::used(path);
    Some(code.into_iter().map(|(key, code)| (key.to_vec(), code.to_vec())).collect())
}
