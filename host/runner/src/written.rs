//! Files with results: which of them a script's `handleSummary` may write, and how they take the place of others.

use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::path::{Component, Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use thiserror::Error;
use wasock_script::normal_path;

/// Where a test may write. The default is nowhere.
#[derive(Clone, Debug, Default)]
pub struct WriteAccess {
    /// Files, and folders with all that is below them; absolute.
    pub granted: Vec<PathBuf>,
    /// Folders with all that is below them but hidden files and folders, where programs and shells look for what
    /// to run; absolute.
    pub usual: Vec<PathBuf>,
    /// Folders that nothing is written below, whatever is granted: what is in them is trusted.
    pub refused: Vec<PathBuf>,
    /// Where relative paths start.
    pub working_directory: PathBuf,
}

/// Why a file cannot be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// It lies outside of what is granted.
    #[error("the run does not grant it; hint: --allow-write \"{0}\" grants it")]
    NotGranted(String),
    /// It lies where nothing is written for scripts.
    #[error("it is in the cache of compiled scripts")]
    Refused,
    /// A folder, a device or a pipe.
    #[error("it is not a file")]
    NotAFile,
    /// The system refuses, or a link leads out of what is granted.
    #[error(transparent)]
    Unwritable(#[from] io::Error),
}

impl WriteAccess {
    /// Writes a file in the place of what is there. It blocks.
    ///
    /// # Errors
    ///
    /// See [`WriteError`].
    pub fn write(&self, path: &str, content: &[u8]) -> Result<(), WriteError> {
        let absolute = normal_path(&self.working_directory.join(path));
        let Some((folder, inside)) = self.place(&absolute) else {
            return Err(WriteError::NotGranted(path.to_owned()));
        };
        if self.is_refused(&absolute) {
            return Err(WriteError::Refused);
        }
        // A link leads nowhere else: `Dir` does not follow it out of the folder.
        let folder = Dir::open_ambient_dir(folder, ambient_authority())?;
        // Opening a pipe would wait for somebody to read from it.
        let is_folder = inside.as_os_str().is_empty();
        if is_folder || folder.metadata(inside).is_ok_and(|found| !found.is_file()) {
            return Err(WriteError::NotAFile);
        }
        let mut options = OpenOptions::new();
        let mut file = folder.open_with(inside, options.write(true).create(true).truncate(true))?;
        Ok(file.write_all(content)?)
    }

    /// Whether a path leads below a folder that is refused, by whatever links and names.
    fn is_refused(&self, path: &Path) -> bool {
        let folder = path.parent().unwrap_or(path);
        // A file that is not there yet is where its folder is.
        let real = [path, folder].map(fs::canonicalize).into_iter().find_map(Result::ok);
        let real = real.unwrap_or_else(|| path.to_owned());
        let is_in = |refused: &PathBuf| real.ancestors().any(|folder| is_same(folder, refused));
        self.refused.iter().any(is_in)
    }

    /// The folder that is granted, and the way from there.
    fn place<'a>(&'a self, path: &'a Path) -> Option<(&'a Path, &'a Path)> {
        let below = |grant: &'a PathBuf| Some((grant.as_path(), path.strip_prefix(grant).ok()?));
        let named = self.granted.iter().filter_map(below).map(|(grant, inside)| {
            // A file that is granted by itself.
            let is_itself = inside.as_os_str().is_empty();
            let folder = grant.parent().filter(|_| is_itself);
            folder
                .and_then(|folder| Some((folder, path.strip_prefix(folder).ok()?)))
                .unwrap_or((grant, inside))
        });
        let usual = self.usual.iter().filter_map(below).filter(|(_, inside)| !is_hidden(inside));
        named.chain(usual).next()
    }
}

/// Writes this in the place of what is in an open file; into a pipe or a device it just goes. It blocks.
///
/// # Errors
///
/// The system refuses.
pub fn replace(file: &mut File, content: &[u8]) -> io::Result<()> {
    if is_stream(file, io::stdout()) {
        // What is there already is the process's own, and stays.
        let mut stdout = io::stdout().lock();
        return stdout.write_all(content).and_then(|()| stdout.flush());
    }
    if is_stream(file, io::stderr()) {
        return io::stderr().lock().write_all(content);
    }
    if file.metadata()?.is_file() {
        file.set_len(0)?;
        file.rewind()?;
    }
    file.write_all(content)
}

/// What tells one file or folder from all others, whatever path leads to it.
#[cfg(unix)]
fn identity(found: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (found.dev(), found.ino())
}

