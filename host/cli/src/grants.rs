//! What a script gets: files, secrets, and what is in its sandbox.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::files::FileAccess;
use wasock_runner::secrets::Secrets;
use wasock_runner::written::WriteAccess;
use wasock_script::{
    Entry, ModuleFiles, Problem, Script, ScriptError, cache_dir, local_path, normal_path,
};

use crate::failure::Failure;
use crate::input::Input;
use crate::options::{OptionArgs, system_environment};
use crate::sandbox::{Sandbox, SandboxArgs};

/// The environment variable for a source of secrets.
const SECRET_VARIABLE: &str = "K6_SECRET_SOURCE";

/// The flags for what a script gets.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the run")]
pub struct GrantArgs {
    /// A file that open() and imports may read, or a folder with everything below it; can be repeated
    ///
    /// The script's folder and the working directory are granted by default, except for the root of the
    /// file system.
    #[arg(long, value_name = "PATH")]
    allow_read: Vec<PathBuf>,

    /// Let open(), imports and guests read only what --allow-read names
    #[arg(long)]
    no_default_read: bool,

    /// A source of secrets for k6/secrets: file=PATH, mock=KEY=VALUE,… or url=urlTemplate=URL,…; can be repeated [env:
    /// K6_SECRET_SOURCE]
    #[arg(long, value_name = "SOURCE")]
    secret_source: Vec<String>,

    #[command(flatten)]
    sandbox: SandboxArgs,
}

impl GrantArgs {
    /// What the script may reach and cost, with what the configuration file says about it.
    ///
    /// # Errors
    ///
    /// Something in it is wrong, or the file cannot be read.
    pub fn sandbox(&self, options: &OptionArgs) -> Result<Sandbox, Failure> {
        self.sandbox.read(options.sandbox()?.as_ref())
    }

    /// The secrets of the flags, or of the environment if there are none.
    ///
    /// # Errors
    ///
    /// A source is wrong.
    pub fn secrets(&self) -> Result<Arc<Secrets>, Failure> {
        let variable = env::var(SECRET_VARIABLE).ok().filter(|text| !text.is_empty());
        let sources = match &self.secret_source[..] {
            [] => variable.as_slice(),
            flags => flags,
        };
        let secrets = Secrets::from_sources(sources, &system_environment());
        secrets.map(Arc::new).map_err(|error| Failure::of(ExitCode::InvalidConfig, &error))
    }

    /// The files that the modules of a test and its guests may be in.
    ///
    /// # Errors
    ///
    /// What is to be granted does not exist.
    pub fn modules(&self, entry: &Entry) -> Result<ModuleFiles, Failure> {
        let here = working_directory()?;
        let mut granted = named("--allow-read", &self.allow_read, &here)?;
        // The operator names the script itself.
        granted.extend(file_of(entry, &here));
        match self.no_default_read {
            true => Ok(ModuleFiles { granted, only: true }),
            false => {
                granted.extend(usual(folder_of(entry, &here).as_deref(), &here));
                Ok(ModuleFiles { granted, only: false })
            }
        }
    }

    /// The files that a script may open.
    ///
    /// # Errors
    ///
    /// What is to be granted does not exist.
    pub fn files(&self, input: &Input, script: &Script) -> Result<FileAccess, Failure> {
        let here = working_directory()?;
        let mut granted = named("--allow-read", &self.allow_read, &here)?;
        let entry = match input {
            Input::Script(entry) => entry,
            // What is in the archive takes the place of the disk.
            Input::Archive(archive) => {
                let (working_directory, given) =
                    (archive.working_directory(), archive.local_files());
                return Ok(FileAccess {
                    granted,
                    working_directory,
                    given,
                    ..FileAccess::default()
                });
            }
        };
        let folder = folder_of(entry, &here);
        if !self.no_default_read {
            granted.extend(usual(folder.as_deref(), &here));
        }
        let moved = moved(script, folder);
        Ok(FileAccess { granted, working_directory: here, moved, ..FileAccess::default() })
    }

    /// The files that a script's `handleSummary` may write.
    ///
    /// # Errors
    ///
    /// The working directory is gone.
    pub fn written(&self, input: &Input, sandbox: &Sandbox) -> Result<WriteAccess, Failure> {
        let here = working_directory()?;
        let folder = match input {
            Input::Script(entry) => folder_of(entry, &here),
            // The folder of the script is in the archive.
            Input::Archive(_) => None,
        };
        let (granted, usual) = match &sandbox.write {
            Some(paths) => (paths.as_slice(), Vec::new()),
            // As in k6, every file: but what is hidden only where the test itself is.
            None => {
                let root = here.ancestors().last().map(Path::to_owned);
                let below = usual(folder.as_deref(), &here);
                (&[][..], below.into_iter().chain(root).collect())
            }
        };
        let granted = granted.iter().map(|path| normal_path(&here.join(path))).collect();
        // Compiled code in it is run without a further look.
        let refused = cache_dir().map(|folder| here.join(folder)).into_iter().collect();
        Ok(WriteAccess { granted, usual, refused, working_directory: here })
    }
}

fn working_directory() -> Result<PathBuf, Failure> {
    env::current_dir()
        .map_err(|error| Failure::from(ScriptError::from(Problem::WorkingDirectory(error))))
}

/// The files that errors about a test show lines of, where nothing is said about grants: those beside it.
///
/// # Errors
///
/// The working directory is gone.
pub fn own_modules(entry: &Entry) -> Result<ModuleFiles, Failure> {
    let here = working_directory()?;
    let mut granted = usual(folder_of(entry, &here).as_deref(), &here);
    granted.extend(file_of(entry, &here));
    Ok(ModuleFiles { granted, only: false })
}

/// The file that a script is in.
pub fn file_of(entry: &Entry, here: &Path) -> Option<PathBuf> {
    match entry {
        Entry::Path(path) => Some(normal_path(&here.join(path))),
        Entry::Url(url) => local_path(url),
        Entry::Text(_) | Entry::Component(_) => None,
    }
}

/// The folder of a script that is in a file.
fn folder_of(entry: &Entry, here: &Path) -> Option<PathBuf> {
    file_of(entry, here).as_deref().and_then(Path::parent).map(Path::to_owned)
}

/// The folders that are granted where nothing else is asked for. A root is none: it is where programs start in
/// containers, and there it is everything.
fn usual(folder: Option<&Path>, here: &Path) -> Vec<PathBuf> {
    let folders = folder.into_iter().chain([here]);
    folders.filter(|folder| folder.parent().is_some()).map(Path::to_owned).collect()
}

/// What a flag grants by name.
fn named(flag: &str, paths: &[PathBuf], here: &Path) -> Result<Vec<PathBuf>, Failure> {
    let named = |path: &PathBuf| match path.metadata() {
        Ok(_) => Ok(here.join(path)),
        Err(error) => {
            let message = format!("{flag} is \"{}\": {error}", path.display());
            Err(Failure::new(ExitCode::InvalidConfig, message))
        }
    };
    paths.iter().map(named).collect()
}

/// The folder that a compiled script was in, and the one of the component.
fn moved(script: &Script, folder: Option<PathBuf>) -> Option<(PathBuf, PathBuf)> {
    let origin = local_path(&script.name)?.parent()?.to_owned();
    let folder = folder?;
    (origin != folder).then_some((origin, folder))
}
