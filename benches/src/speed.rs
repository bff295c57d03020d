//! Speed: rates of wasock and of the native client in turn, the time of a start, and the lateness of timers.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicU64;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::Common;
use crate::measured::{Measured, Turns, median, rate};
use crate::report::{Row, print, say};
use crate::server::{Counters, Server};
use crate::subject::{NO_TASKSET, pinned};

/// Where the scripts are.
pub const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts");

/// How often the start of a script is measured.
const STARTS: usize = 30;

/// The arguments of `speed`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,

    /// The native client as cargo's release profile has it, the reference
    #[arg(long, default_value = "target/release/wasock-bench")]
    native: PathBuf,

    #[command(flatten)]
    turns: Turns,
}

/// One kind of work.
pub struct Work {
    pub name: &'static str,
    pub goal: &'static str,
    pub script: &'static str,
    pub users: usize,
    pub endpoint: &'static str,
    /// The native client's part.
    pub native: &'static [&'static str],
    pub counter: fn(&Counters) -> &AtomicU64,
}

/// What is measured as a rate.
pub const WORKS: [Work; 7] = [
    Work {
        name: "ping-pong, 50 connections, 64 B, k6/ws",
        goal: "≥ 0.80 of native",
        script: "ping-pong.js",
        users: 50,
        endpoint: "/echo",
        native: &["ping-pong"],
        counter: |counters| &counters.messages,
    },
    Work {
        name: "ping-pong, 50 connections, 64 B, WebSocket",
        goal: "≥ 0.80 of native",
        script: "ping-pong-browser.js",
        users: 50,
        endpoint: "/echo",
        native: &["ping-pong"],
        counter: |counters| &counters.messages,
    },
    Work {
        name: "receive flood, 64 B, one user, k6/ws",
        goal: "≥ 0.20 of native",
        script: "flood.js",
        users: 1,
        endpoint: "/flood",
        native: &["flood", "--connections=1"],
        counter: |counters| &counters.messages,
    },
    Work {
        name: "receive flood, 64 B, one user, WebSocket",
        goal: "≥ 0.20 of native",
        script: "flood-browser.js",
        users: 1,
        endpoint: "/flood",
        native: &["flood", "--connections=1"],
        counter: |counters| &counters.messages,
    },
    Work {
        name: "connect, open, close, 50 users, k6/ws",
        goal: "≥ 0.75 of native",
        script: "churn.js",
        users: 50,
        endpoint: "/echo",
        native: &["churn"],
        counter: |counters| &counters.closed,
    },
    Work {
        name: "connect, open, close, 50 users, WebSocket",
        goal: "≥ 0.75 of native",
        script: "churn-browser.js",
        users: 50,
        endpoint: "/echo",
        native: &["churn"],
        counter: |counters| &counters.closed,
    },
    Work {
        name: "JSON.parse + JSON.stringify of 1 KB per message",
        goal: "≤ 25 µs of CPU per message",
        script: "json.js",
        users: 50,
        endpoint: "/echo",
        native: &["ping-pong", "--payload=976"],
        counter: |counters| &counters.messages,
    },
];

/// What is no rate.
type Other = fn(&Common) -> Result<Row>;

/// Measures, and prints a table.
pub async fn run(arguments: Arguments) -> Result<()> {
    let Arguments { common, native, turns } = arguments;
    // Optimised like the wasock that is measured.
    let as_one = env::current_exe()?;
    let natives = [native.as_path(), &as_one];
    let mut rows = Vec::new();
    for work in WORKS.iter().filter(|work| work.name.contains(&common.filter)) {
        say(&format!("{} …", work.name));
        rows.push(measure(&common, work, natives, &turns).await?);
    }
    let others: [(&str, Other); 3] = [
        ("start of a trivial script, cached", start),
        ("start of a trivial script that has changed", changed_start),
        ("10 ms interval × 200 users", interval),
    ];
    for (name, measure) in others.into_iter().filter(|(name, _)| name.contains(&common.filter)) {
        say(&format!("{name} …"));
        rows.push(measure(&common)?);
    }
    print("speed", &rows, common.json.as_deref())
}

