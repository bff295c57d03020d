//! The report as a file.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use wasock_runner::written::replace;

use crate::page;
use crate::recording::Recording;

/// The file of `--report`.
#[derive(Debug)]
pub struct ReportFile {
    path: PathBuf,
    file: File,
    /// Whether nothing is in it.
    is_empty: bool,
}

/// Why a report cannot be written.
#[derive(Debug, Error)]
pub enum ReportError {
    /// The file could not be made.
    #[error("--report could not create \"{}\"", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It could not be written.
    #[error("--report could not write \"{}\"", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl ReportError {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        let (Self::Create { source, .. } | Self::Write { source, .. }) = self;
        match source.kind() {
            io::ErrorKind::NotFound => Some("make the folder first"),
            io::ErrorKind::IsADirectory => Some("that is a folder; name a file in it"),
            io::ErrorKind::PermissionDenied => Some("choose a file that you may write"),
            _ => None,
        }
    }
}

impl ReportFile {
    /// Creates the file, so that a wrong path is found before the run. What is in it stays until there is something
    /// new.
    ///
    /// # Errors
    ///
    /// It cannot be created or opened.
    pub fn create(path: &Path) -> Result<Self, ReportError> {
        let mut options = OpenOptions::new();
        let file = options.create(true).write(true).truncate(false).open(path);
        let path = path.to_owned();
        match file {
            Ok(file) => {
                // A device or a pipe is not ours to remove, nor is a link.
                let is_empty = fs::symlink_metadata(&path)
                    .is_ok_and(|about| about.is_file() && about.len() == 0);
                Ok(Self { path, file, is_empty })
            }
            Err(source) => Err(ReportError::Create { path, source }),
        }
    }

    /// What it is and where it is written: `report (report.html)`.
    pub fn description(&self) -> String {
        format!("report ({})", self.path.display())
    }

    /// Writes the report of a run that has ended.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn write(mut self, recording: &Recording) -> Result<(), ReportError> {
        let page = page::report(recording);
        self.is_empty = false;
        let Self { path, file, .. } = &mut self;
        replace(file, page.as_bytes())
            .map_err(|source| ReportError::Write { path: path.clone(), source })
    }
}

impl Drop for ReportFile {
    /// Removes a file that was made for a run that did not begin.
    fn drop(&mut self) {
        if self.is_empty {
            // What cannot be removed is an empty file, of which nobody needs to hear.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_path_is_found_before_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let missing = ReportFile::create(&folder.path().join("missing/report.html")).unwrap_err();
        assert!(missing.to_string().starts_with("--report could not create \""), "{missing}");
        assert_eq!(missing.hint(), Some("make the folder first"));
        let directory = ReportFile::create(folder.path()).unwrap_err();
        assert_eq!(directory.hint(), Some("that is a folder; name a file in it"));
    }

    #[test]
    fn an_earlier_report_stays_until_there_is_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        fs::write(&path, "old").unwrap();
        drop(ReportFile::create(&path).unwrap());
        assert_eq!(fs::read_to_string(path).unwrap(), "old");
    }

    #[cfg(unix)]
    #[test]
    fn a_run_that_does_not_begin_leaves_a_link_and_what_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let [link, file] = ["link", "file"].map(|name| folder.path().join(name));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        drop(ReportFile::create(&link).unwrap());
        assert!(fs::symlink_metadata(link).is_ok() && file.exists());
    }

    #[test]
    fn a_run_that_does_not_begin_leaves_no_empty_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        let file = ReportFile::create(&path).unwrap();
        assert!(path.exists(), "the file is there before the run");
        drop(file);
        assert!(!path.exists());
    }
}
