//! Writes in parts, so that it is seen whether somebody reads.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

/// How much is written by one call: what a pipe takes at once (POSIX, `PIPE_BUF` on Linux), so that one that is read
/// slowly is seen to be read.
const CHUNK: usize = 4096;

/// How long a stream that cannot take more at the moment, and does not let us wait for it, is left alone: short
/// enough that nobody sees it, long enough that it costs no processor.
const PAUSE: Duration = Duration::from_millis(10);

/// Writes all of a text, and calls `step` whenever some of it was taken.
///
/// # Errors
///
/// The stream cannot be written.
pub fn write_all(to: &mut impl Write, mut text: &[u8], step: &dyn Fn()) -> io::Result<()> {
    while !text.is_empty() {
        let chunk = &text[..text.len().min(CHUNK)];
        let taken = again(|| to.write(chunk))?;
        if taken == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        again(|| to.flush())?;
        step();
        text = &text[taken..];
    }
    Ok(())
}

/// Does it until the stream is neither interrupted nor full.
fn again<T>(mut write: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match write() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(PAUSE),
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::Read as _;

    use super::*;

    #[test]
    fn texts_are_written_whole() {
        let (mut reader, mut writer) = io::pipe().unwrap();
        let text = vec![b'x'; 3 * CHUNK + 5];
        let steps = Cell::new(0);
        write_all(&mut writer, &text, &|| steps.set(steps.get() + 1)).unwrap();
        drop(writer);
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert_eq!((read, steps.get()), (text, 4));
    }
}
