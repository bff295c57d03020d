//! Standard output and standard error, shared by all who write to them.

use std::io::{self, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};
use parking_lot::Mutex;

use super::area::Area;
use super::frame::Space;

/// What a terminal is taken for that does not tell its size: the size of the oldest.
const USUAL_SPACE: Space = Space { columns: 80, rows: 24 };

/// One of the two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Standard output and standard error. Lines and what is redrawn below them do not tear each other; that
/// one of the two is closed is nothing to fail for.
#[derive(Debug)]
pub struct Screen {
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// Whether standard output gets colours.
    pub stdout_colours: bool,
    /// Whether standard error gets colours.
    pub stderr_colours: bool,
    /// What is redrawn at the end of a stream that is a terminal.
    area: Mutex<Option<(Stream, Area)>>,
}

impl Screen {
    /// The process's own streams. Colours depend on what they are, on NO_COLOR, CLICOLOR_FORCE and
    /// TERM, and are off where the user says so.
    pub fn new(no_color: bool) -> Self {
        let colours = |choice: ColorChoice| !no_color && choice != ColorChoice::Never;
        Self {
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            stdout_colours: colours(AutoStream::choice(&io::stdout())),
            stderr_colours: colours(AutoStream::choice(&io::stderr())),
            area: Mutex::default(),
        }
    }

    /// How much room there is on a stream at this moment; none if it is no terminal.
    pub fn space(&self, stream: Stream) -> Option<Space> {
        if !self.is_terminal(stream) {
            return None;
        }
        let size = match stream {
            Stream::Out => terminal_size::terminal_size_of(io::stdout()),
            Stream::Err => terminal_size::terminal_size_of(io::stderr()),
        };
        let size = size.filter(|(width, height)| width.0 > 0 && height.0 > 0);
        Some(size.map_or(USUAL_SPACE, |(width, height)| Space {
            columns: width.0.into(),
            rows: height.0.into(),
        }))
    }

    /// Writes to standard output.
    pub fn out(&self, text: impl AsRef<[u8]>) {
        self.write(Stream::Out, text.as_ref());
    }

    /// Writes to standard error.
    pub fn err(&self, text: impl AsRef<[u8]>) {
        self.write(Stream::Err, text.as_ref());
    }

    /// Shows these lines at the end of a stream that is a terminal, in the place of those before them.
    pub fn draw(&self, stream: Stream, lines: &[String]) {
        let Some(space) = self.space(stream) else { return };
        let mut area = self.area.lock();
        let (_, area) = area.get_or_insert_with(|| (stream, Area::default()));
        write_all(stream, area.redraw(lines, space.columns).as_bytes());
    }

    /// Removes what is drawn.
    pub fn clear(&self) {
        let mut area = self.area.lock();
        if let Some((stream, mut area)) = area.take() {
            let columns = self.space(stream).unwrap_or(USUAL_SPACE).columns;
            write_all(stream, area.redraw(&[], columns).as_bytes());
        }
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        match stream {
            Stream::Out => self.stdout_is_terminal,
            Stream::Err => self.stderr_is_terminal,
        }
    }

    fn write(&self, stream: Stream, text: &[u8]) {
        // The lock keeps apart what several threads write.
        let mut area = self.area.lock();
        // Two streams that are terminals are taken for the same terminal.
        match area.as_mut().filter(|_| self.is_terminal(stream)) {
            Some((drawn, area)) if !text.is_empty() => {
                let columns = self.space(*drawn).unwrap_or(USUAL_SPACE).columns;
                let lines = area.take();
                write_all(*drawn, area.erase(&lines, columns).as_bytes());
                write_all(stream, text);
                if !text.ends_with(b"\n") {
                    write_all(stream, b"\n");
                }
                write_all(*drawn, area.redraw(&lines, columns).as_bytes());
            }
            _ => write_all(stream, text),
        }
    }
}

fn write_all(stream: Stream, text: &[u8]) {
    let mut out: Box<dyn Write> = match stream {
        Stream::Out => Box::new(io::stdout().lock()),
        Stream::Err => Box::new(io::stderr().lock()),
    };
    // Who has closed the stream does not want to know.
    let _ = out.write_all(text).and_then(|()| out.flush());
}
