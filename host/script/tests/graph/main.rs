//! Module graphs of scripts in temporary folders and on a local https server.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod commonjs;
mod errors;
mod inputs;
mod local;
mod remote;
mod server;
mod typescript;

use std::{fs, path::PathBuf};

use tempfile::TempDir;
use wasock_script::{Entry, LoadOptions, ModuleGraph, ScriptError, load};

/// A temporary folder with a script in it.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: TempDir::new().unwrap() };
        for (path, text) in files {
            project.write(path, text.as_bytes());
        }
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, path: &str, content: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The name of a module in the folder.
    fn name(&self, file: &str) -> String {
        format!("file://{}", self.path(file).display())
    }

    fn options(&self) -> LoadOptions {
        LoadOptions {
            working_directory: Some(self.folder.path().to_owned()),
            cache_dir: Some(self.path("cache")),
            offline: true,
            ..LoadOptions::default()
        }
    }

    async fn load(&self, entry: &str) -> Result<ModuleGraph, ScriptError> {
        load(&Entry::Path(PathBuf::from(entry)), &self.options()).await
    }

    /// The graph of `main.js` with that text.
    async fn load_text(&self, text: &str) -> Result<ModuleGraph, ScriptError> {
        self.write("main.js", text.as_bytes());
        self.load("main.js").await
    }

    /// The report of an error, without the folder's own path.
    async fn report(&self, entry: &str) -> String {
        let report = self.load(entry).await.expect_err("the script is wrong").report();
        report.replace(self.folder.path().to_str().unwrap(), "<folder>")
    }
}
