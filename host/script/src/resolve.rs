//! From specifiers to modules.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use url::Url;

use crate::{Problem, ScriptError, shim};

/// Modules of k6 that are not here, and what to do instead.
const ABSENT: &[(&str, &str)] = &[
    ("k6/browser", BROWSER),
    (
        "k6/crypto/x509",
        "read certificates where the data of the test is made, and open() the result",
    ),
    ("k6/experimental/browser", BROWSER),
    ("k6/experimental/grpc", GRPC),
    (
        "k6/experimental/redis",
        "hand data over with a SharedArray of k6/data, or what setup() returns",
    ),
    (
        "k6/experimental/streams",
        "k6/experimental/csv and k6/experimental/fs read files piece by piece",
    ),
    ("k6/experimental/tracing", "set the header \"traceparent\" of a handshake in its params"),
    (
        "k6/experimental/webcrypto",
        "the global crypto has what there is, k6/crypto the hashes and HMAC",
    ),
    ("k6/html", "wasock tests WebSocket services; a text can be searched with regular expressions"),
    ("k6/net/grpc", GRPC),
];

const BROWSER: &str = "wasock drives no browser; run that part of the test with k6";
const GRPC: &str = "wasock tests WebSocket services; run that part of the test with k6";

/// Where a module of the user's is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// An absolute path without `.` and `..`.
    File(PathBuf),
    /// A text in no file, and the folder that its imports are relative to.
    Text(PathBuf),
    Remote(Url),
}

impl Location {
    /// The name of the module: a URL.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => file_url(path),
            Self::Text(_) => "file:///-".to_owned(),
            Self::Remote(url) => url.to_string(),
        }
    }

    /// What errors call it: short paths where that is possible.
    pub(crate) fn label(&self, working_directory: &Path) -> String {
        match self {
            Self::File(path) => {
                path.strip_prefix(working_directory).unwrap_or(path).display().to_string()
            }
            Self::Text(_) => "-".to_owned(),
            Self::Remote(url) => url.to_string(),
        }
    }

    fn folder(&self) -> Option<&Path> {
        match self {
            Self::File(path) => path.parent(),
            Self::Text(folder) => Some(folder),
            Self::Remote(_) => None,
        }
    }
}

/// The URL of a file with an absolute path.
pub(crate) fn file_url(path: &Path) -> String {
    let url = Url::from_file_path(path);
    url.map_or_else(|()| format!("file://{}", path.display()), String::from)
}

/// What a specifier stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The name of an embedded module.
    Builtin(String),
    Module(Location),
}

/// Finds what a specifier stands for in the module at `referrer`, without looking at files.
pub(crate) fn resolve(specifier: &str, referrer: &Location) -> Result<Target, ScriptError> {
    if is_builtin(specifier) {
        return builtin(specifier);
    }
    if specifier.starts_with("wasock:") {
        return Err(Problem::Internal { specifier: specifier.to_owned() }.into());
    }
    if is_path(specifier) {
        return path(specifier, referrer);
    }
    if let Ok(url) = Url::parse(specifier)
        && matches!(url.scheme(), "https" | "http" | "file")
    {
        return resolve_url(url, specifier, referrer);
    }
    Err(unrecognised(specifier, referrer))
}

/// Finds what a URL stands for that a user gave to start from.
pub(crate) fn resolve_entry(url: &str, working_directory: &Path) -> Result<Location, ScriptError> {
    let referrer = Location::Text(working_directory.to_owned());
    match Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "https" | "http" | "file") => {
            match resolve_url(parsed.clone(), url, &referrer)? {
                Target::Module(location) => Ok(location),
                Target::Builtin(_) => Ok(Location::Remote(parsed)),
            }
        }
        _ => Err(Problem::Unrecognised { specifier: url.to_owned() }.into()),
    }
}

/// Whether a specifier is one of ours: k6's modules, or what wasock adds to them.
fn is_builtin(specifier: &str) -> bool {
    specifier == "k6" || specifier.starts_with("k6/") || specifier.starts_with("wasock/")
}

