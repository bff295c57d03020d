//! What is shown and written at the end of a run.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::Level;
use wasock_runner::run::SummaryFile;
use wasock_runner::summary::{MachineReadable, Summary, SummaryMode};

use crate::failure::Failure;
use crate::terminal::Screen;
use crate::terminal::log::Logger;

/// The file of `--summary-export`.
pub struct Export {
    path: PathBuf,
    file: File,
    /// What the machine-readable format says about the run, if that is asked for.
    machine_readable: Option<MachineReadable>,
}

impl Export {
    /// Opens the file, and leaves what is in it until there is something new.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub fn open(path: &Path, machine_readable: Option<MachineReadable>) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        match options.create(true).write(true).truncate(false).open(path) {
            Ok(file) => Ok(Self { path: path.to_owned(), file, machine_readable }),
            Err(error) => Err(Failure::new(
                ExitCode::Other,
                format!("--summary-export could not create \"{}\": {error}", path.display()),
            )),
        }
    }

    /// Writes the results; an error goes to the log.
    pub fn write(mut self, summary: &Summary<'_>, log: &Logger) {
        let mut text = match &self.machine_readable {
            None => summary.export_text(),
            Some(format) => format!("{:#}", format.of(summary)),
        };
        text.push('\n');
        let written = self
            .file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| self.file.write_all(text.as_bytes()));
        if let Err(error) = written {
            let path = self.path.display();
            let message = format!("--summary-export could not write \"{path}\": {error}");
            log.say(Level::Error, message);
        }
    }
}

/// The files that a script's `handleSummary` asks for, if it does, and what it may write.
pub struct Files<'a> {
    /// The files.
    pub files: Option<Vec<SummaryFile>>,
    /// Files, and folders with all that is below them; everything if there is no list.
    pub grants: Option<&'a [PathBuf]>,
}

impl Files<'_> {
    /// Writes a file, if that is granted. Where links lead out of what is granted, nothing is.
    fn write(grants: Option<&[PathBuf]>, path: &Path, content: &[u8]) -> Result<(), String> {
        let Some(grants) = grants else {
            return fs::write(path, content).map_err(|error| error.to_string());
        };
        let place = place_of(path).map_err(|error| error.to_string())?;
        let is_granted =
            grants.iter().any(|grant| place_of(grant).is_ok_and(|grant| place.starts_with(grant)));
        if !is_granted {
            let path = path.display();
            return Err(format!(
                "the run does not grant it; hint: --allow-write \"{path}\" grants it"
            ));
        }
        fs::write(place, content).map_err(|error| error.to_string())
    }
}

/// Where a file is, or would be, without links on the way. One that leads nowhere is refused.
fn place_of(path: &Path) -> io::Result<PathBuf> {
    if path.symlink_metadata().is_ok() {
        return path.canonicalize();
    }
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok(folder.unwrap_or(Path::new(".")).canonicalize()?.join(name))
}

/// Shows the summary: the built-in text, or what the script's `handleSummary` makes of it. Errors go
/// to the log.
pub fn show(
    summary: &Summary<'_>,
    Files { files, grants }: Files<'_>,
    mode: SummaryMode,
    screen: &Screen,
    log: &Logger,
) {
    let Some(files) = files else {
        let text = summary.text(mode, screen.stdout_colours);
        if !text.is_empty() {
            screen.out(format!("\n{}\n", text.trim_matches('\n')));
        }
        return;
    };
    for SummaryFile { destination, content } in files {
        match destination.as_str() {
            "stdout" => screen.out(content),
            "stderr" => screen.err(content),
            path => {
                if let Err(error) = Files::write(grants, Path::new(path), &content) {
                    let message = format!("handleSummary() could not write \"{path}\": {error}");
                    log.say(Level::Error, message);
                }
            }
        }
    }
}
