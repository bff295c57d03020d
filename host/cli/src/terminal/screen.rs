//! Standard output and standard error, shared by all who write to them.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use parking_lot::Mutex;
use wasock_runner::log::Level;

use super::area::Area;
use super::chunks::write_all;
use super::frame::Space;
use super::writer::{Hand, Job, Rest, Writer};

/// What a terminal is taken for that does not tell its size: the size of the oldest.
const USUAL_SPACE: Space = Space { columns: 80, rows: 24 };

/// How long the end of a run waits while nothing at all is written: somebody who has stopped the output of a terminal
/// can let it go on, and nobody who waits for the end has to wait for long.
pub const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// One of the two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// How a line of the program itself looks.
type Words = Box<dyn Fn(Level, String) -> String + Send + Sync>;

/// Standard output and standard error, and the files of the log. Lines and what is redrawn below them do not tear each
/// other; nobody waits for their readers, and that one of them has left is nothing to fail for.
pub struct Screen {
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// Whether standard output gets colours.
    pub stdout_colours: bool,
    /// Whether standard error gets colours.
    pub stderr_colours: bool,
    out: Arc<Writer>,
    /// The same if both streams lead to the same place, so that what is written stays in its order.
    err: Arc<Writer>,
    files: Mutex<Vec<(String, Arc<Writer>)>>,
    words: Arc<OnceLock<Words>>,
}

impl Screen {
    /// The process's own streams. Colours depend on what they are, on NO_COLOR, CLICOLOR_FORCE and
    /// TERM, and are off where the user says so.
    pub fn new(no_color: bool) -> Self {
        let colours = |choice: ColorChoice| !no_color && choice != ColorChoice::Never;
        let terminals = [io::stdout().is_terminal(), io::stderr().is_terminal()];
        let words: Arc<OnceLock<Words>> = Arc::default();
        let streams = || Writer::new(Streams { terminals, area: None, words: words.clone() });
        let out = Arc::new(streams());
        // Two streams that are terminals are taken for the same terminal.
        let together = terminals == [true; 2] || same_place();
        let err = if together { out.clone() } else { Arc::new(streams()) };
        Self {
            stdout_is_terminal: terminals[0],
            stderr_is_terminal: terminals[1],
            stdout_colours: colours(AutoStream::choice(&io::stdout())),
            stderr_colours: colours(AutoStream::choice(&io::stderr())),
            out,
            err,
            files: Mutex::default(),
            words,
        }
    }

    /// Lets the program's own lines about what was not written look like this; only the first call counts.
    pub fn speak(&self, words: impl Fn(Level, String) -> String + Send + Sync + 'static) {
        // The first log is the program's.
        let _ = self.words.set(Box::new(words));
    }

    /// What writes to a file of the log. The name is for people.
    pub fn file(&self, name: String, file: File) -> Arc<Writer> {
        let writer = Arc::new(Writer::new(LogFile { file, words: self.words.clone() }));
        self.files.lock().push((name, writer.clone()));
        writer
    }

    /// How much room there is on a stream at this moment; none if it is no terminal.
    pub fn space(&self, stream: Stream) -> Option<Space> {
        let is_terminal = match stream {
            Stream::Out => self.stdout_is_terminal,
            Stream::Err => self.stderr_is_terminal,
        };
        is_terminal.then(|| space(stream))
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
        if self.space(stream).is_some() {
            self.writer(stream).put(Job::Draw(stream, lines.to_vec()));
        }
    }

    /// Removes what is drawn.
    pub fn clear(&self) {
        if self.stdout_is_terminal {
            self.out.put(Job::Clear);
        }
        if self.stderr_is_terminal && !Arc::ptr_eq(&self.out, &self.err) {
            self.err.put(Job::Clear);
        }
    }

    /// Waits until all is written, or nothing has been for this time.
    pub fn settle(&self, patience: Duration) {
        self.writers().iter().for_each(|(_, _, writer)| writer.settle(patience));
    }

    /// The same. What could not be written is told where it can be.
    pub fn finish(&self, patience: Duration) {
        let mut told = false;
        for (name, stream, writer) in self.writers() {
            let Rest { error, lines } = writer.finish(patience);
            let error = error.map(|error| format!("{name} could not be written: {error}"));
            let unread = (lines > 0)
                .then(|| format!("{lines} lines for {name} are left behind, as nobody reads them"));
            let other = if stream == Some(Stream::Err) { Stream::Out } else { Stream::Err };
            for text in error.into_iter().chain(unread) {
                told = true;
                self.write(other, words(&self.words, Level::Error, text).as_bytes());
            }
        }
        if told {
            // What is said of this end has nowhere else to go.
            self.settle(patience);
        }
    }

    /// All that write, by what people call them.
    fn writers(&self) -> Vec<(String, Option<Stream>, Arc<Writer>)> {
        let mut all = vec![("standard output".to_owned(), Some(Stream::Out), self.out.clone())];
        if !Arc::ptr_eq(&self.out, &self.err) {
            all.push(("standard error".to_owned(), Some(Stream::Err), self.err.clone()));
        }
        let files = self.files.lock();
        all.extend(files.iter().map(|(name, writer)| (name.clone(), None, writer.clone())));
        all
    }

