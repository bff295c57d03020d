//! Parts from which nothing comes any more.

use std::io::{self, Read};
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

/// How often it is looked whether something has come: as often as a part speaks.
pub(super) const TICK: Duration = Duration::from_secs(1);

/// After how many ticks without a word a part is given up: it speaks once a second, whatever its users do, so that it
/// stands still or is cut off, and whoever has started the run waits for it. Ticks are counted, and no time: while the
/// whole machine stands still, nobody counts.
pub(super) const PATIENCE: u32 = 10;

/// A part's process, and whether it has been heard.
pub(super) struct Watched {
    child: Mutex<Child>,
    /// Whether something has come since the last tick, or what has come is still being taken.
    heard: AtomicBool,
    listening: AtomicBool,
    given_up: AtomicBool,
}

impl Watched {
    pub(super) fn new(child: Child) -> Self {
        let no = || AtomicBool::new(false);
        Self { child: Mutex::new(child), heard: no(), listening: no(), given_up: no() }
    }

    /// The part is heard whenever something is read from this.
    pub(super) fn ear<R>(self: &Arc<Self>, from: R) -> Ear<R> {
        Ear { from, watched: self.clone() }
    }

    /// Does what the part must take or answer, and counts it as heard then.
    pub(super) fn awaiting<T>(&self, step: impl FnOnce() -> T) -> T {
        self.listening.store(true, Ordering::Relaxed);
        let done = step();
        self.listening.store(false, Ordering::Relaxed);
        self.heard.store(true, Ordering::Relaxed);
        done
    }

    /// Ends the process, if it has not ended.
    pub(super) fn kill(&self) {
        // That it is gone already is all right, and whoever has the lock waits for its end.
        if let Some(mut child) = self.child.try_lock() {
            let _ = child.kill();
        }
    }

    /// Waits for the end of the process, which is near.
    pub(super) fn wait(&self) -> io::Result<ExitStatus> {
        self.child.lock().wait()
    }

    /// Whether it was killed because nothing came.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Whether it is silent at this tick. A part is not to blame while nobody listens to it.
    fn is_silent(&self) -> bool {
        !self.heard.swap(false, Ordering::Relaxed) && self.listening.load(Ordering::Relaxed)
    }
}

/// What a part says.
pub(super) struct Ear<R> {
    from: R,
    watched: Arc<Watched>,
}

impl<R: Read> Read for Ear<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self { from, watched } = self;
        watched.awaiting(|| from.read(buffer))
    }
}

/// Kills the parts from which nothing comes, until it is dropped.
pub(super) struct Watch(tokio::task::JoinHandle<()>);

impl Watch {
    pub(super) fn start(parts: Vec<Arc<Watched>>) -> Self {
        Self(tokio::spawn(async move {
            let mut silent = vec![0; parts.len()];
            loop {
                tokio::time::sleep(TICK).await;
                tick(&parts, &mut silent);
            }
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Counts who is silent.
fn tick(parts: &[Arc<Watched>], silent: &mut [u32]) {
    for (part, silent) in parts.iter().zip(silent) {
        *silent = if part.is_silent() { *silent + 1 } else { 0 };
        if *silent == PATIENCE {
            part.given_up.store(true, Ordering::Relaxed);
            part.kill();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};
    use std::thread;

    use super::*;

    /// A process that says something whenever it is told something.
    fn part() -> (Arc<Watched>, std::process::ChildStdin, std::process::ChildStdout) {
        let mut command = Command::new("cat");
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("cat is there");
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (to, from) = pipes.expect("both are pipes");
        (Arc::new(Watched::new(child)), to, from)
    }

    #[test]
    fn a_part_that_says_nothing_is_given_up() {
        let (part, _to, from) = part();
        let (mut silent, parts) = ([0], [part.clone()]);
        for _ in 0..2 * PATIENCE {
            tick(&parts, &mut silent);
        }
        assert!(!part.is_given_up(), "nobody has listened to it");

        let mut ear = part.ear(from);
        let listening = thread::spawn(move || ear.read(&mut [0; 8]).unwrap());
        while !part.listening.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        silent = [0];
        for _ in 1..PATIENCE {
            tick(&parts, &mut silent);
        }
        assert!(!part.is_given_up());
        tick(&parts, &mut silent);
        assert!(part.is_given_up());
        assert_eq!(listening.join().unwrap(), 0, "its pipe is closed");
        assert!(!part.wait().unwrap().success());
    }

    #[test]
    fn a_part_that_takes_nothing_is_given_up() {
        use std::io::Write as _;
        let (part, mut to, _from) = part();
        let (mut silent, parts) = ([0], [part.clone()]);
        // More than there is room for in both pipes, as nobody reads what it answers.
        let writing = thread::spawn({
            let part = part.clone();
            move || part.awaiting(|| to.write_all(&[0; 1 << 20]))
        });
        while !part.listening.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        for _ in 0..PATIENCE {
            tick(&parts, &mut silent);
        }
        assert!(part.is_given_up());
        assert_eq!(writing.join().unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_part_that_says_something_is_not() {
        use std::io::Write as _;
        let (part, mut to, from) = part();
        let (mut silent, parts, mut ear) = ([0], [part.clone()], part.ear(from));
        for _ in 0..2 * PATIENCE {
            to.write_all(b"here").unwrap();
            ear.read_exact(&mut [0; 4]).unwrap();
            part.listening.store(true, Ordering::Relaxed);
            tick(&parts, &mut silent);
        }
        assert!(!part.is_given_up());
        drop(to);
        assert!(part.wait().unwrap().success());
    }
}