/// Whether a file that was opened by its name, say `/dev/stdout`, is where a stream of this process leads.
#[cfg(unix)]
fn is_stream(file: &File, stream: impl std::os::fd::AsFd) -> bool {
    let stream = stream.as_fd().try_clone_to_owned().map(File::from);
    let both = stream.and_then(|stream| Ok((stream.metadata()?, file.metadata()?)));
    both.is_ok_and(|(stream, file)| identity(&stream) == identity(&file))
}

#[cfg(not(unix))]
fn is_stream<S>(_: &File, _: S) -> bool {
    false
}

/// Whether two paths name the same file or folder, which the system may show at several places.
#[cfg(unix)]
fn is_same(one: &Path, other: &Path) -> bool {
    let at = |path| fs::metadata(path).map(|found| identity(&found)).ok();
    one == other || at(one).is_some_and(|one| at(other) == Some(one))
}

#[cfg(not(unix))]
fn is_same(one: &Path, other: &Path) -> bool {
    one == other || fs::canonicalize(other).is_ok_and(|other| one == other)
}

/// Whether a part of the path begins with a dot.
fn is_hidden(path: &Path) -> bool {
    let hidden = |part: Component<'_>| part.as_os_str().as_encoded_bytes().starts_with(b".");
    path.components().any(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with `work` and `other`, and what grants the first.
    fn access() -> (tempfile::TempDir, WriteAccess) {
        let folder = tempfile::tempdir().unwrap();
        let [work, other] = ["work", "other"].map(|name| folder.path().join(name));
        for folder in [&work, &other] {
            fs::create_dir(folder).unwrap();
        }
        let usual = vec![work.clone()];
        (folder, WriteAccess { usual, working_directory: work, ..WriteAccess::default() })
    }

    #[track_caller]
    fn assert_refused(access: &WriteAccess, path: &str, text: &str) {
        let error = access.write(path, b"x").unwrap_err().to_string();
        assert!(error.starts_with(text), "{path}: {error}");
    }

    #[test]
    fn files_below_the_usual_folders_are_written_anew() {
        let (folder, access) = access();
        access.write("a.txt", b"longer").unwrap();
        access.write("../work/./a.txt", b"new").unwrap();
        assert_eq!(fs::read(folder.path().join("work/a.txt")).unwrap(), b"new");
        assert_refused(&access, "missing/a.txt", "No such file");
    }

    #[test]
    fn what_lies_outside_or_is_hidden_has_to_be_granted_by_name() {
        let (folder, mut access) = access();
        let other = folder.path().join("other/a.txt").display().to_string();
        for path in ["../other/a.txt", &other, ".bashrc", ".git/hooks/pre-commit", ".."] {
            assert_refused(&access, path, "the run does not grant it; hint: --allow-write \"");
        }
        access.granted = vec![folder.path().join("other/a.txt"), folder.path().join("work/.out")];
        access.write(&other, b"x").unwrap();
        access.write(".out", b"x").unwrap();
        assert_refused(&access, "../other/b.txt", "the run does not grant it");
        assert_refused(&WriteAccess::default(), "/a.txt", "the run does not grant it");
    }

    #[test]
    fn nothing_is_written_to_a_refused_folder_whatever_is_granted() {
        let (folder, mut access) = access();
        let cache = folder.path().join("work/cache");
        fs::create_dir_all(cache.join("components")).unwrap();
        fs::write(cache.join("components/old"), "as it was").unwrap();
        access.granted =
            vec![cache.clone(), cache.join("components/old"), folder.path().to_owned()];
        access.refused = vec![cache.clone()];
        let refused = "it is in the cache of compiled scripts";
        for path in ["cache/new", "cache/components/old", "x/../cache/components/new"] {
            assert_refused(&access, path, refused);
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink(&cache, folder.path().join("work/link")).unwrap();
            symlink(cache.join("components/old"), folder.path().join("work/file")).unwrap();
            assert_refused(&access, "link/components/new", refused);
            assert_refused(&access, "file", refused);
            // The other way round.
            access.refused = vec![folder.path().join("work/link")];
            assert_refused(&access, "cache/components/old", refused);
        }
        assert_eq!(fs::read(cache.join("components/old")).unwrap(), b"as it was");
        access.write("cache-of-mine.txt", b"x").unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_and_what_is_no_file_are_refused() {
        let (folder, access) = access();
        let link = folder.path().join("work/link");
        std::os::unix::fs::symlink(folder.path().join("other"), &link).unwrap();
        assert_refused(&access, "link/a.txt", "a path led outside of the filesystem");
        fs::create_dir(folder.path().join("work/folder")).unwrap();
        assert_refused(&access, "folder", "it is not a file");
        assert_refused(&access, ".", "it is not a file");
    }
}
