//! Turns compiled core modules into the components that wasock embeds, and ties these to the sources they
//! were built from.
//!
//! `guest-js/engine.wasm` is committed, so that nobody needs a wasm toolchain to build wasock; so are
//! `guests/standalone/provider.wasm` and `runner.wasm`. A custom section in each holds the hash of its
//! sources; a test compares it with the sources beside it.

mod hot;
mod statics;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

pub use statics::gap;

/// The custom section that holds the hash of the sources, in hexadecimal.
pub const SECTION: &str = "wasock-engine-source";

/// What virtual users call through the engine's table, a name in each line. They were read off the tables of users who
/// ran the scripts in `benches/scripts`: wasmtime fills an entry when it is first read.
const HOT_FUNCTIONS: &str = include_str!("../../engine/hot-functions.txt");

/// What a component is built from, relative to the root of the repository.
pub type Sources = &'static [&'static str];

/// What `guest-js/engine.wasm` is built from.
pub const ENGINE: Sources = &[
    "guest-js/build-engine.sh",
    "guest-js/engine/Cargo.lock",
    "guest-js/engine/Cargo.toml",
    "guest-js/engine/hot-functions.txt",
    "guest-js/engine/quickjs",
    "guest-js/engine/src",
    "guest-js/engine/wit",
    "guest-js/toolchain.sh",
    "wit",
];

/// What `guests/standalone/provider.wasm` and `runner.wasm` are built from. Files of the host are in the
/// provider too.
pub const STANDALONE: Sources = &[
    "guest-js/toolchain.sh",
    "guests/standalone/Cargo.lock",
    "guests/standalone/Cargo.toml",
    "guests/standalone/build.sh",
    "guests/standalone/provider",
    "guests/standalone/runner",
    "guests/standalone/wit",
    "host/http/src/client/redirect.rs",
    "host/http/src/limits.rs",
    "host/http/src/plan.rs",
    "host/http/src/set_cookie.rs",
    "host/runner/src/summary/format.rs",
    "host/runner/src/vu/round_trips.rs",
    "host/sockets/src/connection/ending.rs",
    "host/sockets/src/connection/exchange.rs",
    "host/sockets/src/connection/extension.rs",
    "host/sockets/src/connection/target.rs",
    "host/sockets/src/limits.rs",
    "host/sockets/src/room.rs",
    "host/sockets/src/tls/verify.rs",
    "wit",
];

/// The engine's core module, with what every virtual user calls put together; see `hot.rs`.
///
/// # Errors
///
/// The module is malformed, or lacks one of the functions.
pub fn hot_first(core: &[u8]) -> Result<Vec<u8>> {
    hot::first(core, HOT_FUNCTIONS)
}

/// How the linker names the exports of a module that it takes for a command: after each call C's destructors run.
const OF_A_COMMAND: &[u8] = b".command_export";

/// Wraps the core module that rustc wrote into a component and records `hash` in it.
///
/// # Errors
///
/// The module does not fit the world that it was compiled for, imports anything beside it, or is a command.
pub fn componentize(core: &[u8], hash: &str) -> Result<Vec<u8>> {
    let is_command = core.windows(OF_A_COMMAND.len()).any(|part| part == OF_A_COMMAND);
    ensure!(!is_command, "the core module is a command: its `_initialize` runs no constructors");
    let mut component = ComponentEncoder::default()
        .validate(true)
        .module(core)
        .context("the core module is malformed")?
        .encode()
        .context("the core module does not fit its world")?;
    let section = CustomSection { name: SECTION.into(), data: hash.as_bytes().into() };
    section.append_to_component(&mut component);
    Ok(component)
}

/// The hash that [`componentize`] recorded in a component.
///
/// # Errors
///
/// The bytes are no component, or no hash is recorded in it.
pub fn recorded_hash(component: &[u8]) -> Result<String> {
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::CustomSection(section) = payload.context("malformed component")?
            && section.name() == SECTION
        {
            return Ok(String::from_utf8(section.data().to_vec())?);
        }
    }
    bail!(
        "the component has no `{SECTION}` section; rebuild it with `make engine` or `make standalone`"
    )
}

/// The hash of these sources below `root`, the repository's root.
///
/// # Errors
///
/// A source cannot be read.
pub fn source_hash(root: &Path, sources: Sources) -> Result<String> {
    let mut files = Vec::new();
    for source in sources {
        collect(&root.join(source), &mut files)?;
    }
    files.sort();
    let mut hasher = Sha256::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file);
        let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        hasher.update(name.to_string_lossy().as_bytes());
        hasher.update((content.len() as u64).to_le_bytes());
        hasher.update(content);
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
    for entry in entries {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}
