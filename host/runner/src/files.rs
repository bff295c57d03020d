//! The files that scripts open: which they may, and what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use parking_lot::Mutex;
use thiserror::Error;
use wasock_script::{local_path, normal_path};

/// The largest file that can be opened, in bytes: a virtual user holds it twice while it makes a text
/// of it, and has four times as much memory.
pub const MAX_FILE_SIZE: u64 = 64 << 20;

/// The most bytes in all files that a test opens: they stay in memory until its end. As much as all shared arrays,
/// [`MAX_SHARED_DATA`](crate::shared_data::MAX_SHARED_DATA), and less than a machine for load tests has.
pub const MAX_OPENED: u64 = 1 << 30;

/// What the module of a script that is in no file is called.
const TEXT_MODULE: &str = "file:///-";

/// Which files a test may read. The default grants none.
#[derive(Clone, Debug, Default)]
pub struct FileAccess {
    /// Files, and folders with all that is below them.
    pub granted: Vec<PathBuf>,
    /// Where relative paths start in a script that is in no file.
    pub working_directory: PathBuf,
    /// The folder that the script was in when it was compiled, and the one that has its place now.
    pub moved: Option<(PathBuf, PathBuf)>,
    /// Files that are at hand, by absolute path. They are granted, and not read from disk.
    pub given: BTreeMap<PathBuf, Arc<[u8]>>,
}

/// A file that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedFile {
    /// Its absolute path, as the script has named it.
    pub path: PathBuf,
    /// What is in it.
    pub content: Arc<[u8]>,
}

/// Why a file cannot be opened.
#[derive(Debug, Error)]
#[error("cannot open \"{path}\": {problem}")]
pub struct FileError {
    /// The path as the script has it.
    path: String,
    problem: FileProblem,
}

/// The kinds of [`FileError`].
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum FileProblem {
    /// It lies outside of what is granted.
    #[error("the run does not grant \"{}\"", .0.display())]
    NotGranted(PathBuf),
    /// A symbolic link leads out of what is granted.
    #[error("\"{}\" leads out of the folders that the run grants", .0.display())]
    LeadsOut(PathBuf),
    /// No such file.
    #[error("there is no file \"{}\"", .0.display())]
    NotFound(PathBuf),
    /// A folder, a device or a pipe.
    #[error("\"{}\" is not a file", .0.display())]
    NotAFile(PathBuf),
    /// The system refuses.
    #[error("\"{}\" cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    /// See [`MAX_FILE_SIZE`].
    #[error("it has more than {MAX_FILE_SIZE} bytes, which is the most for one file")]
    TooLarge,
    /// See [`MAX_OPENED`].
    #[error("the files of a test may have {MAX_OPENED} bytes together")]
    TooMany,
    /// A module from the network asks.
    #[error("the remote module \"{0}\" may not read local files")]
    Remote(String),
    /// A URL of another kind.
    #[error("only files can be opened, by a path or a URL that begins with file://")]
    NotAPath,
}

impl FileProblem {
    /// Whether it is a grant or a limit that keeps the file from being opened.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::NotGranted(_)
            | Self::LeadsOut(_)
            | Self::Remote(_)
            | Self::TooLarge
            | Self::TooMany => true,
            Self::NotFound(_) | Self::NotAFile(_) | Self::Unreadable { .. } | Self::NotAPath => {
                false
            }
        }
    }
}

impl FileError {
    /// What went wrong.
    pub fn problem(&self) -> &FileProblem {
        &self.problem
    }

    /// How to put it right, where that is known.
    pub fn hint(&self) -> Option<String> {
        match &self.problem {
            FileProblem::NotGranted(path) | FileProblem::LeadsOut(path) => {
                Some(format!("--allow-read \"{}\" grants it", path.display()))
            }
            FileProblem::TooLarge => {
                Some("split it, or leave out what the test does not use".to_owned())
            }
            _ => None,
        }
    }

    /// Message and hint in one line, for an exception.
    pub(crate) fn for_script(&self) -> String {
        match self.hint() {
            Some(hint) => format!("{self}; hint: {hint}"),
            None => self.to_string(),
        }
    }
}

/// The files of a test, each read once for all virtual users.
#[derive(Debug, Default)]
pub struct FileStore {
    access: FileAccess,
    /// What is granted, without symbolic links.
    real: Vec<PathBuf>,
    opened: Mutex<Opened>,
}

#[derive(Debug, Default)]
struct Opened {
    files: BTreeMap<PathBuf, Arc<[u8]>>,
    size: u64,
}

