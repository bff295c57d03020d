//! How many processes run a test, how they are started, and what the system lets each of them have.

use std::env;
use std::num::NonZero;
use std::process::Command;
use std::thread;

use clap::Args;
use wasock_runner::exit_code::ExitCode;
use wasock_runner::processes::{Greeting, MAX_PROCESSES, PartNumber, Processes, Spread};
use wasock_runner::vu;

use crate::failure::Failure;

/// File descriptors that are left for everything but the connections of virtual users: files, pipes, outputs. Where there
/// are few, it is half of them.
const OTHER_DESCRIPTORS: u64 = 256;

/// File descriptors that this process has for each of the others, at least: two pipes, and as much again for whatever
/// else it has open.
const DESCRIPTORS_OF_A_PROCESS: u64 = 4;

/// The flags for several processes.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Options of the run")]
pub struct ProcessArgs {
    /// Number of processes that share the virtual users [default: 1, or as many as the users need]
    ///
    /// One process has room for 10,588 virtual users on a typical Linux system, and for as many connections as it may have file
    /// descriptors. Results, outputs and the API are those of the whole run.
    #[arg(long, value_name = "N", env = "WASOCK_PROCESSES", hide_env_values = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_PROCESSES)))]
    processes: Option<u32>,
}

impl ProcessArgs {
    /// Whether a number of processes is asked for.
    pub fn are_named(&self) -> bool {
        self.processes.is_some()
    }

    /// How a test is to be spread; without the flag, over as many processes as its virtual users need.
    pub fn spread(&self) -> Spread {
        let processes = self.processes.and_then(NonZero::new);
        let most = small(descriptors() / DESCRIPTORS_OF_A_PROCESS);
        Spread::Over { processes, room: room(), most }
    }
}

/// How many virtual users one process has room for that have a connection each.
fn room() -> u32 {
    let all = descriptors();
    vu::room().min(small(all - OTHER_DESCRIPTORS.min(all / 2)).max(1))
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What to say if so many virtual users could open more connections than so many processes have file descriptors for.
pub fn shortage(vus: u32, processes: u32) -> Option<String> {
    let room = u64::from(room()) * u64::from(processes);
    (u64::from(vus) > room).then(|| {
        format!(
            "the file descriptors that this system allows ({}) suffice for some {room} connections at a time, and the \
             test has {vus} virtual users; hint: raise the limit (ulimit -n), or use more processes (--processes)",
            descriptors()
        )
    })
}

/// How many file descriptors this process may have.
#[cfg(unix)]
fn descriptors() -> u64 {
    rlimit::Resource::NOFILE.get_soft().unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
fn descriptors() -> u64 {
    u64::MAX
}

/// Lets this process have as many file descriptors as the system allows it: each connection takes one, and shells
/// commonly give 1,024. To be called before there are other threads.
pub fn raise_descriptors() {
    // What cannot be raised is told when it does not suffice.
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    #[cfg(target_os = "linux")]
    make_room_for_descriptors();
}

/// For how many file descriptors the kernel makes room at once: more than the users of one process need, in a quarter of
/// a mebibyte.
#[cfg(target_os = "linux")]
const ROOM_FOR_DESCRIPTORS: u64 = 1 << 15;

/// Lets the kernel's table of file descriptors grow to its size while there is one thread. Later it would stop all that
/// connect for some 10 ms, each time that it doubles.
#[cfg(target_os = "linux")]
fn make_room_for_descriptors() {
    let last = descriptors().min(ROOM_FOR_DESCRIPTORS).saturating_sub(1);
    let last = i32::try_from(last).unwrap_or(i32::MAX);
    // It is closed again at once, and without it all goes on, but later.
    drop(rustix::io::fcntl_dupfd_cloexec(std::io::stderr(), last));
}

/// How many processors this process should use: parts share those that there are.
pub fn processors(part: Option<PartNumber>) -> usize {
    let all = thread::available_parallelism().map_or(1, NonZero::get);
    part.map_or(all, |part| all.div_ceil(part.of.get() as usize))
}

/// This program with the same command line as often as it is needed; none if this process is enough.
///
/// # Errors
///
/// The program does not know where it is.
pub fn of(count: u32, greeting: Greeting) -> Result<Option<Processes>, Failure> {
    let Some(of) = NonZero::new(count).filter(|count| count.get() > 1) else { return Ok(None) };
    let program = env::current_exe().map_err(|error| {
        let message = format!("further processes cannot be started: {error}");
        Failure::new(ExitCode::Other, message)
    })?;
    let command = |index| {
        let mut arguments = env::args_os();
        let mut command = Command::new(&program);
        named(&mut command, arguments.next());
        command.arg("--part").arg(PartNumber { index, of }.to_string()).args(arguments);
        command
    };
    Ok(Some(Processes { commands: (0..count).map(command).collect(), greeting }))
}

/// Under the same name: it makes a difference.
fn named(command: &mut Command, name: Option<std::ffi::OsString>) {
    #[cfg(unix)]
    if let Some(name) = name {
        use std::os::unix::process::CommandExt as _;
        command.arg0(name);
    }
    #[cfg(not(unix))]
    let _ = (command, name);
}
