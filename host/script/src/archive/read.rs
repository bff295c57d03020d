//! Reads archives.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use tar::EntryType;

use super::{Archive, ArchiveError, ArchivedFiles, DATA, METADATA, Metadata, names};
use crate::MAX_FILE_SIZE;

/// How large all files of an archive may be together, in bytes. They are held in memory: as much as a
/// machine that runs load tests can spare.
pub const MAX_ARCHIVE_SIZE: u64 = 1 << 30;

/// The most entries of an archive: twice as many as a script may have modules.
pub const MAX_ENTRIES: usize = 20_000;

/// Where in a tar stands what it is (POSIX.1-1988, ustar interchange format).
const MAGIC: std::ops::Range<usize> = 257..262;

/// Whether a file is a tar, by its first bytes. Half a kilobyte is enough.
pub fn is_archive(beginning: &[u8]) -> bool {
    beginning.get(MAGIC) == Some(b"ustar")
}

impl Archive {
    /// Reads an archive.
    ///
    /// # Errors
    ///
    /// See [`ArchiveError`].
    pub fn read(from: impl Read) -> Result<Self, ArchiveError> {
        let (mut metadata, mut script) = (None, None);
        let mut files = ArchivedFiles::default();
        let mut reading = Reading::default();
        let mut archive = tar::Archive::new(from);
        for entry in archive.entries().map_err(ArchiveError::Read)? {
            let mut entry = entry.map_err(ArchiveError::Read)?;
            let name = entry.path().map_err(ArchiveError::Read)?.into_owned();
            let kind = entry.header().entry_type();
            let size = entry.size();
            let Some(content) = reading.content(&name, kind, size, &mut entry)? else { continue };
            let name = names::checked(&name)?;
            if name == Path::new(METADATA) {
                metadata = Some(content);
            } else if name == Path::new(DATA) {
                script = Some(content);
            } else if let Some(url) = names::to_url(&name) {
                files.insert(url, content);
            }
        }
        let metadata = metadata.ok_or(ArchiveError::Missing { name: METADATA })?;
        let metadata: Metadata =
            serde_json::from_slice(&metadata).map_err(ArchiveError::Metadata)?;
        let script = script.ok_or(ArchiveError::Missing { name: DATA })?;
        Ok(Self { metadata, script, files })
    }
}

/// How much has been read.
#[derive(Default)]
struct Reading {
    entries: usize,
    size: u64,
}

impl Reading {
    /// What an entry holds; none for what holds nothing.
    fn content(
        &mut self,
        name: &Path,
        kind: EntryType,
        size: u64,
        from: &mut impl Read,
    ) -> Result<Option<Arc<[u8]>>, ArchiveError> {
        let shown = || name.display().to_string();
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            return Err(ArchiveError::TooMany);
        }
        match kind {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory | EntryType::XGlobalHeader => return Ok(None),
            _ => return Err(ArchiveError::NoFile { name: shown() }),
        }
        if size > MAX_FILE_SIZE {
            return Err(ArchiveError::FileTooLarge { name: shown() });
        }
        self.size += size;
        if self.size > MAX_ARCHIVE_SIZE {
            return Err(ArchiveError::TooLarge);
        }
        let mut content = Vec::new();
        from.read_to_end(&mut content).map_err(ArchiveError::Read)?;
        if content.len() as u64 != size {
            return Err(ArchiveError::Read(io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(Some(content.into()))
    }
}

#[cfg(test)]
mod tests {
    use tar::{Builder, Header};

    use super::*;

    fn entry(builder: &mut Builder<Vec<u8>>, name: &[u8], kind: EntryType, content: &[u8]) {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, content).unwrap();
    }

    fn error(entries: &[(&str, EntryType, &str)]) -> String {
        let mut builder = Builder::new(Vec::new());
        for (name, kind, content) in entries {
            entry(&mut builder, name.as_bytes(), *kind, content.as_bytes());
        }
        Archive::read(&*builder.into_inner().unwrap()).expect_err("it is refused").to_string()
    }

    #[test]
    fn entries_that_lead_out_of_the_archive_are_refused() {
        for name in ["../data", "/etc/passwd", "file/../../x"] {
            let error = error(&[(name, EntryType::Regular, "x")]);
            assert_eq!(
                error,
                format!("the archive has an entry \"{name}\", which leads out of it")
            );
        }
    }

    #[test]
    fn links_are_refused() {
        for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo] {
            assert_eq!(
                error(&[("file/link.js", kind, "")]),
                "the archive has an entry \"file/link.js\" that is neither a file nor a folder"
            );
        }
    }

    #[test]
    fn what_every_archive_has_must_be_there() {
        assert_eq!(
            error(&[("data", EntryType::Regular, "export default () => {}")]),
            "the archive has no \"metadata.json\", so it is not one of wasock or k6"
        );
        let metadata = r#"{"type": "js", "options": {}, "filename": "file:///s.js", "env": null}"#;
        assert_eq!(
            error(&[("metadata.json", EntryType::Regular, metadata)]),
            "the archive has no \"data\", so it is not one of wasock or k6"
        );
        let error = error(&[("metadata.json", EntryType::Regular, "{}")]);
        assert!(
            error.starts_with("\"metadata.json\" in the archive cannot be used: missing field")
        );
    }

    #[test]
    fn an_archive_that_is_cut_short_is_refused() {
        let mut builder = Builder::new(Vec::new());
        entry(&mut builder, b"data", EntryType::Regular, &[b'x'; 5_000]);
        let bytes = builder.into_inner().unwrap();
        let error = Archive::read(&bytes[..2_000]).expect_err("it is refused").to_string();
        assert!(error.starts_with("the archive cannot be read: "), "{error}");
        assert!(is_archive(&bytes) && !is_archive(b"export default () => {}"));
    }

    #[test]
    fn sizes_that_are_only_announced_cost_no_memory() {
        let mut header = Header::new_gnu();
        header.set_path("file/huge").unwrap();
        header.set_size(MAX_FILE_SIZE + 1);
        header.set_cksum();
        let error = Archive::read(&header.as_bytes()[..]).expect_err("it is refused").to_string();
        assert!(error.starts_with("\"file/huge\" in the archive is too large"), "{error}");
    }
}
