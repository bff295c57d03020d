//! When frames leave: the observer is told of each as its last byte is taken, not as it is encoded.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::clock;
use crate::observer::{FrameKind, SocketObserver};

/// For how many frames memory is kept when all are written: a burst must not cost an idle connection.
const KEPT: usize = 32;

/// Frames that were encoded and are not written yet, in their order.
#[derive(Default)]
pub(super) struct Unwritten(VecDeque<Frame>);

struct Frame {
    /// Where it ends among all bytes of the connection.
    end: u64,
    kind: FrameKind,
    /// The payload of a ping.
    payload: Bytes,
}

impl Unwritten {
    pub(super) fn push(&mut self, end: u64, kind: FrameKind, payload: Bytes) {
        self.0.push_back(Frame { end, kind, payload });
    }

    /// So many bytes are written.
    pub(super) fn tell(&mut self, written: u64, observer: Option<&dyn SocketObserver>) {
        if self.0.front().is_none_or(|frame| frame.end > written) {
            return;
        }
        let at = clock::now();
        while let Some(frame) = self.0.pop_front_if(|frame| frame.end <= written) {
            if let Some(observer) = observer {
                observer.written(frame.kind, &frame.payload, at);
            }
        }
        if self.0.is_empty() {
            self.0.shrink_to(KEPT);
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
