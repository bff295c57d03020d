//! What a command is given to run: a script, or an archive of one.

use std::fs::File;
use std::io::{Cursor, Read, Seek as _, stdin};
use std::path::Path;

use wasock_runner::exit_code::ExitCode;
use wasock_script::archive::{Archive, ArchiveError, is_archive};
use wasock_script::{Entry, Problem, ScriptError};

use crate::failure::Failure;

/// How much of a file says what it is.
const HEAD: u64 = 512;

/// What a command is given to run.
pub enum Input {
    /// A script, or a compiled component.
    Script(Entry),
    /// A script with all that it needs.
    Archive(Box<Archive>),
}

impl Input {
    /// Reads what an argument names: a path, a URL, or `-` for standard input.
    ///
    /// # Errors
    ///
    /// Standard input or an archive cannot be read.
    pub fn read(argument: &str) -> Result<Self, Failure> {
        if argument == "-" {
            return Self::from_stdin();
        }
        let entry = Entry::from_argument(argument)?;
        match &entry {
            Entry::Path(path) => match open_archive(path) {
                Some(file) => Ok(Self::Archive(Archive::read(file)?.into())),
                None => Ok(Self::Script(entry)),
            },
            Entry::Url(_) | Entry::Text(_) => Ok(Self::Script(entry)),
        }
    }

    fn from_stdin() -> Result<Self, Failure> {
        let unreadable = |error| ScriptError::from(Problem::Stdin(error));
        let mut head = Vec::new();
        stdin().lock().take(HEAD).read_to_end(&mut head).map_err(unreadable)?;
        let mut whole = Cursor::new(head.clone()).chain(stdin().lock());
        if is_archive(&head) {
            return Ok(Self::Archive(Archive::read(whole)?.into()));
        }
        let mut content = Vec::new();
        whole.read_to_end(&mut content).map_err(unreadable)?;
        Ok(Self::Script(Entry::from_stdin(content)?))
    }

    /// The script itself.
    pub fn entry(&self) -> Entry {
        match self {
            Self::Script(entry) => entry.clone(),
            Self::Archive(archive) => archive.entry(),
        }
    }
}

/// The file, from its start, if it is an archive. What cannot be read is told when the script is loaded.
fn open_archive(path: &Path) -> Option<File> {
    let mut file = File::open(path).ok()?;
    let mut head = Vec::new();
    (&file).take(HEAD).read_to_end(&mut head).ok()?;
    file.rewind().ok()?;
    is_archive(&head).then_some(file)
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        Self::of(ExitCode::Other, &error)
    }
}