impl FileStore {
    /// No files yet. What is granted and does not exist now is not granted later either.
    pub fn new(mut access: FileAccess) -> Self {
        let real = access.granted.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
        for path in &mut access.granted {
            *path = normal_path(path);
        }
        Self { access, real, opened: Mutex::default() }
    }

    /// The files that were opened, by path.
    pub fn opened(&self) -> Vec<OpenedFile> {
        let opened = self.opened.lock();
        let file = |(path, content): (&PathBuf, &Arc<[u8]>)| OpenedFile {
            path: path.clone(),
            content: content.clone(),
        };
        opened.files.iter().map(file).collect()
    }

    /// The content of the file at `path`, which is relative to the module called `referrer`. It
    /// blocks.
    ///
    /// # Errors
    ///
    /// See [`FileProblem`].
    pub fn read(&self, path: &str, referrer: &str) -> Result<Arc<[u8]>, FileError> {
        let result = self.locate(path, referrer).and_then(|absolute| self.open(absolute));
        result.map_err(|problem| FileError { path: path.to_owned(), problem })
    }

    /// The absolute path that is meant.
    fn locate(&self, path: &str, referrer: &str) -> Result<PathBuf, FileProblem> {
        if referrer.starts_with("https:") {
            return Err(FileProblem::Remote(referrer.to_owned()));
        }
        if path.contains("://") {
            let path = local_path(path).ok_or(FileProblem::NotAPath)?;
            return Ok(normal_path(&path));
        }
        Ok(normal_path(&self.folder_of(referrer).join(path)))
    }

    /// The folder of a module.
    fn folder_of(&self, module: &str) -> PathBuf {
        let path = local_path(module);
        let folder = path.as_deref().and_then(Path::parent);
        match (folder, &self.access.moved) {
            _ if module == TEXT_MODULE => self.access.working_directory.clone(),
            (None, _) => self.access.working_directory.clone(),
            (Some(folder), None) => folder.to_owned(),
            (Some(folder), Some((from, to))) => to.join(relative(from, folder)),
        }
    }

    fn open(&self, path: PathBuf) -> Result<Arc<[u8]>, FileProblem> {
        // Whoever comes second waits until the first has read the file.
        let mut opened = self.opened.lock();
        if let Some(content) = opened.files.get(&path) {
            return Ok(content.clone());
        }
        let content = match self.access.given.get(&path) {
            Some(content) => content.clone(),
            None => self.load(&path)?.into(),
        };
        let size = opened.size + content.len() as u64;
        if size > MAX_OPENED {
            return Err(FileProblem::TooMany);
        }
        opened.size = size;
        opened.files.insert(path, content.clone());
        Ok(content)
    }

    fn load(&self, path: &Path) -> Result<Vec<u8>, FileProblem> {
        // What lies outside is refused by its name alone: a script must not learn what there is.
        let granted = self.access.granted.iter().chain(&self.real);
        if !granted.into_iter().any(|grant| path.starts_with(grant)) {
            return Err(FileProblem::NotGranted(path.to_owned()));
        }
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => FileProblem::NotFound(path.to_owned()),
            _ => FileProblem::Unreadable { path: path.to_owned(), error },
        };
        let real = fs::canonicalize(path).map_err(unreadable)?;
        let Some(grant) = self.real.iter().find(|grant| real.starts_with(grant)) else {
            return Err(FileProblem::LeadsOut(path.to_owned()));
        };
        // Opening a pipe would wait for somebody to write into it.
        if !fs::metadata(&real).map_err(unreadable)?.is_file() {
            return Err(FileProblem::NotAFile(path.to_owned()));
        }
        let folder = if real == *grant { grant.parent().unwrap_or(grant) } else { grant };
        let inside = real.strip_prefix(folder).unwrap_or(&real);
        // A link that somebody puts there at this moment leads nowhere else: `Dir` does not follow it.
        let folder = Dir::open_ambient_dir(folder, ambient_authority()).map_err(unreadable)?;
        let file = folder.open(inside).map_err(unreadable)?;
        let mut content = Vec::new();
        file.take(MAX_FILE_SIZE + 1).read_to_end(&mut content).map_err(unreadable)?;
        if content.len() as u64 > MAX_FILE_SIZE {
            return Err(FileProblem::TooLarge);
        }
        Ok(content)
    }
}