async fn measure(common: &Common, work: &Work, natives: [&Path; 2], turns: &Turns) -> Result<Row> {
    let window = turns.window();
    let (mut wasock, mut native) = (Vec::new(), [Vec::new(), Vec::new()]);
    for _ in 0..turns.rounds {
        for (program, measured) in natives.iter().zip(&mut native) {
            let server = Server::start().await?;
            let arguments = native_arguments(work, &server.url(work.endpoint));
            let counter = (work.counter)(&server.counters);
            measured.push(rate(common.core, program, &arguments, counter, window).await?);
        }
        // Another one: what the first subject left behind is not this one's.
        let server = Server::start().await?;
        let arguments = run_arguments(work, &server.url(work.endpoint));
        let counter = (work.counter)(&server.counters);
        wasock.push(rate(common.core, &common.wasock, &arguments, counter, window).await?);
    }
    let by_rate = |rounds| median(rounds, |one| one.per_second);
    Ok(row(work, &by_rate(wasock), native.map(by_rate)))
}

fn row(work: &Work, wasock: &Measured, [native, as_one]: [Measured; 2]) -> Row {
    let told = |measured: &Measured| {
        format!("{:.0}/s, {:.2} µs CPU", measured.per_second, measured.cpu_micros)
    };
    let ratio = wasock.per_second / native.per_second;
    let of_cpu = native.cpu_micros / wasock.cpu_micros;
    let of_as_one = as_one.cpu_micros / wasock.cpu_micros;
    Row {
        name: work.name.to_owned(),
        goal: work.goal.to_owned(),
        cells: vec![
            ("wasock", told(wasock)),
            ("native", told(&native)),
            ("wasock / native", format!("{ratio:.2}")),
            ("by CPU", format!("{of_cpu:.2}")),
            ("native as one", told(&as_one)),
            ("by CPU, as one", format!("{of_as_one:.2}")),
            ("busy", format!("{:.2}", wasock.busy)),
            ("peak", format!("{:.0} MiB", wasock.peak as f64 / 1024.0)),
        ],
        data: json!({ "perSecond": wasock.per_second, "cpuMicros": wasock.cpu_micros,
            "peakKiB": wasock.peak, "ratio": ratio, "ratioByCpu": of_cpu,
            "ratioByCpuAsOne": of_as_one }),
    }
}

/// What the native client is told to do: its part of some work, at this address.
pub fn native_arguments(work: &Work, url: &str) -> Vec<String> {
    let (work, rest) = work.native.split_first().expect("each kind of work has a name");
    let mut arguments = vec!["native".to_owned(), (*work).to_owned(), url.to_owned()];
    arguments.extend(rest.iter().map(|argument| (*argument).to_owned()));
    arguments
}

/// What wasock is told to do: some work, at this address.
pub fn run_arguments(work: &Work, url: &str) -> Vec<String> {
    let script = format!("{SCRIPTS}/{}", work.script);
    let users = work.users.to_string();
    ["run", "--quiet", "-u", &users, "-d", "10m", "-e", &format!("URL={url}"), &script]
        .map(str::to_owned)
        .to_vec()
}

/// Runs wasock to its end on the core of the subjects.
fn complete(common: &Common, arguments: &[&str]) -> Result<()> {
    let status = pinned(common.core, &common.wasock)
        .args(arguments)
        .stdout(Stdio::null())
        .status()
        .context(NO_TASKSET)?;
    ensure!(status.success(), "wasock {} failed", arguments.join(" "));
    Ok(())
}

/// The fastest and the middle one of some runs of a script, in milliseconds. The first does not count.
fn starts(common: &Common, script: &str, change: impl Fn(usize) -> Result<()>) -> Result<[f64; 2]> {
    let mut times = Vec::new();
    for round in 0..=STARTS {
        change(round)?;
        let began = Instant::now();
        complete(common, &["run", "--quiet", script])?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.remove(0);
    times.sort_by(f64::total_cmp);
    Ok([times[0], times[STARTS / 2]])
}

fn changed_start(common: &Common) -> Result<Row> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("changed.js");
    let text = fs::read_to_string(format!("{SCRIPTS}/trivial.js"))?;
    let stamp = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let change = |round: usize| Ok(fs::write(&script, format!("{text}// {stamp} {round}\n"))?);
    let [fastest, middle] = starts(common, &script.display().to_string(), change)?;
    Ok(Row {
        name: "start of a trivial script that has changed".to_owned(),
        goal: String::new(),
        cells: vec![("wasock", format!("{middle:.0} ms (fastest {fastest:.0})"))],
        data: json!({ "millis": middle, "fastestMillis": fastest }),
    })
}

