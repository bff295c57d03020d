//! WASI for guests whose toolchain needs it, with everything closed: clocks, random numbers, and the variables of
//! the run; no files, no network. What a guest writes to standard output and error are lines of the log.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, async_trait};

use crate::context::RunContext;
use crate::log::{Level, Line, SharedLog, Source};

/// The longest line, in bytes. What a guest writes without an end is cut there, so that it does not fill the
/// memory.
const MAX_LINE: usize = 64 << 10;

/// How many bytes a guest may write in one call.
const PERMIT: usize = 64 << 10;

/// What a guest of this run gets.
pub(super) fn context(run: &RunContext) -> WasiCtx {
    let lines = |level| LogLines { log: run.log.clone(), level, line: Vec::new() };
    WasiCtx::builder()
        .allow_tcp(false)
        .allow_udp(false)
        .envs(&run.env)
        .stdout(lines(Level::Info))
        .stderr(lines(Level::Error))
        .build()
}

/// Standard output or error: whole lines go to the log, the last one also without a line break.
struct LogLines {
    log: SharedLog,
    level: Level,
    /// What has come of the next line.
    line: Vec<u8>,
}

impl LogLines {
    fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") || self.line.len() >= MAX_LINE {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let line = mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        let message = text.trim_end_matches(['\r', '\n']).to_owned();
        let fields = Vec::new();
        self.log.line(Line { level: self.level, source: Source::Console, message, fields });
    }
}

impl Drop for LogLines {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
    }
}

impl IsTerminal for LogLines {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogLines {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.empty())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.empty())
    }
}

impl LogLines {
    fn empty(&self) -> Self {
        Self { log: self.log.clone(), level: self.level, line: Vec::new() }
    }
}

impl OutputStream for LogLines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

#[async_trait]
impl Pollable for LogLines {
    async fn ready(&mut self) {}
}

impl AsyncWrite for LogLines {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;
    use crate::log::Log;

    #[derive(Default)]
    struct Kept(Mutex<Vec<String>>);

    impl Log for Kept {
        fn line(&self, line: Line) {
            self.0.lock().push(line.message);
        }
    }

    #[test]
    fn what_is_written_becomes_lines() {
        let kept = Arc::new(Kept::default());
        let mut lines = LogLines { log: kept.clone(), level: Level::Info, line: Vec::new() };
        for part in ["one\nt", "w", "o\r\n\n", "rest"] {
            lines.take(part.as_bytes());
        }
        drop(lines);
        assert_eq!(*kept.0.lock(), ["one", "two", "", "rest"]);
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let kept = Arc::new(Kept::default());
        let mut lines = LogLines { log: kept.clone(), level: Level::Info, line: Vec::new() };
        for _ in 0..3 {
            lines.take(&vec![b'x'; MAX_LINE / 2]);
        }
        drop(lines);
        let lengths: Vec<_> = kept.0.lock().iter().map(String::len).collect();
        assert_eq!(lengths, [MAX_LINE, MAX_LINE / 2]);
    }
}