/// The way from one absolute folder to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    /// A folder with `data/a.txt`, `data/script.js`, `other.txt`, and a store that grants `data`.
    fn store() -> (tempfile::TempDir, FileStore) {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        fs::write(data.join("a.txt"), "inside").unwrap();
        fs::write(folder.path().join("other.txt"), "outside").unwrap();
        let access = FileAccess { granted: vec![data], ..FileAccess::default() };
        (folder, FileStore::new(access))
    }

    fn script(folder: &Path) -> String {
        Url::from_file_path(folder.join("data/script.js")).unwrap().to_string()
    }

    #[test]
    fn a_file_is_read_once_and_kept() {
        let (folder, store) = store();
        let script = script(folder.path());
        let first = store.read("./a.txt", &script).unwrap();
        assert_eq!(&*first, b"inside");
        fs::write(folder.path().join("data/a.txt"), "changed").unwrap();
        let absolute = folder.path().join("data/a.txt");
        let url = Url::from_file_path(&absolute).unwrap();
        for path in ["a.txt", "../data/a.txt", url.as_str(), &absolute.display().to_string()] {
            assert_eq!(&*store.read(path, &script).unwrap(), b"inside", "{path}");
        }
        assert_eq!(store.opened(), [OpenedFile { path: absolute, content: first }]);
    }

    #[test]
    fn what_is_not_granted_is_refused_whether_it_exists_or_not() {
        let (folder, store) = store();
        let script = script(folder.path());
        for path in ["../other.txt", "../missing.txt", "/etc/passwd", "file:///etc/passwd"] {
            let error = store.read(path, &script).unwrap_err();
            assert!(matches!(error.problem(), FileProblem::NotGranted(_)), "{error}");
            assert!(error.hint().unwrap().starts_with("--allow-read "), "{error}");
        }
        assert!(store.opened().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_what_is_granted_and_nowhere_else() {
        use std::os::unix::fs::symlink;
        let (folder, store) = store();
        let data = folder.path().join("data");
        symlink(folder.path().join("other.txt"), data.join("out.txt")).unwrap();
        symlink(folder.path(), data.join("up")).unwrap();
        symlink("a.txt", data.join("in.txt")).unwrap();
        let script = script(folder.path());
        for path in ["out.txt", "up/other.txt"] {
            let error = store.read(path, &script).unwrap_err();
            assert!(matches!(error.problem(), FileProblem::LeadsOut(_)), "{error}");
        }
        assert_eq!(&*store.read("in.txt", &script).unwrap(), b"inside");
    }

    #[test]
    fn a_file_alone_can_be_granted_and_files_can_be_given() {
        let (folder, _) = store();
        let granted = vec![folder.path().join("other.txt")];
        let given = BTreeMap::from([(PathBuf::from("/nowhere/b.txt"), Arc::from(*b"given"))]);
        let store = FileStore::new(FileAccess { granted, given, ..FileAccess::default() });
        let script = script(folder.path());
        assert_eq!(&*store.read("../other.txt", &script).unwrap(), b"outside");
        assert_eq!(&*store.read("/nowhere/b.txt", &script).unwrap(), b"given");
        assert!(store.read("a.txt", &script).is_err());
    }

    #[test]
    fn folders_missing_files_and_remote_modules_are_told_apart() {
        let (folder, store) = store();
        let script = script(folder.path());
        let text = |path, referrer: &str| store.read(path, referrer).unwrap_err().to_string();
        assert!(text("b.txt", &script).starts_with("cannot open \"b.txt\": there is no file \"/"));
        assert!(text(".", &script).ends_with("data\" is not a file"));
        assert_eq!(
            text("a.txt", "https://a.test/b.js"),
            "cannot open \"a.txt\": the remote module \"https://a.test/b.js\" may not read local files"
        );
        assert!(text("https://a.test/b.csv", &script).contains("only files can be opened"));
    }

    #[test]
    fn a_compiled_script_finds_its_files_beside_the_component() {
        let (folder, _) = store();
        let data = folder.path().join("data");
        let access = FileAccess {
            granted: vec![folder.path().to_owned()],
            moved: Some(("/built/tests/load".into(), data)),
            ..FileAccess::default()
        };
        let store = FileStore::new(access);
        let read = |path, module| store.read(path, module).map(|content| content.to_vec()).unwrap();
        assert_eq!(read("./a.txt", "file:///built/tests/load/script.js"), b"inside");
        assert_eq!(read("../other.txt", "file:///built/tests/load/script.js"), b"outside");
        assert_eq!(read("other.txt", "file:///built/tests/helper.js"), b"outside");
        assert_eq!(read("data/a.txt", "file:///built/tests/helper.js"), b"inside");
    }

    #[test]
    fn files_that_are_too_large_are_refused() {
        let (folder, store) = store();
        let file = fs::File::create(folder.path().join("data/large")).unwrap();
        file.set_len(MAX_FILE_SIZE + 1).unwrap();
        let error = store.read("large", &script(folder.path())).unwrap_err();
        assert!(matches!(error.problem(), FileProblem::TooLarge), "{error}");
    }
}
