//! What is written by a thread of its own, so that nobody else waits for a reader who does not read.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::screen::Stream;

/// How many bytes wait to be written: a hundred thousand lines of a log, enough for a reader who looks away for
/// seconds, and no more memory than that of some users.
const ROOM: usize = 16 << 20;

/// How long whoever writes waits for room while nothing at all is written: who reads takes some bytes in this time,
/// and loses nothing. Afterwards what does not fit is dropped, as the run must not stand still for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// How much of what waits becomes one text: so many lines cost one flush.
const JOINED: usize = 1 << 16;

/// Something to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// A text.
    Text(Stream, Vec<u8>),
    /// Lines at the end of a terminal, in the place of those before.
    Draw(Stream, Vec<String>),
    /// Nothing in the place of these lines.
    Clear,
    /// A word about so many lines that were left out here.
    Dropped(Stream, u64),
}

impl Job {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(_, text) => text.len(),
            Self::Draw(_, lines) => lines.iter().map(String::len).sum(),
            Self::Clear | Self::Dropped(..) => 0,
        }
    }

    fn lines(&self) -> u64 {
        match self {
            Self::Text(_, text) => {
                let breaks = text.iter().filter(|byte| **byte == b'\n').count();
                breaks.max(1) as u64
            }
            Self::Dropped(_, lines) => *lines,
            Self::Draw(..) | Self::Clear => 0,
        }
    }
}

/// Does what is to be done on the thread of a [`Writer`], and calls `step` whenever something was written.
pub trait Hand: Send + 'static {
    /// Does one job.
    ///
    /// # Errors
    ///
    /// The stream cannot be written.
    fn work(&mut self, job: Job, step: &dyn Fn()) -> io::Result<()>;
}

/// A thread that writes, and what waits for it.
pub struct Writer(Arc<Shared>);

struct Shared {
    hand: Mutex<Box<dyn Hand>>,
    state: Mutex<State>,
    /// Something has been written.
    written: Condvar,
    /// There is something to write.
    wanted: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Bytes that wait or are being written.
    bytes: usize,
    /// Lines that are being written; none if nothing is.
    busy: Option<u64>,
    /// How often something was written.
    steps: u64,
    /// Whether nobody reads, so that waiting is no use.
    stalled: bool,
    /// Lines that were left out since this was last told, and where.
    dropped: Option<(Stream, u64)>,
    /// The first error, until it is told.
    error: Option<io::Error>,
    /// Whether there was one.
    failed: bool,
    /// Whether the end has waited in vain.
    given_up: bool,
    started: bool,
}

/// How writing came out in the end.
#[derive(Debug, Default)]
pub struct Rest {
    /// The first error. That nobody reads any more is none.
    pub error: Option<io::Error>,
    /// Lines that nobody has read.
    pub lines: u64,
}

impl Writer {
    /// A writer whose thread starts with the first job.
    pub fn new(hand: impl Hand) -> Self {
        Self(Arc::new(Shared {
            hand: Mutex::new(Box::new(hand)),
            state: Mutex::default(),
            written: Condvar::new(),
            wanted: Condvar::new(),
        }))
    }

    /// Lets this be written. Where there is no room, it waits as long as there is somebody who reads.
    pub fn put(&self, job: Job) {
        let mut state = self.0.state.lock();
        match &job {
            Job::Draw(..) if !state.fits(job.bytes()) => return,
            Job::Text(stream, _) if !self.0.has_room(&mut state, job.bytes()) => {
                let before = state.dropped.map_or(0, |(_, lines)| lines);
                state.dropped = Some((*stream, before + job.lines()));
                return;
            }
            _ => {}
        }
        state.add(job);
        if state.started {
            self.0.wanted.notify_one();
            return;
        }
        let shared = self.0.clone();
        let thread = thread::Builder::new().name("wasock-writer".to_owned());
        state.started = thread.spawn(move || shared.write()).is_ok();
        if !state.started {
            // Without a thread to spare it is written here.
            while let Some(job) = state.next() {
                MutexGuard::unlocked(&mut state, || self.0.work(job));
            }
        }
    }

