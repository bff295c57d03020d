//! Where the body of an answer ends (RFC 9112, section 6.3).

use super::problem::Problem;
use crate::bindings::types::Header;
use crate::limits::MAX_BODY;

/// A chunk ends with these.
const LINE_END: &[u8] = b"\r\n";

/// How the length of a body is told.
enum Framing {
    Length(usize),
    Chunked,
    /// It ends with the connection.
    End,
}

/// A body that is being received.
pub(super) struct Body {
    framing: Framing,
    /// What has come of it, without chunks.
    pub(super) content: Vec<u8>,
}

impl Body {
    /// The body that these fields announce, of an answer that can have one.
    pub(super) fn new(status: u16, to_head: bool, fields: &[Header]) -> Result<Self, Problem> {
        let find = |name: &str| {
            fields.iter().find(|field| field.name == name).map(|field| field.value.trim())
        };
        let framing = if to_head || matches!(status, 100..200 | 204 | 304) {
            Framing::Length(0)
        } else if find("transfer-encoding").is_some() {
            Framing::Chunked
        } else if let Some(length) = find("content-length") {
            let malformed = |_| Problem::malformed("its Content-Length is no number");
            Framing::Length(length.parse().map_err(malformed)?)
        } else {
            Framing::End
        };
        if let Some(coding) = find("content-encoding").filter(|coding| *coding != "identity") {
            return Err(Problem::coding(coding));
        }
        Ok(Self { framing, content: Vec::new() })
    }

    /// Takes what belongs to it out of what has come. True when it is complete.
    pub(super) fn take(&mut self, input: &mut Vec<u8>) -> Result<bool, Problem> {
        let complete = match self.framing {
            Framing::Length(length) => {
                let missing = (length - self.content.len()).min(input.len());
                self.content.extend(input.drain(..missing));
                self.content.len() == length
            }
            Framing::Chunked => self.take_chunks(input)?,
            Framing::End => {
                self.content.append(input);
                false
            }
        };
        if self.content.len().max(input.len()) > MAX_BODY {
            return Err(Problem::too_long(format!("a body of {MAX_BODY} bytes")));
        }
        Ok(complete)
    }

    fn take_chunks(&mut self, input: &mut Vec<u8>) -> Result<bool, Problem> {
        loop {
            let malformed = |_| Problem::malformed("a chunk has no size");
            let size = httparse::parse_chunk_size(input).map_err(malformed)?;
            let httparse::Status::Complete((start, size)) = size else { return Ok(false) };
            if size == 0 {
                // Fields may follow, then an empty line.
                let rest = &input[start..];
                let has_ended = rest.starts_with(LINE_END)
                    || rest.windows(4).any(|window| window == b"\r\n\r\n");
                return Ok(has_ended);
            }
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let end = start.saturating_add(size);
            if end > MAX_BODY {
                return Err(Problem::too_long(format!("a body of {MAX_BODY} bytes")));
            }
            if input.len() < end + LINE_END.len() {
                return Ok(false);
            }
            self.content.extend_from_slice(&input[start..end]);
            input.drain(..end + LINE_END.len());
        }
    }

    /// The connection has ended. True if the body ends with it.
    pub(super) fn ends_here(&self) -> bool {
        matches!(self.framing, Framing::End)
    }
}
