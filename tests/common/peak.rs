//! A command that runs to its end, and the most memory that it had at one time.

use std::fs;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::waiting::poll;

/// How long a test waits for the end. Such commands do more than others, and this is far more than a slow machine needs
/// for it.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs the command. The peak is in bytes, as the kernel has it when the process was last seen; 0 where there is no
/// `/proc`. (What `getrusage` says of a child begins with the memory of the process that started it.)
#[track_caller]
pub fn output(mut command: Command) -> (Output, u64) {
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the command starts");
    let stdout = read_all(child.stdout.take().expect("it is piped"));
    let stderr = read_all(child.stderr.take().expect("it is piped"));
    let (ended, peak) = wait(&mut child);
    let read = |reader: JoinHandle<Vec<u8>>| reader.join().expect("a stream is read");
    let (stdout, stderr) = (read(stdout), read(stderr));
    let Some(status) = ended else {
        let stderr = String::from_utf8_lossy(&stderr);
        panic!("it does not end; stderr:\n{}", &stderr[..stderr.floor_char_boundary(10_000)]);
    };
    (Output { status, stdout, stderr }, peak)
}

/// Waits for the end. One that does not end in time is killed.
fn wait(child: &mut Child) -> (Option<ExitStatus>, u64) {
    let mut peak = 0;
    let ended = poll(PATIENCE, || {
        peak = high_water_mark(child.id()).unwrap_or(peak);
        child.try_wait().expect("its state can be asked for")
    });
    if ended.is_none() {
        child.kill().expect("it can be killed");
        child.wait().expect("it has ended");
    }
    (ended, peak)
}

/// The most physical memory that a process had, in bytes; none once it has ended.
fn high_water_mark(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

fn read_all(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What has come before an error is kept.
        let _ = stream.read_to_end(&mut bytes);
        bytes
    })
}