    fn writer(&self, stream: Stream) -> &Writer {
        match stream {
            Stream::Out => &self.out,
            Stream::Err => &self.err,
        }
    }

    fn write(&self, stream: Stream, text: &[u8]) {
        if !text.is_empty() {
            self.writer(stream).put(Job::Text(stream, text.to_vec()));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.finish(LAST_PATIENCE);
    }
}

/// A line about what was not written.
fn words(own: &OnceLock<Words>, level: Level, text: String) -> String {
    match own.get() {
        Some(words) => words(level, text),
        None => format!("{}: {text}\n", level.name()),
    }
}

/// What takes the place of lines that were left out.
fn gap(own: &OnceLock<Words>, lines: u64) -> String {
    let lines = if lines == 1 { "1 line was".to_owned() } else { format!("{lines} lines were") };
    words(own, Level::Warn, format!("{lines} left out here, as nobody read them"))
}

/// How much room a terminal has.
fn space(stream: Stream) -> Space {
    let size = match stream {
        Stream::Out => terminal_size::terminal_size_of(io::stdout()),
        Stream::Err => terminal_size::terminal_size_of(io::stderr()),
    };
    let size = size.filter(|(width, height)| width.0 > 0 && height.0 > 0);
    size.map_or(USUAL_SPACE, |(width, height)| Space {
        columns: width.0.into(),
        rows: height.0.into(),
    })
}

/// Whether both streams are the same file or pipe.
#[cfg(unix)]
fn same_place() -> bool {
    use std::os::fd::{AsFd, BorrowedFd};
    use std::os::unix::fs::MetadataExt as _;
    let place = |stream: BorrowedFd<'_>| {
        let about = File::from(stream.try_clone_to_owned().ok()?).metadata().ok()?;
        Some((about.dev(), about.ino()))
    };
    let place_of_out = place(io::stdout().as_fd());
    place_of_out.is_some() && place_of_out == place(io::stderr().as_fd())
}

#[cfg(not(unix))]
fn same_place() -> bool {
    false
}

/// Writes to the process's streams.
struct Streams {
    /// Whether standard output and standard error are terminals.
    terminals: [bool; 2],
    /// What is redrawn at the end of a stream that is a terminal.
    area: Option<(Stream, Area)>,
    words: Arc<OnceLock<Words>>,
}

impl Streams {
    fn text(&mut self, stream: Stream, text: &[u8], step: &dyn Fn()) -> io::Result<()> {
        let is_terminal = self.terminals[stream as usize];
        let Some((drawn, area)) = self.area.as_mut().filter(|_| is_terminal) else {
            return write_to(stream, text, step);
        };
        let columns = space(*drawn).columns;
        let lines = area.take();
        write_to(*drawn, area.erase(&lines, columns).as_bytes(), step)?;
        write_to(stream, text, step)?;
        if !text.ends_with(b"\n") {
            write_to(stream, b"\n", step)?;
        }
        write_to(*drawn, area.redraw(&lines, columns).as_bytes(), step)
    }
}

impl Hand for Streams {
    fn work(&mut self, job: Job, step: &dyn Fn()) -> io::Result<()> {
        match job {
            Job::Text(stream, text) => self.text(stream, &text, step),
            Job::Dropped(stream, lines) => {
                let text = gap(&self.words, lines);
                self.text(stream, text.as_bytes(), step)
            }
            Job::Draw(stream, lines) => {
                let (_, area) = self.area.get_or_insert_with(|| (stream, Area::default()));
                write_to(stream, area.redraw(&lines, space(stream).columns).as_bytes(), step)
            }
            Job::Clear => match self.area.take() {
                Some((stream, mut area)) => {
                    let text = area.redraw(&[], space(stream).columns);
                    write_to(stream, text.as_bytes(), step)
                }
                None => Ok(()),
            },
        }
    }
}

/// Writes to a file of the log.
struct LogFile {
    file: File,
    words: Arc<OnceLock<Words>>,
}

impl Hand for LogFile {
    fn work(&mut self, job: Job, step: &dyn Fn()) -> io::Result<()> {
        match job {
            Job::Text(_, text) => write_all(&mut self.file, &text, step),
            Job::Dropped(_, lines) => {
                write_all(&mut self.file, gap(&self.words, lines).as_bytes(), step)
            }
            Job::Draw(..) | Job::Clear => Ok(()),
        }
    }
}

/// Nothing that others write to the stream gets between.
fn write_to(stream: Stream, text: &[u8], step: &dyn Fn()) -> io::Result<()> {
    match stream {
        Stream::Out => write_all(&mut io::stdout().lock(), text, step),
        Stream::Err => write_all(&mut io::stderr().lock(), text, step),
    }
}
