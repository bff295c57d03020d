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

use super::lines::Lines;
use crate::context::RunContext;
use crate::log::{Level, Line, SharedLog, Source};

/// The longest line, in bytes. What a guest writes without an end is cut there, so that it does not fill the memory;
/// as much as it may write in one call, [`PERMIT`].
const MAX_LINE: usize = 64 << 10;

/// How many bytes a guest may write in one call: many lines, and as much as a pipe holds on Linux.
const PERMIT: usize = 64 << 10;

/// What a guest of this run gets.
pub(super) fn context(run: &RunContext, budget: &Lines) -> WasiCtx {
    let lines = |level| LogLines::new(run.log.clone(), level, budget.clone());
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
    budget: Lines,
    /// What has come of the next line.
    line: Vec<u8>,
}

impl LogLines {
    fn new(log: SharedLog, level: Level, budget: Lines) -> Self {
        Self { log, level, budget, line: Vec::new() }
    }

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
        if !self.budget.may_log(line.len()) {
            return;
        }
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
        Self::new(self.log.clone(), self.level, self.budget.clone())
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
    use std::time::Duration;

    use parking_lot::Mutex;

    use super::*;
    use crate::limits::Stops;
    use crate::log::Log;

    #[derive(Default)]
    struct Kept(Mutex<Vec<String>>);

    impl Log for Kept {
        fn line(&self, line: Line) {
            self.0.lock().push(line.message);
        }
    }

    fn lines(kept: &Arc<Kept>, rate: Option<u64>) -> LogLines {
        LogLines::new(kept.clone(), Level::Info, Lines::new(rate, Arc::default()))
    }

    #[tokio::test(start_paused = true)]
    async fn lines_are_those_of_the_console_and_limited_with_them() {
        let (kept, stops) = (Arc::new(Kept::default()), Arc::<Stops>::default());
        let budget = Lines::new(Some(3), stops.clone());
        let context = |level| LogLines::new(kept.clone(), level, budget.clone());
        let (mut output, mut error) = (context(Level::Info), context(Level::Error));
        assert!(budget.may_log(1), "a line of the console's");
        output.take(b"one\ntwo\nthree\n");
        error.take(b"four\n");
        assert_eq!(*kept.0.lock(), ["one", "two"]);
        assert_eq!(stops.all().iter().map(|stop| stop.count).collect::<Vec<_>>(), [2]);
        tokio::time::advance(Duration::from_secs(1)).await;
        error.take(b"five\n");
        assert_eq!(*kept.0.lock(), ["one", "two", "five"]);
    }

    #[test]
    fn what_is_written_becomes_lines() {
        let kept = Arc::new(Kept::default());
        let mut lines = lines(&kept, None);
        for part in ["one\nt", "w", "o\r\n\n", "rest"] {
            lines.take(part.as_bytes());
        }
        drop(lines);
        assert_eq!(*kept.0.lock(), ["one", "two", "", "rest"]);
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let kept = Arc::new(Kept::default());
        let mut lines = lines(&kept, None);
        for _ in 0..3 {
            lines.take(&vec![b'x'; MAX_LINE / 2]);
        }
        drop(lines);
        let lengths: Vec<_> = kept.0.lock().iter().map(String::len).collect();
        assert_eq!(lengths, [MAX_LINE, MAX_LINE / 2]);
    }
}
