//! The programs that scenarios name by `guest`: components, or scripts, beside the test.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use wasmtime::Engine;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::run::{GuestError, GuestSource};
use wasock_script::{
    Compiler, Entry, LoadOptions, Problem, Script, ScriptError, component_file, local_path,
    normal_path, read_component,
};

use crate::elsewhere::elsewhere;
use crate::failure::Failure;
use crate::grants;
use crate::input::Input;
use crate::terminal::spinner::Spinner;

/// Finds the programs that the scenarios of a test name.
pub struct Guests {
    /// What relative names start from.
    folder: PathBuf,
    /// The files of an archive, which take the place of the disk.
    archived: Option<BTreeMap<PathBuf, Arc<[u8]>>>,
    /// How they and their modules are found: what the test may not read or fetch, they may not either.
    modules: LoadOptions,
}

/// A program of a test, as it was found.
pub enum Program {
    /// A component.
    Component(Vec<u8>),
    /// A script in a file.
    Script(Entry),
}

impl Guests {
    /// Those of a test: its own folder is what names are relative to. `modules` says how modules are found.
    pub fn of(input: &Input, modules: LoadOptions) -> Self {
        let here = env::current_dir().unwrap_or_default();
        let folder_of = |file: PathBuf| file.parent().map(Path::to_owned);
        match input {
            Input::Script(entry) => {
                let file = grants::file_of(entry, &here);
                Self { folder: file.and_then(folder_of).unwrap_or(here), archived: None, modules }
            }
            Input::Archive(archive) => {
                let folder = local_path(&archive.metadata.filename).and_then(folder_of);
                Self {
                    folder: folder.unwrap_or_else(|| archive.working_directory()),
                    archived: Some(archive.local_files()),
                    modules,
                }
            }
        }
    }

    /// Where a program is.
    pub fn path(&self, name: &str) -> PathBuf {
        normal_path(&self.folder.join(name))
    }

    /// Finds a program.
    ///
    /// # Errors
    ///
    /// It is not there, is no file, or is not granted.
    pub fn program(&self, name: &str) -> Result<Program, Failure> {
        if name.contains("://") {
            return Err(Failure::new(
                ExitCode::ScriptException,
                "a guest is a file, and this is a URL",
            )
            .with_hint(Some("get it first, and name the file")));
        }
        let path = self.path(name);
        if let Some(archived) = &self.archived {
            return match archived.get(&path) {
                Some(content) => Ok(Program::Component(content.to_vec())),
                None => Err(Failure::new(
                    ExitCode::Other,
                    format!("\"{}\" is not in the archive", path.display()),
                )),
            };
        }
        if let Some(files) = &self.modules.files {
            files.check(&path).map_err(ScriptError::from)?;
        }
        if !path.exists() {
            let hint = format!("guests are looked for in \"{}\"", self.folder.display());
            let missing = Failure::from(ScriptError::from(Problem::NotFound { path }));
            return Err(missing.with_hint(Some(hint)));
        }
        let entry = Entry::Path(path);
        match component_file(&entry, &self.modules) {
            Some(path) => Ok(Program::Component(read_component(&path, &self.modules)?)),
            None => Ok(Program::Script(entry)),
        }
    }

    /// How modules are found.
    pub fn modules(&self) -> &LoadOptions {
        &self.modules
    }

    /// A program as a component, for an archive.
    ///
    /// # Errors
    ///
    /// It is not there, or is no program.
    pub async fn component(&self, name: &str, engine: &Engine) -> Result<Vec<u8>, Failure> {
        match self.program(name)? {
            Program::Component(content) => Ok(content),
            Program::Script(entry) => {
                Ok(self.compiler(engine).component(&entry, &mut |_| {}).await?)
            }
        }
    }

    fn compiler(&self, engine: &Engine) -> Compiler {
        Compiler::new(engine, self.modules.clone())
    }

    /// Finds and compiles it.
    async fn find(
        &self,
        name: &str,
        compiler: &Compiler,
        spinner: &mut Spinner,
    ) -> Result<Script, Failure> {
        let mut progress = |stage| spinner.stage(stage);
        match self.program(name)? {
            Program::Component(content) => {
                let path = match self.archived {
                    Some(_) => PathBuf::from(name),
                    None => self.path(name),
                };
                Ok(compiler.existing(&content, &path, &mut progress)?)
            }
            Program::Script(entry) => Ok(compiler.script(&entry, &mut progress).await?),
        }
    }
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
        let compiler = self.guests.compiler(&self.engine);
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
