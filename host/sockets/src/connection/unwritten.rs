//! When frames leave: the observer is told of each as its last byte is taken, not as it is encoded.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::clock;
use crate::observer::{FrameKind, SocketObserver};

/// For how many frames memory is kept when all are written: a burst must not cost an idle connection. These take one
/// or two kilobytes, and more rarely wait for one write.
const KEPT: usize = 32;

/// Frames that were encoded and are not written yet, in their order.
#[derive(Default)]
pub(super) struct Unwritten {
    frames: VecDeque<Frame>,
    /// When the last attempt to write began.
    at: u64,
}

struct Frame {
    /// Where it ends among all bytes of the connection.
    end: u64,
    kind: FrameKind,
    /// The payload of a ping.
    payload: Bytes,
}

impl Unwritten {
    pub(super) fn push(&mut self, end: u64, kind: FrameKind, payload: Bytes) {
        self.frames.push_back(Frame { end, kind, payload });
    }

    /// What is there is about to be written. Frames have this stamp and no later one: a thread that has to wait
    /// after it has written would make the reply seem faster than it was.
    pub(super) fn stamp(&mut self) {
        if !self.frames.is_empty() {
            self.at = clock::now();
        }
    }

    /// So many bytes are written.
    pub(super) fn tell(&mut self, written: u64, observer: Option<&dyn SocketObserver>) {
        while let Some(frame) = self.frames.pop_front_if(|frame| frame.end <= written) {
            if let Some(observer) = observer {
                observer.written(frame.kind, &frame.payload, self.at);
            }
        }
        if self.frames.is_empty() {
            self.frames.shrink_to(KEPT);
        }
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;

    #[derive(Default)]
    struct Told(Mutex<Vec<Vec<u8>>>);

    impl SocketObserver for Told {
        fn written(&self, _kind: FrameKind, payload: &[u8], _at: u64) {
            self.0.lock().push(payload.to_vec());
        }
    }

    #[test]
    fn a_frame_is_told_when_its_last_byte_is_written() {
        let told = Told::default();
        let mut unwritten = Unwritten::default();
        for (end, payload) in [(10, "a"), (20, "b"), (30, "c")] {
            unwritten.push(end, FrameKind::Ping, payload.into());
        }
        for (written, so_far) in [(0, 0), (9, 0), (10, 1), (29, 2), (30, 3), (40, 3)] {
            unwritten.tell(written, Some(&told));
            assert_eq!(told.0.lock().len(), so_far, "{written} bytes");
        }
        assert_eq!(*told.0.lock(), [b"a", b"b", b"c"]);
    }
}
