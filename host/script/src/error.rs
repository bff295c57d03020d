//! What can be wrong with a script before it runs.

use std::{fmt, io, path::PathBuf};

use crate::{
    Place,
    graph::{MAX_FILE_SIZE, MAX_MODULES},
    nesting::MAX_NESTING,
    remote::{FETCH_TIMEOUT, MAX_REDIRECTS, MAX_REMOTE_SIZE},
};

/// A script that cannot be loaded: what is wrong, where, and how to mend it.
///
/// `Display` is the message alone; [`report`](Self::report) is everything, for people.
#[derive(Debug)]
pub struct ScriptError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    problem: Problem,
    place: Option<Place>,
    hint: Option<String>,
}

impl ScriptError {
    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// Where it is wrong: the import that failed, or the text that cannot be read.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// How to mend it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The source line with carets under the text that is meant, in plain text.
    pub fn frame(&self) -> Option<String> {
        self.place().map(Place::frame)
    }

    /// Message, frame and a `hint:` line. Ends without a line break.
    pub fn report(&self) -> String {
        let mut report = self.to_string();
        if let Some(frame) = self.frame() {
            report.push('\n');
            report.push_str(&frame);
        }
        if let Some(hint) = self.hint() {
            report.push_str("\nhint: ");
            report.push_str(hint);
        }
        report
    }

    /// The error without anything of the source, which is none of those that may be seen: messages of the parser have
    /// names in them.
    pub(crate) fn without_excerpt(mut self) -> Self {
        if matches!(self.0.problem, Problem::Syntax { .. } | Problem::Json { .. }) {
            self.0.problem = Problem::Elsewhere;
            self.0.hint = Some("--allow-read for it lets errors quote it".to_owned());
        }
        self.0.place = self.0.place.map(Place::without_excerpt);
        self
    }

    pub(crate) fn at(mut self, place: Place) -> Self {
        self.0.place.get_or_insert(place);
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }
}

impl From<Problem> for ScriptError {
    fn from(problem: Problem) -> Self {
        let hint = match &problem {
            Problem::NotGranted { path } => {
                Some(format!("--allow-read \"{}\" grants it", path.display()))
            }
            _ => None,
        };
        Self(Box::new(Parts { problem, place: None, hint }))
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.problem.fmt(f)
    }
}

impl std::error::Error for ScriptError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0.problem)
    }
}

