//! Files that scripts and operators name: which of them are read, and how.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use crate::Problem;
use crate::graph::MAX_FILE_SIZE;
use crate::resolve::normal;

/// Which files the modules and guests of a test are read from, and which of them errors may show lines of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleFiles {
    /// Files, and folders with all that is below them; absolute. Errors show lines of these alone.
    pub granted: Vec<PathBuf>,
    /// Whether nothing else may be read.
    pub only: bool,
}

impl ModuleFiles {
    /// Whether a file is among those that are granted. Links are followed before.
    pub fn has(&self, path: &Path) -> bool {
        let path = followed(path);
        self.granted.iter().any(|granted| path.starts_with(followed(granted)))
    }

    /// Looks whether a file may be read.
    ///
    /// # Errors
    ///
    /// [`Problem::NotGranted`].
    pub fn check(&self, path: &Path) -> Result<(), Problem> {
        match !self.only || self.has(path) {
            true => Ok(()),
            false => Err(Problem::NotGranted { path: path.to_owned() }),
        }
    }
}

/// Where a path leads. What is not there leads nowhere else.
fn followed(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| normal(path))
}

/// Opens a file. A pipe that nobody writes to keeps nobody waiting.
///
/// # Errors
///
/// As [`File::open`].
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

/// What comes through a pipe that a path names, such as a shell's `<(…)`; none if it names something else. A terminal
/// counts as a pipe, other devices do not.
///
/// # Errors
///
/// It cannot be read, has more than so many bytes, or has no writer.
pub fn read_pipe(path: &Path, most: u64) -> Option<Result<Vec<u8>, Problem>> {
    let kind = fs::metadata(path).ok()?.file_type();
    if kind.is_file() || kind.is_dir() {
        return None;
    }
    let unreadable = |error| Problem::Unreadable { path: path.to_owned(), error };
    // Opening does not wait for a writer; reading ends if there is none.
    let piped = open(path).map_err(unreadable).and_then(|file| {
        if !is_pipe(kind) && !file.is_terminal() {
            return Err(Problem::NotAFile { path: path.to_owned() });
        }
        let mut content = Vec::new();
        wait_for_writers(&file).map_err(unreadable)?;
        file.take(most + 1).read_to_end(&mut content).map_err(unreadable)?;
        match content.len() as u64 {
            0 => Err(Problem::EmptyPipe { path: path.to_owned() }),
            length if length > most => Err(Problem::FileTooLarge { path: path.to_owned() }),
            _ => Ok(content),
        }
    });
    Some(piped)
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_pipe(_: FileType) -> bool {
    false
}

/// Lets a file that was opened without waiting be read as any other.
#[cfg(unix)]
fn wait_for_writers(file: &File) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(file)?;
    Ok(rustix::fs::fcntl_setfl(file, flags - rustix::fs::OFlags::NONBLOCK)?)
}

#[cfg(not(unix))]
fn wait_for_writers(_: &File) -> io::Result<()> {
    Ok(())
}

/// Reads a module.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    match read_at_most(path, MAX_FILE_SIZE)? {
        Some(content) => Ok(content),
        None => Err(Problem::FileTooLarge { path: path.to_owned() }),
    }
}

/// Reads a file, if it has no more than so many bytes.
pub(crate) fn read_at_most(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Problem> {
    let unreadable = |error: io::Error| {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => Problem::NotFound { path },
            io::ErrorKind::IsADirectory => Problem::Directory { path },
            _ => Problem::Unreadable { path, error },
        }
    };
    let file = open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    let kind = found.file_type();
    if kind.is_dir() {
        return Err(Problem::Directory { path: path.to_owned() });
    }
    if !kind.is_file() {
        return Err(Problem::NotAFile { path: path.to_owned() });
    }
    if found.len() > most {
        return Ok(None);
    }
    // Files of the kernel have no size, so the limit has to hold while reading.
    let mut content = Vec::new();
    file.take(most + 1).read_to_end(&mut content).map_err(unreadable)?;
    Ok((content.len() as u64 <= most).then_some(content))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.is_ok_and(|status| status.success()));
        for path in [&pipe, Path::new("/dev/zero")] {
            assert!(matches!(read(path), Err(Problem::NotAFile { .. })), "{}", path.display());
        }
        assert!(matches!(read_pipe(&pipe, 9), Some(Err(Problem::EmptyPipe { .. }))));
        assert!(matches!(
            read_pipe(Path::new("/dev/zero"), 9),
            Some(Err(Problem::NotAFile { .. }))
        ));
        let (from, text) = (pipe.clone(), "a script");
        let writer = std::thread::spawn(move || fs::write(from, text));
        // Until the other thread has opened it, there is nobody.
        let content = loop {
            match read_pipe(&pipe, 9) {
                Some(Err(Problem::EmptyPipe { .. })) => std::thread::yield_now(),
                other => break other,
            }
        };
        assert_eq!(content.unwrap().unwrap(), text.as_bytes());
        writer.join().unwrap().unwrap();
        assert!(matches!(read(folder.path()), Err(Problem::Directory { .. })));
        let file = folder.path().join("a.js");
        fs::write(&file, "12345").unwrap();
        assert_eq!(read_at_most(&file, 5).unwrap().as_deref(), Some(&b"12345"[..]));
        assert_eq!(read_at_most(&file, 4).unwrap(), None);
    }

    #[test]
    fn a_link_out_of_what_is_granted_grants_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let [test, other] = ["test", "other"].map(|name| folder.path().join(name));
        for folder in [&test, &other] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("a.js"), "").unwrap();
        }
        std::os::unix::fs::symlink(other.join("a.js"), test.join("link.js")).unwrap();
        let files = ModuleFiles { granted: vec![test.clone()], only: true };
        files.check(&test.join("a.js")).unwrap();
        files.check(&test.join("missing.js")).unwrap();
        for path in [test.join("link.js"), test.join("../other/a.js"), other] {
            assert!(files.check(&path).is_err(), "{}", path.display());
        }
        assert!(ModuleFiles::default().check(Path::new("/etc/passwd")).is_ok());
    }
}
