//! Writes archives: the same test gives the same bytes.

use std::io::Write;
use std::path::Path;

use tar::{Builder, Header};

use super::{Archive, ArchiveError, DATA, METADATA, names};

/// Who may read the files if the archive is unpacked.
const MODE: u32 = 0o644;

impl Archive {
    /// Writes the archive, and returns where it was written to.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Write`].
    pub fn write<W: Write>(&self, to: W) -> Result<W, ArchiveError> {
        self.append(Builder::new(to)).map_err(ArchiveError::Write)
    }

    fn append<W: Write>(&self, mut builder: Builder<W>) -> std::io::Result<W> {
        let metadata = serde_json::to_vec_pretty(&self.metadata)?;
        file(&mut builder, Path::new(METADATA), &metadata)?;
        file(&mut builder, Path::new(DATA), &self.script)?;
        for (url, content) in self.files.iter() {
            if let Some(name) = names::of_url(url) {
                file(&mut builder, &name, content)?;
            }
        }
        builder.into_inner()
    }
}

fn file<W: Write>(builder: &mut Builder<W>, name: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(MODE);
    header.set_mtime(0);
    builder.append_data(&mut header, name, content)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::{ArchivedFiles, Kind, Metadata};
    use super::*;

    #[test]
    fn an_archive_is_read_as_it_was_written() {
        let mut files = ArchivedFiles::default();
        let long = format!("file:///{}x.js", "folder/".repeat(40));
        for url in ["file:///test/s.js", "https://a.test/x.js?v=1", &long] {
            files.insert(url, url.as_bytes());
        }
        let archive = Archive {
            metadata: Metadata {
                kind: Kind::Js,
                options: json!({ "vus": 3 }),
                filename: "file:///test/s.js".to_owned(),
                pwd: "file:///test/".to_owned(),
                env: BTreeMap::from([("ROOM".to_owned(), "swamp".to_owned())]),
            },
            script: b"export default () => {}".as_slice().into(),
            files,
        };
        let bytes = archive.write(Vec::new()).unwrap();
        assert_eq!(Archive::read(&*bytes).unwrap(), archive);
        assert_eq!(archive.write(Vec::new()).unwrap(), bytes);
    }
}