    /// Waits until all is written, or nothing has been for this time.
    pub fn settle(&self, patience: Duration) {
        drop(self.settled(patience));
    }

    /// The same, and what is to be said about it, each error once.
    pub fn finish(&self, patience: Duration) -> Rest {
        let mut state = self.settled(patience);
        let waiting: u64 = state.jobs.iter().map(Job::lines).sum();
        let dropped = state.dropped.map_or(0, |(_, lines)| lines);
        let lines = waiting + dropped + state.busy.unwrap_or(0);
        Rest { error: state.error.take(), lines }
    }

    fn settled(&self, patience: Duration) -> MutexGuard<'_, State> {
        let Shared { state, written, .. } = &*self.0;
        let mut state = state.lock();
        while !state.is_done() && !state.given_up {
            let steps = state.steps;
            let in_vain = written.wait_for(&mut state, patience).timed_out();
            state.given_up = in_vain && state.steps == steps;
        }
        state
    }
}

impl Shared {
    /// Waits for room while something is written.
    fn has_room(&self, state: &mut MutexGuard<'_, State>, bytes: usize) -> bool {
        while !state.fits(bytes) {
            if state.stalled {
                return false;
            }
            let steps = state.steps;
            let in_vain = self.written.wait_for(state, PATIENCE).timed_out();
            state.stalled |= in_vain && state.steps == steps;
        }
        true
    }

    fn write(&self) {
        let mut state = self.state.lock();
        loop {
            match state.next() {
                Some(job) => MutexGuard::unlocked(&mut state, || self.work(job)),
                None => self.wanted.wait(&mut state),
            }
        }
    }

    fn work(&self, job: Job) {
        let bytes = job.bytes();
        let outcome = self.hand.lock().work(job, &|| self.step(&mut self.state.lock()));
        let mut state = self.state.lock();
        state.busy = None;
        state.bytes -= bytes;
        self.step(&mut state);
        // Who has closed the stream does not want to know.
        if let Err(error) = outcome
            && error.kind() != io::ErrorKind::BrokenPipe
            && !std::mem::replace(&mut state.failed, true)
        {
            state.error = Some(error);
        }
    }

    fn step(&self, state: &mut State) {
        state.steps += 1;
        (state.stalled, state.given_up) = (false, false);
        self.written.notify_all();
    }
}

impl State {
    fn fits(&self, bytes: usize) -> bool {
        self.bytes == 0 || self.bytes + bytes <= ROOM
    }

    fn is_done(&self) -> bool {
        self.jobs.is_empty() && self.busy.is_none() && self.dropped.is_none()
    }

    fn add(&mut self, job: Job) {
        if let Some((stream, lines)) = self.dropped.take() {
            self.jobs.push_back(Job::Dropped(stream, lines));
        }
        self.bytes += job.bytes();
        // Nobody has seen what is drawn anew.
        if let (Job::Draw(..), Some(last @ Job::Draw(..))) = (&job, self.jobs.back_mut()) {
            self.bytes -= last.bytes();
            *last = job;
        } else {
            self.jobs.push_back(job);
        }
    }

    /// The next job, of several texts one.
    fn next(&mut self) -> Option<Job> {
        let dropped = |(stream, lines)| Job::Dropped(stream, lines);
        let mut job = self.jobs.pop_front().or_else(|| self.dropped.take().map(dropped))?;
        if let Job::Text(stream, text) = &mut job {
            while let Some(Job::Text(other, more)) = self.jobs.front()
                && other == stream
                && text.len() + more.len() <= JOINED
            {
                text.extend_from_slice(more);
                self.jobs.pop_front();
            }
        }
        self.busy = Some(job.lines());
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, PipeReader, PipeWriter};

