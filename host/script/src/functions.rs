//! The machine code of the engine's functions, kept from one script to the next.
//!
//! A script is data in the engine's memory; nearly all functions of the component are the same for all. What the compiler
//! made of one of them is kept by the hash of what it was made from, so that a script that has changed is compiled in a
//! fraction of the time. Some, one in twenty of the engine's, are compiled again nevertheless: Cranelift hashes with a
//! function what others have left behind in its context. Components of other languages are compiled as a whole: what is
//! kept stays the engine's, and small.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
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
    found: Mutex<Found>,
}

/// What a component consists of.
#[derive(Debug, Default)]
struct Found {
    /// The keys of functions that were known.
    known: HashSet<Vec<u8>>,
    /// What was compiled because it was not known.
    new: Code,
}

impl Functions {
    /// Those that were kept for this engine, if any.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> Arc<Self> {
        let version = hash::sha256(snapshot::toolchain_digest().as_bytes());
        let settings = store::compatibility(engine);
        let name = format!("{}-{settings:016x}.{EXTENSION}", &version[..VERSION_LENGTH]);
        let path = folder.join(FUNCTIONS).join(name);
        let known = read(&path).unwrap_or_default();
        Arc::new(Self { path, known, found: Mutex::default() })
    }

    /// An engine that compiles for `engine` with them; none if that has other settings than this crate's.
    pub(crate) fn compiler(self: &Arc<Self>, engine: &Engine) -> Option<Engine> {
        let mut config = engine::config();
        config.enable_incremental_compilation(self.clone()).ok()?;
        let compiler = Engine::new(&config).ok()?;
        (store::compatibility(&compiler) == store::compatibility(engine)).then_some(compiler)
    }

    /// Keeps the functions of the component that was compiled, if some were not known. Others go, so that a file has no
    /// more than one component.
    pub(crate) fn keep(&self) {
        let found = self.found.lock();
        if found.new.is_empty() {
            return;
        }
        let known = self.known.iter().filter(|(key, _)| found.known.contains(*key));
        let all: HashMap<_, _> = known.chain(&found.new).collect();
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
        let code = self.known.get(key)?;
        self.found.lock().known.insert(key.to_vec());
        Some(Cow::Borrowed(code))
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        self.found.lock().new.insert(key.to_vec(), value);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with two functions and some data. Nothing outside can call the functions: the code through which the host
    /// calls one leaves its exceptions in the compiler's context, and the next function to be compiled there is taken for
    /// another one.
    fn module(data: &str, second: &str) -> String {
        format!(
            r#"(module
              (memory (export "memory") 1)
              (data (i32.const 0) "{data}")
              (func $first (param i32) (result i32) (i32.load (local.get 0)))
              (func $second (param i32) (result i32) {second}))"#
        )
    }

    /// Compiles a module with what is kept. Returns how many functions were new. One thread compiles them all, as the
    /// others of a module can be called from outside.
    fn compile(folder: &Path, text: &str) -> usize {
        let engine = Engine::new(&engine::config()).unwrap();
        let functions = Functions::open(folder, &engine);
        let compiler = functions.compiler(&engine).unwrap();
        let thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let code = thread.install(|| compiler.precompile_module(text.as_bytes())).unwrap();
        // SAFETY: the code was made by the line above.
        unsafe { wasmtime::Module::deserialize(&engine, code) }.unwrap();
        functions.keep();
        functions.found.lock().new.len()
    }

    #[test]
    fn functions_that_have_not_changed_are_compiled_once() {
        let folder = tempfile::tempdir().unwrap();
        let plus = "(i32.add (local.get 0) (i32.const 1))";
        let first = compile(folder.path(), &module("first", plus));
        assert!(first >= 2, "{first} functions");
        assert_eq!(compile(folder.path(), &module("other data", plus)), 0);
        let minus = "(i32.sub (local.get 0) (i32.const 1))";
        assert_eq!(compile(folder.path(), &module("first", minus)), 1);
        assert_eq!(compile(folder.path(), &module("first", plus)), 1, "what is not used goes");
    }

    #[test]
    fn a_damaged_file_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let text = module("data", "(local.get 0)");
        let all = compile(folder.path(), &text);
        let files = fs::read_dir(folder.path().join(FUNCTIONS)).unwrap();
        for file in files {
            fs::write(file.unwrap().path(), "nonsense").unwrap();
        }
        assert_eq!(compile(folder.path(), &text), all);
        assert_eq!(compile(folder.path(), &text), 0);
    }
}