fn builtin(specifier: &str) -> Result<Target, ScriptError> {
    let owned = specifier.to_owned();
    if shim::is_public(specifier) {
        return Ok(Target::Builtin(owned));
    }
    if specifier.starts_with("k6/x/") {
        return Err(ScriptError::from(Problem::Extension { specifier: owned }).with_hint(
            "extensions are parts of a k6 program; look for the same thing as a JavaScript module",
        ));
    }
    if let Some((_, instead)) = ABSENT.iter().find(|(name, _)| *name == specifier) {
        let problem = Problem::AbsentBuiltin { specifier: owned };
        return Err(ScriptError::from(problem).with_hint(*instead));
    }
    let names: Vec<&str> =
        shim::modules().iter().map(|module| module.name).filter(|name| is_builtin(name)).collect();
    Err(ScriptError::from(Problem::UnknownBuiltin { specifier: owned })
        .with_hint(format!("the built-in modules are {}", names.join(", "))))
}

fn is_path(specifier: &str) -> bool {
    matches!(specifier, "." | "..")
        || specifier.starts_with("./")
        || specifier.starts_with("../")
        || specifier.starts_with('/')
        || Path::new(specifier).is_absolute()
}

fn path(specifier: &str, referrer: &Location) -> Result<Target, ScriptError> {
    match referrer {
        Location::Remote(base) => match base.join(specifier) {
            Ok(url) => resolve_url(url, specifier, referrer),
            Err(_) => Err(unrecognised(specifier, referrer)),
        },
        Location::File(_) | Location::Text(_) => {
            let folder = referrer.folder().unwrap_or(Path::new("/"));
            Ok(Target::Module(Location::File(normal(&folder.join(specifier)))))
        }
    }
}

fn resolve_url(url: Url, specifier: &str, referrer: &Location) -> Result<Target, ScriptError> {
    match url.scheme() {
        "http" => {
            let hint = format!("try https{}", &url.as_str()["http".len()..]);
            Err(ScriptError::from(Problem::Insecure { url: url.to_string() }).with_hint(hint))
        }
        "file" => {
            if let Location::Remote(base) = referrer {
                let referrer = base.to_string();
                let specifier = specifier.to_owned();
                return Err(Problem::LocalFromRemote { referrer, specifier }.into());
            }
            match url.to_file_path() {
                Ok(path) => Ok(Target::Module(Location::File(normal(&path)))),
                Err(()) => Err(Problem::FileUrl { url: url.to_string() }.into()),
            }
        }
        _ => match shim::library(&url) {
            Some(name) => Ok(Target::Builtin(name.to_owned())),
            None => Ok(Target::Module(Location::Remote(url))),
        },
    }
}

fn unrecognised(specifier: &str, referrer: &Location) -> ScriptError {
    let error = ScriptError::from(Problem::Unrecognised { specifier: specifier.to_owned() });
    let beside = |name: &str| referrer.folder().is_some_and(|folder| folder.join(name).is_file());
    let candidates = ["", ".js", ".ts"].map(|extension| format!("{specifier}{extension}"));
    match candidates.iter().find(|name| beside(name)) {
        Some(name) => error.with_hint(format!("did you mean \"./{name}\"?")),
        None => error.with_hint(
            "paths start with \"./\", \"../\" or \"/\"; packages of npm must be bundled into the script",
        ),
    }
}

