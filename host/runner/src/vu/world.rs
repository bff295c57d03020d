//! What keeps a component from being a virtual user.

use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{Component as ComponentType, ComponentItem};

/// The package of the world `vu`.
const PACKAGE: &str = "wasock:websocket";

/// Its version.
const VERSION: &str = "0.1.0";

/// The interface that a test exports.
const LIFECYCLE: &str = "wasock:websocket/lifecycle";

/// Its functions.
const STAGES: [&str; 5] = ["init", "setup", "iterate", "teardown", "handle-summary"];

/// What keeps a component from being a virtual user.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Misfit {
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
    /// It imports something that there is in another form.
    #[error("the component imports `{name}` in another form than wasock has it: {reason}")]
    Form {
        /// The import.
        name: String,
        /// What differs.
        reason: String,
    },
    /// It exports no test.
    #[error("the component is no test: it exports {found}, and no `{LIFECYCLE}@{VERSION}`")]
    NoTest {
        /// What it exports.
        found: String,
    },
    /// It exports a part of a test.
    #[error("the component is no test: its `{LIFECYCLE}@{VERSION}` lacks the function `{missing}`")]
    Stage {
        /// The first function that is missing.
        missing: &'static str,
    },
    /// It has no code.
    #[error("this is a WIT package, which describes interfaces, and no component with code")]
    Package,
    /// Something else.
    #[error("the component cannot be run as a virtual user: {reason}")]
    Other {
        /// What wasmtime says.
        reason: String,
    },
}

impl Misfit {
    /// Finds out why wasmtime does not take a component for the world `vu`. `error` is what it says.
    pub(super) fn of(component: &Component, engine: &Engine, error: &wasmtime::Error) -> Self {
        let types = component.component_type();
        if is_package(&types, engine) {
            return Self::Package;
        }
        let names = types.imports(engine).map(|(name, _)| name);
        let names = names.chain(types.exports(engine).map(|(name, _)| name));
        if let Some(misfit) = names.filter_map(other_version).next() {
            return misfit;
        }
        let text = error.to_string();
        let named = |name: &&str| text.contains(&format!("`{name}`"));
        if let Some(name) = types.imports(engine).map(|(name, _)| name).find(named) {
            let (name, reason) = (name.to_owned(), error.root_cause().to_string());
            // wasmtime says nothing further of an import that it does not know at all.
            return match is_offered(&name) {
                true => Self::Form { name, reason },
                false => Self::Import { name },
            };
        }
        missing_export(&types, engine)
            .unwrap_or_else(|| Self::Other { reason: format!("{error:#}") })
    }

    /// What can be done about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Version { .. } | Self::Form { .. } => {
                "build it with the folder wit/ of this version of wasock"
            }
            Self::Import { name } if name.starts_with("wasi:http") => {
                "a test makes its requests by wasock:websocket/http; of WASI 0.2 there are cli, clocks, \
                 filesystem, io, random and sockets, all closed"
            }
            Self::Import { .. } => {
                "a component may import the interfaces of wasock:websocket@0.1.0, and cli, clocks, \
                 filesystem, io, random and sockets of WASI 0.2"
            }
            Self::NoTest { .. } | Self::Stage { .. } | Self::Other { .. } => {
                "build it for the world `vu` of wit/; docs/guests.md tells how"
            }
            Self::Package => "run the component that was built with it; docs/guests.md tells how",
        }
    }
}

/// A name of our package with another version than ours.
fn other_version(name: &str) -> Option<Misfit> {
    let (interface, version) = name.split_once('@')?;
    let ours = interface.split_once('/')?.0 == PACKAGE;
    let (name, version) = (name.to_owned(), version.to_owned());
    (ours && version != VERSION).then_some(Misfit::Version { name, version })
}

/// Whether there is an interface of this name, in whatever form.
fn is_offered(name: &str) -> bool {
    let (package, interface) = name.split_once('/').unwrap_or((name, ""));
    let interface = interface.split('@').next().unwrap_or(interface);
    match package {
        PACKAGE => include_str!("../../../../wit/world.wit")
            .lines()
            .any(|line| line.trim() == format!("import {interface};")),
        "wasi:cli" | "wasi:clocks" | "wasi:filesystem" | "wasi:io" | "wasi:random"
        | "wasi:sockets" => name.contains("@0.2"),
        _ => false,
    }
}

/// Whether it exports nothing but types: a package in WIT's binary form.
fn is_package(types: &ComponentType, engine: &Engine) -> bool {
    let code = |item: &ComponentItem| {
        !matches!(
            item,
            ComponentItem::Component(_) | ComponentItem::Type(_) | ComponentItem::Resource(_)
        )
    };
    types.exports(engine).len() > 0 && !types.exports(engine).any(|(_, item)| code(&item.ty))
}

fn missing_export(types: &ComponentType, engine: &Engine) -> Option<Misfit> {
    let lifecycle = format!("{LIFECYCLE}@{VERSION}");
    let item = types.get_export(engine, &lifecycle).map(|item| item.ty);
    let Some(ComponentItem::ComponentInstance(instance)) = item else {
        let names: Vec<_> = types.exports(engine).map(|(name, _)| format!("`{name}`")).collect();
        let found = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        return Some(Misfit::NoTest { found });
    };
    let missing = STAGES.into_iter().find(|stage| instance.get_export(engine, stage).is_none())?;
    Some(Misfit::Stage { missing })
}