/// The kinds of [`ScriptError`].
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum Problem {
    /// No such file.
    #[error("The file \"{}\" does not exist", .path.display())]
    NotFound { path: PathBuf },
    /// A folder where a file is needed.
    #[error("\"{}\" is a directory, not a file", .path.display())]
    Directory { path: PathBuf },
    /// A pipe or a device where a file is needed.
    #[error("\"{}\" is a pipe or a device, not a file", .path.display())]
    NotAFile { path: PathBuf },
    /// A pipe without a writer.
    #[error("\"{}\" is a pipe, and nobody has written to it", .path.display())]
    EmptyPipe { path: PathBuf },
    /// A component where a script is needed.
    #[error("What came is a WebAssembly component, and no script")]
    Component,
    /// A file whose name says that it is a component.
    #[error("\"{}\" is empty, and no WebAssembly component", .path.display())]
    Empty { path: PathBuf },
    /// WebAssembly in its text format.
    #[error("\"{}\" is WebAssembly in its text format, and no component", .path.display())]
    TextFormat { path: PathBuf },
    /// It lies outside of what is granted.
    #[error("\"{}\" is not granted", .path.display())]
    NotGranted { path: PathBuf },
    /// The system refuses to read the file.
    #[error("Cannot read \"{}\": {error}", .path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    /// An archive without a file that its script needs.
    #[error("The archive has no \"{name}\"")]
    NotArchived { name: String },
    /// Standard input failed.
    #[error("Cannot read the script from standard input: {0}")]
    Stdin(io::Error),
    /// The current folder is gone or closed.
    #[error("Cannot find out the current directory: {0}")]
    WorkingDirectory(io::Error),
    /// Not text.
    #[error("\"{file}\" is not UTF-8 text: byte 0x{byte:02x} at line {line}, column {column}")]
    NotUtf8 { file: String, byte: u8, line: usize, column: usize },
    /// See [`MAX_FILE_SIZE`].
    #[error("\"{}\" is too large: a module may have at most {MAX_FILE_SIZE} bytes", .path.display())]
    FileTooLarge { path: PathBuf },
    /// See [`MAX_MODULES`].
    #[error("The script imports more than {MAX_MODULES} modules")]
    TooManyModules,

    /// Not JavaScript (or TypeScript).
    #[error("Syntax error: {message}")]
    Syntax { message: String },
    /// See [`MAX_NESTING`].
    #[error("The code is nested more than {MAX_NESTING} levels deep")]
    TooDeep,
    /// The system has no room for the parser's stack.
    #[error("Cannot parse \"{file}\": no room for the stack that so much code may need: {error}")]
    Stack { file: String, error: io::Error },
    /// Not JavaScript or JSON, in a file that is not quoted.
    #[error("What is imported is neither a script nor JSON")]
    Elsewhere,
    /// Not JSON.
    #[error("Invalid JSON: {message}")]
    Json { message: String },
    /// JSX has no meaning in a test script.
    #[error("\"{file}\" is a JSX file, which is not supported")]
    Jsx { file: String },
    /// The engine has no decorators.
    #[error("Decorators are not supported")]
    Decorator,
    /// Only `type: 'json'` exists.
    #[error("The import attribute {key}: \"{value}\" is not supported")]
    ImportAttribute { key: String, value: String },
    /// `import`/`export` and `require`/`module.exports` in one file.
    #[error("\"{file}\" mixes ECMAScript module syntax with CommonJS")]
    MixedModules { file: String },
    /// One file imported as data here and as code there.
    #[error("\"{name}\" is imported both as JSON and as a script")]
    JsonAndScript { name: String },

    /// Neither built in, nor a path, nor a URL.
    #[error("The moduleSpecifier \"{specifier}\" couldn't be recognised as something k6 supports.")]
    Unrecognised { specifier: String },
    /// A module that k6 itself does not have.
    #[error("There is no built-in module \"{specifier}\"")]
    UnknownBuiltin { specifier: String },
    /// A module of k6 that is not here.
    #[error("The module \"{specifier}\" of k6 is not in this version of wasock")]
    AbsentBuiltin { specifier: String },
    /// `k6/x/…`.
    #[error("Cannot import \"{specifier}\": k6 extensions are not supported")]
    Extension { specifier: String },
    /// `wasock:…` belongs to the program itself.
    #[error("Cannot import \"{specifier}\": the modules of \"wasock:\" are internal")]
    Internal { specifier: String },
    /// `http:`.
    #[error("Cannot import \"{url}\": remote modules need https")]
    Insecure { url: String },
    /// A `file:` URL that names no path.
    #[error("\"{url}\" is not the URL of a local file")]
    FileUrl { url: String },
    /// A remote module reaches for the user's files.
    #[error("The remote module \"{referrer}\" may not import the local file \"{specifier}\"")]
    LocalFromRemote { referrer: String, specifier: String },

    /// No connection, no trust, no answer.
    #[error("Cannot fetch \"{url}\": {reason}")]
    Fetch { url: String, reason: String },
    /// An answer, but not the module.
    #[error("Cannot fetch \"{url}\": the server answered {status}")]
    Status { url: String, status: String },
    /// See [`FETCH_TIMEOUT`].
    #[error("Cannot fetch \"{url}\": not complete after {} s", FETCH_TIMEOUT.as_secs())]
    Timeout { url: String },
    /// See [`MAX_REDIRECTS`].
    #[error("Cannot fetch \"{url}\": more than {MAX_REDIRECTS} redirects")]
    Redirects { url: String },
    /// A redirect to something that is not https.
    #[error("Cannot fetch \"{url}\": it redirects to \"{target}\", and remote modules need https")]
    InsecureRedirect { url: String, target: String },
    /// See [`MAX_REMOTE_SIZE`].
    #[error("Cannot fetch \"{url}\": it has more than {MAX_REMOTE_SIZE} bytes")]
    RemoteTooLarge { url: String },
    /// Fetching was forbidden, and there is no copy.
    #[error("Cannot import \"{url}\": it was never fetched, and the run is offline")]
    Offline { url: String },
}
