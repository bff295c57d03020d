//! Makes a test stand alone: composes it with what it imports and with what calls it, so that a plain host
//! of WASI 0.2 runs it as a command.
//!
//! ```text
//! guest  ── imports wasock:websocket/… ──►  provider  ── imports ──►  WASI 0.2
//!   ▲                                          ▲
//!   └── lifecycle ──  runner  ── stages ───────┘      exports wasi:cli/run
//! ```
//!
//! Provider and runner are in `guests/standalone`, and are committed as `make standalone` builds them.

use wac_graph::types::{ItemKind, Package};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};

/// All that a test imports, on WASI 0.2 (`guests/standalone/provider`).
pub const PROVIDER: &[u8] = include_bytes!("../../../guests/standalone/provider.wasm");

/// Calls the stages of a test (`guests/standalone/runner`).
pub const RUNNER: &[u8] = include_bytes!("../../../guests/standalone/runner.wasm");

/// What a component must export to be a test.
const LIFECYCLE: &str = "wasock:websocket/lifecycle@0.1.0";

/// The command that the runner exports, without its version.
const RUN: &str = "wasi:cli/run@";

/// The version that it is exported by: the oldest, which every host of WASI 0.2 takes.
const RUN_VERSION: &str = "wasi:cli/run@0.2.0";

/// Why a test cannot stand alone.
#[derive(Debug, thiserror::Error)]
pub enum StandaloneError {
    /// It is a component, and no test.
    #[error("it is no test: it exports {exports}, and not {LIFECYCLE}")]
    NoTest {
        /// What it exports instead.
        exports: String,
    },
    /// It is no component that can be read.
    #[error("it is no component: {0}")]
    Malformed(String),
    /// It does not fit together.
    #[error("it cannot be composed: {0}")]
    WorldMismatch(String),
}

/// Composes a test with provider and runner.
///
/// # Errors
///
/// See [`StandaloneError`].
pub fn compose(guest: &[u8]) -> Result<Vec<u8>, StandaloneError> {
    let mut composition = Composition::default();
    let guest = composition.register("wasock:guest", guest).map_err(malformed)?;
    let exports = composition.exports(guest);
    if !exports.iter().any(|name| name == LIFECYCLE) {
        let exports = if exports.is_empty() { "nothing".to_owned() } else { exports.join(", ") };
        return Err(StandaloneError::NoTest { exports });
    }
    composition.connect(guest).map_err(misfit)
}

fn malformed(error: impl Into<Problem>) -> StandaloneError {
    StandaloneError::Malformed(error.into().0)
}

fn misfit(error: impl Into<Problem>) -> StandaloneError {
    StandaloneError::WorldMismatch(error.into().0)
}

/// The text of an error with its causes.
struct Problem(String);

impl<E: std::error::Error> From<E> for Problem {
    fn from(error: E) -> Self {
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        Self(causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}")))
    }
}

#[derive(Default)]
struct Composition(CompositionGraph);

impl Composition {
    /// Takes a component in.
    fn register(&mut self, name: &str, component: &[u8]) -> Result<PackageId, Problem> {
        let package = Package::from_bytes(name, None, component, self.0.types_mut());
        let package = package.map_err(|error| Problem(format!("{error:#}")))?;
        Ok(self.0.register_package(package)?)
    }

    fn exports(&self, package: PackageId) -> Vec<String> {
        self.0.types()[self.0[package].ty()].exports.keys().cloned().collect()
    }

    /// Connects a test with all that it imports and with what calls it.
    fn connect(mut self, guest: PackageId) -> Result<Vec<u8>, Problem> {
        let provider = self.register("wasock:provider", PROVIDER)?;
        let runner = self.register("wasock:runner", RUNNER)?;
        let provider = self.0.instantiate(provider);
        let guest = self.instantiate(guest, &[provider])?;
        let runner = self.instantiate(runner, &[provider, guest])?;
        let run = self.exported(runner).into_iter().find(|name| name.starts_with(RUN));
        let run = run.ok_or_else(|| Problem("the runner exports no command".to_owned()))?;
        let run = self.0.alias_instance_export(runner, &run)?;
        self.0.export(run, RUN_VERSION)?;
        Ok(self.0.encode(EncodeOptions::default())?)
    }

    /// What an instance exports.
    fn exported(&self, instance: NodeId) -> Vec<String> {
        match self.0[instance].item_kind() {
            ItemKind::Instance(interface) => {
                self.0.types()[interface].exports.keys().cloned().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Makes an instance whose imports are, as far as these have them, the exports of other instances.
    fn instantiate(&mut self, package: PackageId, from: &[NodeId]) -> Result<NodeId, Problem> {
        let imports: Vec<String> =
            self.0.types()[self.0[package].ty()].imports.keys().cloned().collect();
        let instance = self.0.instantiate(package);
        for import in imports {
            let has = |other: &&NodeId| self.exported(**other).contains(&import);
            let Some(other) = from.iter().find(has) else { continue };
            let export = self.0.alias_instance_export(*other, &import)?;
            self.0.set_instantiation_argument(instance, &import, export)?;
        }
        Ok(instance)
    }
}
