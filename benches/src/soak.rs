//! Soak: whether the memory of a process that works for long stays what it was.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::Common;
use crate::report::{Row, print, say};
use crate::server::Server;
use crate::speed::SCRIPTS;
use crate::subject::Subject;

/// The script: connections that come and go, messages, timers, checks, JSON.
const SCRIPT: &str = "soak.js";

/// How long everything may take to come into its course. What is there by then is the beginning.
const WARMING: Duration = Duration::from_secs(60);

/// How often memory is read.
const INTERVAL: Duration = Duration::from_secs(10);

/// The arguments of `soak`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,

    /// How long, in minutes
    #[arg(long, default_value_t = 20)]
    minutes: u64,

    /// How many virtual users
    #[arg(long, default_value_t = 500)]
    users: u64,
}

/// Measures, and prints a table.
pub async fn run(arguments: Arguments) -> Result<()> {
    let Arguments { common, minutes, users } = arguments;
    let server = Server::start().await?;
    let duration = WARMING + Duration::from_secs(60 * minutes);
    let mut command: Vec<String> = ["run", "--quiet", "-u"].map(str::to_owned).into();
    // It is stopped by who measures, and not before.
    let limit = format!("{}s", 2 * duration.as_secs());
    command.extend([users.to_string(), "-d".to_owned(), limit, "-e".to_owned()]);
    command.push(format!("URL={}", server.url("/echo")));
    command.push(format!("{SCRIPTS}/{SCRIPT}"));
    let mut subject = Subject::start(common.core, &common.wasock, &command)?;
    tokio::time::sleep(WARMING).await;
    let sessions = server.counters.opened.load(Ordering::Relaxed);
    let (began, mut readings) = (Instant::now(), Vec::new());
    while began.elapsed() < duration - WARMING {
        ensure!(subject.is_running()?, "wasock has ended before its time");
        readings.push(subject.memory()?.private_dirty as f64 / 1024.0);
        say(&format!("{:4} s: {:.1} MiB", began.elapsed().as_secs(), readings[readings.len() - 1]));
        tokio::time::sleep(INTERVAL).await;
    }
    let sessions = server.counters.opened.load(Ordering::Relaxed) - sessions;
    let quarter = (readings.len() / 4).max(1);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let first = mean(&readings[..quarter]);
    let last = mean(&readings[readings.len() - quarter..]);
    let most = readings.iter().copied().fold(0.0, f64::max);
    let row = Row {
        name: format!("{users} users for {minutes} minutes, {sessions} sessions"),
        goal: "flat".to_owned(),
        cells: vec![
            ("first quarter", format!("{first:.1} MiB")),
            ("last quarter", format!("{last:.1} MiB")),
            ("at the most", format!("{most:.1} MiB")),
        ],
        data: json!({ "sessions": sessions, "privateDirtyMiB": readings }),
    };
    print("soak", &[row], common.json.as_deref())
}
