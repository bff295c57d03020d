//! From a script's file to a component that can be instantiated, by the shortest way there is.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::component::{MAX_COMPONENT_SIZE, component_file, read_component, test_surface};
use crate::functions::Functions;
use crate::graph::{self, ModuleGraph};
use crate::origin::{Origin, SECTION};
use crate::precompile::precompiled;
use crate::surface::SurfaceError;
use crate::world::WorldMismatch;
use crate::{Entry, Inputs, LoadOptions, ScriptError, SourceMaps, hash, snapshot, store, trust};

/// Why a script cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// It cannot be loaded.
    #[error(transparent)]
    Load(#[from] ScriptError),
    /// The engine does not take it.
    #[error("{0}")]
    Script(String),
    /// A component on disk cannot be read.
    #[error("the component {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A component is malformed.
    #[error("{} is no WebAssembly component that can be run: {reason}", path.display())]
    Component {
        /// The file.
        path: PathBuf,
        /// What wasmtime says.
        reason: String,
    },
    /// A WebAssembly module that nobody has made a component of.
    #[error("{} is a WebAssembly module, and no component", path.display())]
    Module {
        /// The file.
        path: PathBuf,
    },
    /// It is more than [`MAX_COMPONENT_SIZE`].
    #[error(
        "{} is too large: a component may have at most {MAX_COMPONENT_SIZE} bytes", path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A component is damaged, or more than is compiled.
    #[error("{} is no WebAssembly component that can be run: {source}", path.display())]
    Surface {
        /// The file.
        path: PathBuf,
        /// What it has.
        source: SurfaceError,
    },
    /// A component is no test.
    #[error(transparent)]
    World(WorldMismatch),
    /// wasmtime or the engine failed.
    #[error("the script's component could not be built: {0:#}")]
    Engine(wasmtime::Error),
}

impl CompileError {
    /// How to put it right, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Surface { source, .. } => Some(source.hint()),
            Self::World(misfit) => Some(misfit.hint()),
            Self::Module { .. } => Some(
                "`wasm-tools component new` makes a component of a module; docs/guests.md tells how",
            ),
            _ => None,
        }
    }
}

/// What is being done, for a progress line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The script and its imports are read.
    Loading,
    /// The engine takes the script and is frozen.
    Snapshotting,
    /// The component is compiled to machine code.
    Compiling,
}

/// A script, ready to be instantiated.
#[derive(Clone)]
pub struct Script {
    /// The name of its first module, a URL.
    pub name: String,
    /// The compiled component.
    pub component: Component,
    /// How to find the user's positions in stack traces.
    pub maps: SourceMaps,
    /// Whether nothing had to be compiled.
    pub cached: bool,
}

impl Script {
    /// The names of the interfaces that the component imports, in their order.
    pub fn imports(&self) -> Vec<String> {
        let engine = self.component.engine();
        let kind = self.component.component_type();
        kind.imports(engine).map(|(name, _)| name.to_owned()).collect()
    }
}

/// What a run of the same script finds in the cache.
#[derive(Serialize, Deserialize)]
struct Kept {
    inputs: Inputs,
    component: String,
    origin: Origin,
}

/// Turns scripts into components for one wasmtime engine, whose settings start from
/// [`crate::engine::config`].
pub struct Compiler {
    engine: Engine,
    options: LoadOptions,
}

impl Compiler {
    /// Compiles for `engine`, loading scripts as `options` say.
    pub fn new(engine: &Engine, mut options: LoadOptions) -> Self {
        options.cache_dir = options.cache_dir.filter(|folder| trust::is_trusted(folder));
        Self { engine: engine.clone(), options }
    }

