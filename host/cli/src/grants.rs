//! What a script gets: files, secrets, and what is in its sandbox.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::files::FileAccess;
use wasock_runner::secrets::Secrets;
use wasock_script::{Entry, Problem, Script, ScriptError, local_path, normal_path};

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
    /// A file, or a folder with all that is below it, for open(); can be repeated
    ///
    /// The script's folder and the working directory are granted without it, unless that is the root
    /// of the file system.
    #[arg(long, value_name = "PATH")]
    allow_read: Vec<PathBuf>,

    /// Grant open() nothing but what --allow-read names
    #[arg(long)]
    no_default_read: bool,

    /// Values for k6/secrets: file=PATH, mock=KEY=VALUE,… or url=urlTemplate=URL,…; can be repeated [env:
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

    /// The files that a script may open.
    ///
    /// # Errors
    ///
    /// What is to be granted does not exist.
    pub fn files(&self, input: &Input, script: &Script) -> Result<FileAccess, Failure> {
        let here = env::current_dir()
            .map_err(|error| Failure::from(ScriptError::from(Problem::WorkingDirectory(error))))?;
        let mut granted = self.named(&here)?;
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
        let file = match entry {
            Entry::Path(path) => Some(normal_path(&here.join(path))),
            Entry::Url(url) => local_path(url),
            Entry::Text(_) => None,
        };
        let folder = file.as_deref().and_then(Path::parent).map(Path::to_owned);
        if !self.no_default_read {
            let defaults = folder.iter().chain([&here]);
            // A root is where programs start in containers, and there it is everything.
            granted.extend(defaults.filter(|folder| folder.parent().is_some()).cloned());
        }
        let moved = moved(script, folder);
        Ok(FileAccess { granted, working_directory: here, moved, ..FileAccess::default() })
    }

    /// What is granted by name.
    fn named(&self, here: &Path) -> Result<Vec<PathBuf>, Failure> {
        let named = |path: &PathBuf| match path.metadata() {
            Ok(_) => Ok(here.join(path)),
            Err(error) => {
                let message = format!("--allow-read is \"{}\": {error}", path.display());
                Err(Failure::new(ExitCode::InvalidConfig, message))
            }
        };
        self.allow_read.iter().map(named).collect()
    }
}

/// The folder that a compiled script was in, and the one of the component.
fn moved(script: &Script, folder: Option<PathBuf>) -> Option<(PathBuf, PathBuf)> {
    let origin = local_path(&script.name)?.parent()?.to_owned();
    let folder = folder?;
    (origin != folder).then_some((origin, folder))
}
