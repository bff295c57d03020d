//! What can be wrong with an archive.

use std::io;

use super::{MAX_ARCHIVE_SIZE, MAX_ENTRIES};
use crate::MAX_FILE_SIZE;

/// What can be wrong with an archive.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ArchiveError {
    /// It is no tar, or cut short.
    #[error("the archive cannot be read: {0}")]
    Read(io::Error),
    /// An entry whose name leads elsewhere.
    #[error("the archive has an entry \"{name}\", which leads out of it")]
    Escapes { name: String },
    /// A link, a device, a pipe.
    #[error("the archive has an entry \"{name}\" that is neither a file nor a folder")]
    NoFile { name: String },
    /// An entry that is too large.
    #[error(
        "\"{name}\" in the archive is too large: a file may have at most {MAX_FILE_SIZE} bytes"
    )]
    FileTooLarge { name: String },
    /// All entries together are too large.
    #[error(
        "the archive is too large: its files may have at most {MAX_ARCHIVE_SIZE} bytes together"
    )]
    TooLarge,
    /// Too many entries.
    #[error("the archive has more than {MAX_ENTRIES} entries")]
    TooMany,
    /// What every archive has is not there.
    #[error("the archive has no \"{name}\", so it is not one of wasock or k6")]
    Missing { name: &'static str },
    /// The metadata is not what it should be.
    #[error("\"metadata.json\" in the archive cannot be used: {0}")]
    Metadata(serde_json::Error),
    /// The archive cannot be written.
    #[error("the archive cannot be written: {0}")]
    Write(io::Error),
}
