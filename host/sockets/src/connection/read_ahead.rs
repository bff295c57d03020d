//! Reads of many bytes, for connections that have room for few.

use std::cell::Cell;
use std::io;
use std::mem::MaybeUninit;
use std::task::{Poll, ready};

use tokio::io::ReadBuf;

/// How much one read may bring, in bytes: some hundred small messages. It is a thread's, so that a connection which
/// waits for something costs nothing of it.
const READ_AHEAD: usize = 16 << 10;

type Room = Box<[MaybeUninit<u8>]>;

thread_local! {
    /// Where reads go. It is taken while one goes on: of a stream in a stream, only the outer one has it.
    static ROOM: Cell<Option<Room>> = Cell::new(Some(Box::new_uninit_slice(READ_AHEAD)));
}

/// What was read, and did not fit where it was to go.
#[derive(Default)]
pub(super) struct ReadAhead {
    bytes: Vec<u8>,
    taken: usize,
}

impl ReadAhead {
    /// Fills `buf` with what is left of the last read, or else with what `read` brings. Returns how many bytes that
    /// has brought.
    pub(super) fn poll(
        &mut self,
        buf: &mut ReadBuf<'_>,
        read: impl FnOnce(&mut ReadBuf<'_>) -> Poll<io::Result<()>>,
    ) -> Poll<io::Result<usize>> {
        if self.taken < self.bytes.len() {
            self.take(buf);
            return Poll::Ready(Ok(0));
        }
        if buf.remaining() >= READ_AHEAD {
            return through(buf, read);
        }
        let Some(mut room) = ROOM.take() else { return through(buf, read) };
        let mut ahead = ReadBuf::uninit(&mut room);
        let result = read(&mut ahead);
        let brought = ahead.filled();
        let (now, later) = brought.split_at(brought.len().min(buf.remaining()));
        buf.put_slice(now);
        self.bytes.extend_from_slice(later);
        let count = brought.len();
        ROOM.set(Some(room));
        ready!(result)?;
        Poll::Ready(Ok(count))
    }

    fn take(&mut self, buf: &mut ReadBuf<'_>) {
        let left = &self.bytes[self.taken..];
        let count = left.len().min(buf.remaining());
        buf.put_slice(&left[..count]);
        self.taken += count;
        if self.taken == self.bytes.len() {
            *self = Self::default();
        }
    }
}

/// Reads where the bytes are to go.
fn through(
    buf: &mut ReadBuf<'_>,
    read: impl FnOnce(&mut ReadBuf<'_>) -> Poll<io::Result<()>>,
) -> Poll<io::Result<usize>> {
    let before = buf.filled().len();
    ready!(read(buf))?;
    Poll::Ready(Ok(buf.filled().len() - before))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks for `size` bytes; `source` has what a read brings.
    fn ask(ahead: &mut ReadAhead, size: usize, source: &[u8]) -> (Vec<u8>, usize) {
        let mut room = vec![0; size];
        let mut buf = ReadBuf::new(&mut room);
        let result = ahead.poll(&mut buf, |into| {
            into.put_slice(&source[..source.len().min(into.remaining())]);
            Poll::Ready(Ok(()))
        });
        let Poll::Ready(Ok(count)) = result else { panic!("it has brought something") };
        (buf.filled().to_vec(), count)
    }

    #[test]
    fn what_does_not_fit_comes_next_and_is_counted_once() {
        let mut ahead = ReadAhead::default();
        assert_eq!(ask(&mut ahead, 3, b"abcdefg"), (b"abc".to_vec(), 7));
        assert_eq!(ask(&mut ahead, 3, b"unread"), (b"def".to_vec(), 0));
        assert_eq!(ask(&mut ahead, 3, b"unread"), (b"g".to_vec(), 0));
        assert_eq!(ask(&mut ahead, 3, b"hi"), (b"hi".to_vec(), 2));
        assert_eq!(ask(&mut ahead, 3, b""), (b"".to_vec(), 0), "the end");
    }

    #[test]
    fn room_for_much_is_filled_at_once() {
        let much = vec![7; 2 * READ_AHEAD];
        let (bytes, count) = ask(&mut ReadAhead::default(), much.len(), &much);
        assert_eq!((bytes.len(), count), (much.len(), much.len()));
    }

    #[test]
    fn a_stream_in_a_stream_reads_where_the_bytes_are_to_go() {
        let (mut outer, mut inner) = (ReadAhead::default(), ReadAhead::default());
        let mut room = [0; 4];
        let mut buf = ReadBuf::new(&mut room);
        let result = outer.poll(&mut buf, |into| {
            let before = into.remaining();
            assert_eq!(before, READ_AHEAD);
            let result = inner.poll(into, |into| {
                into.put_slice(b"abcdef");
                Poll::Ready(Ok(()))
            });
            result.map_ok(drop)
        });
        assert!(matches!(result, Poll::Ready(Ok(6))));
        assert_eq!(buf.filled(), b"abcd");
    }

    #[test]
    fn an_error_or_a_pause_leaves_nothing_behind() {
        let mut ahead = ReadAhead::default();
        let mut room = [0; 4];
        let mut buf = ReadBuf::new(&mut room);
        assert!(ahead.poll(&mut buf, |_| Poll::Pending).is_pending());
        let broken = || Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        let result = ahead.poll(&mut buf, |_| broken());
        assert!(matches!(result, Poll::Ready(Err(_))));
        assert_eq!(buf.filled(), b"");
        assert_eq!(ask(&mut ahead, 3, b"abc"), (b"abc".to_vec(), 3));
    }
}
