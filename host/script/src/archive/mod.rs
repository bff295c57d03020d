//! A test in one file: a tar with the script, all that it imports and opens, and its options.
//!
//! The outline is k6's, so that its archives of scripts can be run:
//!
//! | name | content |
//! | --- | --- |
//! | `metadata.json` | see [`Metadata`] |
//! | `data` | the script |
//! | `file/…` | files, by their absolute paths |
//! | `https/…` | remote modules, by their URLs |
//! | `escaped/…` | those whose URLs are no paths, percent-encoded |
//!
//! An archive is read into memory and never unpacked, and a script from an archive sees nothing but
//! what is in it.

mod error;
mod names;
mod read;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

pub use error::ArchiveError;
pub use read::{MAX_ARCHIVE_SIZE, MAX_ENTRIES, is_archive};

use crate::resolve::file_url;
use crate::{Entry, LoadOptions, ModuleGraph};

/// The name of the tar's entry with the metadata.
const METADATA: &str = "metadata.json";

/// The name of the tar's entry with the script.
const DATA: &str = "data";

/// The name of a script that came from standard input.
const STDIN: &str = "file:///-";

/// What an archive says of its script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// What the script is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The options that were in force, as a script exports them.
    pub options: Value,
    /// The script, as a URL: `file:///test/script.js`.
    pub filename: String,
    /// The folder that a script from standard input imports from, as a URL.
    #[serde(default)]
    pub pwd: String,
    /// Variables for the script's `__ENV`.
    #[serde(default, deserialize_with = "or_default")]
    pub env: BTreeMap<String, String>,
}

/// What the script of an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A script.
    Js,
    /// A compiled component.
    Wasm,
}

/// A test in one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    /// What is known of the script.
    pub metadata: Metadata,
    /// The script itself.
    pub script: Arc<[u8]>,
    /// What it imports and opens.
    pub files: ArchivedFiles,
}

/// Files and remote modules by their URLs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchivedFiles(BTreeMap<String, Arc<[u8]>>);

impl ArchivedFiles {
    /// The content of what has this URL.
    pub fn get(&self, url: &str) -> Option<&Arc<[u8]>> {
        self.0.get(url)
    }

    /// Adds content under a URL.
    pub fn insert(&mut self, url: impl Into<String>, content: impl Into<Arc<[u8]>>) {
        self.0.insert(url.into(), content.into());
    }

    /// URLs with contents, in order of URL.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(url, content)| (url.as_str(), &**content))
    }
}

impl Archive {
    /// An archive of a script and what it imports. `pwd` is the folder that a script from standard
    /// input imports from.
    pub fn of_graph(
        graph: &ModuleGraph,
        pwd: &Path,
        options: Value,
        env: BTreeMap<String, String>,
    ) -> Self {
        let mut files = ArchivedFiles::default();
        let mut script: Arc<[u8]> = Arc::default();
        for module in &graph.modules {
            let content: Arc<[u8]> = module.original.as_bytes().into();
            if module.name == graph.entry {
                script = content.clone();
            }
            if module.name != STDIN {
                files.insert(module.name.clone(), content);
            }
        }
        let pwd = Url::from_directory_path(pwd).map(String::from).unwrap_or_default();
        let filename = graph.entry.clone();
        let metadata = Metadata { kind: Kind::Js, options, filename, pwd, env };
        Self { metadata, script, files }
    }

    /// An archive of a compiled component.
    pub fn of_component(
        path: &Path,
        component: Vec<u8>,
        options: Value,
        env: BTreeMap<String, String>,
    ) -> Self {
        let filename = file_url(path);
        let metadata = Metadata { kind: Kind::Wasm, options, filename, pwd: String::new(), env };
        Self { metadata, script: component.into(), files: ArchivedFiles::default() }
    }

    /// Adds a file that the script opens.
    pub fn add_file(&mut self, path: &Path, content: Arc<[u8]>) {
        self.files.insert(file_url(path), content);
    }

    /// The files in it, by their absolute paths, without remote modules.
    pub fn local_files(&self) -> BTreeMap<PathBuf, Arc<[u8]>> {
        let local = |(url, content): (&String, &Arc<[u8]>)| {
            Some((Url::parse(url).ok()?.to_file_path().ok()?, content.clone()))
        };
        self.files.0.iter().filter_map(local).collect()
    }

    /// The folder that a script from standard input was in; the root if none is recorded.
    pub fn working_directory(&self) -> PathBuf {
        let folder = Url::parse(&self.metadata.pwd).ok().and_then(|url| url.to_file_path().ok());
        folder.unwrap_or_else(|| PathBuf::from("/"))
    }

    /// The script to start from, to be loaded with [`load_options`](Self::load_options).
    pub fn entry(&self) -> Entry {
        if self.metadata.filename == STDIN {
            Entry::Text(String::from_utf8_lossy(&self.script).into_owned())
        } else {
            Entry::Url(self.metadata.filename.clone())
        }
    }

    /// How the script is loaded: from the archive alone.
    pub fn load_options(&self, options: LoadOptions) -> LoadOptions {
        let mut files = self.files.clone();
        if self.metadata.filename != STDIN && files.get(&self.metadata.filename).is_none() {
            files.insert(self.metadata.filename.clone(), self.script.clone());
        }
        LoadOptions {
            archive: Some(Arc::new(files)),
            working_directory: Some(self.working_directory()),
            ..options
        }
    }
}

/// Takes null for nothing, as k6 writes it.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
