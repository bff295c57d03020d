//! What is shown and written at the end of a run.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use wasock_runner::exit_code::ExitCode;
use wasock_runner::log::Level;
use wasock_runner::run::SummaryFile;
use wasock_runner::summary::{MachineReadable, Summary, SummaryMode};
use wasock_runner::written::{WriteAccess, WriteError, replace};

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
                ExitCode::InvalidConfig,
                format!("--summary-export could not create \"{}\": {error}", path.display()),
            )),
        }
    }

    /// Writes the results; false if that was not possible, and the log says why.
    pub fn write(mut self, summary: &Summary<'_>, log: &Logger) -> bool {
        let mut text = match &self.machine_readable {
            None => summary.export_text(),
            Some(format) => format!("{:#}", format.of(summary)),
        };
        text.push('\n');
        let written = replace(&mut self.file, text.as_bytes());
        if let Err(error) = &written {
            let path = self.path.display();
            let message = format!("--summary-export could not write \"{path}\": {error}");
            log.say(Level::Error, message);
        }
        written.is_ok()
    }
}

/// Shows the summary: the built-in text, or what the script's `handleSummary` makes of it. Errors go
/// to the log. Returns how many files were refused.
pub fn show(
    summary: &Summary<'_>,
    files: Option<Vec<SummaryFile>>,
    access: &WriteAccess,
    mode: SummaryMode,
    screen: &Screen,
    log: &Logger,
) -> u64 {
    let Some(files) = files else {
        let text = summary.text(mode, screen.stdout_colours);
        if !text.is_empty() {
            screen.out(format!("\n{}\n", text.trim_matches('\n')));
        }
        return 0;
    };
    let mut refused = 0;
    for SummaryFile { destination, content } in files {
        match destination.as_str() {
            "stdout" => screen.out(content),
            "stderr" => screen.err(content),
            path => {
                if let Err(error) = access.write(path, &content) {
                    let message = format!("handleSummary() could not write \"{path}\": {error}");
                    log.say(Level::Error, message);
                    refused += u64::from(matches!(error, WriteError::NotGranted(_)));
                }
            }
        }
    }
    refused
}
