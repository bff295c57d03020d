//! Standard output and standard error, shared by all who write to them.

use std::io::{self, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};
use indicatif::{MultiProgress, ProgressDrawTarget};

/// Standard output and standard error. Lines and progress bars do not tear each other; that one of
/// the two is closed is nothing to fail for.
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
    /// Progress bars, at the end of standard output if it is a terminal.
    pub bars: MultiProgress,
}

impl Screen {
    /// The process's own streams. Colours depend on what they are, on NO_COLOR, CLICOLOR_FORCE and
    /// TERM, and are off where the user says so.
    pub fn new(no_color: bool) -> Self {
        let colours = |choice: ColorChoice| !no_color && choice != ColorChoice::Never;
        let stdout_is_terminal = io::stdout().is_terminal();
        let target = match stdout_is_terminal {
            true => ProgressDrawTarget::stdout(),
            false => ProgressDrawTarget::hidden(),
        };
        Self {
            stdout_is_terminal,
            stderr_is_terminal: io::stderr().is_terminal(),
            stdout_colours: colours(AutoStream::choice(&io::stdout())),
            stderr_colours: colours(AutoStream::choice(&io::stderr())),
            bars: MultiProgress::with_draw_target(target),
        }
    }

    /// Writes to standard output.
    pub fn out(&self, text: impl AsRef<[u8]>) {
        self.write(&mut io::stdout(), self.stdout_is_terminal, text.as_ref());
    }

    /// Writes to standard error.
    pub fn err(&self, text: impl AsRef<[u8]>) {
        self.write(&mut io::stderr(), self.stderr_is_terminal, text.as_ref());
    }

    fn write(&self, stream: &mut dyn Write, is_terminal: bool, text: &[u8]) {
        if is_terminal && self.stdout_is_terminal {
            self.bars.suspend(|| write_all(stream, text));
        } else {
            write_all(stream, text);
        }
    }
}

/// Writes to standard error while there are no bars.
pub(super) fn stderr(text: &[u8]) {
    write_all(&mut io::stderr(), text);
}

fn write_all(stream: &mut dyn Write, text: &[u8]) {
    // Who has closed the stream does not want to know.
    let _ = stream.write_all(text).and_then(|()| stream.flush());
}
