//! A process that is measured.

use std::env;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use procfs::process::Process;
use rustix::process::{Pid, Signal, kill_process};

/// What programs keep of the environment of the measurement.
const KEPT_VARIABLES: [&str; 3] = ["PATH", "HOME", "XDG_CACHE_HOME"];

/// What to say where [`pinned`] has made what cannot be started.
pub const NO_TASKSET: &str = "taskset cannot be started (Debian: package util-linux)";

/// How long everything may take to be open.
const OPENING: Duration = Duration::from_secs(120);

/// How often to look whether it is.
const GLANCE: Duration = Duration::from_millis(5);

/// How long a process is left alone before its memory is read: the last samples of the openings are then added up.
const SETTLING: Duration = Duration::from_secs(3);

/// A process on its own core. It is killed when it is dropped.
pub struct Subject {
    child: Child,
    process: Process,
}

/// A process that a subject has started. It ends with it.
pub struct Part(Process);

/// What a process has used of the machine up to a moment.
#[derive(Clone, Copy)]
pub struct Usage {
    /// When this was read.
    pub at: Instant,
    /// Time on a processor, in user and kernel, of all threads.
    pub cpu: Duration,
}

/// The memory of a process, in KiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Pages that only this process has and has written.
    pub private_dirty: u64,
    /// All pages, shared ones divided by those who share them.
    pub proportional: u64,
    /// All pages. Those of a snapshot that several instances map count once for each.
    pub resident: u64,
    /// Page tables, which count for none of the others.
    pub page_tables: u64,
    /// Mappings of the address space, of which a process may have `vm.max_map_count`.
    pub mappings: usize,
}

/// A program on one core.
pub fn pinned(core: usize, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

impl Subject {
    /// Starts a program on a core, with few variables in its environment: each takes memory of each user.
    pub fn start(core: usize, program: &Path, arguments: &[String]) -> Result<Self> {
        let kept = KEPT_VARIABLES.iter().filter_map(|name| Some((name, env::var_os(name)?)));
        let mut command = pinned(core, program);
        command.args(arguments).env_clear().envs(kept).stdin(Stdio::null()).stdout(Stdio::null());
        Self::spawn(command)
    }

    /// Starts a command that [`pinned`] has made.
    pub fn spawn(mut command: Command) -> Result<Self> {
        let mut child = command.spawn().context(NO_TASKSET)?;
        match Process::new(child.id() as i32) {
            Ok(process) => Ok(Self { child, process }),
            Err(error) => {
                let _ = child.kill();
                bail!(error)
            }
        }
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// What it has used so far, with the processes that it has started and that run.
    pub fn usage(&self) -> Result<Usage> {
        let mut ticks = ticks(&self.process)?;
        for part in self.descendants() {
            // It may just have ended.
            ticks += self::ticks(&part.0).unwrap_or_default();
        }
        let cpu = Duration::from_secs_f64(ticks as f64 / procfs::ticks_per_second() as f64);
        Ok(Usage { at: Instant::now(), cpu })
    }

    /// The processes that it has started, and those that these have started.
    fn descendants(&self) -> Vec<Part> {
        let (mut found, mut next) = (children(&self.process), 0);
        while let Some(part) = found.get(next) {
            let below = children(&part.0);
            found.extend(below);
            next += 1;
        }
        found
    }

    /// Waits until so many connections are open, and until that has settled. Returns how long the opening took.
    pub async fn opens(&mut self, connections: u64, open: impl Fn() -> u64) -> Result<Duration> {
        let began = Instant::now();
        while open() < connections {
            ensure!(self.is_running()?, "wasock has ended before all was open");
            ensure!(
                began.elapsed() < OPENING,
                "only {} of {connections} connections are open",
                open()
            );
            tokio::time::sleep(GLANCE).await;
        }
        let opening = began.elapsed();
        tokio::time::sleep(SETTLING).await;
        ensure!(open() == connections, "a connection has been closed");
        Ok(opening)
    }

    /// The processes that it has started.
    pub fn parts(&self) -> Vec<Part> {
        children(&self.process)
    }

    /// Its memory now.
    pub fn memory(&self) -> Result<Memory> {
        memory(&self.process)
    }

    /// The most memory that it has had at a time, in KiB.
    pub fn peak(&self) -> Result<u64> {
        Ok(self.process.status()?.vmhwm.unwrap_or_default())
    }
}

impl Part {
    /// Its memory now.
    pub fn memory(&self) -> Result<Memory> {
        memory(&self.0)
    }
}

/// The processes that threads of this one have started. One that ends meanwhile is left out.
fn children(process: &Process) -> Vec<Part> {
    let tasks = process.tasks().into_iter().flatten().flatten();
    let numbers = tasks.filter_map(|task| task.children().ok()).flatten();
    numbers.filter_map(|number| Process::new(number as i32).ok().map(Part)).collect()
}

/// The time on a processor, in user and kernel, in the system's ticks.
fn ticks(process: &Process) -> Result<u64> {
    let stat = process.stat()?;
    Ok(stat.utime + stat.stime)
}

fn memory(process: &Process) -> Result<Memory> {
    const KIB: u64 = 1024;
    let rollup = process.smaps_rollup()?.memory_map_rollup;
    let map = rollup.0.first().context("the kernel tells no memory of the process")?;
    let of = |name: &str| map.extension.map.get(name).copied().unwrap_or_default() / KIB;
    let status = process.status()?;
    Ok(Memory {
        private_dirty: of("Private_Dirty"),
        proportional: of("Pss"),
        resident: of("Rss"),
        page_tables: status.vmpte.unwrap_or_default(),
        mappings: std::fs::read_to_string(format!("/proc/{}/maps", process.pid))?.lines().count(),
    })
}

impl Drop for Subject {
    fn drop(&mut self) {
        let descendants = self.descendants();
        // It may have ended by itself, and so may they.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for pid in descendants.iter().filter_map(|part| Pid::from_raw(part.0.pid)) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}
