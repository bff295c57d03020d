//! What a script is (`--type`).

use std::fs::File;
use std::io::Read as _;

use clap::ValueEnum;
use wasock_runner::exit_code::ExitCode;
use wasock_script::Entry;

use crate::failure::Failure;
use crate::input::Input;

/// What WebAssembly begins with.
const WASM: &[u8] = b"\0asm";

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
    pub fn check(self, input: &Input, name: &str) -> Result<(), Failure> {
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
        let message = format!("\"{name}\" is {is}, and --type asks for {wanted}");
        Err(Failure::new(ExitCode::InvalidConfig, message)
            .with_hint(Some("without --type (K6_TYPE) a file is taken for what it is")))
    }
}

/// Whether the script is a compiled component.
pub fn is_component(entry: &Entry) -> bool {
    head(entry).is_some_and(|head| head.starts_with(WASM))
}

/// How a file begins.
fn head(entry: &Entry) -> Option<Vec<u8>> {
    let Entry::Path(path) = entry else { return None };
    let mut head = Vec::new();
    File::open(path).ok()?.take(WASM.len() as u64).read_to_end(&mut head).ok()?;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_begins_with() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script");
        for (content, component) in [(&b"let a;"[..], false), (WASM, true)] {
            std::fs::write(&path, content).unwrap();
            let input = Input::Script(Entry::Path(path.clone()));
            assert_eq!(ScriptType::Js.check(&input, "script").is_ok(), !component);
            assert!(ScriptType::Archive.check(&input, "script").is_err());
        }
    }
}
