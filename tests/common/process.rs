//! A command that goes on while a test watches it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use tempfile::TempDir;
use wasock_server::Server;

use super::Outcome;
use super::waiting::{Deadline, PATIENCE, poll, until};

/// A command that runs. It is killed when it is dropped.
pub struct Process {
    child: Child,
    stdout: Option<JoinHandle<Vec<u8>>>,
    shown: Receiver<String>,
    lines: Receiver<String>,
    /// The lines of standard error that have come so far.
    stderr: String,
    samples: PathBuf,
    folder: Option<TempDir>,
    _server: Option<Server>,
}

impl Process {
    pub fn start(
        mut command: Command,
        samples: PathBuf,
        folder: TempDir,
        server: Option<Server>,
    ) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let (sender, shown) = mpsc::channel();
        let stdout = child.stdout.take().map(|stdout| read_all(stdout, sender));
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let folder = Some(folder);
        Self {
            child,
            stdout,
            shown,
            lines,
            stderr: String::new(),
            samples,
            folder,
            _server: server,
        }
    }

    /// Waits until a line of standard output has this text, and returns what follows it there.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> String {
        let deadline = Deadline::after(PATIENCE);
        while let Some(line) = deadline.next(&self.shown) {
            if let Some((_, rest)) = line.split_once(text) {
                return rest.to_owned();
            }
        }
        panic!("standard output does not have {text:?}");
    }

    /// Waits until a line of standard error has this text.
    #[track_caller]
    pub fn prints(&mut self, text: &str) -> &mut Self {
        self.line(text);
        self
    }

    /// Waits for a line of standard error with this text, and returns it.
    #[track_caller]
    pub fn line(&mut self, text: &str) -> String {
        let deadline = Deadline::after(PATIENCE);
        while let Some(line) = deadline.next(&self.lines) {
            self.stderr += &(line.clone() + "\n");
            if line.contains(text) {
                return line;
            }
        }
        panic!("no line has {text:?}; stderr:\n{}", self.stderr);
    }

    /// Waits until a sample with this text is in the file of samples.
    #[track_caller]
    pub fn samples_have(&mut self, text: &str) -> &mut Self {
        until(&format!("a sample has {text}"), || {
            fs::read_to_string(&self.samples).is_ok_and(|samples| samples.contains(text))
        });
        self
    }

    /// Waits until the REST API is there, and returns its address.
    #[track_caller]
    pub fn api(&mut self) -> SocketAddr {
        let line = self.line("the REST API is at http://");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('"').next());
        address.and_then(|address| address.parse().ok()).expect("the line has the address")
    }

    /// The file that it writes its samples to.
    pub fn samples(&self) -> &Path {
        &self.samples
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal: `INT`, `TERM`.
    #[track_caller]
    pub fn signal(&mut self, name: &str) -> &mut Self {
        signal(self.id(), name);
        self
    }

    /// The memory that it shares with no other process and no file, in bytes.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub fn private_memory(&self) -> u64 {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let text = fs::read_to_string(path).expect("it is alive");
        let lines = text.lines().filter(|line| line.starts_with("Private_"));
        let kibibytes =
            lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        kibibytes.sum::<u64>() * 1024
    }

    /// Waits for the end.
    #[track_caller]
    pub fn ends(mut self) -> Outcome {
        let ended = poll(PATIENCE, || self.child.try_wait().expect("its state can be asked for"));
        let Some(status) = ended else { panic!("it does not end; stderr:\n{}", self.stderr) };
        let stdout = self.stdout.take().map(|reader| reader.join().expect("stdout is read"));
        let mut stderr = std::mem::take(&mut self.stderr);
        stderr.extend(self.lines.iter().map(|line| line + "\n"));
        let output =
            Output { status, stdout: stdout.unwrap_or_default(), stderr: stderr.into_bytes() };
        let folder = self.folder.take().expect("it ends once");
        Outcome::new(&output, &self.samples, folder)
    }
}

/// Sends a signal to a process: `INT`, `KILL`.
#[track_caller]
pub fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &process.to_string()]).status();
    assert!(status.expect("kill can be run").success(), "no signal for {process}");
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_all(stream: ChildStdout, lines: Sender<String>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        // What has come before an error is kept.
        while let Ok(1..) = stream.read_until(b'\n', &mut bytes) {
            let line = bytes[..bytes.len() - 1].rsplit(|byte| *byte == b'\n').next();
            // A test need not look.
            let _ = lines.send(String::from_utf8_lossy(line.unwrap_or_default()).into_owned());
        }
        bytes
    })
}
