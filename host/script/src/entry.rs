//! Which script to load, and how.

use std::{
    fmt::Debug,
    io::{self, Read as _},
    net::IpAddr,
    path::PathBuf,
    sync::Arc,
};

use rustls::pki_types::CertificateDer;

use crate::{ModuleFiles, Problem, ScriptError, archive::ArchivedFiles, cache_dir, is_wasm};

/// The script that a run starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file; a relative path starts from [`LoadOptions::working_directory`].
    Path(PathBuf),
    /// A URL with the scheme `https` or `file`.
    Url(String),
    /// A text that is in no file, usually standard input. It may import files, relative to
    /// [`LoadOptions::working_directory`].
    Text(String),
    /// A component that is in no file, usually standard input.
    Component(Arc<[u8]>),
}

impl Entry {
    /// Reads a command line argument: a path, a URL, or `-` for standard input, which is then read to its end.
    ///
    /// # Errors
    ///
    /// [`Problem::Stdin`].
    pub fn from_argument(argument: &str) -> Result<Self, ScriptError> {
        if argument == "-" {
            let mut content = Vec::new();
            io::stdin().read_to_end(&mut content).map_err(Problem::Stdin)?;
            Self::from_stdin(content)
        } else if argument.contains("://") {
            Ok(Self::Url(argument.to_owned()))
        } else {
            Ok(Self::Path(PathBuf::from(argument)))
        }
    }

    /// What has come from standard input.
    ///
    /// # Errors
    ///
    /// [`Problem::NotUtf8`].
    pub fn from_stdin(content: Vec<u8>) -> Result<Self, ScriptError> {
        match is_wasm(&content) {
            true => Ok(Self::Component(content.into())),
            false => Ok(Self::Text(crate::graph::utf8(content, "-")?)),
        }
    }
}

/// Says which remote modules may be fetched. Those that are kept on disk need not be.
pub trait RemoteAccess: Debug + Send + Sync {
    /// Whether a host may be asked, before its name is looked up; of redirections too.
    ///
    /// # Errors
    ///
    /// Why not.
    fn check_host(&self, host: &str, port: u16) -> Result<(), String>;

    /// Whether an address may be connected to that the name resolves to.
    ///
    /// # Errors
    ///
    /// Why not.
    fn check_address(&self, host: &str, address: IpAddr) -> Result<(), String>;
}

/// How a script is loaded.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// Where relative paths start. `None`: the current directory of the process.
    pub working_directory: Option<PathBuf>,
    /// The folder that keeps fetched modules. `None`: nothing is kept. The default is [`cache_dir()`].
    pub cache_dir: Option<PathBuf>,
    /// Fetches remote modules anew, even those that are kept.
    pub refresh: bool,
    /// Fetches nothing; only remote modules that are kept can be imported.
    pub offline: bool,
    /// Reads files and remote modules from an archive, and from nowhere else.
    pub archive: Option<Arc<ArchivedFiles>>,
    /// Which local files modules may be, and which of them errors show. `None`: all of them.
    pub files: Option<Arc<ModuleFiles>>,
    /// Which remote modules may be fetched. `None`: all of them.
    pub access: Option<Arc<dyn RemoteAccess>>,
    /// Certificate authorities to trust beside those of the system.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            working_directory: None,
            cache_dir: cache_dir(),
            refresh: false,
            offline: false,
            archive: None,
            files: None,
            access: None,
            extra_roots: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_a_path_or_a_url() {
        let parse = |argument| Entry::from_argument(argument).expect("nothing is read");
        assert_eq!(parse("a/b.js"), Entry::Path(PathBuf::from("a/b.js")));
        assert_eq!(parse("https://a.test/b.js"), Entry::Url("https://a.test/b.js".to_owned()));
    }
}
