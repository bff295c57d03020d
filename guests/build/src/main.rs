//! What guests need besides the compiler of their language: bindings to `wit/`, and the component that is made
//! of a core module; and what is made of `wit/` itself, the page on it and the package for registries.
//!
//! ```text
//! wasock-guest-build bindings c|go <folder> [<world.wit>]
//! wasock-guest-build component <core.wasm> <component.wasm> [<world.wit>]
//! wasock-guest-build page <page.md>
//! wasock-guest-build package <package.wasm>
//! ```
//!
//! The world is that of tests, or the one in the file.

mod page;

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as ADAPTER_NAME,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as ADAPTER,
};
use wasm_encoder::{ComponentSection as _, CustomSection};
use wit_bindgen_core::{Files, WorldGenerator};
use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding, embed_component_metadata};
use wit_parser::{PackageId, Resolve, WorldId, WorldItem};

/// What the package is, for those who find it in a registry.
const DESCRIPTION: &str = "WebSocket clients as WebAssembly components";

/// Where its sources are.
const REPOSITORY: &str = "https://github.com/wasock/wasock";

/// The world that tests are made for.
const WORLD: &str = "vu";

/// What the names of the package's interfaces begin with.
const PACKAGE: &str = "wasock:websocket/";

/// The version in those names.
const VERSION: &str = "@0.1.0";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["bindings", language, folder, world @ ..] if world.len() < 2 => {
            bindings(language, Path::new(folder), world.first().copied())
        }
        ["component", core, component, world @ ..] if world.len() < 2 => {
            let core = fs::read(core).with_context(|| format!("cannot read {core}"))?;
            write(Path::new(component), &componentize(core, world.first().copied())?)
        }
        ["page", path] => {
            let (resolve, package) = wit(true)?;
            write(Path::new(path), page::page(&resolve, package).as_bytes())
        }
        ["package", path] => write(Path::new(path), &package_for_registries()?),
        _ => bail!(
            "usage: wasock-guest-build bindings c|go <folder> [<world.wit>] | \
             component <core.wasm> <component.wasm> [<world.wit>] | page <page.md> | \
             package <package.wasm>"
        ),
    }
}

/// The package in `wit/`, with what is `@unstable` in it or without.
fn wit(has_unstable: bool) -> Result<(Resolve, PackageId)> {
    let mut resolve = Resolve { all_features: has_unstable, ..Resolve::default() };
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let (package, _) = resolve.push_dir(&wit)?;
    Ok((resolve, package))
}

/// The package in `wit/` in binary, with what a registry shows of it. What is `@unstable` is not in it.
fn package_for_registries() -> Result<Vec<u8>> {
    let (resolve, package) = wit(false)?;
    let version = resolve.packages[package].name.version.as_ref().context("no version")?;
    let mut binary = wit_component::encode(&resolve, package, false)?;
    // Sections by the names that wasm-tools gives them.
    for (name, value) in [
        ("description", DESCRIPTION),
        ("licenses", "Apache-2.0"),
        ("source", REPOSITORY),
        ("version", &version.to_string()),
    ] {
        let data = value.as_bytes().into();
        CustomSection { name: name.into(), data }.append_to_component(&mut binary);
    }
    match wit_component::decode(&binary)? {
        DecodedWasm::WitPackage(..) => Ok(binary),
        DecodedWasm::Component(..) => bail!("the package reads as a component"),
    }
}

/// The package in `wit/` with the world of tests, or the one in a file, which may stand on the package.
fn package(file: Option<&str>) -> Result<(Resolve, WorldId)> {
    let (mut resolve, package) = wit(file.is_some())?;
    let world = match file {
        None => resolve.select_world(&[package], Some(WORLD))?,
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
            let package = resolve.push_str(path, &text)?;
            resolve.select_world(&[package], None)?
        }
    };
    Ok((resolve, world))
}

/// Writes the bindings of a language into a folder.
fn bindings(language: &str, folder: &Path, file: Option<&str>) -> Result<()> {
    let (mut resolve, world) = package(file)?;
    let mut generator: Box<dyn WorldGenerator> = match language {
        "c" => wit_bindgen_c::Opts { rename: short_names(&resolve, world), ..Default::default() }
            .build(),
        "go" => wit_bindgen_go::Opts::default().build(),
        other => bail!("there is no generator for {other:?}: c or go"),
    };
    let mut files = Files::default();
    generator.generate(&mut resolve, world, &mut files)?;
    for (name, content) in files.iter() {
        write(&folder.join(name), content)?;
    }
    Ok(())
}

/// In C, `wasock_websocket_events_event_queue_t` is `events_event_queue_t`.
fn short_names(resolve: &Resolve, world: WorldId) -> Vec<(String, String)> {
    let world = &resolve.worlds[world];
    let names =
        world.imports.values().chain(world.exports.values()).filter_map(|item| match item {
            WorldItem::Interface { id, .. } => resolve.interfaces[*id].name.as_ref(),
            _ => None,
        });
    let renamed = |name: &String| (format!("{PACKAGE}{name}{VERSION}"), name.replace('-', "_"));
    names.map(renamed).collect()
}

/// Makes a component of a core module. One whose compiler knows nothing of components is told what it is made
/// for; one that imports WASI 0.1 gets WASI 0.2 below it.
fn componentize(mut core: Vec<u8>, file: Option<&str>) -> Result<Vec<u8>> {
    if !has_metadata(&core) {
        let (resolve, world) = package(file)?;
        embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8, false)?;
    }
    ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .context("the core module is malformed")?
        .adapter(ADAPTER_NAME, ADAPTER)?
        .encode()
        .context("the core module does not fit its world")
}

/// Whether the compiler has left the section that tells of the world.
fn has_metadata(core: &[u8]) -> bool {
    let name = b"component-type:";
    core.windows(name.len()).any(|window| window == name)
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    let folder: PathBuf = path.parent().map(Path::to_owned).unwrap_or_default();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}
