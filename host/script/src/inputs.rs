//! What a module graph was made of, so that one can tell later whether it would still come out the same.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Entry, LoadOptions, ModuleFiles, files, hash::sha256, remote};

/// Everything that was read to load a script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The hexadecimal SHA-256 of an entry that is in no file.
    pub text: Option<String>,
    /// Files, in the order of reading.
    pub files: Vec<InputFile>,
    /// Remote modules, in the order of fetching.
    pub urls: Vec<InputUrl>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Its absolute path.
    pub path: PathBuf,
    /// The hexadecimal SHA-256 of its content; `None` if it could not be read, and the script may do without.
    pub sha256: Option<String>,
}

/// A remote module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputUrl {
    /// Its URL as the script names it.
    pub url: String,
    /// The hexadecimal SHA-256 of its content; `None` if it could not be had, and the script may do without.
    pub sha256: Option<String>,
}

impl Inputs {
    /// Whether loading would read the same again, without asking the network: files must be as they were, and
    /// remote modules must be kept in the cache as they were.
    pub fn unchanged(&self, entry: &Entry, options: &LoadOptions) -> bool {
        let text = match entry {
            Entry::Text(text) => Some(sha256(text.as_bytes())),
            Entry::Path(_) | Entry::Url(_) | Entry::Component(_) => None,
        };
        text == self.text
            && (self.urls.is_empty() || !options.refresh)
            && self.files.iter().all(|file| unchanged(file, options.files.as_deref()))
            && self.urls.iter().all(|input| kept(input, options.cache_dir.as_deref()))
    }
}

/// Whether a file is as it was, and may still be read.
fn unchanged(file: &InputFile, files: Option<&ModuleFiles>) -> bool {
    files.is_none_or(|files| files.check(&file.path).is_ok())
        && content_hash(&file.path) == file.sha256
}

fn content_hash(path: &Path) -> Option<String> {
    files::read(path).ok().map(|content| sha256(&content))
}

fn kept(input: &InputUrl, cache_dir: Option<&Path>) -> bool {
    input.sha256.is_some()
        && cache_dir.is_some_and(|folder| {
            content_hash(&remote::cached_path(folder, &input.url)) == input.sha256
        })
}
