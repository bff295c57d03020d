//! The programs that scenarios name by `guest`: components, or scripts, beside the test.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use wasmtime::Engine;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::run::{GuestError, GuestSource};
use wasock_script::{
    Compiler, Entry, LoadOptions, Script, component_file, local_path, normal_path,
};

use crate::elsewhere::elsewhere;
use crate::failure::Failure;
use crate::input::Input;
use crate::terminal::spinner::Spinner;

/// Finds the programs that the scenarios of a test name.
pub struct Guests {
    /// What relative names start from.
    folder: PathBuf,
    /// The files of an archive, which take the place of the disk.
    archived: Option<BTreeMap<PathBuf, Arc<[u8]>>>,
}

impl Guests {
    /// Those of a test: its own folder is what names are relative to.
    pub fn of(input: &Input) -> Self {
        let here = env::current_dir().unwrap_or_default();
        let folder_of = |file: PathBuf| file.parent().map(Path::to_owned);
        match input {
            Input::Script(entry) => {
                let file = match entry {
                    Entry::Path(path) => Some(normal_path(&here.join(path))),
                    Entry::Url(url) => local_path(url),
                    Entry::Text(_) => None,
                };
                Self { folder: file.and_then(folder_of).unwrap_or(here), archived: None }
            }
            Input::Archive(archive) => {
                let folder = local_path(&archive.metadata.filename).and_then(folder_of);
                Self {
                    folder: folder.unwrap_or_else(|| archive.working_directory()),
                    archived: Some(archive.local_files()),
                }
            }
        }
    }

    /// Where a program is.
    pub fn path(&self, name: &str) -> PathBuf {
        normal_path(&self.folder.join(name))
    }

    /// A program as a component, for an archive.
    ///
    /// # Errors
    ///
    /// It is not there, or is no program.
    pub async fn component(&self, name: &str, compiler: &Compiler) -> Result<Vec<u8>, Failure> {
        let path = self.path(name);
        if let Some(content) = self.archived.as_ref().and_then(|files| files.get(&path)) {
            return Ok(content.to_vec());
        }
        let entry = Entry::Path(path);
        match component_file(&entry, &LoadOptions::default()) {
            Some(path) => fs::read(&path).map_err(|error| unreadable(&path, &error)),
            None => Ok(compiler.component(&entry, &mut |_| {}).await?),
        }
    }

    /// Finds and compiles it.
    async fn find(
        &self,
        name: &str,
        compiler: &Compiler,
        spinner: &mut Spinner,
    ) -> Result<Script, Failure> {
        let path = self.path(name);
        let mut progress = |stage| spinner.stage(stage);
        let Some(files) = &self.archived else {
            return Ok(compiler.script(&Entry::Path(path), &mut progress).await?);
        };
        match files.get(&path) {
            Some(content) => Ok(compiler.existing(content, Path::new(name), &mut progress)?),
            None => Err(Failure::new(
                ExitCode::Other,
                format!("\"{}\" is not in the archive", path.display()),
            )),
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("cannot read \"{}\": {error}", path.display());
    Failure::new(ExitCode::Other, message)
}

/// Compiles what it finds for the engine of a plan, and shows that it does.
pub struct Compiled {
    /// Where they are.
    pub guests: Arc<Guests>,
    /// What they are compiled for.
    pub engine: Engine,
    /// Makes a spinner with this name.
    pub spinner: Box<dyn Fn(&str) -> Spinner + Send + Sync>,
}

#[async_trait]
impl GuestSource for Compiled {
    async fn script(&self, name: &str) -> Result<Script, GuestError> {
        let mut spinner = (self.spinner)(name);
        let (guests, shown) = (self.guests.clone(), spinner.clone());
        let compiler = Compiler::new(&self.engine, LoadOptions::default());
        let name = name.to_owned();
        // On another thread, so that signals are heard.
        let task = elsewhere(async move { guests.find(&name, &compiler, &mut spinner).await });
        let outcome = task.await;
        shown.clear();
        match outcome {
            Ok(found) => found.map_err(|failure| {
                let (message, hint) = failure.parts();
                GuestError { message, hint }
            }),
            Err(error) => {
                Err(GuestError { message: format!("the compiler failed: {error}"), hint: None })
            }
        }
    }
}
