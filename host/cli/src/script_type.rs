//! What a script is (`--type`).

use std::fs::File;
use std::io::Read as _;

use clap::ValueEnum;
use wasock_runner::exit_code::ExitCode;
use wasock_script::Entry;

use crate::failure::Failure;

/// What WebAssembly begins with.
const WASM: &[u8] = b"\0asm";

/// What stands at [`TAR_OFFSET`] in a tar archive (POSIX, pax interchange format).
const TAR: &[u8] = b"ustar";

/// Where a tar archive says that it is one.
const TAR_OFFSET: usize = 257;

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
    pub fn check(self, entry: &Entry) -> Result<(), Failure> {
        // What cannot be read is told when the script is loaded.
        let (Entry::Path(path), Some(head)) = (entry, head(entry)) else { return Ok(()) };
        let is = if head.starts_with(WASM) {
            "a compiled component"
        } else if head.get(TAR_OFFSET..) == Some(TAR) {
            "an archive"
        } else {
            "a script"
        };
        let wanted = match self {
            Self::Js => "a script",
            Self::Archive => "an archive",
        };
        if is == wanted {
            return Ok(());
        }
        let message = format!("\"{}\" is {is}, and --type asks for {wanted}", path.display());
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
    let most = (TAR_OFFSET + TAR.len()) as u64;
    File::open(path).ok()?.take(most).read_to_end(&mut head).ok()?;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_begins_with() {
        let folder = tempfile::tempdir().unwrap();
        let mut tar = vec![b'x'; TAR_OFFSET];
        tar.extend(TAR);
        for (content, js, archive) in
            [(&b"let a;"[..], true, false), (WASM, false, false), (&tar, false, true)]
        {
            let path = folder.path().join("script");
            std::fs::write(&path, content).unwrap();
            let entry = Entry::Path(path);
            assert_eq!(ScriptType::Js.check(&entry).is_ok(), js);
            assert_eq!(ScriptType::Archive.check(&entry).is_ok(), archive);
        }
        assert!(ScriptType::Archive.check(&Entry::Path("missing".into())).is_ok());
    }
}