    /// The script of `entry`, from the cache if nothing it is made from has changed. `progress` is
    /// told what takes time.
    ///
    /// An entry that is a WebAssembly component is used as it is.
    ///
    /// # Errors
    ///
    /// See [`CompileError`].
    pub async fn script(
        &self,
        entry: &Entry,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<Script, CompileError> {
        if let Entry::Component(wasm) = entry {
            return self.existing(wasm, Path::new(STANDARD_INPUT), progress);
        }
        if let Some(path) = component_file(entry, &self.options) {
            let wasm = read_component(&path, &self.options)?;
            return self.existing(&wasm, &path, progress);
        }
        if let Some(script) = self.kept(entry) {
            return Ok(script);
        }
        progress(Stage::Loading);
        let graph = graph::load(entry, &self.options).await?;
        let name = component_name(&graph);
        let origin = Origin { name: graph.entry.clone(), maps: graph.source_maps() };
        let component = match self.kept_component(&name) {
            Some(component) => component,
            None => self.build(&graph, &name, progress).await?,
        };
        self.keep(entry, Kept { inputs: graph.inputs, component: name, origin: origin.clone() });
        Ok(Script { name: origin.name, component, maps: origin.maps, cached: false })
    }

    /// The script of `entry` as a component, for `wasock compile` and other hosts.
    ///
    /// # Errors
    ///
    /// See [`CompileError`].
    pub async fn component(
        &self,
        entry: &Entry,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<Vec<u8>, CompileError> {
        progress(Stage::Loading);
        let graph = graph::load(entry, &self.options).await?;
        progress(Stage::Snapshotting);
        self.wasm(&graph).await
    }

    async fn build(
        &self,
        graph: &ModuleGraph,
        name: &str,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<Component, CompileError> {
        progress(Stage::Snapshotting);
        let wasm = self.wasm(graph).await?;
        progress(Stage::Compiling);
        let broken = |reason| CompileError::Engine(wasmtime::Error::msg(reason));
        self.compile(name, || self.machine_code(&wasm).map_err(broken))
    }

    /// The machine code of a script's component, whose functions are compiled once for all scripts.
    fn machine_code(&self, wasm: &[u8]) -> Result<Vec<u8>, String> {
        let functions = self.folder().map(|folder| Functions::open(folder, &self.engine));
        let compiler = functions.as_ref().and_then(|functions| functions.compiler(&self.engine));
        let code = precompiled(compiler.as_ref().unwrap_or(&self.engine), wasm)?;
        if let Some(functions) = functions {
            functions.keep();
        }
        Ok(code)
    }

    async fn wasm(&self, graph: &ModuleGraph) -> Result<Vec<u8>, CompileError> {
        let mut wasm = snapshot::snapshot(graph, self.folder()).await?;
        let origin = Origin { name: graph.entry.clone(), maps: graph.source_maps() };
        origin.append_to(&mut wasm);
        Ok(wasm)
    }

    fn compile(
        &self,
        name: &str,
        compile: impl FnOnce() -> Result<Vec<u8>, CompileError>,
    ) -> Result<Component, CompileError> {
        match self.folder() {
            Some(folder) => store::compiled(folder, name, &self.engine, compile),
            None => {
                let code = compile()?;
                // SAFETY: the code was made by the line above.
                unsafe { Component::deserialize(&self.engine, code) }.map_err(CompileError::Engine)
            }
        }
    }

    /// The script that is a component already; errors call it `path`.
    ///
    /// # Errors
    ///
    /// See [`CompileError`].
    pub fn existing(
        &self,
        wasm: &[u8],
        path: &Path,
        progress: &mut (dyn FnMut(Stage) + Send),
    ) -> Result<Script, CompileError> {
        if wasm.len() as u64 > MAX_COMPONENT_SIZE {
            return Err(CompileError::TooLarge { path: path.to_owned() });
        }
        let name = hash::sha256(wasm)[..NAME_LENGTH].to_owned();
        let origin = origin(wasm).unwrap_or_else(|| Origin {
            name: path.display().to_string(),
            maps: SourceMaps::default(),
        });
        let kept = self.kept_component(&name);
        let cached = kept.is_some();
        let component = match kept {
            Some(component) => component,
            None => {
                test_surface(wasm, path)?;
                progress(Stage::Compiling);
                let unfit =
                    |reason: String| CompileError::Component { path: path.to_owned(), reason };
                let compile = || precompiled(&self.engine, wasm).map_err(unfit);
                self.compile(&name, compile).map_err(|error| match error {
                    CompileError::Engine(error) => unfit(format!("{error:#}")),
                    error => error,
                })?
            }
        };
        Ok(Script { name: origin.name, component, maps: origin.maps, cached })
    }

    fn folder(&self) -> Option<&Path> {
        self.options.cache_dir.as_deref()
    }

    fn kept_component(&self, name: &str) -> Option<Component> {
        store::kept(self.folder()?, name, &self.engine)
    }

    fn kept(&self, entry: &Entry) -> Option<Script> {
        // What an archive holds is not on disk, to be compared with what it was.
        if self.options.archive.is_some() {
            return None;
        }
        let json = fs::read(self.kept_path(entry)?).ok()?;
        let kept: Kept = serde_json::from_slice(&json).ok()?;
        if !kept.inputs.unchanged(entry, &self.options) {
            return None;
        }
        let component = self.kept_component(&kept.component)?;
        Some(Script { name: kept.origin.name, component, maps: kept.origin.maps, cached: true })
    }

    fn keep(&self, entry: &Entry, kept: Kept) {
        if self.options.archive.is_some() {
            return;
        }
        let Some(path) = self.kept_path(entry) else { return };
        let json = serde_json::to_vec(&kept).expect("what is kept is plain data");
        if let Err(error) = store::write(&path, &json) {
            tracing::warn!("cannot keep {}: {error}", path.display());
        }
    }

    /// Where it is noted what an entry was made from: the same path in another folder, or under
    /// another version of wasock, is another entry.
    fn kept_path(&self, entry: &Entry) -> Option<PathBuf> {
        let folder = match &self.options.working_directory {
            Some(folder) => folder.clone(),
            None => std::env::current_dir().ok()?,
        };
        let identity = match entry {
            Entry::Path(path) => format!("path {}", folder.join(path).display()),
            Entry::Url(url) => format!("url {url}"),
            // It is kept under its own content.
            Entry::Component(_) => return None,
            Entry::Text(text) => {
                format!("text {} {}", folder.display(), hash::sha256(text.as_bytes()))
            }
        };
        let key = hash::sha256(format!("{identity} {}", snapshot::toolchain_digest()).as_bytes());
        Some(self.folder()?.join("scripts").join(format!("{}.json", &key[..NAME_LENGTH])))
    }
}

/// What errors call a component that is in no file.
const STANDARD_INPUT: &str = "standard input";

/// How much of a hash names a file: 128 bits.
const NAME_LENGTH: usize = 32;

fn component_name(graph: &ModuleGraph) -> String {
    let identity = format!("{} {}", graph.digest(), snapshot::toolchain_digest());
    hash::sha256(identity.as_bytes())[..NAME_LENGTH].to_owned()
}

/// What a component that was looked at before says of itself.
fn origin(wasm: &[u8]) -> Option<Origin> {
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        if let wasmparser::Payload::CustomSection(section) = payload.ok()?
            && section.name() == SECTION
        {
            return Origin::read(section.data());
        }
    }
    None
}
