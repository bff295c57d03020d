//! What a command is given to run: a script, or an archive of one.

use std::fs::File;
use std::io::{Cursor, Read, Seek as _, stdin};
use std::path::Path;

use wasock_runner::exit_code::ExitCode;
use wasock_script::archive::{Archive, ArchiveError, MAX_ARCHIVE_SIZE, is_archive};
use wasock_script::{Entry, Problem, ScriptError, read_pipe};

use crate::failure::Failure;

/// How much of a file says what it is, in bytes: one block of a tar file, whose header has its mark near the end.
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
    /// Standard input, a pipe or an archive cannot be read.
    pub fn read(argument: &str) -> Result<Self, Failure> {
        if let Some(content) = piped(argument)? {
            return Self::from_piped(content);
        }
        let entry = Entry::from_argument(argument)?;
        match &entry {
            Entry::Path(path) => match open_archive(path) {
                Some(file) => Ok(Self::Archive(Archive::read(file)?.into())),
                None => Ok(Self::Script(entry)),
            },
            Entry::Url(_) | Entry::Text(_) | Entry::Component(_) => Ok(Self::Script(entry)),
        }
    }

    /// What came by standard input.
    ///
    /// # Errors
    ///
    /// It is an archive that cannot be read.
    pub fn from_piped(content: Vec<u8>) -> Result<Self, Failure> {
        if is_archive(&content) {
            return Ok(Self::Archive(Archive::read(Cursor::new(content))?.into()));
        }
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

/// What comes by standard input, if that is what an argument names, or by a pipe: it can be read once.
///
/// # Errors
///
/// It cannot be read.
pub fn piped(argument: &str) -> Result<Option<Vec<u8>>, Failure> {
    if argument != "-" {
        // An archive is the largest of what there may be.
        let content = read_pipe(Path::new(argument), MAX_ARCHIVE_SIZE).transpose();
        return Ok(content.map_err(ScriptError::from)?);
    }
    let mut content = Vec::new();
    let outcome = stdin().lock().read_to_end(&mut content);
    outcome.map_err(|error| ScriptError::from(Problem::Stdin(error)))?;
    Ok(Some(content))
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
