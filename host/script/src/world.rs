//! What keeps a component from being a test, as far as the names of its imports and exports tell.

use thiserror::Error;

use crate::surface::Surface;

/// The package of the world `vu`.
const PACKAGE: &str = "wasock:websocket";

/// Its version.
const VERSION: &str = "0.1.0";

/// The interface that a test exports.
pub const LIFECYCLE: &str = "wasock:websocket/lifecycle@0.1.0";

/// What there is of WASI 0.2.
const WASI: [&str; 27] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// What keeps a component from being a test.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WorldMismatch {
    /// It was made for another version of the package.
    #[error(
        "the component was built for {PACKAGE}@{version} (`{name}`), and this version of wasock has \
         {PACKAGE}@{VERSION}"
    )]
    Version {
        /// What it imports or exports.
        name: String,
        /// The version in that name.
        version: String,
    },
    /// It imports something that there is not.
    #[error("the component imports `{name}`, which wasock does not have")]
    Import {
        /// The import.
        name: String,
    },
    /// It exports no test.
    #[error("the component is no test: it exports {found}, and no `{LIFECYCLE}`")]
    NoTest {
        /// What it exports.
        found: String,
    },
    /// It has no code.
    #[error("this is a WIT package, which describes interfaces, and no component with code")]
    Package,
}

impl WorldMismatch {
    /// What keeps a component from being a test, if anything does.
    pub fn of(surface: &Surface) -> Option<Self> {
        if surface.exports_types_only {
            return Some(Self::Package);
        }
        let mut names = surface.imports.iter().chain(&surface.exports);
        if let Some(misfit) = names.find_map(|name| other_version(name)) {
            return Some(misfit);
        }
        if let Some(name) = surface.needed.iter().find(|name| !is_offered(name)) {
            return Some(Self::Import { name: name.clone() });
        }
        if surface.exports.iter().any(|name| name == LIFECYCLE) {
            return None;
        }
        let names: Vec<_> = surface.exports.iter().map(|name| format!("`{name}`")).collect();
        let found = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        Some(Self::NoTest { found })
    }

    /// What can be done about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Version { .. } => "build it with the folder wit/ of this version of wasock",
            Self::Import { name } if name.starts_with("wasi:http") => {
                "a test makes its requests by wasock:websocket/http; of WASI 0.2 there are cli, clocks, \
                 filesystem, io, random and sockets, all closed"
            }
            Self::Import { name } if name.starts_with("wasi:cli/run") => {
                "wasi:cli/run is what a command exports; a test exports wasock:websocket/lifecycle and imports no command"
            }
            Self::Import { .. } => {
                "a component may import the interfaces of wasock:websocket@0.1.0, and cli, clocks, \
                 filesystem, io, random and sockets of WASI 0.2"
            }
            Self::NoTest { .. } => "build it for the world `vu` of wit/; docs/guests.md tells how",
            Self::Package => "run the component that was built with it; docs/guests.md tells how",
        }
    }
}

/// A name of our package with another version than ours.
fn other_version(name: &str) -> Option<WorldMismatch> {
    let (interface, version) = name.split_once('@')?;
    let ours = interface.split_once('/')?.0 == PACKAGE;
    let (name, version) = (name.to_owned(), version.to_owned());
    (ours && version != VERSION).then_some(WorldMismatch::Version { name, version })
}

/// Whether there is an interface of this name, in whatever form.
fn is_offered(name: &str) -> bool {
    let (interface, version) = name.split_once('@').unwrap_or((name, ""));
    match interface.split_once('/') {
        Some((PACKAGE, interface)) => include_str!("../../../wit/world.wit")
            .lines()
            .any(|line| line.trim() == format!("import {interface};")),
        Some(_) => version.starts_with("0.2.") && WASI.contains(&interface),
        None => false,
    }
}