/// Takes `.` and `..` out of an absolute path by its text alone, as URLs do.
pub fn normal(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

/// The path that a `file:` URL names.
pub fn local_path(url: &str) -> Option<PathBuf> {
    Url::parse(url).ok()?.to_file_path().ok()
}

/// What the user may have meant by a specifier whose file is not there.
pub(crate) fn suggestion(specifier: &str, path: &Path) -> Option<String> {
    if path.is_dir() {
        let name = ["index.js", "index.ts"].into_iter().find(|name| path.join(name).is_file())?;
        return Some(format!("{}/{name}", specifier.trim_end_matches('/')));
    }
    let with = |name: String| fs::exists(path.with_file_name(name)).unwrap_or(false);
    let file = path.file_name()?.to_str()?;
    let appended = [".js", ".ts", ".json"].into_iter().find(|end| with(format!("{file}{end}")));
    if let Some(end) = appended {
        return Some(format!("{specifier}{end}"));
    }
    let (stem, extension) = file.rsplit_once('.')?;
    let other = match extension {
        "js" | "mjs" => "ts",
        "ts" | "mts" => "js",
        _ => return None,
    };
    let start = specifier.strip_suffix(extension)?;
    with(format!("{stem}.{other}")).then(|| format!("{start}{other}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> Location {
        Location::File(PathBuf::from(path))
    }

    fn remote(url: &str) -> Location {
        Location::Remote(Url::parse(url).expect("it is a URL"))
    }

    fn found(specifier: &str, referrer: &Location) -> Location {
        match resolve(specifier, referrer) {
            Ok(Target::Module(location)) => location,
            other => panic!("{specifier} is {other:?}"),
        }
    }

    fn refused(specifier: &str, referrer: &Location) -> (String, Option<String>) {
        let error = resolve(specifier, referrer).expect_err("it is refused");
        (error.to_string(), error.hint().map(str::to_owned))
    }

    #[test]
    fn relative_paths_start_from_the_importing_file() {
        let here = file("/a/b/c.js");
        assert_eq!(found("./d.js", &here), file("/a/b/d.js"));
        assert_eq!(found("../d.js", &here), file("/a/d.js"));
        assert_eq!(found("../../../../d.js", &here), file("/d.js"));
        assert_eq!(found("/x/./y.js", &here), file("/x/y.js"));
        assert_eq!(found("file:///x/y%20z.js", &here), file("/x/y z.js"));
        assert_eq!(found("./y%20z?.js", &here), file("/a/b/y%20z?.js"));
    }

    #[test]
    fn names_of_files_are_urls() {
        assert_eq!(file("/a/b c#d.js").name(), "file:///a/b%20c%23d.js");
        assert_eq!(Location::Text(PathBuf::from("/a")).name(), "file:///-");
    }

    #[test]
    fn a_text_imports_from_its_folder() {
        assert_eq!(found("./d.js", &Location::Text(PathBuf::from("/a"))), file("/a/d.js"));
    }

    #[test]
    fn relative_paths_in_remote_modules_are_urls() {
        let there = remote("https://a.test/x/y.js?v=1");
        assert_eq!(found("./z.js", &there), remote("https://a.test/x/z.js"));
        assert_eq!(found("/z.js", &there), remote("https://a.test/z.js"));
        assert_eq!(found("https://b.test/z.js", &there), remote("https://b.test/z.js"));
    }

    #[test]
    fn remote_modules_cannot_reach_files() {
        let (message, hint) = refused("file:///etc/passwd", &remote("https://a.test/y.js"));
        assert_eq!(
            message,
            "The remote module \"https://a.test/y.js\" may not import the local file \"file:///etc/passwd\""
        );
        assert_eq!(hint, None);
    }

    #[test]
    fn http_is_refused() {
        let (message, hint) = refused("http://a.test/y.js", &file("/s.js"));
        assert_eq!(message, "Cannot import \"http://a.test/y.js\": remote modules need https");
        assert_eq!(hint.as_deref(), Some("try https://a.test/y.js"));
        let (message, _) = refused("http://a.test/y.js", &remote("https://a.test/"));
        assert_eq!(message, "Cannot import \"http://a.test/y.js\": remote modules need https");
    }

    #[test]
    fn bare_names_are_not_looked_up() {
        let (message, hint) = refused("lodash", &file("/s.js"));
        assert_eq!(
            message,
            "The moduleSpecifier \"lodash\" couldn't be recognised as something k6 supports."
        );
        assert_eq!(
            hint.as_deref(),
            Some(
                "paths start with \"./\", \"../\" or \"/\"; packages of npm must be bundled into the script"
            )
        );
        assert_eq!(
            refused("node:fs", &file("/s.js")).0,
            "The moduleSpecifier \"node:fs\" couldn't be recognised as something k6 supports."
        );
    }

    #[test]
    fn internal_modules_and_extensions_are_refused() {
        assert_eq!(
            refused("wasock:native", &file("/s.js")).0,
            "Cannot import \"wasock:native\": the modules of \"wasock:\" are internal"
        );
        let (message, hint) = refused("k6/x/sql", &file("/s.js"));
        assert_eq!(message, "Cannot import \"k6/x/sql\": k6 extensions are not supported");
        assert_eq!(
            hint.as_deref(),
            Some(
                "extensions are parts of a k6 program; look for the same thing as a JavaScript module"
            )
        );
    }

    #[test]
    fn built_in_modules_that_are_not_here_are_told_apart_from_errors() {
        let (message, hint) = refused("k6/browser", &file("/s.js"));
        assert_eq!(message, "The module \"k6/browser\" of k6 is not in this version of wasock");
        assert_eq!(hint.as_deref(), Some(BROWSER));
        for (name, instead) in ABSENT {
            assert!(!shim::is_public(name), "{name} is there");
            assert_eq!(refused(name, &file("/s.js")).1.as_deref(), Some(*instead));
        }
        let (message, hint) = refused("k6/wss", &file("/s.js"));
        assert_eq!(message, "There is no built-in module \"k6/wss\"");
        assert!(hint.is_some_and(|hint| hint.starts_with("the built-in modules are ")));
    }
}
