//! More virtual users than one process has room for: several processes of wasock, and several of the server, as neither
//! may have a file descriptor for each connection.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use crate::Common;
use crate::report::{Row, say};
use crate::server::Server;
use crate::speed::SCRIPTS;
use crate::subject::Subject;

/// What one process has no room for on a usual Linux.
const USERS: u64 = 30_000;

/// How many processes of the server there are.
const SERVERS: usize = 2;

/// One address has some 28,000 ports to connect from to one server.
const LOCAL_ADDRESSES: &str = "127.0.0.1-127.0.0.4";

/// How often a server tells how many connections it has.
const TELLING: Duration = Duration::from_millis(20);

/// What is measured.
pub const NAME: &str = "30,000 users of the trivial script, in several processes";

/// A server in a process of its own. It is killed when it is dropped.
struct Remote {
    child: Child,
    url: String,
    open: Arc<AtomicU64>,
}

/// Serves, and writes to standard output where, and then how many connections are open.
#[expect(clippy::print_stdout, reason = "whoever has started it reads that")]
pub async fn serve() -> Result<()> {
    let server = Server::start().await?;
    println!("{}", server.url("/echo"));
    loop {
        println!("{}", server.counters.open());
        tokio::time::sleep(TELLING).await;
    }
}

impl Remote {
    fn start() -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut child =
            Command::new(program).arg("serve-and-count").stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("it is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let url = lines.next().context("a server has ended")??;
        let open = Arc::<AtomicU64>::default();
        let counter = open.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                counter.store(line.parse().unwrap_or_default(), Ordering::Relaxed);
            }
        });
        Ok(Self { child, url, open })
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Measures the memory of all processes together.
pub async fn measure(common: &Common) -> Result<Row> {
    say(&format!("{NAME} …"));
    let servers: Vec<_> = (0..SERVERS).map(|_| Remote::start()).collect::<Result<_>>()?;
    let urls: Vec<_> = servers.iter().map(|server| server.url.as_str()).collect();
    let arguments = ["run", "--quiet", "-u", &USERS.to_string(), "-d", "10m"].map(str::to_owned);
    let mut arguments = arguments.to_vec();
    arguments.extend(["--local-ips", LOCAL_ADDRESSES, "-e"].map(str::to_owned));
    arguments.push(format!("URLS={}", urls.join(" ")));
    arguments.push(format!("{SCRIPTS}/hold-fleet.js"));
    let mut subject = Subject::start(common.core, &common.wasock, &arguments)?;
    let open = || servers.iter().map(|server| server.open.load(Ordering::Relaxed)).sum::<u64>();
    let opening = subject.opens(USERS, open).await?.as_secs_f64();
    let parts = subject.parts();
    let mut memory = vec![subject.memory()?];
    for part in &parts {
        memory.push(part.memory()?);
    }
    let dirty: u64 = memory.iter().map(|memory| memory.private_dirty).sum();
    let proportional: u64 = memory.iter().map(|memory| memory.proportional).sum();
    let each = |sum: u64| format!("{:.1} KiB", sum as f64 / USERS as f64);
    let (processes, mib) = (parts.len(), dirty as f64 / 1024.0);
    Ok(Row {
        name: NAME.to_owned(),
        goal: "possible".to_owned(),
        cells: vec![
            ("private dirty", each(dirty)),
            ("PSS", each(proportional)),
            ("at the most", format!("{processes} processes, {mib:.0} MiB, open in {opening:.1} s")),
        ],
        data: json!({
            "users": USERS, "processes": processes, "privateDirty": dirty, "pss": proportional,
            "openSeconds": opening,
        }),
    })
}