fn start(common: &Common) -> Result<Row> {
    let script = format!("{SCRIPTS}/trivial.js");
    let [fastest, middle] = starts(common, &script, |_| Ok(()))?;
    let peak = peak_of(common, &script)?;
    Ok(Row {
        name: "start of a trivial script, cached".to_owned(),
        goal: "≤ 15 ms, ≤ 30 MiB".to_owned(),
        cells: vec![
            ("wasock", format!("{middle:.1} ms (fastest {fastest:.1})")),
            ("peak", format!("{:.1} MiB", peak as f64 / 1024.0)),
        ],
        data: json!({ "millis": middle, "fastestMillis": fastest, "peakKiB": peak }),
    })
}

/// The most memory that a run of this script had, in KiB, as GNU time tells it.
fn peak_of(common: &Common, script: &str) -> Result<u64> {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%M"])
        .arg(&common.wasock)
        .args(["run", "--quiet", script])
        .stdout(Stdio::null())
        .output()
        .context("GNU time cannot be started (Debian: package time)")?;
    let text = String::from_utf8(output.stderr)?;
    text.lines().last().unwrap_or_default().trim().parse().context("GNU time told no memory")
}

/// How late the ticks of the native client's timers are. What it loses is the machine's doing.
fn native_ticks(common: &Common) -> Result<Value> {
    let native = env::current_exe()?;
    let output = pinned(common.core, &native).arg("ticks").output().context(NO_TASKSET)?;
    ensure!(output.status.success(), "the native client failed");
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn interval(common: &Common) -> Result<Row> {
    let native = native_ticks(common)?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("summary.json");
    let began = Instant::now();
    let script = format!("{SCRIPTS}/interval.js");
    let usage = Command::new("/usr/bin/time")
        .args(["-f", "%U %S", "taskset", "-c", &common.core.to_string()])
        .arg(&common.wasock)
        .args(["run", "--quiet", "-u", "200", "-i", "200", "--summary-trend-stats"])
        .args(["med,p(99),max", "--summary-export"])
        .arg(&file)
        .arg(script)
        .stdout(Stdio::null())
        .output()
        .context("GNU time cannot be started (Debian: package time)")?;
    let elapsed = began.elapsed().as_secs_f64();
    let text = String::from_utf8(usage.stderr)?;
    let cpu: f64 =
        text.lines().last().unwrap_or_default().split(' ').flat_map(str::parse::<f64>).sum();
    let summary = read_json(&file)?;
    let late = &summary["metrics"]["tick_late"];
    let wasock = json!({ "ticks": summary["metrics"]["ticks"]["count"], "median": late["med"],
        "p99": late["p(99)"], "max": late["max"] });
    let told = |of: &Value| {
        let number = |key: &str| of[key].as_f64().unwrap_or(f64::NAN);
        let [ticks, median, p99, max] = ["ticks", "median", "p99", "max"].map(number);
        format!("{ticks} ticks, late {median:.2} ms, p99 {p99:.2}, max {max:.2}")
    };
    Ok(Row {
        name: "10 ms interval × 200 users, 10 s".to_owned(),
        goal: "no tick lost, p99 < 2 ms late".to_owned(),
        cells: vec![
            ("wasock", told(&wasock)),
            ("native as one", told(&native)),
            ("busy", format!("{:.2}", cpu / elapsed)),
        ],
        data: json!({ "wasock": wasock, "native": native, "cpuSeconds": cpu, "seconds": elapsed }),
    })
}

/// Reads a file that wasock has written.
pub fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("{} was not written", PathBuf::from(path).display()))?;
    Ok(serde_json::from_str(&text)?)
}