    use super::super::chunks::write_all;
    use super::*;

    /// Writes into a pipe.
    struct Pipe(PipeWriter);

    impl Hand for Pipe {
        fn work(&mut self, job: Job, step: &dyn Fn()) -> io::Result<()> {
            match job {
                Job::Text(_, text) => write_all(&mut self.0, &text, step),
                other => write_all(&mut self.0, format!("{other:?}\n").as_bytes(), step),
            }
        }
    }

    fn piped() -> (Writer, PipeReader) {
        let (reader, writer) = io::pipe().unwrap();
        (Writer::new(Pipe(writer)), reader)
    }

    fn line(number: usize) -> Job {
        Job::Text(Stream::Err, format!("{number:01000}\n").into_bytes())
    }

    #[test]
    fn who_reads_gets_all_however_much_it_is() {
        let (writer, reader) = piped();
        let lines = 3 * ROOM / 1000;
        let reading = thread::spawn(move || {
            let lines = BufReader::new(reader).lines().take(lines);
            lines.map(|line| line.unwrap().parse::<usize>().unwrap()).collect::<Vec<_>>()
        });
        (0..lines).for_each(|number| writer.put(line(number)));
        assert_eq!(reading.join().unwrap(), (0..lines).collect::<Vec<_>>());
        let rest = writer.finish(PATIENCE);
        assert!(rest.error.is_none() && rest.lines == 0, "{rest:?}");
    }

    #[test]
    fn what_nobody_reads_is_dropped_and_told_when_somebody_does() {
        let (writer, reader) = piped();
        let lines = 2 * ROOM / 1000;
        (0..lines).for_each(|number| writer.put(line(number)));
        let waiting = writer.0.state.lock().dropped.unwrap();
        assert!((1..lines as u64).contains(&waiting.1), "{waiting:?}");
        let left = writer.finish(PATIENCE).lines;
        assert!(left > waiting.1, "{left}");

        let mut read = BufReader::new(reader).lines().map_while(Result::ok);
        let kept = lines - waiting.1 as usize;
        for number in 0..kept {
            assert_eq!(read.next().unwrap().parse(), Ok(number));
        }
        assert_eq!(read.next().unwrap(), format!("Dropped(Err, {})", waiting.1));
        writer.put(line(7));
        assert_eq!(read.next().unwrap().parse(), Ok(7), "it goes on");
    }

    #[test]
    fn what_is_drawn_waits_once() {
        let mut state = State::default();
        let draw = |text: &str| Job::Draw(Stream::Out, vec![text.to_owned()]);
        let text = |text: &str| Job::Text(Stream::Out, text.into());
        for job in [draw("a"), draw("bc"), text("x"), text("y"), draw("d"), Job::Clear] {
            state.add(job);
        }
        assert_eq!(state.bytes, 5);
        let order: Vec<_> = std::iter::from_fn(|| state.next()).collect();
        assert_eq!(order, [draw("bc"), text("xy"), draw("d"), Job::Clear]);
    }

    #[test]
    fn a_reader_who_leaves_is_no_error() {
        let (writer, reader) = piped();
        drop(reader);
        writer.put(line(1));
        let rest = writer.finish(PATIENCE);
        assert!(rest.error.is_none() && rest.lines == 0, "{rest:?}");
    }

    #[test]
    fn the_first_error_is_told() {
        struct Full;
        impl Hand for Full {
            fn work(&mut self, _: Job, _: &dyn Fn()) -> io::Result<()> {
                Err(io::ErrorKind::StorageFull.into())
            }
        }
        let writer = Writer::new(Full);
        writer.put(line(1));
        let error = writer.finish(PATIENCE).error.map(|error| error.kind());
        assert_eq!(error, Some(io::ErrorKind::StorageFull));
        writer.put(line(2));
        assert!(writer.finish(PATIENCE).error.is_none(), "it is told once");
    }
}
