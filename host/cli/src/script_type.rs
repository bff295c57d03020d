//! What a script is (`--type`).

use clap::ValueEnum;
use wasock_runner::exit_code::ExitCode;
use wasock_script::{Entry, LoadOptions, component_file};

use crate::failure::Failure;
use crate::input::Input;

/// What a script is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScriptType {
    /// JavaScript or TypeScript.
    Js,
    /// An archive of a script with all that it needs.
    Archive,
}

impl ScriptType {
    /// Looks whether the script is of this type.
    ///
    /// # Errors
    ///
    /// It is something else.
    fn check(self, input: &Input, name: &str) -> Result<(), Failure> {
        let is = match input {
            Input::Archive(_) => "an archive",
            Input::Script(entry) if is_component(entry) => "a compiled component",
            Input::Script(_) => "a script",
        };
        let wanted = match self {
            Self::Js => "a script",
            Self::Archive => "an archive",
        };
        if is == wanted {
            return Ok(());
        }
        let message = format!("\"{name}\" is {is}, and --type requires {wanted}");
        Err(Failure::new(ExitCode::InvalidConfig, message)
            .with_hint(Some("without --type (K6_TYPE) the type is detected")))
    }
}

/// Reads what an argument names, and looks whether it is of the type that is wanted. What came by standard input may
/// be at hand.
///
/// # Errors
///
/// It cannot be read, or is something else.
pub fn read(
    argument: &str,
    piped: Option<&[u8]>,
    wanted: Option<ScriptType>,
) -> Result<Input, Failure> {
    let input = match piped {
        Some(content) => Input::from_piped(content.to_owned())?,
        None => Input::read(argument)?,
    };
    if let Some(wanted) = wanted {
        wanted.check(&input, argument)?;
    }
    Ok(input)
}

/// Whether the script is a compiled component.
pub fn is_component(entry: &Entry) -> bool {
    matches!(entry, Entry::Component(_)) || component_file(entry, &LoadOptions::default()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_begins_with() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script");
        for (content, component) in [(&b"let a;"[..], false), (&b"\0asm"[..], true)] {
            std::fs::write(&path, content).unwrap();
            let input = Input::Script(Entry::Path(path.clone()));
            assert_eq!(ScriptType::Js.check(&input, "script").is_ok(), !component);
            assert!(ScriptType::Archive.check(&input, "script").is_err());
        }
    }
}
