//! What keeps a component from being a virtual user, that its names do not tell.

use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{Component as ComponentType, ComponentItem};
use wasock_script::LIFECYCLE;

/// The functions of the interface that a test exports.
const STAGES: [&str; 5] = ["init", "setup", "iterate", "teardown", "handle-summary"];

/// What wasmtime says before the name of a member of an interface.
const MEMBER: &str = "instance export `";

/// What keeps a component from being a virtual user. [`wasock_script::WorldMismatch`] is what was found before it was compiled.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WorldMismatch {
    /// It imports something that there is in another form.
    #[error("the component imports `{name}` in another form than wasock has it: {reason}")]
    Form {
        /// The import.
        name: String,
        /// What differs.
        reason: String,
    },
    /// It imports a function or type that an interface does not have.
    #[error("the component imports `{member}` of `{name}`, which wasock does not have")]
    Member {
        /// The import.
        name: String,
        /// The function or type.
        member: String,
    },
    /// It exports a part of a test.
    #[error("the component is no test: its `{LIFECYCLE}` lacks the function `{missing}`")]
    Stage {
        /// The first function that is missing.
        missing: &'static str,
    },
    /// Something else.
    #[error("the component cannot be run as a virtual user: {reason}")]
    Other {
        /// What wasmtime says.
        reason: String,
    },
}

impl WorldMismatch {
    /// Finds out why wasmtime does not take a component for the world `vu`. `error` is what it says.
    pub(super) fn of(component: &Component, engine: &Engine, error: &wasmtime::Error) -> Self {
        let types = component.component_type();
        let text = error.to_string();
        let named = |name: &&str| text.contains(&format!("`{name}`"));
        if let Some(name) = types.imports(engine).map(|(name, _)| name).find(named) {
            let (name, reason) = (name.to_owned(), error.root_cause().to_string());
            return match member(error) {
                Some(member) if reason.ends_with("is missing") => Self::Member { name, member },
                Some(member) => Self::Form { name, reason: format!("`{member}`: {reason}") },
                None => Self::Form { name, reason },
            };
        }
        missing_stage(&types, engine)
            .unwrap_or_else(|| Self::Other { reason: format!("{error:#}") })
    }

    /// What can be done about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Form { name, .. } | Self::Member { name, .. } if name.starts_with("wasi:") => {
                "build it for WASI 0.2; what later versions have is not there"
            }
            Self::Form { .. } | Self::Member { .. } => {
                "build it with the folder wit/ of this version of wasock"
            }
            Self::Stage { .. } | Self::Other { .. } => {
                "build it for the world `vu` of wit/; docs/guests.md tells how"
            }
        }
    }
}

/// The member of an interface that an error is about.
fn member(error: &wasmtime::Error) -> Option<String> {
    let named = |cause: &(dyn std::error::Error + 'static)| {
        let text = cause.to_string();
        let (name, _) = text.strip_prefix(MEMBER)?.split_once('`')?;
        Some(name.to_owned())
    };
    error.chain().filter_map(named).last()
}

fn missing_stage(types: &ComponentType, engine: &Engine) -> Option<WorldMismatch> {
    let item = types.get_export(engine, LIFECYCLE).map(|item| item.ty);
    let Some(ComponentItem::ComponentInstance(instance)) = item else { return None };
    let missing = STAGES.into_iter().find(|stage| instance.get_export(engine, stage).is_none())?;
    Some(WorldMismatch::Stage { missing })
}
