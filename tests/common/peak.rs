//! A command that runs to its end, and the most memory that it had at one time.

use std::io::Read;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{io, mem, ptr};

/// How long a test waits for the end: far more than a slow machine needs.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often a test looks whether the command has ended.
const GLANCE: Duration = Duration::from_millis(5);

/// Runs the command. The peak is in bytes, as the kernel accounts for it when the process has ended.
#[track_caller]
pub fn output(mut command: Command) -> (Output, u64) {
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the command starts");
    let stdout = read_all(child.stdout.take().expect("it is piped"));
    let stderr = read_all(child.stderr.take().expect("it is piped"));
    let ended = wait(&mut child);
    let read = |reader: JoinHandle<Vec<u8>>| reader.join().expect("a stream is read");
    let (stdout, stderr) = (read(stdout), read(stderr));
    let Some((status, peak)) = ended else {
        let stderr = String::from_utf8_lossy(&stderr);
        panic!("it does not end; stderr:\n{}", &stderr[..stderr.floor_char_boundary(10_000)]);
    };
    (Output { status, stdout, stderr }, peak)
}

/// Waits for the end. One that does not end in time is killed.
fn wait(child: &mut Child) -> Option<(ExitStatus, u64)> {
    let process = libc::pid_t::try_from(child.id()).expect("it is the number of a process");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut status = 0;
        // SAFETY: all zeros is a value of this type.
        let mut usage: libc::rusage = unsafe { mem::zeroed() };
        // SAFETY: both pointers are valid for writing, and the process is a child that nobody else waits for.
        match unsafe { libc::wait4(process, ptr::from_mut(&mut status), libc::WNOHANG, &mut usage) }
        {
            0 if Instant::now() > deadline => {
                child.kill().expect("it can be killed");
                child.wait().expect("it has ended");
                return None;
            }
            0 => thread::sleep(GLANCE),
            -1 => panic!("it cannot be waited for: {}", io::Error::last_os_error()),
            _ => return Some((ExitStatus::from_raw(status), bytes(usage.ru_maxrss))),
        }
    }
}

/// Kibibytes everywhere but on macOS.
fn bytes(resident: libc::c_long) -> u64 {
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(resident).expect("it is a size") * unit
}

fn read_all(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What has come before an error is kept.
        let _ = stream.read_to_end(&mut bytes);
        bytes
    })
}
