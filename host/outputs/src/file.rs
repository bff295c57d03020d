//! Files of lines, and standard output.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use wasock_runner::outputs::OutputError;

/// The argument that stands for standard output.
pub(crate) const STANDARD_OUTPUT: &str = "-";

/// How many bytes of lines are gathered before they are written: large enough to cost few calls, small enough
/// to cost no memory.
pub(crate) const CHUNK: usize = 1 << 18;

/// Where lines go.
pub(crate) enum Target {
    Stdout,
    Plain(File),
    /// Boxed, as the state of the compression is large.
    Gzip(Box<GzEncoder<BufWriter<File>>>),
    #[cfg(test)]
    Other(Box<dyn Write + Send>),
}

impl Target {
    /// Creates the file at `path`, compressed if its name ends in `.gz`, or takes standard output if it is `-`
    /// or empty.
    pub(crate) fn create(output: &str, path: &str) -> Result<Self, OutputError> {
        if path.is_empty() || path == STANDARD_OUTPUT {
            return Ok(Self::Stdout);
        }
        let file = File::create(path).map_err(|source| OutputError::Create {
            output: output.to_owned(),
            path: path.to_owned(),
            source,
        })?;
        Ok(if path.ends_with(".gz") {
            let file = BufWriter::new(file);
            Self::Gzip(Box::new(GzEncoder::new(file, Compression::default())))
        } else {
            Self::Plain(file)
        })
    }

    /// Writes whole lines. On standard output nothing gets between them.
    pub(crate) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(lines)?;
                stdout.flush()
            }
            Self::Plain(file) => file.write_all(lines),
            // It is written in whole blocks: flushing it would make it much larger.
            Self::Gzip(file) => file.write_all(lines),
            #[cfg(test)]
            Self::Other(file) => file.write_all(lines),
        }
    }

    /// Writes what is held back.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Gzip(file) => file.try_finish().and_then(|()| file.get_mut().flush()),
            _ => Ok(()),
        }
    }
}

/// A time in RFC 3339 with nanoseconds, from nanoseconds since 1970.
pub(crate) fn rfc3339(nanoseconds: i64) -> String {
    Timestamp::from_nanosecond(nanoseconds.into())
        .expect("64 bits of nanoseconds reach no further than the years 1677 to 2262")
        .to_string()
}
